//! What is done of a vehicle's day.

use std::collections::{HashMap, HashSet};

use sanitation_core::route::{Pause, Stop, Trip};

use super::{
    Base,
    happened::{Executed, Happened, Record, Seen, Untold},
};
use crate::store::routes::Route;

/// What is done of a trip.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// It has unloaded by then.
    Unloaded(i64),
    /// As long after its last stop as the way takes.
    Straight,
}

impl Home {
    /// The arrival, `way_s` after leaving the last stop; unloading takes `unload_s`.
    pub fn at(self, leave_s: i64, way_s: i64, unload_s: i64) -> i64 {
        match self {
            Self::At(arrive_s) => arrive_s,
            Self::Unloaded(at_s) => (at_s - unload_s).max(leave_s),
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
    /// Where it was last, if that was reported.
    pub seen: Option<Seen>,
    /// Breaks and rests that the plan has until now. Nobody reports them.
    pub pauses: Vec<Pause>,
}

impl Done {
    /// All that is done.
    pub fn stops(&self) -> impl Iterator<Item = &Stop> {
        self.trips.iter().flat_map(|trip| &trip.stops)
    }
}

/// A stop as the plan has it.
#[derive(Clone, Copy)]
pub(super) struct Planned<'a> {
    pub stop: &'a Stop,
    pub vehicle: &'a str,
    pub trip: usize,
}

impl Base {
    /// Every stop of the plan, by point.
    pub(super) fn stops(&self) -> HashMap<&str, Planned<'_>> {
        let mut planned = HashMap::new();
        for route in &self.routes {
            for (trip, legs) in (1..).zip(route.trips.iter()) {
                for stop in &legs.stops {
                    let vehicle = route.vehicle_id.as_str();
                    planned.insert(stop.point.as_str(), Planned { stop, vehicle, trip });
                }
            }
        }
        planned
    }

    /// What is done of each vehicle that has done anything. An error names a told stop that the plan does not have, or whose time
    /// cannot be known.
    pub fn done(&self, happened: &Happened) -> Result<HashMap<String, Done>, Untold> {
        let planned = self.stops();
        let mut found = HashMap::new();
        for (vehicle, stops) in &happened.executed {
            let mut done = known(vehicle, stops, &planned, happened)?;
            let route = self.routes.iter().find(|route| route.vehicle_id == *vehicle);
            let there = done
                .seen
                .as_ref()
                .filter(|seen| seen.there)
                .map(|seen| seen.point.clone());
            done.next = there.or_else(|| route.and_then(|route| next(route, &done, happened)));
            found.insert(vehicle.clone(), done);
        }
        let elsewhere: HashSet<&str> = happened.executed_by().map(|(point, _)| point).collect();
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
                    .retain(|stop| !happened.gone(&stop.point) && !elsewhere.contains(stop.point.as_str()));
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
        for route in &self.routes {
            if let Some(done) = found.get_mut(&route.vehicle_id) {
                let pauses = route.trips.iter().flat_map(|trip| &trip.pauses);
                done.pauses = pauses
                    .filter(|pause| pause.begin_s <= happened.time_s)
                    .copied()
                    .collect();
            }
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

/// What is told or reported of a vehicle: trips end where the plan lets them end, and where it reported that it unloaded.
fn known(
    vehicle: &str,
    known: &[Executed],
    planned: &HashMap<&str, Planned<'_>>,
    happened: &Happened,
) -> Result<Done, Untold> {
    let unloaded = happened.unloaded.get(vehicle).map_or(&[][..], Vec::as_slice);
    let unloaded = |from_s: i64, to_s: i64| unloaded.iter().copied().rfind(|at_s| from_s < *at_s && *at_s <= to_s);
    let mut done = Done::default();
    let (mut number, mut now_s) = (0, 0);
    for executed in known {
        let (point, leave_s) = (&executed.point, executed.leave_s);
        let plan = planned.get(point.as_str());
        let plan = plan.ok_or_else(|| Untold::NotPlanned(point.clone()))?;
        if executed.trip.is_some_and(|trip| trip < number) {
            return Err(Untold::OutOfOrder(point.clone()));
        }
        let as_planned = if plan.vehicle == vehicle { plan.trip } else { 1 };
        let trip = executed.trip.unwrap_or(as_planned).max(number);
        let emptied_s = unloaded(now_s, leave_s).filter(|_| number > 0);
        if trip > number || emptied_s.is_some() {
            if let Some(before) = done.trips.last_mut() {
                before.home_s = Some(emptied_s.map_or(Home::Straight, Home::Unloaded));
            }
            done.trips.push(DoneTrip::default());
        }
        (number, now_s) = (trip, leave_s);
        let stop = Stop {
            arrive_s: (leave_s - (plan.stop.leave_s - plan.stop.arrive_s)).max(0),
            leave_s,
            load_kg: executed.load_kg.unwrap_or(plan.stop.load_kg),
            executed: true,
            ..plan.stop.clone()
        };
        if let Some(trip) = done.trips.last_mut() {
            trip.stops.push(stop);
        }
    }
    if let Some(last) = done.trips.last_mut() {
        last.home_s = unloaded(now_s, i64::MAX).map(Home::Unloaded);
    }
    done.seen = happened.seen.get(vehicle).filter(|seen| now_s <= seen.at_s).cloned();
    let out_again = done
        .seen
        .as_ref()
        .is_some_and(|seen| match done.trips.last().map(|trip| trip.home_s) {
            Some(Some(Home::Unloaded(at_s))) => at_s < seen.at_s,
            Some(_) => false,
            None => true,
        });
    if out_again {
        done.trips.push(DoneTrip::default());
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
    let until_s = happened
        .out_s(&route.vehicle_id)
        .unwrap_or(i64::MAX)
        .min(happened.time_s);
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
    let seen = done.seen.as_ref().map(|seen| &seen.point);
    let trip = match seen.or(under_way.stops.last().map(|stop| &stop.point)) {
        Some(last) => with(last)?,
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
        .rposition(|stop| seen == Some(&stop.point) || under_way.stops.iter().any(|done| done.point == stop.point));
    let ahead = trip.stops.iter().skip(last.map_or(0, |last| last + 1));
    let mut ahead = ahead.filter(|stop| !is_done(stop) && !happened.gone(&stop.point));
    ahead.next().map(|stop| stop.point.clone())
}
