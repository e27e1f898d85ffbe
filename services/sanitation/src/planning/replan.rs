//! The rest of a running day. What is done of each vehicle is the beginning of its new route; the engine plans what follows.

mod begin;
mod done;
mod happened;
mod merge;

use std::collections::{BTreeMap, HashMap, HashSet};

use sanitation_core::{norms::Norms, route::Totals};
use uuid::Uuid;

use super::{Planned, StationDay};
use crate::store::{points::Point, routes, vehicles::Vehicle};

pub use done::Done;
pub use happened::{Happened, Record, Report, Told, Untold, What};

/// A plan as it was made.
#[derive(Default)]
pub struct Base {
    /// Its routes.
    pub routes: Vec<routes::Route>,
    /// What it leaves unserved.
    pub left: Vec<routes::Unserved>,
}

impl Base {
    /// The id of every call of the plan, served, relayed or left.
    pub fn calls(&self) -> impl Iterator<Item = &str> {
        let stops = self
            .routes
            .iter()
            .flat_map(|route| route.trips.iter())
            .flat_map(|trip| &trip.stops);
        let served = stops.flat_map(|stop| {
            let relayed = stop.relays.iter().map(|relay| relay.point.as_str());
            std::iter::once(stop.point.as_str()).chain(relayed)
        });
        served.chain(self.left.iter().map(|left| left.call_id.as_str()))
    }

    /// The stations at which something happened otherwise than planned.
    pub fn touched(&self, happened: &Happened, depot_of: &HashMap<String, String>) -> HashSet<String> {
        let by: HashMap<&str, &str> = happened.executed_by().collect();
        let vehicles = happened.outages.keys().chain(happened.onboard.keys());
        let mut vehicles: HashSet<&str> = vehicles.map(String::as_str).collect();
        let mut stations = HashSet::new();
        for route in &self.routes {
            for stop in route.trips.iter().flat_map(|trip| &trip.stops) {
                let other = by.get(stop.point.as_str()).filter(|by| **by != route.vehicle_id);
                vehicles.extend(other);
                let relay_missed = stop.relays.iter().any(|relay| happened.missed.contains(&relay.point));
                if other.is_some() || happened.gone(&stop.point) || relay_missed {
                    stations.insert(route.station_id.clone());
                }
            }
        }
        for left in self.left.iter().filter(|left| happened.gone(&left.call_id)) {
            stations.extend(left.station_id.clone());
        }
        stations.extend(
            vehicles
                .into_iter()
                .filter_map(|vehicle| depot_of.get(vehicle))
                .cloned(),
        );
        stations
    }

    /// The station of every point of the plan that has one. What a vehicle of another station has done counts to that station.
    pub fn station_of<'a>(
        &'a self,
        happened: &Happened,
        depot_of: &'a HashMap<String, String>,
    ) -> HashMap<&'a str, &'a str> {
        let by: HashMap<&str, &str> = happened.executed_by().collect();
        let mut stations = HashMap::new();
        for route in &self.routes {
            for stop in route.trips.iter().flat_map(|trip| &trip.stops) {
                let helps = by.get(stop.point.as_str()).and_then(|vehicle| depot_of.get(*vehicle));
                let station = helps.unwrap_or(&route.station_id).as_str();
                let relayed = stop.relays.iter().map(|relay| relay.point.as_str());
                let points = std::iter::once(stop.point.as_str()).chain(relayed);
                stations.extend(points.map(|point| (point, station)));
            }
        }
        for left in &self.left {
            if let Some(station) = &left.station_id {
                stations.insert(left.call_id.as_str(), station.as_str());
            }
        }
        stations
    }
}

/// A station of the running day.
pub struct Running {
    /// Its part of the plan.
    pub base: Base,
    /// What is done, by vehicle.
    pub done: HashMap<String, Done>,
    /// Vehicles that are out.
    pub out: Vec<Vehicle>,
}

impl Running {
    /// A station's part of the plan with what its vehicles have done.
    pub fn new(base: Base, done: &HashMap<String, Done>, day: &StationDay) -> Self {
        let own = |row: &Vehicle| Some((row.vehicle_id.clone(), done.get(&row.vehicle_id)?.clone()));
        Self {
            base,
            done: day.vehicles.iter().filter_map(own).collect(),
            out: Vec::new(),
        }
    }
}

/// What cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible(pub String);

/// Sums over routes, but for their cost and what is left unserved.
fn sums(routes: &[routes::Route]) -> Totals {
    let count = |items: usize| i64::try_from(items).unwrap_or(i64::MAX);
    let mut sums = Totals::default();
    for route in routes {
        sums.vehicles += 1;
        sums.distance_m += route.distance_m;
        sums.duration_s += route.duration_s;
        sums.overtime_s += route.overtime_s;
        sums.trips += count(route.trips.len());
        for trip in route.trips.iter() {
            sums.load_kg += trip.load_kg;
            sums.kg_m += trip.kg_m;
            sums.stops += count(trip.stops.len());
            sums.relayed += count(trip.stops.iter().map(|stop| stop.relays.len()).sum());
        }
    }
    sums
}

impl Base {
    /// The plan by the id of the station.
    pub fn split(self) -> BTreeMap<Option<String>, Self> {
        let mut parts: BTreeMap<Option<String>, Self> = BTreeMap::new();
        for route in self.routes {
            parts
                .entry(Some(route.station_id.clone()))
                .or_default()
                .routes
                .push(route);
        }
        for left in self.left {
            parts.entry(left.station_id.clone()).or_default().left.push(left);
        }
        parts
    }

    /// A station's part of the plan as it was, for another plan.
    pub fn untouched(self, id: Uuid, norms: &Norms) -> Planned {
        let routes: Vec<routes::Route> = (self.routes.into_iter())
            .map(|route| routes::Route {
                route_plan_id: id,
                ..route
            })
            .collect();
        let unserved: Vec<routes::Unserved> = (self.left.into_iter())
            .map(|left| routes::Unserved {
                route_plan_id: id,
                ..left
            })
            .collect();
        let totals = Totals {
            cost_fen: cost_fen(&routes, norms),
            unserved: i64::try_from(unserved.len()).unwrap_or(i64::MAX),
            ..sums(&routes)
        };
        Planned {
            routes,
            unserved,
            totals,
        }
    }
}

/// The cost of routes by the rates of the norms, fen, as the search reckons it.
fn cost_fen(routes: &[routes::Route], norms: &Norms) -> i64 {
    let rates = &norms.routing;
    let cost = |route: &routes::Route| {
        let variable = rates.km_fen * route.distance_m + rates.hour_fen * 1_000 / 3_600 * route.duration_s;
        rates.vehicle_day_fen * 1_000 + variable + norms.shifts.overtime_hour_fen * 1_000 / 3_600 * route.overtime_s
    };
    routes.iter().map(cost).sum::<i64>() / 1_000
}

/// Index of each point of a day by its id.
fn indices(points: &[Point]) -> HashMap<&str, usize> {
    (points.iter().enumerate())
        .map(|(index, point)| (point.point_id.as_str(), index))
        .collect()
}
