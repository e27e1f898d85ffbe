//! What is done of a vehicle's day.

use std::collections::HashMap;

use sanitation_core::route::{Stop, Trip};

use super::{Base, Happened};
use crate::store::routes::Route;

/// A stop that is told to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Id of the point.
    pub point: String,
    /// On which trip, from 1; `None`: as planned, or as the stop before.
    pub trip: Option<usize>,
    /// End of service; `None`: as planned.
    pub leave_s: Option<i64>,
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

/// What is done of a trip.
#[derive(Debug, Clone, PartialEq)]
pub struct DoneTrip {
    /// Departure; `None`: not known.
    pub depart_s: Option<i64>,
    /// Stops in order.
    pub stops: Vec<Stop>,
    /// Arrival at the station, where it has unloaded there.
    pub home_s: Option<Home>,
}

/// When a vehicle came home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// Then.
    At(i64),
    /// As long after its last stop as the way takes.
    Straight,
}

impl Home {
    /// The arrival, `way_s` after leaving the last stop.
    pub const fn at(self, leave_s: i64, way_s: i64) -> i64 {
        match self {
            Self::At(arrive_s) => arrive_s,
            Self::Straight => leave_s + way_s,
        }
    }
}

/// What is done of a vehicle's day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Done {
    /// Trips in order; only the last may be under way still.
    pub trips: Vec<DoneTrip>,
    /// Id of the point that it is under way to.
    pub next: Option<String>,
}

impl Done {
    /// All that is done.
    pub fn stops(&self) -> impl Iterator<Item = &Stop> {
        self.trips.iter().flat_map(|trip| &trip.stops)
    }
}

/// A stop as the plan has it.
#[derive(Clone, Copy)]
struct Planned<'a> {
    stop: &'a Stop,
    vehicle: &'a str,
    trip: usize,
}

impl Base {
    /// What is done of each vehicle that has done anything. An error names a told stop that the plan does not have, or whose time
    /// cannot be known.
    pub fn done(&self, happened: &Happened) -> Result<HashMap<String, Done>, Untold> {
        let mut planned = HashMap::new();
        for route in &self.routes {
            for (trip, legs) in (1..).zip(route.trips.iter()) {
                for stop in &legs.stops {
                    let vehicle = route.vehicle_id.as_str();
                    planned.insert(stop.point.as_str(), Planned { stop, vehicle, trip });
                }
            }
        }
        let mut found = HashMap::new();
        for (vehicle, told) in &happened.executed {
            let mut done = told_done(vehicle, told, &planned)?;
            let route = self.routes.iter().find(|route| route.vehicle_id == *vehicle);
            done.next = route.and_then(|route| next(route, &done, happened));
            found.insert(vehicle.clone(), done);
        }
        let elsewhere = |point: &str| happened.executed.values().flatten().any(|stop| stop.point == point);
        for route in &self.routes {
            if found.contains_key(&route.vehicle_id) {
                continue;
            }
            let mut done = match happened.recorded.get(&route.vehicle_id) {
                Some(records) => recorded(route, records),
                None if happened.on_schedule => on_schedule(route, happened),
                None => continue,
            };
            for trip in &mut done.trips {
                trip.stops
                    .retain(|stop| !happened.missed.contains(&stop.point) && !elsewhere(&stop.point));
                for stop in &mut trip.stops {
                    let missed = stop
                        .relays
                        .iter()
                        .filter(|relay| happened.missed.contains(&relay.point));
                    stop.load_kg -= missed.map(|relay| relay.load_kg).sum::<i64>();
                }
            }
            done.next = next(route, &done, happened);
            if !done.trips.is_empty() {
                found.insert(route.vehicle_id.clone(), done);
            }
        }
        for stop in found
            .values_mut()
            .flat_map(|done| &mut done.trips)
            .flat_map(|trip| &mut trip.stops)
        {
            stop.relays.retain(|relay| !happened.missed.contains(&relay.point));
        }
        for (vehicle, load_kg) in &happened.onboard {
            if *load_kg == 0
                && let Some(done) = found.get_mut(vehicle)
            {
                if let Some(trip) = done.trips.last_mut() {
                    trip.home_s.get_or_insert(Home::Straight);
                }
                done.next = None;
            }
        }
        Ok(found)
    }
}

/// A told stop that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// The plan does not have it.
    NotPlanned(String),
    /// Another vehicle was to do it, so that its time has to be told.
    NoTime(String),
    /// It comes before the one before it.
    OutOfOrder(String),
}

fn told_done(vehicle: &str, told: &[Executed], planned: &HashMap<&str, Planned<'_>>) -> Result<Done, Untold> {
    let mut done = Done::default();
    let (mut number, mut now_s) = (0, 0);
    for executed in told {
        let point = &executed.point;
        let plan = planned
            .get(point.as_str())
            .ok_or_else(|| Untold::NotPlanned(point.clone()))?;
        let own = plan.vehicle == vehicle;
        let leave_s = match executed.leave_s {
            Some(leave_s) => leave_s,
            None if own => plan.stop.leave_s,
            None => return Err(Untold::NoTime(point.clone())),
        };
        let trip = executed.trip.unwrap_or(if own { plan.trip } else { number.max(1) });
        if leave_s < now_s || trip < number {
            return Err(Untold::OutOfOrder(point.clone()));
        }
        if trip > number {
            if let Some(before) = done.trips.last_mut() {
                before.home_s = Some(Home::Straight);
            }
            done.trips.push(DoneTrip {
                depart_s: None,
                stops: Vec::new(),
                home_s: None,
            });
        }
        (number, now_s) = (trip, leave_s);
        let arrive_s = plan.stop.arrive_s.min(leave_s);
        let moved = !own || executed.leave_s.is_some_and(|leave_s| leave_s != plan.stop.leave_s);
        let stop = Stop {
            arrive_s: if moved {
                leave_s - (plan.stop.leave_s - plan.stop.arrive_s)
            } else {
                arrive_s
            }
            .max(0),
            leave_s,
            load_kg: executed.load_kg.unwrap_or(plan.stop.load_kg),
            executed: true,
            ..plan.stop.clone()
        };
        if let Some(trip) = done.trips.last_mut() {
            trip.stops.push(stop);
        }
    }
    Ok(done)
}

/// What is on record, trip by trip and village by village: the stops that the plan has there on that trip of the vehicle, or else
/// on any.
fn recorded(route: &Route, records: &[Record]) -> Done {
    let mut done = Done::default();
    for (index, record) in records.iter().enumerate() {
        let mut stops: Vec<Stop> = Vec::new();
        for (village, at) in &record.villages {
            let there = |stop: &&Stop| {
                stop.village.starts_with(village.as_str()) && !done.stops().any(|done| done.point == stop.point)
            };
            let trip = route.trips.get(index).into_iter().flat_map(|trip| &trip.stops);
            let mut found: Vec<&Stop> = trip.filter(there).collect();
            if found.is_empty() {
                found = route.trips.iter().flat_map(|trip| &trip.stops).filter(there).collect();
            }
            stops.extend(found.into_iter().map(|stop| Stop {
                arrive_s: stop.arrive_s.min(*at),
                leave_s: *at,
                executed: true,
                ..stop.clone()
            }));
        }
        stops.sort_by_key(|stop| (stop.leave_s, stop.arrive_s));
        done.trips.push(DoneTrip {
            depart_s: None,
            stops,
            home_s: record.home_s.map(Home::At),
        });
    }
    if let Some((_, before)) = done.trips.split_last_mut() {
        for trip in before {
            trip.home_s.get_or_insert(Home::Straight);
        }
    }
    done
}

/// What the plan has until now.
fn on_schedule(route: &Route, happened: &Happened) -> Done {
    let out_s = happened.outages.get(&route.vehicle_id).copied();
    let until_s = out_s.map_or(happened.time_s, |out_s| out_s.min(happened.time_s));
    let mut done = Done::default();
    for trip in route.trips.iter().take_while(|trip| trip.depart_s <= until_s) {
        done.trips.push(DoneTrip {
            depart_s: Some(trip.depart_s),
            stops: executed(trip, until_s),
            home_s: (trip.arrive_s <= until_s && !trip.broken_off).then_some(Home::At(trip.arrive_s)),
        });
    }
    done
}

fn executed(trip: &Trip, until_s: i64) -> Vec<Stop> {
    let stops = trip.stops.iter().filter(|stop| stop.leave_s <= until_s);
    stops
        .map(|stop| Stop {
            executed: true,
            ..stop.clone()
        })
        .collect()
}

/// Where a vehicle is under way to: the first stop of its trip that is neither done nor missed, after what it has done.
fn next(route: &Route, done: &Done, happened: &Happened) -> Option<String> {
    let under_way = done.trips.last().filter(|trip| trip.home_s.is_none())?;
    let with = |point: &str| {
        let has = |trip: &&Trip| trip.stops.iter().any(|stop| stop.point == point);
        route.trips.iter().find(has)
    };
    let trip = match under_way.stops.last() {
        Some(last) => with(&last.point)?,
        None => route.trips.get(done.trips.len() - 1)?,
    };
    let is_done = |stop: &Stop| {
        let told = happened
            .executed
            .values()
            .flatten()
            .any(|told| told.point == stop.point);
        told || done.stops().any(|done| done.point == stop.point)
    };
    let last = trip
        .stops
        .iter()
        .rposition(|stop| under_way.stops.iter().any(|done| done.point == stop.point));
    let ahead = trip.stops.iter().skip(last.map_or(0, |last| last + 1));
    let mut ahead = ahead.filter(|stop| !is_done(stop) && !happened.missed.contains(&stop.point));
    ahead.next().map(|stop| stop.point.clone())
}
