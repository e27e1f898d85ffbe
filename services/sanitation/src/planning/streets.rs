//! A day of sprinkling or sweeping as an arc-routing problem: the roads that its vehicles may use, what is due on them, and
//! where vehicles start, end and refill.

mod network;
mod outcome;

use arcs::{InvalidProblem, Problem, Refill, Shift, Sides, Spec, Task, Vehicle, Work};
use sanitation_core::{norms::Routing, street::due};
use time::Date;

use crate::store::{
    facilities::Facility,
    roads::{RoadEdge, RoadNode},
    streets::{RoadTask, WaterPoint},
    vehicles,
};
use network::Roads;

pub use outcome::StreetPlan;

/// Time that turning round on a road takes, seconds.
const TURN_S: u32 = 30;

/// What is known of a day.
pub struct StreetDay {
    pub date: Date,
    pub nodes: Vec<RoadNode>,
    /// All roads, closed ones too.
    pub edges: Vec<RoadEdge>,
    pub tasks: Vec<RoadTask>,
    pub vehicles: Vec<vehicles::Vehicle>,
    /// Depots of the vehicles.
    pub depots: Vec<Facility>,
    /// Where sprinklers refill.
    pub water_points: Vec<WaterPoint>,
    /// Where sweepers empty.
    pub stations: Vec<Facility>,
    pub norms: Routing,
}

impl StreetDay {
    /// Passes due.
    pub fn passes(&self) -> i64 {
        let due = self.tasks.iter().enumerate().map(|(ordinal, row)| {
            let passes = i64::from(due(row.times_a_week, self.date, ordinal));
            if row.both_sides { 2 * passes } else { passes }
        });
        due.sum()
    }
}

/// Passes that are left out before the search.
struct Early {
    /// Index of the road.
    edge: usize,
    reason: &'static str,
    passes: u32,
}

/// A day as a problem.
pub struct Streets {
    pub problem: Problem,
    day: StreetDay,
    roads: Roads,
    /// By vehicle of the problem, its index in the day.
    vehicles: Vec<usize>,
    /// By refill, its facility.
    refills: Vec<String>,
    early: Vec<Early>,
}

impl Streets {
    /// States the problem of a day.
    pub fn of(day: StreetDay, network: roads::Network) -> Result<Self, InvalidProblem> {
        let heaviest = day.vehicles.iter().map(|vehicle| vehicle.gross_kg).max().unwrap_or(0);
        let mut roads = Roads::new(&day, network, heaviest);
        let detour = day.norms.detour.of(1_000);
        let kmh = day.vehicles.iter().map(|vehicle| vehicle.speed_kmh).min().unwrap_or(20);
        let access = (detour, i64::from(kmh));
        let (mut vehicles, mut numbers) = (Vec::new(), Vec::new());
        for (number, row) in day.vehicles.iter().enumerate() {
            let depot = day.depots.iter().find(|depot| depot.facility_id == row.depot_id);
            if let Some(node) = depot.and_then(|depot| roads.place((depot.lng, depot.lat), access)) {
                vehicles.push(vehicle(row, node, &day.norms));
                numbers.push(number);
            }
        }
        let (mut refills, mut places) = (Vec::new(), Vec::new());
        for point in &day.water_points {
            if let Some(node) = roads.place((point.lng, point.lat), access) {
                refills.push(Refill {
                    node,
                    service_s: 0,
                    per_hour: Some(point.litres_per_hour),
                    works: Vec::new(),
                });
                places.push(point.facility_id.clone());
            }
        }
        for station in &day.stations {
            if let Some(node) = roads.place((station.lng, station.lat), access) {
                refills.push(Refill {
                    node,
                    service_s: day.norms.unload_s,
                    per_hour: None,
                    works: Vec::new(),
                });
                places.push(station.facility_id.clone());
            }
        }
        let (tasks, early) = tasks(&day, &roads);
        let spec = Spec {
            nodes: roads.nodes(),
            roads: roads.stated.clone(),
            tasks,
            vehicles,
            refills,
            turn_s: TURN_S,
        };
        Ok(Self {
            problem: spec.build()?,
            day,
            roads,
            vehicles: numbers,
            refills: places,
            early,
        })
    }

    /// Passes due.
    pub fn passes(&self) -> i64 {
        self.day.passes()
    }
}

/// Costs in thousandths of a fen, as those of collection. A litre of water has a kilogram.
fn vehicle(row: &vehicles::Vehicle, node: usize, norms: &Routing) -> Vehicle {
    let capacity = if row.kind == "sprinkler" {
        row.volume_l.min(row.payload_kg)
    } else {
        row.volume_l
    };
    Vehicle {
        start: node,
        end: node,
        capacity,
        works: vec![Work(0)],
        shift: Shift {
            open_s: row.shift_starts_s.into(),
            close_s: row.shift_ends_s.into(),
        },
        fixed_cost: norms.vehicle_day_fen * 1_000,
        cost_per_m: norms.km_fen,
        cost_per_s: norms.hour_fen * 1_000 / 3_600,
    }
}

/// What is due, and what of it no vehicle can come to.
fn tasks(day: &StreetDay, roads: &Roads) -> (Vec<Task>, Vec<Early>) {
    let (mut tasks, mut early) = (Vec::new(), Vec::new());
    for (ordinal, row) in day.tasks.iter().enumerate() {
        let passes = due(row.times_a_week, day.date, ordinal);
        let Some(edge) = roads.edge(&row.edge_id).filter(|_| passes > 0) else {
            continue;
        };
        let (sides, count) = if row.both_sides {
            (Sides::Both, 2 * passes)
        } else {
            (Sides::One, passes)
        };
        let mut leave = |reason| {
            early.push(Early {
                edge,
                reason,
                passes: count,
            });
        };
        match roads.usable(edge) {
            _ if day.vehicles.is_empty() => leave("no_vehicle"),
            Err(reason) => leave(reason),
            Ok(road) => {
                let length_mm = day.edges[edge].length_mm;
                tasks.push(Task {
                    road,
                    work: Work(0),
                    sides,
                    passes,
                    demand: (row.litres_per_km * length_mm + 999_999) / 1_000_000,
                    service_s: (length_mm * 36 + 9_999 * i64::from(row.speed_kmh))
                        / (10_000 * i64::from(row.speed_kmh)),
                    penalty: row.penalty_fen.map(|fen| fen * 1_000),
                });
            }
        }
    }
    (tasks, early)
}
