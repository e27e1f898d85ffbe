//! What a vehicle has to do whatever is planned.

use super::findings::Findings;
use crate::impossible::{suits, takes};
use crate::plan::{PlannedRoute, PlannedTrip};
use crate::schedule::schedule;
use crate::{InvalidProblem, Reason, Spec};

/// Locked stops and loads aboard have to be servable by their own vehicle.
pub(crate) fn locked(spec: &Spec, reasons: &[Option<Reason>]) -> Result<(), InvalidProblem> {
    let mut found = Findings::new();
    for (index, vehicle) in spec.vehicles.iter().enumerate() {
        let (mut load_kg, mut taken_kg) = (vehicle.load_kg, 0_i64);
        let most = vehicle.max_stops as usize;
        let path = || format!("vehicles[{index}].locked");
        found.ensure(
            vehicle.locked.len() <= most,
            path,
            vehicle.locked.len(),
            "must be at most max_stops",
        );
        for (at, &stop) in vehicle.locked.iter().enumerate() {
            let path = || format!("vehicles[{index}].locked[{at}]");
            let served = reasons[stop].is_none() && suits(spec, vehicle, &spec.stops[stop]);
            found.ensure(served, path, stop, "must be a stop that this vehicle can serve");
            load_kg = load_kg.saturating_add(spec.stops[stop].demand_kg);
            found.ensure(
                load_kg <= vehicle.payload_kg,
                path,
                load_kg,
                "must fit into the payload without unloading",
            );
            taken_kg = taken_kg.saturating_add(spec.stops[stop].demand_kg);
            found.ensure(
                taken_kg <= vehicle.max_kg,
                path,
                taken_kg,
                "must be at most max_kg with those before",
            );
        }
        let idle = vehicle.locked.is_empty() && (vehicle.load_kg == 0 || spec.facilities.is_empty());
        if !idle {
            let ends = beginning(spec, index).is_some();
            let stops = vehicle.locked.len();
            let rule = "locked stops and the load aboard must be served and unloaded within the shift and its limits";
            found.ensure(
                ends,
                || format!("vehicles[{index}].locked"),
                format_args!("{stops} stops"),
                rule,
            );
        }
    }
    found.done()
}

/// The shortest route that serves the locked stops of a vehicle and unloads what it carries.
pub(crate) fn beginning(spec: &Spec, vehicle: usize) -> Option<PlannedRoute> {
    let route = |facility| PlannedRoute {
        vehicle,
        trips: vec![PlannedTrip {
            stops: spec.vehicles[vehicle].locked.clone(),
            facility,
        }],
    };
    if spec.facilities.is_empty() {
        let planned = route(None);
        return schedule(spec, &planned).is_ok().then_some(planned);
    }
    let open = spec.facilities.iter().enumerate();
    let open = open.filter(|(_, facility)| takes(facility, spec.vehicles[vehicle].stream));
    let routes = open.filter_map(|(facility, _)| {
        let planned = route(Some(facility));
        let distance_m = schedule(spec, &planned).ok()?.distance_m;
        Some((distance_m, planned))
    });
    routes
        .min_by_key(|(distance_m, _)| *distance_m)
        .map(|(_, planned)| planned)
}
