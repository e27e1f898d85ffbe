//! Stops that nobody can serve, and why.

use crate::plan::{PlannedRoute, PlannedTrip};
use crate::schedule::{Misfit, schedule};
use crate::{Facility, Reason, Spec, Stop, Stream, Vehicle};

/// For each stop why no vehicle could serve it alone, or none. `kinds` holds a vehicle of each kind.
pub(crate) fn reasons(spec: &Spec, kinds: &[usize]) -> Vec<Option<Reason>> {
    (0..spec.stops.len()).map(|stop| reason(spec, kinds, stop)).collect()
}

fn reason(spec: &Spec, kinds: &[usize], stop: usize) -> Option<Reason> {
    let carried = || {
        kinds
            .iter()
            .copied()
            .filter(|&kind| carries(spec, &spec.vehicles[kind], &spec.stops[stop]))
    };
    if carried().next().is_none() {
        return Some(Reason::NoStream);
    }
    let admitted = || carried().filter(|&kind| may_enter(&spec.vehicles[kind], &spec.stops[stop]));
    if admitted().next().is_none() {
        return Some(Reason::NoAccess);
    }
    let strong = || admitted().filter(|&kind| can_carry(&spec.vehicles[kind], spec.stops[stop].demand_kg));
    if strong().next().is_none() {
        return Some(Reason::TooHeavy);
    }
    let mut too_far = false;
    for kind in strong() {
        match alone(spec, kind, stop) {
            Ok(()) => return None,
            Err(misfit) => too_far |= misfit == Misfit::Driving,
        }
    }
    Some(if too_far { Reason::TooFar } else { Reason::OutsideShifts })
}

/// Whether the facility takes the stream.
pub(crate) fn takes(facility: &Facility, stream: Stream) -> bool {
    facility.streams.is_empty() || facility.streams.contains(&stream)
}

/// Whether the vehicle may serve the stop as far as neither load nor time matter.
pub(crate) fn suits(spec: &Spec, vehicle: &Vehicle, stop: &Stop) -> bool {
    carries(spec, vehicle, stop) && may_enter(vehicle, stop) && can_carry(vehicle, stop.demand_kg)
}

fn carries(spec: &Spec, vehicle: &Vehicle, stop: &Stop) -> bool {
    vehicle.stream == stop.stream
        && (spec.facilities.is_empty() || spec.facilities.iter().any(|facility| takes(facility, stop.stream)))
}

fn may_enter(vehicle: &Vehicle, stop: &Stop) -> bool {
    stop.max_gross_kg.is_none_or(|limit| vehicle.gross_kg <= limit)
}

fn can_carry(vehicle: &Vehicle, demand_kg: i64) -> bool {
    demand_kg <= vehicle.payload_kg.min(vehicle.max_kg)
}

/// Whether the vehicle could serve the stop alone, with nothing aboard before.
fn alone(spec: &Spec, vehicle: usize, stop: usize) -> Result<(), Misfit> {
    let with = |facility| {
        let stops = vec![stop];
        let trips = vec![PlannedTrip { stops, facility }];
        schedule(spec, &PlannedRoute { vehicle, trips }).map(|_| ())
    };
    if spec.facilities.is_empty() {
        return with(None);
    }
    let stream = spec.stops[stop].stream;
    let taking = (0..spec.facilities.len()).filter(|&facility| takes(&spec.facilities[facility], stream));
    let mut worst = Misfit::Late;
    for facility in taking {
        match with(Some(facility)) {
            Ok(()) => return Ok(()),
            Err(Misfit::Driving) => worst = Misfit::Driving,
            Err(Misfit::Late) => {}
        }
    }
    Err(worst)
}
