//! The rules of a stated problem, field by field.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use crate::impossible::{suits, takes};
use crate::model::LIMIT;
use crate::plan::{PlannedRoute, PlannedTrip};
use crate::schedule::schedule;
use crate::{InvalidProblem, Point, ProblemError, Reason, Road, Spec, Travel, Vehicle, Window};

/// Greatest cost of a metre or a second.
const RATE: i64 = 1_000_000;
/// Most stops, vehicles, facilities and places together with them.
const MOST: usize = 1 << 20;

struct Findings {
    errors: Vec<ProblemError>,
    count: usize,
}

impl Findings {
    const fn new() -> Self {
        Self {
            errors: Vec::new(),
            count: 0,
        }
    }

    fn ensure(&mut self, holds: bool, path: impl FnOnce() -> String, value: impl Display, rule: &'static str) {
        if holds {
            return;
        }
        self.count += 1;
        if self.errors.len() < InvalidProblem::MOST {
            self.errors.push(ProblemError {
                path: path(),
                value: value.to_string(),
                rule,
            });
        }
    }

    /// A quantity that may neither be negative nor absurd.
    fn quantity(&mut self, path: impl FnOnce() -> String, value: i64) {
        self.ensure((0..=LIMIT).contains(&value), path, value, "must be 0 to 2^40");
    }

    fn place(&mut self, path: impl FnOnce() -> String, place: usize, places: usize) {
        self.ensure(place < places, path, place, "must be the index of a place");
    }

    fn windows(&mut self, owner: &str, windows: &[Window]) {
        self.ensure(
            windows.len() <= 64,
            || format!("{owner}.windows"),
            windows.len(),
            "must be at most 64 windows",
        );
        let mut free_from = 0;
        for (index, window) in windows.iter().enumerate() {
            let path = |field| move || format!("{owner}.windows[{index}].{field}");
            let after = "must be 0 to 2^40 and later than the window before";
            self.ensure(
                (free_from..=LIMIT).contains(&window.open_s),
                path("open_s"),
                window.open_s,
                after,
            );
            let closes = (window.open_s..=LIMIT).contains(&window.close_s);
            self.ensure(closes, path("close_s"), window.close_s, "must be open_s to 2^40");
            free_from = window.close_s.saturating_add(1);
        }
    }

    fn done(self) -> Result<(), InvalidProblem> {
        if self.count == 0 {
            Ok(())
        } else {
            Err(InvalidProblem {
                errors: self.errors,
                count: self.count,
            })
        }
    }
}

/// Every rule that concerns a field by itself or with its neighbours.
pub(crate) fn fields(spec: &Spec) -> Result<(), InvalidProblem> {
    let mut found = Findings::new();
    travel(&mut found, &spec.travel);
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
        vehicle_fields(&mut found, index, vehicle, places);
        for (at, &stop) in vehicle.locked.iter().enumerate() {
            let path = || format!("vehicles[{index}].locked[{at}]");
            found.ensure(stop < spec.stops.len(), path, stop, "must be the index of a stop");
            found.ensure(locked.insert(stop), path, stop, "must be locked once");
        }
    }
    choices(&mut found, spec, &locked);
    found.done()
}

fn choices(found: &mut Findings, spec: &Spec, locked: &HashSet<usize>) {
    let mut chosen = HashMap::new();
    for (index, choice) in spec.choices.iter().enumerate() {
        let ways = choice.ways.len();
        let path = || format!("choices[{index}].ways");
        found.ensure((1..=64).contains(&ways), path, ways, "must be 1 to 64 ways");
        for (number, way) in choice.ways.iter().enumerate() {
            let path = || format!("choices[{index}].ways[{number}]");
            found.ensure(!way.is_empty(), path, way.len(), "must have a stop");
            let mut here = HashSet::new();
            for (at, stop) in way.iter().copied().enumerate() {
                let path = || format!("choices[{index}].ways[{number}][{at}]");
                found.ensure(here.insert(stop), path, stop, "must be in the way once");
                let only = *chosen.entry(stop).or_insert(index) == index;
                found.ensure(only, path, stop, "must be in one choice only");
                let fits = spec.stops.get(stop).is_some_and(|stop| stop.penalty.is_none()) && !locked.contains(&stop);
                found.ensure(
                    fits,
                    path,
                    stop,
                    "must be the index of a mandatory stop that is not locked",
                );
            }
        }
    }
}

fn vehicle_fields(found: &mut Findings, index: usize, vehicle: &Vehicle, places: usize) {
    let path = |field| move || format!("vehicles[{index}].{field}");
    found.place(path("start"), vehicle.start, places);
    if let Some(end) = vehicle.end {
        found.place(path("end"), end, places);
    }
    found.quantity(path("payload_kg"), vehicle.payload_kg);
    found.quantity(path("gross_kg"), vehicle.gross_kg);
    found.quantity(path("fixed_cost"), vehicle.fixed_cost);
    let rates = [
        ("cost_per_m", vehicle.cost_per_m),
        ("cost_per_s", vehicle.cost_per_s),
        ("cost_per_overtime_s", vehicle.cost_per_overtime_s),
    ];
    for (field, rate) in rates {
        found.ensure((0..=RATE).contains(&rate), path(field), rate, "must be 0 to 1,000,000");
    }
    for (field, most) in [("max_trips", vehicle.max_trips), ("max_stops", vehicle.max_stops)] {
        found.ensure(most > 0, path(field), most, "must be at least 1");
    }
    found.quantity(path("max_kg"), vehicle.max_kg);
    found.quantity(path("max_driving_s"), vehicle.max_driving_s);
    found.quantity(path("regular_end_s"), vehicle.regular_end_s);
    pauses(found, index, vehicle);
    found.quantity(path("shift.open_s"), vehicle.shift.open_s);
    let closes = (vehicle.shift.open_s..=LIMIT).contains(&vehicle.shift.close_s);
    found.ensure(
        closes,
        path("shift.close_s"),
        vehicle.shift.close_s,
        "must be open_s to 2^40",
    );
    let aboard = (0..=vehicle.payload_kg).contains(&vehicle.load_kg);
    found.ensure(aboard, path("load_kg"), vehicle.load_kg, "must be 0 to payload_kg");
}

/// Breaks begin one after another, each when the one before is over at the latest.
fn pauses(found: &mut Findings, index: usize, vehicle: &Vehicle) {
    let breaks = vehicle.breaks.len();
    found.ensure(
        breaks <= 8,
        || format!("vehicles[{index}].breaks"),
        breaks,
        "must be at most 8 breaks",
    );
    let mut free_from = 0;
    for (number, one) in vehicle.breaks.iter().enumerate() {
        let path = |field| move || format!("vehicles[{index}].breaks[{number}].{field}");
        let Window { open_s, close_s } = one.begin;
        let after = "must be 0 to 2^40 and later than the break before can end";
        found.ensure(
            (free_from..=LIMIT).contains(&open_s),
            path("begin.open_s"),
            open_s,
            after,
        );
        found.ensure(
            (open_s..=LIMIT).contains(&close_s),
            path("begin.close_s"),
            close_s,
            "must be open_s to 2^40",
        );
        let lasts = (1..=LIMIT).contains(&one.duration_s);
        found.ensure(lasts, path("duration_s"), one.duration_s, "must be 1 to 2^40");
        free_from = close_s.saturating_add(one.duration_s);
    }
    if let Some(rest) = vehicle.rest {
        for (field, seconds) in [("driving_s", rest.driving_s), ("duration_s", rest.duration_s)] {
            let path = || format!("vehicles[{index}].rest.{field}");
            found.ensure((1..=LIMIT).contains(&seconds), path, seconds, "must be 1 to 2^40");
        }
    }
}

fn travel(found: &mut Findings, travel: &Travel) {
    match travel {
        Travel::Matrix {
            places,
            distances_m,
            durations_s,
        } => {
            let square = places.checked_mul(*places);
            let size = "must hold places × places values";
            let complete = |values: &[u32]| square == Some(values.len());
            let (metres, seconds) = (distances_m.len(), durations_s.len());
            found.ensure(complete(distances_m), || "travel.distances_m".to_owned(), metres, size);
            found.ensure(complete(durations_s), || "travel.durations_s".to_owned(), seconds, size);
        }
        Travel::GreatCircle { points, road: how } => {
            road(found, *how);
            positions(found, points, 180.0, 90.0, "must be degrees on earth");
        }
        Travel::Planar { points, road: how } => {
            road(found, *how);
            positions(found, points, 1e8, 1e8, "must be within 100,000 km");
        }
    }
}

fn road(found: &mut Findings, road: Road) {
    let detour = (1..=10_000).contains(&road.detour_per_mille);
    found.ensure(
        detour,
        || "travel.road.detour_per_mille".to_owned(),
        road.detour_per_mille,
        "must be 1 to 10,000",
    );
    let speed = road.speed_m_per_h;
    found.ensure(
        speed > 0,
        || "travel.road.speed_m_per_h".to_owned(),
        speed,
        "must be positive",
    );
}

fn positions(found: &mut Findings, points: &[Point], widest: f64, highest: f64, rule: &'static str) {
    for (index, point) in points.iter().enumerate() {
        // Comparisons with NaN are false, so that it is refused too.
        found.ensure(
            point.x.abs() <= widest,
            || format!("travel.points[{index}].x"),
            point.x,
            rule,
        );
        found.ensure(
            point.y.abs() <= highest,
            || format!("travel.points[{index}].y"),
            point.y,
            rule,
        );
    }
}

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
