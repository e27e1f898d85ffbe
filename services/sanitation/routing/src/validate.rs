//! The rules of a stated problem, field by field.

mod choices;
mod findings;
mod locked;
mod travel;
mod vehicle;

use std::collections::HashSet;

use crate::{InvalidProblem, Spec};

use findings::Findings;
pub(crate) use locked::{beginning, locked};

/// Most stops, vehicles, facilities and places together with them.
const MOST: usize = 1 << 20;

/// Every rule that concerns a field by itself or with its neighbours.
pub(crate) fn fields(spec: &Spec) -> Result<(), InvalidProblem> {
    let mut found = Findings::new();
    travel::fields(&mut found, &spec.travel);
    let places = spec.travel.places();
    let few = "must be at most 2^20";
    found.ensure(places <= MOST, || "travel".to_owned(), places, few);
    found.ensure(spec.stops.len() <= MOST, || "stops".to_owned(), spec.stops.len(), few);
    found.ensure(
        spec.vehicles.len() <= MOST,
        || "vehicles".to_owned(),
        spec.vehicles.len(),
        few,
    );
    found.ensure(
        spec.facilities.len() <= MOST,
        || "facilities".to_owned(),
        spec.facilities.len(),
        few,
    );
    for (index, stop) in spec.stops.iter().enumerate() {
        let path = |field| move || format!("stops[{index}].{field}");
        found.place(path("place"), stop.place, places);
        found.quantity(path("demand_kg"), stop.demand_kg);
        found.quantity(path("release_s"), stop.release_s);
        found.quantity(path("service_s"), stop.service_s);
        found.quantity(path("penalty"), stop.penalty.unwrap_or(0));
        found.quantity(path("max_gross_kg"), stop.max_gross_kg.unwrap_or(0));
        found.windows(&format!("stops[{index}]"), &stop.windows);
    }
    for (index, facility) in spec.facilities.iter().enumerate() {
        found.place(|| format!("facilities[{index}].place"), facility.place, places);
        found.quantity(|| format!("facilities[{index}].service_s"), facility.service_s);
        found.windows(&format!("facilities[{index}]"), &facility.windows);
    }
    let mut locked = HashSet::new();
    for (index, vehicle) in spec.vehicles.iter().enumerate() {
        vehicle::fields(&mut found, index, vehicle, places);
        for (at, &stop) in vehicle.locked.iter().enumerate() {
            let path = || format!("vehicles[{index}].locked[{at}]");
            found.ensure(stop < spec.stops.len(), path, stop, "must be the index of a stop");
            found.ensure(locked.insert(stop), path, stop, "must be locked once");
        }
    }
    choices::fields(&mut found, spec, &locked);
    found.done()
}
