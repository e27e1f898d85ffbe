//! The problem as the search sees it: nodes, kinds of vehicles, neighbours.

mod job;
mod kind;
mod nodes;
mod plain;
mod unloading;

use crate::control::GoOn;
use crate::search::beside::Beside;
use crate::search::choices::Choices;
use crate::search::metric::{Metric, NOWHERE};
use crate::search::neighbours::Neighbours;
use crate::search::timely;
use crate::{Problem, Window};

use job::Job;
pub(crate) use kind::Kind;
use nodes::Nodes;
pub(crate) use plain::PlainKind;
use unloading::Unloading;

/// Cost of leaving out a mandatory stop: more than any real day, and 2^20 of them still fit into 64 bits.
const MANDATORY: i64 = 1 << 42;
/// Neighbours beside which a stop is put; all that are kept where stops are chosen, since many of them are in no route.
const NEAR: usize = 40;

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
    /// Facilities for each stop.
    unloading: Vec<Unloading>,
    pub(crate) near: Neighbours,
    /// The stops beside which each stop is put; where stops have windows and trips are not split, those first that can be
    /// served just before or after it. Empty on the fast path.
    pub(crate) beside: Beside,
    /// Whether stops have windows.
    pub(crate) windowed: bool,
    /// Whether time has to be computed at all.
    pub(crate) clocked: bool,
    pub(crate) choices: Choices,
    /// One kind of vehicle, no time, no unloading, no lock, symmetric: the fast path suffices.
    pub(crate) plain: bool,
    /// What the fast path reads; empty otherwise.
    pub(crate) plain_kind: PlainKind,
    nodes: Nodes,
}

impl<'p> Net<'p> {
    /// The problem as the search sees it; none when told to stop before all is known.
    pub(crate) fn new(problem: &'p Problem, go_on: GoOn<'_>) -> Option<Self> {
        let spec = problem.spec();
        let mut nodes = Nodes::new(spec);
        let kinds = problem.kinds().iter().map(|&vehicle| {
            let vehicle = &spec.vehicles[vehicle];
            let start = nodes.terminal(vehicle.start);
            let end = vehicle.end.map_or(NOWHERE, |place| nodes.terminal(place));
            Kind::new(problem, vehicle, (start, end), (&nodes.stop_of, &nodes.node_of))
        });
        let kinds: Vec<Kind> = kinds.collect();
        let (stop_of, stops) = (&nodes.stop_of, narrow(spec.stops.len()));
        let ordered = || stop_of.iter().map(|&stop| &spec.stops[stop]);
        let windowed = spec.stops.iter().any(|stop| !stop.windows.is_empty());
        let released = spec.stops.iter().any(|stop| stop.release_s > 0);
        let timed = windowed || released || spec.facilities.iter().any(|facility| !facility.windows.is_empty());
        let clocked = timed || kinds.iter().any(Kind::is_clocked);
        let metric = Metric::new(spec, &nodes.places, clocked, go_on)?;
        let plain = !clocked && plain::is_plain(spec, &kinds, &metric);
        let mut neighbours =
            |far: &dyn Fn(u32, u32) -> u64| Neighbours::new(&spec.travel, &nodes.places[..stops as usize], far, go_on);
        let near = neighbours(&|a, b| u64::from(metric.metres(a, b)) + u64::from(metric.metres(b, a)))?;
        let timely = windowed && spec.facilities.is_empty();
        let beside = if plain {
            Beside::default()
        } else {
            let each = if spec.choices.is_empty() { NEAR } else { usize::MAX };
            let rated = if timely {
                let rating = timely::Rating::new(spec, &metric, stop_of);
                Some(neighbours(&|a, b| rating.of(a, b))?)
            } else {
                None
            };
            Beside::new(stops, rated.as_ref().unwrap_or(&near), &metric, (each, clocked))
        };
        let remote = (0..stops).map(|stop| {
            let starts = kinds.iter().map(|kind| metric.metres(kind.start, stop));
            starts.min().unwrap_or(0)
        });
        let plain_kind = if plain && stops > 0 {
            PlainKind::new(&kinds[0], &metric, &near, stops)
        } else {
            PlainKind::default()
        };
        let mut windows = Vec::new();
        let stated = ordered().map(|stop| (&stop.windows, stop.service_s));
        let stated = stated.chain(spec.facilities.iter().map(|one| (&one.windows, one.service_s)));
        let weight = |&stop: &usize| match problem.choice_of(stop) {
            Some(_) => 0,
            None => spec.stops[stop].penalty.unwrap_or(MANDATORY),
        };
        Some(Self {
            problem,
            stops,
            demand: ordered().map(|stop| stop.demand_kg).collect(),
            release: if released {
                ordered().map(|stop| stop.release_s).collect()
            } else {
                Vec::new()
            },
            weight: stop_of.iter().map(weight).collect(),
            choices: Choices::new(problem, &nodes.node_of),
            remote: remote.collect(),
            jobs: stated
                .map(|(some, service)| Job::new(some, service, &mut windows))
                .collect(),
            windows,
            unloading: Unloading::of_all(spec, &metric, stop_of),
            kind_of: problem.kind_of().iter().map(|&kind| narrow(kind)).collect(),
            kinds,
            metric,
            near,
            beside,
            windowed,
            clocked,
            plain,
            plain_kind,
            nodes,
        })
    }

    /// The stop that a node stands for.
    pub(crate) fn stop_of(&self, node: u32) -> usize {
        self.nodes.stop_of[node as usize]
    }

    /// The node of a stop, if there is such a stop.
    pub(crate) fn node_of(&self, stop: usize) -> Option<u32> {
        self.nodes.node_of.get(stop).copied()
    }

    /// Cost of leaving a stop out, or the choice to which it belongs.
    pub(crate) fn missed(&self, stop: u32) -> i64 {
        if self.choices.of(stop).is_some() {
            MANDATORY
        } else {
            self.weight[stop as usize]
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

    /// Whether windows decide which stops follow each other and a vehicle costs no more than its way.
    pub(crate) fn is_spread(&self) -> bool {
        self.windowed && !self.has_facilities() && self.kinds.iter().all(|kind| kind.fixed == 0)
    }

    /// Whether trips wait for what they bring.
    pub(crate) const fn is_released(&self) -> bool {
        !self.release.is_empty()
    }

    pub(crate) fn release(&self, stop: u32) -> i64 {
        self.release.get(stop as usize).copied().unwrap_or(0)
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
