//! Times, loads and cost of a planned route.

use crate::plan::PlannedRoute;
use crate::timing::{earliest_begin, latest_begin};
use crate::{Route, Spec, Trip, Unload, Visit, Window};

/// The point of a planned route that cannot be reached in time: how many visits and unloadings precede it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Late(pub usize);

/// A place where the vehicle works.
struct Work<'a> {
    place: usize,
    service_s: i64,
    windows: &'a [Window],
}

/// The route with times: everything as early as possible, then the departure as late as that allows.
pub(crate) fn schedule(spec: &Spec, planned: &PlannedRoute) -> Result<Route, Late> {
    let vehicle = &spec.vehicles[planned.vehicle];
    let works = works(spec, planned);
    let finish_s = finish(spec, planned.vehicle, &works)?;
    let departure_s = departure(spec, planned.vehicle, &works, finish_s);

    let mut route = Route {
        vehicle: planned.vehicle,
        departure_s,
        arrival_s: finish_s,
        trips: Vec::with_capacity(planned.trips.len()),
        distance_m: 0,
        driving_s: 0,
        service_s: 0,
        waiting_s: 0,
        cost: 0,
    };
    let (mut place, mut now_s, mut load_kg) = (vehicle.start, departure_s, vehicle.load_kg);
    let mut works = works.iter();
    for trip in &planned.trips {
        let before_m = route.distance_m;
        let mut next = |route: &mut Route| {
            let work = works.next()?;
            route.distance_m += spec.travel.distance_m(place, work.place);
            let driving_s = spec.travel.duration_s(place, work.place);
            let arrival_s = now_s + driving_s;
            let start_s = earliest_begin(work.windows, arrival_s)?;
            route.driving_s += driving_s;
            route.waiting_s += start_s - arrival_s;
            route.service_s += work.service_s;
            (place, now_s) = (work.place, start_s + work.service_s);
            Some((arrival_s, start_s, now_s))
        };
        let mut visits = Vec::with_capacity(trip.stops.len());
        for &stop in &trip.stops {
            let (arrival_s, start_s, departure_s) = next(&mut route).ok_or(Late(0))?;
            load_kg += spec.stops[stop].demand_kg;
            visits.push(Visit {
                stop,
                arrival_s,
                start_s,
                departure_s,
                load_kg,
            });
        }
        let unload = match trip.facility {
            Some(facility) => {
                let (arrival_s, start_s, departure_s) = next(&mut route).ok_or(Late(0))?;
                Some(Unload {
                    facility,
                    arrival_s,
                    start_s,
                    departure_s,
                })
            }
            None => None,
        };
        route.trips.push(Trip {
            visits,
            unload,
            load_kg,
            distance_m: route.distance_m - before_m,
        });
        if trip.facility.is_some() {
            load_kg = 0;
        }
    }
    if let Some(end) = vehicle.end {
        route.distance_m += spec.travel.distance_m(place, end);
        route.driving_s += spec.travel.duration_s(place, end);
    }
    route.cost =
        vehicle.fixed_cost + vehicle.cost_per_m * route.distance_m + vehicle.cost_per_s * (finish_s - departure_s);
    Ok(route)
}

fn works<'a>(spec: &'a Spec, planned: &PlannedRoute) -> Vec<Work<'a>> {
    let mut works = Vec::new();
    for trip in &planned.trips {
        works.extend(trip.stops.iter().map(|&stop| {
            let stop = &spec.stops[stop];
            Work {
                place: stop.place,
                service_s: stop.service_s,
                windows: &stop.windows,
            }
        }));
        works.extend(trip.facility.map(|facility| {
            let facility = &spec.facilities[facility];
            Work {
                place: facility.place,
                service_s: facility.service_s,
                windows: &facility.windows,
            }
        }));
    }
    works
}

/// The earliest time at which the shift can be over.
fn finish(spec: &Spec, vehicle: usize, works: &[Work<'_>]) -> Result<i64, Late> {
    let vehicle = &spec.vehicles[vehicle];
    let (mut place, mut now_s) = (vehicle.start, vehicle.shift.open_s);
    for (index, work) in works.iter().enumerate() {
        let arrival_s = now_s + spec.travel.duration_s(place, work.place);
        let start_s = earliest_begin(work.windows, arrival_s).ok_or(Late(index))?;
        (place, now_s) = (work.place, start_s + work.service_s);
    }
    if let Some(end) = vehicle.end {
        now_s += spec.travel.duration_s(place, end);
    }
    if now_s > vehicle.shift.close_s {
        Err(Late(works.len()))
    } else {
        Ok(now_s)
    }
}

/// The latest departure with which the shift is over at `finish_s`.
fn departure(spec: &Spec, vehicle: usize, works: &[Work<'_>], finish_s: i64) -> i64 {
    let vehicle = &spec.vehicles[vehicle];
    let (mut place, mut limit_s) = (vehicle.end, finish_s);
    for work in works.iter().rev() {
        let driving_s = place.map_or(0, |to| spec.travel.duration_s(work.place, to));
        let begin_s = latest_begin(work.windows, limit_s - driving_s - work.service_s);
        limit_s = begin_s.unwrap_or(vehicle.shift.open_s);
        place = Some(work.place);
    }
    let driving_s = place.map_or(0, |to| spec.travel.duration_s(vehicle.start, to));
    (limit_s - driving_s).max(vehicle.shift.open_s)
}
