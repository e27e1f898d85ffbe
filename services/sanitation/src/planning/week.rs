//! A week as seven days: which points are served on which of them, and what they bring then.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use routing::InvalidProblem;
use sanitation_core::{
    demand::Basis,
    geo::Position,
    norms::Norms,
    stream::Stream,
    week::{Days, Rates, Stop, WEEK, choose},
};

use super::{
    Due, StationDay, Task, WeekDue,
    station::{Call, per_mille, whole_kg},
};
use crate::store::{points::Point, week_plans::WeekPoint};

/// On which days points are served.
pub type Calendar = Vec<WeekPoint>;

/// The tasks of the seven days, day by day and each day in the order of `days`, and the days of each point. `days` are without what
/// is due; `interval_days` goes before the norms unless it is 0.
pub fn week(
    days: &[StationDay],
    dues: &HashMap<String, WeekDue>,
    interval_days: usize,
) -> Result<(Vec<Task>, Calendar), InvalidProblem> {
    let stations: Vec<Station<'_>> = days.iter().map(|day| Station::of(day, dues, interval_days)).collect();
    let mut tasks = Vec::new();
    for day in 0..WEEK {
        for station in &stations {
            tasks.push(Task::of(station.on(day))?);
        }
    }
    Ok((tasks, stations.iter().flat_map(Station::calendar).collect()))
}

/// A station with the days of what its trucks take.
struct Station<'a> {
    day: &'a StationDay,
    dues: &'a HashMap<String, WeekDue>,
    calls: Vec<(Call, Stop, Days)>,
}

impl<'a> Station<'a> {
    fn of(day: &'a StationDay, dues: &'a HashMap<String, WeekDue>, interval_days: usize) -> Self {
        let mut station = Self {
            day,
            dues,
            calls: Vec::new(),
        };
        let Some(home) = &day.station else { return station };
        let calls = Task::without_problem(day.clone()).calls;
        let stops: Vec<Stop> = calls.iter().map(|call| station.stop(call, interval_days)).collect();
        let at = Position {
            lng: home.lng,
            lat: home.lat,
        };
        let chosen = choose(at, &stops, &rates(day));
        let parts = calls.into_iter().zip(stops).zip(chosen);
        station.calls = parts.map(|((call, stop), days)| (call, stop, days)).collect();
        station
    }

    /// A call as the week sees it: no point of it may overflow.
    fn stop(&self, call: &Call, interval_days: usize) -> Stop {
        let points: Vec<&Point> = points_of(call).map(|point| &self.day.points[point]).collect();
        let asked = match interval_days {
            // Nobody may ask kitchen waste to wait.
            _ if points[0].stream == Stream::Kitchen => 1,
            0 => usize::try_from(self.day.norms.frequency.residual_interval_days).unwrap_or(1),
            asked => asked,
        };
        let held = points
            .iter()
            .map(|point| held_days(point, self.daily_g(point), &self.day.norms));
        let load = |since: usize, day: usize| whole_kg(points.iter().map(|point| self.grams(point, since, day)).sum());
        Stop {
            position: Position {
                lng: points[0].lng,
                lat: points[0].lat,
            },
            interval_days: held.min().unwrap_or(1).min(asked).clamp(1, WEEK),
            loads_kg: (1..=WEEK)
                .map(|since| std::array::from_fn(|day| load(since, day)))
                .collect(),
        }
    }

    /// What a point brings on a day, as many days after the collection before.
    fn grams(&self, point: &Point, since: usize, day: usize) -> i64 {
        let days = i64::try_from(since).unwrap_or(1);
        let stated = point.daily_g * days;
        self.dues
            .get(&point.point_id)
            .map_or(stated, |due| due.grams[since - 1][day])
    }

    /// What falls at a point on a mean day.
    fn daily_g(&self, point: &Point) -> i64 {
        let week: i64 = (0..WEEK).map(|day| self.grams(point, 1, day)).sum();
        week / 7
    }

    /// One of its days.
    fn on(&self, day: usize) -> StationDay {
        let (mut dues, mut resting) = (HashMap::new(), HashSet::new());
        let mut since: Vec<usize> = vec![1; self.day.points.len()];
        for (call, _, days) in &self.calls {
            for point in points_of(call) {
                since[point] = days.since_the_one_before(day);
                if !days.has(day) {
                    resting.insert(point);
                }
            }
        }
        for (point, since) in self.day.points.iter().zip(since) {
            let basis = self.dues.get(&point.point_id).map_or(Basis::Declared, |due| due.basis);
            let grams = self.grams(point, since, day);
            dues.insert(point.point_id.clone(), Due { grams, basis });
        }
        StationDay {
            dues: Arc::new(dues),
            resting,
            ..self.day.clone()
        }
    }

    fn calendar(&self) -> impl Iterator<Item = WeekPoint> {
        let station = self.day.station.as_ref();
        let calls = self.calls.iter().filter_map(move |call| Some((call, station?)));
        calls.flat_map(|((call, stop, days), station)| {
            points_of(call).map(|point| {
                let point = &self.day.points[point];
                WeekPoint {
                    call_id: point.point_id.clone(),
                    division_code: point.division_code.clone(),
                    station_id: station.facility_id.clone(),
                    interval_days: i32::try_from(stop.interval_days).unwrap_or(1),
                    days: days.bits().into(),
                }
            })
        })
    }
}

/// The point of a call and those that are relayed to it.
fn points_of(call: &Call) -> impl Iterator<Item = usize> {
    std::iter::once(call.point).chain(call.relays.iter().map(|(from, _)| *from))
}

/// Days after which the containers of a point are full, at least one.
fn held_days(point: &Point, daily_g: i64, norms: &Norms) -> usize {
    let held_g = point.capacity_l * norms.waste.density_g_per_l;
    let days = held_g.checked_div(daily_g).unwrap_or(i64::MAX);
    usize::try_from(days.max(1)).unwrap_or(usize::MAX)
}

fn rates(day: &StationDay) -> Rates {
    let norms = &day.norms.routing;
    let payloads: i64 = day.vehicles.iter().map(|vehicle| vehicle.payload_kg).sum();
    let detour = i64::from(per_mille(norms.detour)).max(1);
    Rates {
        payload_kg: payloads / i64::try_from(day.vehicles.len()).unwrap_or(1).max(1),
        m_per_h: i64::from(day.slowest_kmh()) * 1_000_000 / detour,
        stop_s: norms.stop_s,
        bin_s: norms.bin_s,
        bin_kg: norms.bin_kg,
        unload_s: norms.unload_s,
    }
}
