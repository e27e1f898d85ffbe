//! The jobs of one vehicle in their order, with the cost of the best directions up to and from each of them.

use super::net::{Kind, Label, Net};

/// No refill.
pub(crate) const NONE: usize = usize::MAX;

/// A job in a tour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) job: usize,
    /// Refill before the job (index into the gates of the kind), or none.
    pub(crate) gate: usize,
    /// Load used since the last refill, with this job.
    pub(crate) used: i64,
    /// Load of the whole trip between two refills.
    pub(crate) load: i64,
    /// By direction: from the start to the end of this job.
    fore: [Label; 2],
    /// By direction: from the begin of this job to the end.
    back: [Label; 2],
    /// From the start to leaving the gate, and from coming to the gate to the end.
    gates: [Label; 2],
}

/// One vehicle's jobs.
#[derive(Debug, Clone)]
pub(crate) struct Tour {
    pub(crate) vehicle: usize,
    pub(crate) items: Vec<Item>,
    /// The whole tour.
    pub(crate) total: Label,
}

/// Places on one side of a gap between jobs, each with the label of what lies beyond it.
#[derive(Clone, Copy)]
pub(crate) struct Edge {
    places: [usize; 2],
    labels: [Label; 2],
    count: usize,
}

impl Edge {
    pub(crate) const fn one(place: usize, label: Label) -> Self {
        Self {
            places: [place; 2],
            labels: [label; 2],
            count: 1,
        }
    }

    /// From here to a place.
    pub(crate) fn to(&self, net: &Net<'_>, kind: &Kind, entry: usize) -> Label {
        let way = |side: usize| self.labels[side].plus(kind.leg(net.jobs, self.places[side], entry));
        let first = way(0);
        if self.count == 1 { first } else { first.least(way(1)) }
    }

    /// From a place to here.
    pub(crate) fn from(&self, net: &Net<'_>, kind: &Kind, exit: usize) -> Label {
        let way = |side: usize| self.labels[side].plus(kind.leg(net.jobs, exit, self.places[side]));
        let first = way(0);
        if self.count == 1 { first } else { first.least(way(1)) }
    }
}

/// The whole tour if a job is done between two edges.
pub(crate) fn between(net: &Net<'_>, kind: &Kind, before: &Edge, job: usize, after: &Edge) -> Label {
    let job = net.job(job);
    let way = |side: usize| {
        let mode = &job.modes[side];
        before.to(net, kind, mode.entry).plus(after.from(net, kind, mode.exit))
    };
    way(0).least(way(1)).plus(kind.service(job))
}

impl Item {
    pub(crate) const fn new(job: usize, gate: usize) -> Self {
        Self {
            job,
            gate,
            used: 0,
            load: 0,
            fore: [Label::ZERO; 2],
            back: [Label::ZERO; 2],
            gates: [Label::ZERO; 2],
        }
    }
}

impl Tour {
    pub(crate) const fn new(vehicle: usize) -> Self {
        Self {
            vehicle,
            items: Vec::new(),
            total: Label::ZERO,
        }
    }

    /// The end of what lies before gap `index`: the job before it, or the start.
    pub(crate) fn before(&self, net: &Net<'_>, kind: &Kind, index: usize) -> Edge {
        let Some(item) = index.checked_sub(1).map(|last| &self.items[last]) else {
            return Edge::one(
                kind.start,
                Label {
                    cost: kind.fixed,
                    secs: 0,
                },
            );
        };
        Edge {
            places: net.job(item.job).modes.map(|mode| mode.exit),
            labels: item.fore,
            count: 2,
        }
    }

    /// The begin of what lies after gap `index` if there is no gate in it: the job after it, or the end.
    pub(crate) fn after(&self, net: &Net<'_>, kind: &Kind, index: usize) -> Edge {
        let Some(item) = self.items.get(index) else {
            return Edge::one(kind.end, Label::ZERO);
        };
        Edge {
            places: net.job(item.job).modes.map(|mode| mode.entry),
            labels: item.back,
            count: 2,
        }
    }

    /// The gate in gap `index`, seen from after it and from before it.
    pub(crate) fn gate(&self, kind: &Kind, index: usize) -> Option<[Edge; 2]> {
        let item = self.items.get(index).filter(|item| item.gate != NONE)?;
        let gate = &kind.gates[item.gate];
        Some([
            Edge::one(gate.exit, item.gates[0]),
            Edge::one(gate.entry, item.gates[1]),
        ])
    }

    /// Reckons loads and labels anew.
    pub(crate) fn relabel(&mut self, net: &Net<'_>) {
        let kind = net.kind_of(self.vehicle);
        let (mut used, mut trip) = (0, 0);
        for index in 0..self.items.len() {
            let item = self.items[index];
            let job = net.job(item.job);
            let mut edge = self.before(net, kind, index);
            if item.gate != NONE {
                self.close(trip, index);
                (used, trip) = (0, index);
                let gate = &kind.gates[item.gate];
                let there = edge.to(net, kind, gate.entry).plus(gate.label);
                self.items[index].gates[0] = there;
                edge = Edge::one(gate.exit, there);
            }
            used += job.demand;
            let service = kind.service(job);
            self.items[index].used = used;
            self.items[index].fore = job.modes.map(|mode| edge.to(net, kind, mode.entry).plus(service));
        }
        self.close(trip, self.items.len());
        let mut edge = self.after(net, kind, self.items.len());
        for index in (0..self.items.len()).rev() {
            let item = self.items[index];
            let job = net.job(item.job);
            let service = kind.service(job);
            self.items[index].back = job.modes.map(|mode| edge.from(net, kind, mode.exit).plus(service));
            edge = self.after(net, kind, index);
            if item.gate != NONE {
                let gate = &kind.gates[item.gate];
                let here = edge.from(net, kind, gate.exit).plus(gate.label);
                self.items[index].gates[1] = here;
                edge = Edge::one(gate.entry, here);
            }
        }
        self.total = if self.items.is_empty() {
            Label::ZERO
        } else {
            self.before(net, kind, 0).labels[0].plus(edge.from(net, kind, kind.start))
        };
    }

    /// Notes the load of a trip in its items.
    fn close(&mut self, from: usize, to: usize) {
        let load = if to == from { 0 } else { self.items[to - 1].used };
        for item in &mut self.items[from..to] {
            item.load = load;
        }
    }

    /// Takes jobs out. A refill stays where it was, unless nothing is left before it.
    pub(crate) fn remove(&mut self, taken: impl Fn(usize) -> bool) {
        let mut pending = NONE;
        let mut first = true;
        self.items.retain_mut(|item| {
            if item.gate != NONE {
                pending = item.gate;
            }
            if taken(item.job) {
                return false;
            }
            item.gate = if first { NONE } else { pending };
            (pending, first) = (NONE, false);
            true
        });
    }

    /// The whole tour if a job were done in a gap, whatever the load.
    pub(crate) fn with(&self, net: &Net<'_>, index: usize, job: usize) -> Label {
        let kind = net.kind_of(self.vehicle);
        let before = self.before(net, kind, index);
        let after = self
            .gate(kind, index)
            .map_or_else(|| self.after(net, kind, index), |[_, coming]| coming);
        between(net, kind, &before, job, &after)
    }

    /// Which way round each job is done, for the tour's cost.
    pub(crate) fn sides(&self, net: &Net<'_>) -> Vec<usize> {
        let kind = net.kind_of(self.vehicle);
        let mut sides = vec![0; self.items.len()];
        let mut target = kind.end;
        for index in (0..self.items.len()).rev() {
            let item = &self.items[index];
            let modes = &net.job(item.job).modes;
            let cost = |side: &usize| {
                item.fore[*side]
                    .plus(kind.leg(net.jobs, modes[*side].exit, target))
                    .cost
            };
            let side = usize::from(cost(&1) < cost(&0));
            sides[index] = side;
            target = if item.gate == NONE {
                modes[side].entry
            } else {
                kind.gates[item.gate].entry
            };
        }
        sides
    }
}
