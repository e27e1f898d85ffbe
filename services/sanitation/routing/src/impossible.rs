//! Stops that nobody can serve, and why.

use crate::timing::earliest_begin;
use crate::{Facility, Reason, Spec, Stop, Stream, Vehicle};

/// For each stop why no vehicle could serve it alone, or none. `kinds` holds a vehicle of each kind.
pub(crate) fn reasons(spec: &Spec, kinds: &[usize]) -> Vec<Option<Reason>> {
    spec.stops.iter().map(|stop| reason(spec, kinds, stop)).collect()
}

fn reason(spec: &Spec, kinds: &[usize], stop: &Stop) -> Option<Reason> {
    let vehicles = || kinds.iter().map(|&kind| &spec.vehicles[kind]);
    let carried = || vehicles().filter(|vehicle| carries(spec, vehicle, stop));
    if carried().next().is_none() {
        return Some(Reason::NoStream);
    }
    let admitted = || carried().filter(|vehicle| may_enter(vehicle, stop));
    if admitted().next().is_none() {
        return Some(Reason::NoAccess);
    }
    let strong = || admitted().filter(|vehicle| stop.demand_kg <= vehicle.payload_kg);
    if strong().next().is_none() {
        return Some(Reason::TooHeavy);
    }
    if strong().any(|vehicle| in_time(spec, vehicle, stop)) {
        None
    } else {
        Some(Reason::OutsideShifts)
    }
}

/// Whether the facility takes the stream.
pub(crate) fn takes(facility: &Facility, stream: Stream) -> bool {
    facility.streams.is_empty() || facility.streams.contains(&stream)
}

/// Whether the vehicle may serve the stop as far as neither load nor time matter.
pub(crate) fn suits(spec: &Spec, vehicle: &Vehicle, stop: &Stop) -> bool {
    carries(spec, vehicle, stop) && may_enter(vehicle, stop) && stop.demand_kg <= vehicle.payload_kg
}

fn carries(spec: &Spec, vehicle: &Vehicle, stop: &Stop) -> bool {
    vehicle.stream == stop.stream
        && (spec.facilities.is_empty() || spec.facilities.iter().any(|facility| takes(facility, stop.stream)))
}

fn may_enter(vehicle: &Vehicle, stop: &Stop) -> bool {
    stop.max_gross_kg.is_none_or(|limit| vehicle.gross_kg <= limit)
}

/// Whether the vehicle could serve the stop alone within its shift, with nothing aboard before.
fn in_time(spec: &Spec, vehicle: &Vehicle, stop: &Stop) -> bool {
    let travel = &spec.travel;
    let arrival = vehicle.shift.open_s + travel.duration_s(vehicle.start, stop.place);
    let Some(begin) = earliest_begin(&stop.windows, arrival) else {
        return false;
    };
    let home = |place, now| {
        let back = vehicle.end.map_or(0, |end| travel.duration_s(place, end));
        now + back <= vehicle.shift.close_s
    };
    let done = begin + stop.service_s;
    if spec.facilities.is_empty() {
        return home(stop.place, done);
    }
    spec.facilities
        .iter()
        .filter(|facility| takes(facility, stop.stream))
        .any(|facility| {
            let arrival = done + travel.duration_s(stop.place, facility.place);
            earliest_begin(&facility.windows, arrival)
                .is_some_and(|begin| home(facility.place, begin + facility.service_s))
        })
}
