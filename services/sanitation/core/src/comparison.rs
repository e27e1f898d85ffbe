//! How two plans of a division differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::AddAssign,
};

use serde::{Deserialize, Serialize};

use crate::route::Trip;

/// A vehicle's day in a plan.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// Id of the vehicle.
    pub vehicle: &'a str,
    /// Id of the station.
    pub station: &'a str,
    /// From departure to return.
    pub duration_s: i64,
    /// Its trips.
    pub trips: &'a [Trip],
}

/// A point that a plan leaves unserved.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a> {
    /// Id of the point.
    pub point: &'a str,
    /// Code of its village.
    pub village: &'a str,
    /// Id of its station; empty: it has none.
    pub station: &'a str,
    /// Why, as it is kept.
    pub reason: &'a str,
}

/// A plan as it is compared.
#[derive(Debug, Clone, Default)]
pub struct Side<'a> {
    /// All routes.
    pub routes: Vec<Route<'a>>,
    /// All points left unserved.
    pub left: Vec<Left<'a>>,
}

/// Sums over the routes of a station.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Distance driven.
    pub distance_m: i64,
    /// Time from first departure to last return, summed over vehicles.
    pub duration_s: i64,
    /// Planned load.
    pub load_kg: i64,
    /// Loads times the distances that they are driven.
    pub kg_m: i64,
    /// Vehicles used.
    pub vehicles: i64,
    /// Trips to a station.
    pub trips: i64,
    /// Points served by a vehicle.
    pub stops: i64,
    /// Points left unserved.
    pub unserved: i64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.distance_m += other.distance_m;
        self.duration_s += other.duration_s;
        self.load_kg += other.load_kg;
        self.kg_m += other.kg_m;
        self.vehicles += other.vehicles;
        self.trips += other.trips;
        self.stops += other.stops;
        self.unserved += other.unserved;
    }
}

/// What a plan has for a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignment<'a> {
    /// A vehicle comes.
    Served {
        /// Id of the vehicle.
        vehicle: &'a str,
        /// Its trip, from 1.
        trip: usize,
        /// Arrival.
        arrive_s: i64,
    },
    /// None does.
    Left {
        /// Why, as it is kept.
        reason: &'a str,
    },
}

/// A stop that the plans treat otherwise; `None`: the plan does not know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// Id of the point.
    pub point: &'a str,
    /// Code of its village.
    pub village: &'a str,
    /// What the plan compared with has.
    pub base: Option<Assignment<'a>>,
    /// What this plan has.
    pub now: Option<Assignment<'a>>,
}

/// How a plan differs from a base.
#[derive(Debug, Clone, Default)]
pub struct Comparison<'a> {
    /// Sums of base and plan by the id of the station; an empty id: points without one.
    pub stations: BTreeMap<&'a str, [Figures; 2]>,
    /// Stops that changed, by the id of the point.
    pub changes: Vec<Change<'a>>,
}

impl Comparison<'_> {
    /// Stops with another vehicle.
    pub fn moved(&self) -> usize {
        let moved = |change: &&Change<'_>| match (change.base, change.now) {
            (Some(Assignment::Served { vehicle: before, .. }), Some(Assignment::Served { vehicle, .. })) => {
                before != vehicle
            }
            _ => false,
        };
        self.changes.iter().filter(moved).count()
    }

    /// Stops that the plan leaves and the base serves.
    pub fn dropped(&self) -> usize {
        let dropped = |change: &&Change<'_>| {
            let served = matches!(change.base, Some(Assignment::Served { .. }));
            served && matches!(change.now, Some(Assignment::Left { .. }))
        };
        self.changes.iter().filter(dropped).count()
    }
}

/// Compares a plan with a base. An arrival that differs by less than `shift_s` is no change.
pub fn compare<'a>(base: &Side<'a>, now: &Side<'a>, shift_s: i64) -> Comparison<'a> {
    let mut comparison = Comparison::default();
    for (index, side) in [base, now].into_iter().enumerate() {
        for (station, figures) in figures(side) {
            comparison.stations.entry(station).or_default()[index] = figures;
        }
    }
    let (before, after) = (assignments(base), assignments(now));
    let points: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    for point in points {
        let (base, now) = (before.get(point), after.get(point));
        let assignment = |side: Option<&(&'a str, Assignment<'a>)>| side.map(|(_, assignment)| *assignment);
        if differ(assignment(base), assignment(now), shift_s) {
            comparison.changes.push(Change {
                point,
                village: now.or(base).map(|(village, _)| *village).unwrap_or_default(),
                base: assignment(base),
                now: assignment(now),
            });
        }
    }
    comparison
}

fn differ(base: Option<Assignment<'_>>, now: Option<Assignment<'_>>, least_s: i64) -> bool {
    match (base, now) {
        (
            Some(Assignment::Served {
                vehicle: before,
                arrive_s: then_s,
                ..
            }),
            Some(Assignment::Served { vehicle, arrive_s, .. }),
        ) => before != vehicle || (arrive_s - then_s).abs() >= least_s,
        (Some(Assignment::Left { .. }), Some(Assignment::Left { .. })) => false,
        _ => true,
    }
}

/// Sums by the id of the station; an empty id: points without one.
pub fn figures<'a>(side: &Side<'a>) -> BTreeMap<&'a str, Figures> {
    let mut stations: BTreeMap<&str, Figures> = BTreeMap::new();
    for route in &side.routes {
        let figures = stations.entry(route.station).or_default();
        figures.vehicles += 1;
        figures.duration_s += route.duration_s;
        for trip in route.trips {
            figures.trips += 1;
            figures.distance_m += trip.distance_m;
            figures.load_kg += trip.load_kg;
            figures.kg_m += trip.kg_m;
            figures.stops += i64::try_from(trip.stops.len()).unwrap_or(i64::MAX);
        }
    }
    for left in &side.left {
        stations.entry(left.station).or_default().unserved += 1;
    }
    stations
}

/// What a plan has for each stop, with the village of its point.
fn assignments<'a>(side: &Side<'a>) -> BTreeMap<&'a str, (&'a str, Assignment<'a>)> {
    let mut found = BTreeMap::new();
    for route in &side.routes {
        for (trip, planned) in (1..).zip(route.trips) {
            for stop in &planned.stops {
                let assignment = Assignment::Served {
                    vehicle: route.vehicle,
                    trip,
                    arrive_s: stop.arrive_s,
                };
                found.insert(stop.point.as_str(), (stop.village.as_str(), assignment));
            }
        }
    }
    for left in &side.left {
        let assignment = Assignment::Left { reason: left.reason };
        found.insert(left.point, (left.village, assignment));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geo::Position, route::Stop};

    fn trip(stops: &[(&str, i64)]) -> Trip {
        let stop = |(point, arrive_s): &(&str, i64)| Stop {
            point: (*point).to_owned(),
            village: "v".to_owned(),
            bins: 1,
            arrive_s: *arrive_s,
            leave_s: arrive_s + 60,
            load_kg: 100,
            basis: None,
            position: Position { lng: 114.8, lat: 34.8 },
            relays: Vec::new(),
            executed: false,
        };
        let stops: Vec<Stop> = stops.iter().map(stop).collect();
        Trip {
            depart_s: 0,
            arrive_s: 1_000,
            load_kg: 100 * i64::try_from(stops.len()).expect("few"),
            distance_m: 5_000,
            kg_m: 70_000,
            broken_off: false,
            stops,
        }
    }

    fn route<'a>(vehicle: &'a str, station: &'a str, trips: &'a [Trip]) -> Route<'a> {
        Route {
            vehicle,
            station,
            duration_s: 1_000,
            trips,
        }
    }

    #[test]
    fn stops_that_moved_waited_or_fell_out_are_changes() {
        let (first, second) = (trip(&[("a", 100), ("b", 200), ("c", 300)]), trip(&[("d", 100)]));
        let base = Side {
            routes: vec![
                route("V1", "S", std::slice::from_ref(&first)),
                route("V2", "T", std::slice::from_ref(&second)),
            ],
            left: vec![],
        };
        let (left, taken) = (trip(&[("a", 399)]), trip(&[("d", 400), ("b", 600)]));
        let now = Side {
            routes: vec![
                route("V1", "S", std::slice::from_ref(&left)),
                route("V2", "T", std::slice::from_ref(&taken)),
            ],
            left: vec![Left {
                point: "c",
                village: "v",
                station: "S",
                reason: "time_window",
            }],
        };
        let found = compare(&base, &now, 300);
        let changed: Vec<&str> = found.changes.iter().map(|change| change.point).collect();
        assert_eq!(changed, ["b", "c", "d"], "a came 299 seconds later");
        assert_eq!((found.moved(), found.dropped()), (1, 1));
        let [before, after] = found.stations["S"];
        assert_eq!(
            (before.stops, after.stops, before.unserved, after.unserved),
            (3, 1, 0, 1)
        );
        assert_eq!((before.load_kg, after.load_kg, after.kg_m), (300, 100, 70_000));
        assert!(compare(&base, &base, 1).changes.is_empty());
    }
}
