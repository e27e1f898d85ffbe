//! The day of drivers who plan nothing: each goes on to the nearest stop that still fits, and unloads when none does. What
//! a search is held against.

use crate::plan::{PlannedRoute, PlannedTrip};
use crate::schedule::schedule;
use crate::validate::beginning;
use crate::{Problem, Reason, Route, Solution, Spec, Unserved, answer, choices, impossible};

/// Serves a day vehicle by vehicle, always on to the nearest stop that keeps every limit. Takes time quadratic in the stops.
pub fn nearest_neighbour(problem: &Problem) -> Solution {
    let spec = problem.spec();
    // Who plans nothing chooses nothing either: choices stay unserved.
    let free = |stop: usize| !problem.is_impossible(stop) && problem.choice_of(stop).is_none();
    let mut free: Vec<bool> = (0..spec.stops.len()).map(free).collect();
    for vehicle in &spec.vehicles {
        for &stop in &vehicle.locked {
            free[stop] = false;
        }
    }
    let routes: Vec<Route> = (0..spec.vehicles.len())
        .filter_map(|vehicle| round(spec, vehicle, &mut free))
        .collect();
    let mut unserved: Vec<Unserved> = problem.impossible().collect();
    let left = free.iter().enumerate().filter(|(_, free)| **free);
    unserved.extend(left.map(|(stop, _)| Unserved {
        stop,
        reason: match spec.stops[stop].penalty {
            Some(_) => Reason::NotWorth,
            None => Reason::NoRoom,
        },
    }));
    unserved.extend(choices::unserved(problem, &routes));
    unserved.sort_unstable_by_key(|one| one.stop);
    let objective = answer::value(spec, &routes, &unserved);
    Solution {
        routes,
        unserved,
        objective,
    }
}

/// One vehicle's day; takes what it serves. `None` if it stays at home.
fn round(spec: &Spec, vehicle: usize, free: &mut [bool]) -> Option<Route> {
    let stated = &spec.vehicles[vehicle];
    let must_go = !stated.locked.is_empty() || (stated.load_kg > 0 && !spec.facilities.is_empty());
    let trips = match beginning(spec, vehicle) {
        Some(begun) if must_go => begun.trips,
        _ => Vec::new(),
    };
    let mut planned = PlannedRoute { vehicle, trips };
    let mut open = must_go;
    let mut route = if must_go { schedule(spec, &planned).ok() } else { None };
    loop {
        match next(spec, &planned, open, free) {
            Some((longer, found, stop)) => {
                (planned, route, open) = (longer, Some(found), true);
                free[stop] = false;
            }
            None if open && !spec.facilities.is_empty() => open = false,
            None => return route,
        }
    }
}

/// The route with the nearest stop that fits at the end of its last trip if that is open, or else on another trip.
fn next(spec: &Spec, planned: &PlannedRoute, open: bool, free: &[bool]) -> Option<(PlannedRoute, Route, usize)> {
    let vehicle = &spec.vehicles[planned.vehicle];
    let trip = planned.trips.last();
    let place = match trip {
        None => vehicle.start,
        Some(trip) => match (trip.stops.last(), trip.facility) {
            (Some(&stop), _) if open => spec.stops[stop].place,
            (_, Some(facility)) if !open => spec.facilities[facility].place,
            _ => vehicle.start,
        },
    };
    let is_first = planned.trips.is_empty() || (planned.trips.len() == 1 && open);
    let before_kg = if is_first { vehicle.load_kg } else { 0 };
    let aboard = |trip: &PlannedTrip| trip.stops.iter().map(|&stop| spec.stops[stop].demand_kg).sum::<i64>();
    let taken_kg: i64 = planned.trips.iter().map(aboard).sum();
    let stops: usize = planned.trips.iter().map(|trip| trip.stops.len()).sum();
    if stops >= vehicle.max_stops as usize {
        return None;
    }
    let room_kg = vehicle.payload_kg - before_kg - trip.filter(|_| open).map_or(0, aboard);
    let room_kg = room_kg.min(vehicle.max_kg - taken_kg);
    let fits = |stop: &usize| {
        free[*stop] && spec.stops[*stop].demand_kg <= room_kg && impossible::suits(spec, vehicle, &spec.stops[*stop])
    };
    let way = |stop: usize| (spec.travel.distance_m(place, spec.stops[stop].place), stop);
    let mut near: Vec<(i64, usize)> = (0..spec.stops.len()).filter(fits).map(way).collect();
    near.sort_unstable();
    near.into_iter().find_map(|(_, stop)| {
        let mut longer = planned.clone();
        match longer.trips.last_mut().filter(|_| open) {
            Some(trip) => {
                trip.stops.push(stop);
                trip.facility = unloading(spec, planned.vehicle, stop);
            }
            None => longer.trips.push(PlannedTrip {
                stops: vec![stop],
                facility: unloading(spec, planned.vehicle, stop),
            }),
        }
        if longer.trips.len() > vehicle.max_trips as usize {
            return None;
        }
        let route = schedule(spec, &longer).ok()?;
        Some((longer, route, stop))
    })
}

/// The nearest facility that takes the vehicle's stream.
fn unloading(spec: &Spec, vehicle: usize, stop: usize) -> Option<usize> {
    let stream = spec.vehicles[vehicle].stream;
    let taking = (spec.facilities.iter().enumerate()).filter(|(_, facility)| impossible::takes(facility, stream));
    let way = |(index, facility): (usize, &crate::Facility)| {
        (spec.travel.distance_m(spec.stops[stop].place, facility.place), index)
    };
    taking.map(way).min().map(|(_, index)| index)
}
