//! The problem as the search sees it: nodes, kinds of vehicles, neighbours.

use std::collections::HashMap;

use crate::impossible::{suits, takes};
use crate::pauses::Pauses;
use crate::search::choices::Choices;
use crate::search::hilbert;
use crate::search::metric::{Metric, NOWHERE};
use crate::search::neighbours::Neighbours;
use crate::search::timely;
use crate::search::times::{Backward, Forward};
use crate::timing::{earliest_begin, latest_begin};
use crate::{Break, LIMIT, Problem, Rest, Spec, Vehicle, Window};

/// Cost of leaving out a mandatory stop: more than any real day, and 2^20 of them still fit into 64 bits.
const MANDATORY: i64 = 1 << 42;
/// Unloading facilities tried where a trip is split.
const UNLOADS: usize = 3;

/// The searched problem. Nodes are the stops, then the facilities, then the places where shifts begin and end.
pub(crate) struct Net<'p> {
    pub(crate) problem: &'p Problem,
    /// Number of stops; nodes below it are stops.
    pub(crate) stops: u32,
    pub(crate) metric: Metric<'p>,
    /// Demand of each stop.
    pub(crate) demand: Vec<i64>,
    /// Cost of leaving each stop out; a stop of a choice costs nothing by itself.
    pub(crate) weight: Vec<i64>,
    /// Metres between each stop and the nearest beginning of a shift.
    pub(crate) remote: Vec<u32>,
    /// When what is brought to each stop is ready; empty where no trip has to wait.
    release: Vec<i64>,
    /// Work at stops and facilities.
    jobs: Vec<Job>,
    windows: Vec<Window>,
    /// Kind of each vehicle.
    pub(crate) kind_of: Vec<u32>,
    pub(crate) kinds: Vec<Kind>,
    /// Facilities near each stop, nearest first.
    unloads: Vec<Vec<u32>>,
    /// Metres from each stop to the nearest facility that takes its stream, and from the one nearest that way.
    unloading: Vec<(u32, u32)>,
    pub(crate) near: Neighbours,
    /// Stops that can be served just before or after each stop, those first for which that takes least; only where stops
    /// have windows and trips are not split.
    timely: Option<Neighbours>,
    /// Whether stops have windows.
    pub(crate) windowed: bool,
    /// Whether time has to be computed at all.
    pub(crate) clocked: bool,
    pub(crate) choices: Choices,
    /// One kind of vehicle, no time, no unloading, no lock, symmetric: the fast path suffices.
    pub(crate) plain: bool,
    /// What the fast path reads; empty otherwise.
    pub(crate) plain_kind: PlainKind,
    /// Stop of each node, along a curve on which near stops are near each other.
    stop_of: Vec<u32>,
    /// Node of each stop.
    node_of: Vec<u32>,
}

/// Work at a node.
struct Job {
    /// When it may begin at the earliest and at the latest.
    opens: i64,
    closes: i64,
    service: i64,
    /// Where its windows are.
    windows: (u32, u32),
}

impl Job {
    /// Work whose windows are noted behind those of others.
    fn new(some: &[Window], service: i64, windows: &mut Vec<Window>) -> Self {
        let from = narrow(windows.len());
        windows.extend_from_slice(some);
        Self {
            opens: some.first().map_or(i64::MIN, |window| window.open_s),
            closes: some.last().map_or(i64::MAX, |window| window.close_s),
            service,
            windows: (from, narrow(windows.len())),
        }
    }

    /// Whether it may not begin at every time between the earliest and the latest.
    const fn has_gaps(&self) -> bool {
        self.windows.1 - self.windows.0 > 1
    }
}

/// Distances that the fast path reads most, in the order of memory.
#[derive(Default)]
pub(crate) struct PlainKind {
    /// Metres from the start and to the end of the shift.
    pub(crate) from: Vec<u32>,
    pub(crate) to: Vec<u32>,
    /// The nearest stops of each stop and how far they are.
    near: Vec<(u32, u32)>,
    each: usize,
}

impl PlainKind {
    /// Neighbours beside which a stop is put.
    pub(crate) const NEAR: usize = 40;

    fn new(kind: &Kind, metric: &Metric<'_>, near: &Neighbours, stops: u32) -> Self {
        let each = near.nearest(0, Self::NEAR).len();
        let neighbours = |stop| {
            near.nearest(stop, each)
                .iter()
                .map(move |&other| (other, metric.metres(stop, other)))
        };
        Self {
            from: (0..stops).map(|stop| metric.metres(kind.start, stop)).collect(),
            to: (0..stops).map(|stop| metric.metres(stop, kind.end)).collect(),
            near: (0..stops).flat_map(neighbours).collect(),
            each,
        }
    }

    /// Near stops, nearest first, and how far they are.
    pub(crate) fn near(&self, stop: u32) -> &[(u32, u32)] {
        &self.near[stop as usize * self.each..][..self.each]
    }
}

/// Interchangeable vehicles.
pub(crate) struct Kind {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) payload: i64,
    pub(crate) load: i64,
    pub(crate) locked: Vec<u32>,
    pub(crate) shift: Window,
    regular_end: i64,
    breaks: Vec<Break>,
    rest: Option<Rest>,
    /// Times of a route without a node.
    pub(crate) opening: Forward,
    pub(crate) closing: Backward,
    pub(crate) max_driving: i64,
    pub(crate) max_trips: usize,
    pub(crate) max_stops: usize,
    pub(crate) max_kg: i64,
    pub(crate) fixed: i64,
    pub(crate) per_m: i64,
    pub(crate) per_s: i64,
    pub(crate) per_overtime_s: i64,
    /// Facilities that take its stream.
    pub(crate) facilities: Vec<u32>,
    /// Whether it may serve each stop.
    suits: Vec<bool>,
}

impl<'p> Net<'p> {
    pub(crate) fn new(problem: &'p Problem) -> Self {
        let spec = problem.spec();
        let stated: Vec<usize> = spec.stops.iter().map(|stop| stop.place).collect();
        let stop_of = hilbert::order(&spec.travel, &stated);
        let ordered = || stop_of.iter().map(|&stop| &spec.stops[stop]);
        let mut node_of = vec![0; stop_of.len()];
        for (node, &stop) in stop_of.iter().enumerate() {
            node_of[stop] = narrow(node);
        }
        let mut places: Vec<u32> = ordered().map(|stop| narrow(stop.place)).collect();
        let stops = narrow(places.len());
        places.extend(spec.facilities.iter().map(|facility| narrow(facility.place)));
        let mut ends = HashMap::new();
        let mut terminal = |place: usize| {
            *ends.entry(place).or_insert_with(|| {
                places.push(narrow(place));
                narrow(places.len() - 1)
            })
        };
        let kinds = problem.kinds().iter().map(|&vehicle| {
            let vehicle = &spec.vehicles[vehicle];
            let (start, end) = (terminal(vehicle.start), vehicle.end.map_or(NOWHERE, &mut terminal));
            Kind::new(problem, vehicle, (start, end), (&stop_of, &node_of))
        });
        let kinds: Vec<Kind> = kinds.collect();
        let windowed = spec.stops.iter().any(|stop| !stop.windows.is_empty());
        let released = spec.stops.iter().any(|stop| stop.release_s > 0);
        let timed = windowed || released || spec.facilities.iter().any(|facility| !facility.windows.is_empty());
        let clocked = timed || kinds.iter().any(Kind::is_clocked);
        let metric = Metric::new(spec, &places, clocked);
        let plain = !clocked && is_plain(spec, &kinds, &metric);
        let near = Neighbours::new(&spec.travel, &places[..stops as usize], &|a, b| {
            u64::from(metric.metres(a, b)) + u64::from(metric.metres(b, a))
        });
        let remote = (0..stops).map(|stop| {
            let starts = kinds.iter().map(|kind| metric.metres(kind.start, stop));
            starts.min().unwrap_or(0)
        });
        let remote = remote.collect();
        let mut unloading = Vec::with_capacity(stop_of.len());
        let unloads = (stop_of.iter().enumerate())
            .map(|(node, &stop)| {
                let (node, mut taking) = (narrow(node), taking(spec, stop));
                let to = |&facility: &u32| metric.metres(node, facility);
                let from = |&facility: &u32| metric.metres(facility, node);
                let ways = (taking.iter().map(to).min(), taking.iter().map(from).min());
                unloading.push((ways.0.unwrap_or(0), ways.1.unwrap_or(0)));
                taking.sort_by_key(to);
                taking.truncate(UNLOADS);
                taking
            })
            .collect();
        let plain_kind = if plain && stops > 0 {
            PlainKind::new(&kinds[0], &metric, &near, stops)
        } else {
            PlainKind::default()
        };
        let mut windows = Vec::new();
        let stated = ordered().map(|stop| (&stop.windows, stop.service_s));
        let stated = stated.chain(spec.facilities.iter().map(|one| (&one.windows, one.service_s)));
        let jobs = stated
            .map(|(some, service)| Job::new(some, service, &mut windows))
            .collect();
        let timely = (windowed && spec.facilities.is_empty()).then(|| {
            let rating = timely::Rating::new(spec, &metric, &stop_of);
            Neighbours::new(&spec.travel, &places[..stops as usize], &|a, b| rating.of(a, b))
        });
        Self {
            problem,
            stops,
            metric,
            demand: ordered().map(|stop| stop.demand_kg).collect(),
            release: if released {
                ordered().map(|stop| stop.release_s).collect()
            } else {
                Vec::new()
            },
            weight: (stop_of.iter())
                .map(|&stop| match problem.choice_of(stop) {
                    Some(_) => 0,
                    None => spec.stops[stop].penalty.unwrap_or(MANDATORY),
                })
                .collect(),
            choices: Choices::new(problem, &node_of),
            remote,
            jobs,
            windows,
            kind_of: problem.kind_of().iter().map(|&kind| narrow(kind)).collect(),
            kinds,
            unloads,
            unloading,
            near,
            timely,
            windowed,
            clocked,
            plain,
            plain_kind,
            stop_of: stop_of.iter().map(|&stop| narrow(stop)).collect(),
            node_of,
        }
    }

    /// The stop that a node stands for.
    pub(crate) fn stop_of(&self, node: u32) -> usize {
        self.stop_of[node as usize] as usize
    }

    /// The node of a stop, if there is such a stop.
    pub(crate) fn node_of(&self, stop: usize) -> Option<u32> {
        self.node_of.get(stop).copied()
    }

    /// Cost of leaving a stop out, or the choice to which it belongs.
    pub(crate) fn missed(&self, stop: u32) -> i64 {
        if self.choices.of(stop).is_some() {
            MANDATORY
        } else {
            self.weight[stop as usize]
        }
    }

    /// The stops beside which each stop is put, the best first.
    pub(crate) const fn beside(&self) -> &Neighbours {
        match &self.timely {
            Some(timely) => timely,
            None => &self.near,
        }
    }

    /// Whether nobody could serve a node even alone.
    pub(crate) fn is_impossible(&self, node: u32) -> bool {
        self.problem.is_impossible(self.stop_of(node))
    }

    /// Mean cost of the way from a stop to its tenth neighbour: what a small change of a route costs.
    #[expect(clippy::cast_precision_loss, reason = "a scale")]
    pub(crate) fn near_cost(&self) -> f64 {
        let rate = |rate: &dyn Fn(&Kind) -> i64| {
            self.kinds.iter().map(|kind| rate(kind) as f64).sum::<f64>() / self.kinds.len().max(1) as f64
        };
        let (per_m, per_s) = (rate(&|kind| kind.per_m), rate(&|kind| kind.per_s));
        let way = |stop: u32| {
            let &other = self.near.nearest(stop, 10).last()?;
            let seconds = if self.clocked {
                self.metric.seconds(stop, other) as f64
            } else {
                0.0
            };
            Some(f64::from(self.metric.metres(stop, other)) * per_m + seconds * per_s)
        };
        let ways: f64 = (0..self.stops).filter_map(way).sum();
        (ways / f64::from(self.stops.max(1))).max(1e-6)
    }

    pub(crate) fn kind(&self, vehicle: u32) -> &Kind {
        &self.kinds[self.kind_of[vehicle as usize] as usize]
    }

    pub(crate) fn is_stop(&self, node: u32) -> bool {
        node < self.stops
    }

    pub(crate) fn has_facilities(&self) -> bool {
        !self.problem.spec().facilities.is_empty()
    }

    /// Whether windows decide which stops follow each other and a vehicle costs no more than its way.
    pub(crate) fn is_spread(&self) -> bool {
        self.timely.is_some() && self.kinds.iter().all(|kind| kind.fixed == 0)
    }

    pub(crate) fn unloads(&self, stop: u32) -> &[u32] {
        &self.unloads[stop as usize]
    }

    /// Metres from a node to a facility and from one at least, whichever is taken; 0 for others than stops.
    pub(crate) fn unloading(&self, node: u32) -> (i64, i64) {
        let (to, from) = self.unloading.get(node as usize).copied().unwrap_or_default();
        (i64::from(to), i64::from(from))
    }

    /// Whether trips wait for what they bring.
    pub(crate) const fn is_released(&self) -> bool {
        !self.release.is_empty()
    }

    pub(crate) fn release(&self, stop: u32) -> i64 {
        self.release.get(stop as usize).copied().unwrap_or(0)
    }

    pub(crate) fn service(&self, node: u32) -> i64 {
        self.jobs[node as usize].service
    }

    pub(crate) fn windows(&self, node: u32) -> &[Window] {
        let (from, to) = self.jobs[node as usize].windows;
        &self.windows[from as usize..to as usize]
    }

    /// When work at a node may begin at the latest.
    pub(crate) fn closes(&self, node: u32) -> i64 {
        self.jobs[node as usize].closes
    }

    /// When work at a node is done at the earliest, after an arrival.
    pub(crate) fn done(&self, node: u32, arrival_s: i64) -> Option<i64> {
        let job = &self.jobs[node as usize];
        let begin = if job.has_gaps() {
            earliest_begin(self.windows(node), arrival_s)?
        } else if arrival_s <= job.closes {
            arrival_s.max(job.opens)
        } else {
            return None;
        };
        Some(begin + job.service)
    }

    /// The latest arrival at a node with which its work is done by a time; before all time when there is none.
    pub(crate) fn latest_arrival(&self, node: u32, done_s: i64) -> i64 {
        let job = &self.jobs[node as usize];
        let limit = done_s - job.service;
        if job.has_gaps() {
            latest_begin(self.windows(node), limit).unwrap_or(-LIMIT)
        } else if limit >= job.opens {
            limit.min(job.closes)
        } else {
            -LIMIT
        }
    }
}

impl Kind {
    fn new(problem: &Problem, vehicle: &Vehicle, (start, end): (u32, u32), order: (&[usize], &[u32])) -> Self {
        let spec = problem.spec();
        let (stop_of, node_of) = order;
        let facilities = spec.facilities.iter().enumerate();
        let facilities = facilities.filter(|(_, facility)| takes(facility, vehicle.stream));
        let mut kind = Self {
            start,
            end,
            payload: vehicle.payload_kg,
            load: vehicle.load_kg,
            locked: vehicle.locked.iter().map(|&stop| node_of[stop]).collect(),
            shift: vehicle.shift,
            regular_end: vehicle.regular_end_s,
            breaks: vehicle.breaks.clone(),
            rest: vehicle.rest,
            opening: Forward::default(),
            closing: Backward::default(),
            max_driving: vehicle.max_driving_s,
            max_trips: vehicle.max_trips as usize,
            max_stops: vehicle.max_stops as usize,
            max_kg: vehicle.max_kg,
            fixed: vehicle.fixed_cost,
            per_m: vehicle.cost_per_m,
            per_s: vehicle.cost_per_s,
            per_overtime_s: vehicle.cost_per_overtime_s,
            facilities: facilities.map(|(index, _)| narrow(spec.stops.len() + index)).collect(),
            suits: (stop_of.iter())
                .map(|&stop| !problem.is_impossible(stop) && suits(spec, vehicle, &spec.stops[stop]))
                .collect(),
        };
        let (mut opening, mut closing) = (Forward::default(), Backward::default());
        opening.begin(&kind);
        closing.end(&kind, kind.shift.close_s);
        (kind.opening, kind.closing) = (opening, closing);
        kind
    }

    /// Its breaks and rests, if it has any.
    pub(crate) fn pauses(&self) -> Option<Pauses<'_>> {
        let some = !self.breaks.is_empty() || self.rest.is_some();
        some.then_some(Pauses {
            breaks: &self.breaks,
            rest: self.rest,
        })
    }

    /// Cost of overtime in a shift that is over at a time.
    pub(crate) fn overtime(&self, finish: i64) -> i64 {
        self.per_overtime_s * (finish - self.regular_end).max(0)
    }

    /// Whether more than the order of time matters: what it costs or how much of it is driving.
    pub(crate) const fn counts_time(&self) -> bool {
        self.per_s > 0 || self.per_overtime_s > 0 || self.max_driving < LIMIT
    }

    /// Whether its time costs something or is limited.
    fn is_clocked(&self) -> bool {
        self.per_s > 0
            || (self.per_overtime_s > 0 && self.regular_end < LIMIT)
            || self.shift.close_s.min(self.max_driving) < LIMIT
            || self.pauses().is_some()
    }

    pub(crate) fn suits(&self, stop: u32) -> bool {
        self.suits[stop as usize]
    }

    /// Whether its vehicles have something to do whatever is planned.
    pub(crate) fn must_go(&self) -> bool {
        !self.locked.is_empty() || (self.load > 0 && !self.facilities.is_empty())
    }
}

/// An index as a node; the statement is limited to 2^20 of each thing.
#[expect(
    clippy::cast_possible_truncation,
    reason = "validated: at most 2^20 stops, facilities, vehicles and places"
)]
pub(crate) const fn narrow(index: usize) -> u32 {
    index as u32
}

fn is_plain(spec: &Spec, kinds: &[Kind], metric: &Metric<'_>) -> bool {
    let [kind] = kinds else { return false };
    spec.facilities.is_empty()
        && spec.choices.is_empty()
        && kind.load == 0
        && kind.locked.is_empty()
        && kind.end != NOWHERE
        && kind.max_stops >= spec.stops.len()
        && kind.max_kg >= kind.payload
        && kind.suits.iter().all(|&suits| suits)
        && metric.is_symmetric()
}

/// The facilities that take the stream of a stop.
fn taking(spec: &Spec, stop: usize) -> Vec<u32> {
    let (stream, stops) = (spec.stops[stop].stream, narrow(spec.stops.len()));
    let facilities = spec.facilities.iter().enumerate();
    facilities
        .filter(|(_, facility)| takes(facility, stream))
        .map(|(index, _)| stops + narrow(index))
        .collect()
}
