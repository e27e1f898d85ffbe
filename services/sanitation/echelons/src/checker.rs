//! An independent check of a plan: it shares nothing with the search but the statement of the problem.

use crate::{Objective, Plan, Problem, Table};

/// What a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A route or haul with nothing to do, or at a station that does not exist.
    #[error("{0} {1}: empty, or at an unknown station")]
    Unknown(&'static str, usize),
    /// A stop that is not served or told unserved exactly once.
    #[error("stop {0}: told {1} times")]
    Stop(usize, usize),
    /// More than the vehicle bears, or nothing.
    #[error("{0} {1}: a load of {2} kg")]
    Load(&'static str, usize, i64),
    /// More routes than the fleet can do.
    #[error("{0}: {1} routes are more than the fleet can do")]
    Fleet(&'static str, usize),
    /// More routes than may begin at the station.
    #[error("station {0}: {1} routes begin there")]
    Routes(usize, usize),
    /// More than the station takes.
    #[error("station {0}: {1} kg are brought")]
    Capacity(usize, i64),
    /// Another mass is hauled than is brought.
    #[error("station {0}: {1} kg are brought, {2} kg hauled")]
    Balance(usize, i64, i64),
    /// A truck calls at a station twice.
    #[error("haul {0}: calls at a station twice")]
    Twice(usize),
    /// Another worth than the parts give.
    #[error("told to be worth {0:?}, is {1:?}")]
    Objective(Objective, Objective),
}

/// Everything that a plan breaks.
pub fn check(problem: &Problem, plan: &Plan) -> Vec<Violation> {
    let spec = problem.spec();
    let (mut found, mut cost) = (Vec::new(), 0);
    let mut told = vec![0; spec.stops_kg.len()];
    let mut brought = vec![0; spec.stations.len()];
    let mut hauled = brought.clone();
    let mut begins = vec![0; spec.stations.len()];
    let known = |stop: &usize| *stop < spec.stops_kg.len();
    for (index, route) in plan.routes.iter().enumerate() {
        if route.stops.is_empty() || route.station >= spec.stations.len() || !route.stops.iter().all(known) {
            found.push(Violation::Unknown("route", index));
            continue;
        }
        let kg: i64 = route.stops.iter().map(|&stop| spec.stops_kg[stop]).sum();
        if kg > spec.vehicles.payload_kg {
            found.push(Violation::Load("route", index, kg));
        }
        route.stops.iter().for_each(|&stop| told[stop] += 1);
        brought[route.station] += kg;
        begins[route.station] += 1;
        let places = route.stops.iter().map(|stop| spec.stations.len() + stop);
        cost += spec.vehicles.fixed + spec.vehicles.per_m * around(&spec.collection, route.station, places);
    }
    for (index, haul) in plan.hauls.iter().enumerate() {
        let known = |station: usize| station < spec.stations.len();
        if haul.calls.is_empty() || !haul.calls.iter().all(|call| known(call.station)) {
            found.push(Violation::Unknown("haul", index));
            continue;
        }
        let kg: i64 = haul.calls.iter().map(|call| call.kg).sum();
        if kg > spec.trucks.payload_kg || haul.calls.iter().any(|call| call.kg <= 0) {
            found.push(Violation::Load("haul", index, kg));
        }
        let twice = |(at, call): (usize, &crate::Call)| haul.calls[..at].iter().any(|one| one.station == call.station);
        if haul.calls.iter().enumerate().any(twice) {
            found.push(Violation::Twice(index));
        }
        haul.calls.iter().for_each(|call| hauled[call.station] += call.kg);
        let places = haul.calls.iter().map(|call| 1 + call.station);
        cost += spec.trucks.fixed + spec.trucks.per_m * around(&spec.haulage, 0, places);
    }
    plan.unserved
        .iter()
        .copied()
        .filter(known)
        .for_each(|stop| told[stop] += 1);
    let once = told.iter().enumerate().filter(|(_, times)| **times != 1);
    found.extend(once.map(|(stop, &times)| Violation::Stop(stop, times)));
    for (index, station) in spec.stations.iter().enumerate() {
        let kg = brought[index];
        if begins[index] > station.routes {
            found.push(Violation::Routes(index, begins[index]));
        }
        if kg > station.capacity_kg {
            found.push(Violation::Capacity(index, kg));
        }
        if kg != hauled[index] {
            found.push(Violation::Balance(index, kg, hauled[index]));
        }
        cost += if kg > 0 {
            station.opening + station.per_kg * kg
        } else {
            0
        };
    }
    let fleets = [
        ("vehicles", plan.routes.len(), spec.vehicles),
        ("trucks", plan.hauls.len(), spec.trucks),
    ];
    let over = fleets.into_iter().filter(|(_, routes, fleet)| *routes > fleet.count);
    found.extend(over.map(|(name, routes, _)| Violation::Fleet(name, routes)));
    let missing = plan.unserved.len();
    let worth = Objective { missing, cost };
    if plan.objective != worth {
        found.push(Violation::Objective(plan.objective, worth));
    }
    found
}

/// Metres from a place by others back to it.
fn around(table: &Table, home: usize, places: impl Iterator<Item = usize>) -> i64 {
    let way = |(sum, from): (i64, usize), to: usize| {
        let metres = table.distances_m[from * table.places + to];
        (sum + i64::from(metres), to)
    };
    places.chain([home]).fold((0, home), way).0
}
