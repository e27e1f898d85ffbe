//! One station's day as a routing problem.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use routing::{Break, Facility, InvalidProblem, Plan, Point, Problem, Rest, Road, Spec, Stop, Travel, Vehicle, Window};
use sanitation_core::{
    norms::{Norms, Routing, Share},
    reach::{self, Reach, reach},
    route::Relay,
    stream::Stream,
};

use super::{
    Due,
    table::{ANY, Table},
};
use crate::{
    assess::reach_points,
    store::{facilities, points, vehicles},
};

/// Until when overtime may last.
const MIDNIGHT_S: i64 = 86_400;

/// A station with what belongs to it.
#[derive(Clone)]
pub struct StationDay {
    /// The station; `None`: the township has none.
    pub station: Option<facilities::Facility>,
    /// Its collecting vehicles.
    pub vehicles: Vec<vehicles::Vehicle>,
    /// Points of its township, those that sort once for each stream.
    pub points: Vec<points::Point>,
    /// Norms of its township.
    pub norms: Norms,
    /// Forecasts by point; a point without one brings what its register states.
    pub dues: Arc<HashMap<String, Due>>,
    /// Distances and times between the station and all points; `None`: by straight lines.
    pub table: Option<Arc<Table>>,
    /// Points from which nothing is taken, by index.
    pub resting: HashSet<usize>,
    /// There are stations, but none takes what these points bring.
    pub none_takes: bool,
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
    /// No station, or no vehicle for the stream.
    NoVehicle,
    /// No station takes the stream.
    NoStation,
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
            let vehicles = day.vehicles.iter().map(|row| vehicle(row, &day.norms)).collect();
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
    let days = match point.stream {
        Stream::Rest => day.norms.frequency.residual_interval_days,
        Stream::Kitchen => 1,
    };
    let stated = point.daily_g * days;
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
    let (mut calls, mut leftovers) = calls_of(day, Stream::Rest);
    let (kitchen, left) = calls_of(day, Stream::Kitchen);
    calls.extend(kitchen);
    leftovers.extend(left);
    (calls, leftovers)
}

/// Streams are carried by vehicles of their own, and relayed for themselves.
fn calls_of(day: &StationDay, stream: Stream) -> (Vec<Call>, Vec<Leftover>) {
    let present: Vec<usize> = (0..day.points.len())
        .filter(|point| day.points[*point].stream == stream && !day.resting.contains(point))
        .collect();
    let carrying = day.vehicles.iter().filter(|vehicle| stream.carried_by(&vehicle.stream));
    let lightest = carrying.map(|vehicle| vehicle.gross_kg).min();
    let (Some(lightest), Some(_)) = (lightest, &day.station) else {
        let why = if day.none_takes { Why::NoStation } else { Why::NoVehicle };
        let leftover = |point| Leftover { point, why };
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
        stream: apart(point.stream),
        ..Stop::new(place, call.load_kg)
    }
}

/// How long a stop takes.
pub(super) const fn service_s(norms: &Routing, bins: i64) -> i64 {
    norms.stop_s + norms.bin_s * bins
}

/// Costs in thousandths of a fen: a fen a kilometre is a thousandth of a fen a metre.
pub(super) fn vehicle(row: &vehicles::Vehicle, norms: &Norms) -> Vehicle {
    let (rates, shifts) = (&norms.routing, &norms.shifts);
    let ends_s = i64::from(row.shift_ends_s);
    let pause = Break {
        begin: Window::new(shifts.break_from_s, shifts.break_until_s),
        duration_s: shifts.break_s,
    };
    let rest = Rest {
        driving_s: shifts.driving_s,
        duration_s: shifts.rest_s,
    };
    Vehicle {
        gross_kg: row.gross_kg,
        stream: apart(carries(row)),
        shift: Window::new(row.shift_starts_s.into(), (ends_s + shifts.overtime_s).min(MIDNIGHT_S)),
        regular_end_s: ends_s,
        breaks: (shifts.break_s > 0).then_some(pause).into_iter().collect(),
        rest: (shifts.driving_s > 0).then_some(rest),
        fixed_cost: rates.vehicle_day_fen * 1_000,
        cost_per_m: rates.km_fen,
        cost_per_s: rates.hour_fen * 1_000 / 3_600,
        cost_per_overtime_s: shifts.overtime_hour_fen * 1_000 / 3_600,
        ..Vehicle::new(0, row.payload_kg)
    }
}

/// What a collecting vehicle carries.
pub(super) fn carries(row: &vehicles::Vehicle) -> Stream {
    if Stream::Kitchen.carried_by(&row.stream) {
        Stream::Kitchen
    } else {
        Stream::Rest
    }
}

/// A stream as the engine numbers it.
const fn apart(stream: Stream) -> routing::Stream {
    match stream {
        Stream::Rest => routing::Stream(0),
        Stream::Kitchen => routing::Stream(1),
    }
}

pub(super) fn per_mille(detour: Share) -> u32 {
    u32::try_from(detour.of(1_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
