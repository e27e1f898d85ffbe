//! A problem as the search sees it.

use crate::jobs::{Job, Jobs};
use crate::{Problem, Spec};

/// Cost of a missing mandatory pass: more than any route can cost.
pub(crate) const MISSING: i64 = 1 << 48;
/// Neighbours that are kept of each job.
const NEAR: usize = 100;

/// Cost and seconds of a part of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) cost: i64,
    pub(crate) secs: i64,
}

impl Label {
    pub(crate) const ZERO: Self = Self { cost: 0, secs: 0 };
    /// Of what cannot be.
    pub(crate) const NEVER: Self = Self {
        cost: i64::MAX / 4,
        secs: i64::MAX / 4,
    };

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            cost: self.cost + other.cost,
            secs: self.secs + other.secs,
        }
    }

    pub(crate) const fn least(self, other: Self) -> Self {
        if other.cost < self.cost { other } else { self }
    }
}

/// A kind of vehicle.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) capacity: i64,
    /// Row of its start and column of its end.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Longest time from departure to return.
    pub(crate) longest_s: i64,
    pub(crate) fixed: i64,
    per_m: i64,
    per_s: i64,
    /// Where it refills.
    pub(crate) gates: Vec<Gate>,
    /// By job, whether it may do it.
    pub(crate) does: Vec<bool>,
    pub(crate) members: Vec<usize>,
}

/// A refill for a kind of vehicle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    pub(crate) refill: usize,
    pub(crate) entry: usize,
    pub(crate) exit: usize,
    pub(crate) label: Label,
}

impl Kind {
    pub(crate) const fn label(&self, (metres, secs): (i64, i64)) -> Label {
        Label {
            cost: metres * self.per_m + secs * self.per_s,
            secs,
        }
    }

    pub(crate) fn leg(&self, jobs: &Jobs, exit: usize, entry: usize) -> Label {
        self.label(jobs.table.leg(exit, entry))
    }

    pub(crate) const fn service(&self, job: &Job) -> Label {
        self.label((job.metres, job.service_s))
    }
}

pub(crate) struct Net<'p> {
    pub(crate) problem: &'p Problem,
    pub(crate) jobs: &'p Jobs,
    pub(crate) kinds: Vec<Kind>,
    /// Jobs that can be done.
    pub(crate) possible: Vec<usize>,
    /// By job: cost of leaving it out.
    pub(crate) weight: Vec<i64>,
    /// By job: how far it is from where vehicles start.
    pub(crate) remote: Vec<i64>,
    near: Vec<u32>,
    width: usize,
    /// Typical cost of a pass, the unit of temperature.
    pub(crate) unit: f64,
}

impl<'p> Net<'p> {
    pub(crate) fn new(problem: &'p Problem) -> Self {
        let (spec, jobs) = (problem.spec(), &problem.jobs);
        let kinds: Vec<Kind> = (0..problem.kinds.len()).map(|index| kind(problem, index)).collect();
        let count = jobs.jobs.len();
        let possible: Vec<usize> = (0..count).filter(|&job| problem.reasons[job].is_none()).collect();
        let remote = |job: usize| {
            let able = kinds.iter().filter(|kind| kind.does[job]);
            let modes = &jobs.jobs[job].modes;
            let way = |kind: &Kind| modes.map(|mode| kind.leg(jobs, kind.start, mode.entry).cost);
            able.flat_map(way).min().unwrap_or(0)
        };
        let width = NEAR.min(possible.len().saturating_sub(1));
        let mut net = Self {
            problem,
            jobs,
            weight: jobs
                .jobs
                .iter()
                .map(|job| spec.tasks[job.task].penalty.unwrap_or(MISSING))
                .collect(),
            remote: (0..count).map(remote).collect(),
            near: vec![0; width * count],
            width,
            unit: 1.0,
            kinds,
            possible,
        };
        net.reckon();
        net
    }

    pub(crate) fn spec(&self) -> &'p Spec {
        self.problem.spec()
    }

    pub(crate) fn job(&self, job: usize) -> &'p Job {
        &self.jobs.jobs[job]
    }

    pub(crate) fn kind_of(&self, vehicle: usize) -> &Kind {
        &self.kinds[self.problem.kind_of[vehicle]]
    }

    /// Other jobs, nearest first.
    pub(crate) fn near(&self, job: usize) -> &[u32] {
        &self.near[job * self.width..][..self.width]
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a scale; jobs are few"
    )]
    fn reckon(&mut self) {
        let Some(kind) = self.kinds.first() else {
            return;
        };
        let jobs = self.jobs;
        let service = |&job: &usize| kind.service(&jobs.jobs[job]).cost as f64;
        self.unit = (self.possible.iter().map(service).sum::<f64>() / self.possible.len().max(1) as f64).max(1.0);
        let mut order: Vec<(i64, u32)> = Vec::new();
        for &job in &self.possible {
            let one = &jobs.jobs[job];
            let apart = |other: &usize| {
                let two = &jobs.jobs[*other];
                let mut least = i64::MAX;
                for a in &one.modes {
                    for b in &two.modes {
                        let ways = [(a.exit, b.entry), (b.exit, a.entry)];
                        let legs = ways.map(|(exit, entry)| kind.leg(jobs, exit, entry).cost);
                        least = least.min(legs[0]).min(legs[1]);
                    }
                }
                (least, *other as u32)
            };
            order.clear();
            order.extend(self.possible.iter().filter(|&&other| other != job).map(apart));
            if self.width < order.len() {
                order.select_nth_unstable(self.width);
                order.truncate(self.width);
            }
            order.sort_unstable();
            let nearest = order.iter().map(|&(_, other)| other);
            for (slot, other) in self.near[job * self.width..].iter_mut().zip(nearest) {
                *slot = other;
            }
        }
    }
}

fn kind(problem: &Problem, index: usize) -> Kind {
    let (spec, jobs) = (problem.spec(), &problem.jobs);
    let vehicle = &spec.vehicles[problem.kinds[index]];
    let mut kind = Kind {
        capacity: vehicle.capacity,
        start: jobs.from(vehicle.start),
        end: jobs.to(vehicle.end),
        longest_s: vehicle.shift.close_s - vehicle.shift.open_s,
        fixed: vehicle.fixed_cost,
        per_m: vehicle.cost_per_m,
        per_s: vehicle.cost_per_s,
        gates: Vec::new(),
        does: Vec::new(),
        members: (0..spec.vehicles.len())
            .filter(|&vehicle| problem.kind_of[vehicle] == index)
            .collect(),
    };
    let admitted = spec
        .refills
        .iter()
        .enumerate()
        .filter(|(_, refill)| refill.admits(vehicle));
    let gates = admitted.map(|(index, refill)| Gate {
        refill: index,
        entry: jobs.to(refill.node),
        exit: jobs.from(refill.node),
        label: kind.label((0, refill.takes_s(vehicle.capacity))),
    });
    kind.gates = gates.collect();
    let does = jobs
        .jobs
        .iter()
        .map(|job| vehicle.works.contains(&spec.tasks[job.task].work) && job.demand <= vehicle.capacity);
    kind.does = does.collect();
    kind
}
