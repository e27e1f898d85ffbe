//! What has happened on a day: what the caller tells, what is on record, and what terminals reported.

use std::collections::{HashMap, HashSet};

use super::{Base, done::Planned};

/// What has happened until now.
#[derive(Debug, Default)]
pub struct Happened {
    /// Until when the day is known.
    pub time_s: i64,
    /// Vehicles that are out, and from when on, if that is told.
    pub outages: HashMap<String, Option<i64>>,
    /// Stops that the caller tells to be done, by vehicle.
    pub told: HashMap<String, Vec<Told>>,
    /// Stops that are told or reported to be done, by vehicle; without any if its terminal reported but that it emptied nothing.
    pub executed: HashMap<String, Vec<Executed>>,
    /// When vehicles reported that they unloaded, in order.
    pub unloaded: HashMap<String, Vec<i64>>,
    /// Where vehicles reported that they were last.
    pub seen: HashMap<String, Seen>,
    /// What is on record, by vehicle, trip by trip.
    pub recorded: HashMap<String, Vec<Record>>,
    /// Vehicles of which nothing is known drive as planned.
    pub on_schedule: bool,
    /// Points that were passed without collecting.
    pub missed: HashSet<String>,
    /// Points to which nobody is sent again: what the plan does not have was emptied there, or its waste was refused.
    pub settled: HashSet<String>,
    /// What is told to be aboard, by vehicle.
    pub onboard: HashMap<String, i64>,
}

/// A stop that is told to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Id of the point.
    pub point: String,
    /// On which trip, from 1; `None`: as planned, or as the stop before.
    pub trip: Option<usize>,
    /// End of service; `None`: as planned.
    pub leave_s: Option<i64>,
    /// Load taken; `None`: as planned.
    pub load_kg: Option<i64>,
}

/// A stop that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Id of the point.
    pub point: String,
    /// On which trip, from 1; `None`: as planned, or as the stop before.
    pub trip: Option<usize>,
    /// End of service.
    pub leave_s: i64,
    /// Load taken; `None`: as planned.
    pub load_kg: Option<i64>,
}

/// What is on record of a vehicle's trip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Id of the trip.
    pub trip: String,
    /// When it last collected in each village, by code.
    pub villages: HashMap<String, i64>,
    /// When it came back to the station, if it has.
    pub home_s: Option<i64>,
}

/// Where a vehicle was last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Id of the point.
    pub point: String,
    /// When.
    pub at_s: i64,
    /// It has not said how the stop ended.
    pub there: bool,
}

/// What is decided of a stop by everything that terminals reported of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Id of the point.
    pub point: String,
    /// The vehicle that decided it.
    pub vehicle: String,
    /// When it happened.
    pub at_s: i64,
    /// What it was.
    pub what: What,
}

/// What became of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A vehicle is there.
    Arrived,
    /// It is emptied.
    Emptied {
        /// Load taken, if it was weighed.
        load_kg: Option<i64>,
    },
    /// It is not emptied.
    Missed {
        /// It was reported after the plan was made, which does not have it ahead therefore.
        news: bool,
        /// Its waste was refused, so that another vehicle would not take it either.
        refused: bool,
    },
}

/// Something told that cannot be understood, or contradicts what was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// The plan does not have the point.
    NotPlanned(String),
    /// Another vehicle was to do it, so that its time has to be told.
    NoTime(String),
    /// It comes before the one before it.
    OutOfOrder(String),
    /// The point was emptied by this vehicle.
    OtherVehicle(String, String),
    /// The point was emptied then.
    OtherTime(String, i64),
    /// So much was weighed at the point.
    OtherLoad(String, i64),
    /// The point was not emptied, as was reported then.
    ReportedMissed(String, i64),
    /// The point was emptied by this vehicle then.
    ReportedEmptied(String, String, i64),
    /// The vehicle emptied a stop as late as then.
    ReportedLater(String, i64),
}

/// Told stops with the end of their service.
type Timed = Vec<(Told, i64)>;

impl Happened {
    /// Puts together what is told and what was reported, which comes in the order of time. `collects` says which vehicles the division
    /// collects with.
    pub fn join(&mut self, reports: Vec<Report>, base: &Base, collects: impl Fn(&str) -> bool) -> Result<(), Untold> {
        let planned = base.stops();
        let mut told: HashMap<String, Timed> = HashMap::new();
        for (vehicle, stops) in std::mem::take(&mut self.told) {
            let stops = timed(&vehicle, stops, &planned)?;
            told.insert(vehicle, stops);
        }
        let by_point: HashMap<&str, (&str, &Told, i64)> = (told.iter())
            .flat_map(|(by, stops)| stops.iter().map(move |(stop, leave_s)| (by.as_str(), stop, *leave_s)))
            .map(|told| (told.1.point.as_str(), told))
            .collect();
        for report in &reports {
            self.agrees(report, by_point.get(report.point.as_str()))?;
        }
        for report in reports {
            self.take(report, &mut told, &planned, &collects);
        }
        for (vehicle, stops) in told {
            let stops = stops.into_iter().map(|(stop, leave_s)| Executed {
                point: stop.point,
                trip: stop.trip,
                leave_s,
                load_kg: stop.load_kg,
            });
            self.executed.entry(vehicle).or_default().extend(stops);
        }
        for stops in self.executed.values_mut() {
            stops.sort_by_key(|stop| stop.leave_s);
        }
        Ok(())
    }

    /// From when on a vehicle is out.
    pub fn out_s(&self, vehicle: &str) -> Option<i64> {
        let from_s = self.outages.get(vehicle)?;
        Some(from_s.unwrap_or(self.time_s))
    }

    /// All points that are done, each with the vehicle.
    pub fn executed_by(&self) -> impl Iterator<Item = (&str, &str)> {
        self.executed
            .iter()
            .flat_map(|(vehicle, stops)| stops.iter().map(move |stop| (stop.point.as_str(), vehicle.as_str())))
    }

    /// Whether a stop did not become what the plan has of it.
    pub fn gone(&self, point: &str) -> bool {
        self.missed.contains(point) || self.settled.contains(point)
    }

    /// Whether what is told of a stop, by which vehicle and until when, agrees with what was reported of it.
    fn agrees(&self, report: &Report, told: Option<&(&str, &Told, i64)>) -> Result<(), Untold> {
        let Report {
            point,
            vehicle,
            at_s,
            what,
        } = report;
        match (*what, told) {
            (What::Emptied { .. }, _) if self.missed.contains(point) => {
                Err(Untold::ReportedEmptied(point.clone(), vehicle.clone(), *at_s))
            }
            (What::Emptied { .. }, _)
                if self
                    .outages
                    .get(vehicle)
                    .is_some_and(|out_s| out_s.is_some_and(|out_s| out_s < *at_s)) =>
            {
                Err(Untold::ReportedLater(vehicle.clone(), *at_s))
            }
            (What::Emptied { load_kg }, Some((by, stop, _))) => {
                let otherwise = |told: Option<i64>, reported: i64| told.is_some_and(|told| told != reported);
                if by != vehicle {
                    return Err(Untold::OtherVehicle(point.clone(), vehicle.clone()));
                }
                if otherwise(stop.leave_s, *at_s) {
                    return Err(Untold::OtherTime(point.clone(), *at_s));
                }
                match load_kg {
                    Some(weighed_kg) if otherwise(stop.load_kg, weighed_kg) => {
                        Err(Untold::OtherLoad(point.clone(), weighed_kg))
                    }
                    _ => Ok(()),
                }
            }
            // It may have been emptied after that.
            (What::Missed { .. }, Some((_, _, leave_s))) if leave_s <= at_s => {
                Err(Untold::ReportedMissed(point.clone(), *at_s))
            }
            _ => Ok(()),
        }
    }

    fn take(
        &mut self,
        report: Report,
        told: &mut HashMap<String, Timed>,
        planned: &HashMap<&str, Planned<'_>>,
        collects: &impl Fn(&str) -> bool,
    ) {
        let Report {
            point,
            vehicle,
            at_s,
            what,
        } = report;
        let known = collects(&vehicle);
        if known {
            self.executed.entry(vehicle.clone()).or_default();
            let seen = Seen {
                point: point.clone(),
                at_s,
                there: what == What::Arrived,
            };
            self.seen.insert(vehicle.clone(), seen);
        }
        match what {
            What::Arrived => {}
            What::Emptied { load_kg } if known && planned.contains_key(point.as_str()) => {
                let stops = told.get_mut(&vehicle);
                let also = stops.and_then(|stops| {
                    let index = stops.iter().position(|(stop, _)| stop.point == point)?;
                    Some(stops.remove(index).0)
                });
                self.executed.entry(vehicle).or_default().push(Executed {
                    point,
                    trip: also.as_ref().and_then(|stop| stop.trip),
                    leave_s: at_s,
                    load_kg: load_kg.or(also.and_then(|stop| stop.load_kg)),
                });
            }
            What::Emptied { .. } => {
                let relays = planned.get(point.as_str()).map(|plan| &plan.stop.relays);
                let relays = relays.into_iter().flatten().map(|relay| relay.point.clone());
                self.settled.extend(relays);
                self.settled.insert(point);
            }
            What::Missed { news, refused } => {
                let done = told.values().flatten().any(|(stop, _)| stop.point == point);
                if refused && !done && !self.missed.contains(&point) {
                    self.settled.insert(point);
                } else if news && !done {
                    self.missed.insert(point);
                }
            }
        }
    }
}

/// Told stops of a vehicle, each with the end of its service, in their order.
fn timed(vehicle: &str, stops: Vec<Told>, planned: &HashMap<&str, Planned<'_>>) -> Result<Timed, Untold> {
    let mut timed: Timed = Vec::with_capacity(stops.len());
    for stop in stops {
        let plan = planned.get(stop.point.as_str());
        let plan = plan.ok_or_else(|| Untold::NotPlanned(stop.point.clone()))?;
        let own = (plan.vehicle == vehicle).then_some(plan.stop.leave_s);
        let leave_s = stop.leave_s.or(own).ok_or_else(|| Untold::NoTime(stop.point.clone()))?;
        if timed.last().is_some_and(|(_, before_s)| leave_s < *before_s) {
            return Err(Untold::OutOfOrder(stop.point));
        }
        timed.push((stop, leave_s));
    }
    Ok(timed)
}
