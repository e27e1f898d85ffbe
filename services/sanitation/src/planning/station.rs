//! One station's day as a routing problem.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use routing::{Facility, InvalidProblem, Plan, Point, Problem, Road, Spec, Stop, Travel, Vehicle, Window};
use sanitation_core::{
    norms::{Norms, Routing, Share},
    reach::{self, Reach, reach},
    route::Relay,
};

use super::{
    Due,
    table::{ANY, Table},
};
use crate::{
    assess::reach_points,
    store::{facilities, points, vehicles},
};

/// A station with what belongs to it.
#[derive(Clone)]
pub struct StationDay {
    /// The station; `None`: the township has none.
    pub station: Option<facilities::Facility>,
    /// Its collecting vehicles.
    pub vehicles: Vec<vehicles::Vehicle>,
    /// Points of its township.
    pub points: Vec<points::Point>,
    /// Norms of its township.
    pub norms: Norms,
    /// Forecasts by point; a point without one brings what its register states.
    pub dues: Arc<HashMap<String, Due>>,
    /// Distances and times between the station and all points; `None`: by straight lines.
    pub table: Option<Arc<Table>>,
    /// Points from which nothing is taken, by index.
    pub resting: HashSet<usize>,
}

impl StationDay {
    /// The heaviest vehicle that may come to a point, kg; `None`: any.
    fn access_kg(&self, point: usize) -> Option<i64> {
        let register = self.points[point].access_max_gross_kg;
        let bears_kg = self.table.as_ref().map_or(ANY, |table| table.bears_kg[point]);
        let strictest = register.unwrap_or(ANY).min(bears_kg);
        (strictest != ANY).then_some(strictest)
    }

    /// One speed for all straight lines: the slowest is the one that can be kept.
    pub fn slowest_kmh(&self) -> i32 {
        let speeds = self.vehicles.iter().map(|vehicle| vehicle.speed_kmh);
        speeds.min().unwrap_or(30)
    }

    fn off_roads(&self, point: usize) -> bool {
        self.table.as_ref().is_some_and(|table| table.bears_kg[point] == 0)
    }
}

/// Why a point is left out before the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// No station or no vehicle.
    NoVehicle,
    /// No truck may drive there and no neighbouring point is in reach.
    Access,
    /// No road comes near and no neighbouring point is in reach.
    NoRoad,
}

/// A point left out before the search.
pub struct Leftover {
    /// Index of the point.
    pub point: usize,
    /// Why.
    pub why: Why,
}

/// What a truck takes at one point.
pub struct Call {
    /// Index of the point.
    pub point: usize,
    /// Waste with what is relayed, kg.
    pub load_kg: i64,
    /// Bins to empty.
    pub bins: i64,
    /// Points whose waste is brought there, by index.
    pub relays: Vec<(usize, Relay)>,
}

/// A station's day, ready to be searched.
pub struct Task {
    /// What it is about.
    pub day: StationDay,
    /// What trucks take; the index is that of the problem's stop.
    pub calls: Vec<Call>,
    /// What is left out already.
    pub leftovers: Vec<Leftover>,
    /// `None` where there is nothing to search.
    pub problem: Option<Problem>,
    /// What the search begins with.
    pub start: Option<Plan>,
}

impl Task {
    /// States the problem. An error is a defect: everything in it comes from checked registers.
    pub fn of(day: StationDay) -> Result<Self, InvalidProblem> {
        let mut task = Self::without_problem(day);
        let (day, calls) = (&task.day, &task.calls);
        if let Some(station) = &day.station
            && !calls.is_empty()
        {
            let places: Vec<usize> = calls.iter().map(|call| call.point).collect();
            let stops = (1..).zip(calls).map(|(place, call)| stop(place, call, day)).collect();
            let vehicles = day
                .vehicles
                .iter()
                .map(|row| vehicle(row, &day.norms.routing))
                .collect();
            task.problem = Some(spec(day, station, &places, (stops, vehicles)).build()?);
        }
        Ok(task)
    }

    /// Says who is reached by truck, without anything to search.
    pub(super) fn without_problem(day: StationDay) -> Self {
        let (calls, leftovers) = calls(&day);
        Self {
            day,
            calls,
            leftovers,
            problem: None,
            start: None,
        }
    }
}

/// Expected waste of a point on a day of collection, grams.
fn waste_g(point: &points::Point, day: &StationDay) -> i64 {
    let stated = point.daily_g * day.norms.frequency.residual_interval_days;
    day.dues.get(&point.point_id).map_or(stated, |due| due.grams)
}

/// Grams in whole kilograms, rounded up.
pub(super) const fn whole_kg(grams: i64) -> i64 {
    (grams + 999) / 1_000
}

/// Expected waste of a point on a day of collection, kg.
pub(super) fn waste_kg(point: &points::Point, day: &StationDay) -> i64 {
    whole_kg(waste_g(point, day))
}

fn calls(day: &StationDay) -> (Vec<Call>, Vec<Leftover>) {
    let present: Vec<usize> = (0..day.points.len())
        .filter(|point| !day.resting.contains(point))
        .collect();
    let lightest = day.vehicles.iter().map(|vehicle| vehicle.gross_kg).min();
    let (Some(lightest), Some(_)) = (lightest, &day.station) else {
        let leftover = |point| Leftover {
            point,
            why: Why::NoVehicle,
        };
        return (Vec::new(), present.into_iter().map(leftover).collect());
    };
    let all = reach_points(&day.points);
    let points = present.iter().map(|point| reach::Point {
        access_max_gross_kg: day.access_kg(*point),
        ..all[*point]
    });
    let reached = reach(&points.collect::<Vec<_>>(), Some(lightest), &day.norms.radii);
    let mut leftovers = Vec::new();
    let mut relays: HashMap<usize, Vec<(usize, Relay)>> = HashMap::new();
    let mut trucks = Vec::new();
    for (point, outcome) in present.iter().copied().zip(&reached) {
        match outcome {
            Reach::Truck => trucks.push(point),
            Reach::TooFar { .. } => leftovers.push(Leftover {
                point,
                why: if day.off_roads(point) { Why::NoRoad } else { Why::Access },
            }),
            Reach::Relay(relay) => {
                let from = &day.points[point];
                let note = Relay {
                    point: from.point_id.clone(),
                    distance_m: relay.distance_m,
                    load_kg: waste_kg(from, day),
                    needs_motor: relay.needs_motor,
                };
                relays.entry(present[relay.to]).or_default().push((point, note));
            }
        }
    }
    let call = |point: usize| {
        let relays = relays.remove(&point).unwrap_or_default();
        let here = std::iter::once(point).chain(relays.iter().map(|(from, _)| *from));
        let (mut grams, mut standing) = (0, 0);
        for index in here {
            grams += waste_g(&day.points[index], day);
            standing += i64::from(day.points[index].bin_count);
        }
        let load_kg = whole_kg(grams);
        let filled = load_kg.div_euclid(day.norms.routing.bin_kg) + i64::from(load_kg % day.norms.routing.bin_kg > 0);
        Call {
            point,
            load_kg,
            bins: filled.min(standing.max(1)),
            relays,
        }
    };
    (trucks.into_iter().map(call).collect(), leftovers)
}

/// The problem of a station (place 0) and some of its points (place 1 and so on).
pub(super) fn spec(
    day: &StationDay,
    station: &facilities::Facility,
    points: &[usize],
    (stops, vehicles): (Vec<Stop>, Vec<Vehicle>),
) -> Spec {
    Spec {
        travel: travel(day, station, points),
        stops,
        vehicles,
        facilities: vec![Facility {
            service_s: day.norms.routing.unload_s,
            windows: vec![Window::new(station.opens_s.into(), station.closes_s.into())],
            ..Facility::new(0)
        }],
        choices: Vec::new(),
    }
}

fn travel(day: &StationDay, station: &facilities::Facility, points: &[usize]) -> Travel {
    if let Some(table) = &day.table {
        return table.travel(points.iter().copied());
    }
    let place = |lng, lat| Point { x: lng, y: lat };
    let positions = points.iter().map(|point| &day.points[*point]);
    let points = std::iter::once(place(station.lng, station.lat))
        .chain(positions.map(|point| place(point.lng, point.lat)))
        .collect();
    let road = Road {
        detour_per_mille: per_mille(day.norms.routing.detour),
        speed_m_per_h: u32::try_from(day.slowest_kmh()).unwrap_or(30) * 1_000,
    };
    Travel::GreatCircle { points, road }
}

pub(super) fn stop(place: usize, call: &Call, day: &StationDay) -> Stop {
    let point = &day.points[call.point];
    Stop {
        service_s: service_s(&day.norms.routing, call.bins),
        windows: vec![Window::new(point.window_opens_s.into(), point.window_closes_s.into())],
        max_gross_kg: day.access_kg(call.point),
        ..Stop::new(place, call.load_kg)
    }
}

/// How long a stop takes.
pub(super) const fn service_s(norms: &Routing, bins: i64) -> i64 {
    norms.stop_s + norms.bin_s * bins
}

/// Costs in thousandths of a fen: a fen a kilometre is a thousandth of a fen a metre.
pub(super) fn vehicle(row: &vehicles::Vehicle, norms: &Routing) -> Vehicle {
    Vehicle {
        gross_kg: row.gross_kg,
        shift: Window::new(row.shift_starts_s.into(), row.shift_ends_s.into()),
        fixed_cost: norms.vehicle_day_fen * 1_000,
        cost_per_m: norms.km_fen,
        cost_per_s: norms.hour_fen * 1_000 / 3_600,
        ..Vehicle::new(0, row.payload_kg)
    }
}

pub(super) fn per_mille(detour: Share) -> u32 {
    u32::try_from(detour.of(1_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
