//! Where a job fits best.

use super::lane::State;
use super::net::{Kind, Label, Net};
use super::rng::Rng;
use super::tour::{Edge, Item, NONE, Tour, between};

/// Part of the positions that are overlooked.
const BLINK: f64 = 0.01;
/// Near jobs beside which a job is tried.
const BESIDE: usize = 25;

/// A position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) tour: usize,
    index: usize,
    /// Refill before the job, and before the job that follows it.
    gates: [usize; 2],
    /// The tour with the job.
    total: Label,
    pub(crate) delta: i64,
}

/// Gaps that have been tried in the current search, by a running number.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    search: u32,
    /// By job: the gap before it.
    before: Vec<u32>,
    /// By tour: the gap at its end.
    end: Vec<u32>,
}

impl Seen {
    pub(crate) fn new(jobs: usize, tours: usize) -> Self {
        Self {
            search: 0,
            before: vec![0; jobs],
            end: vec![0; tours],
        }
    }

    fn first(&mut self, tour: &Tour, number: usize, index: usize) -> bool {
        let slot = match tour.items.get(index) {
            Some(item) => &mut self.before[item.job],
            None => &mut self.end[number],
        };
        std::mem::replace(slot, self.search) != self.search
    }
}

/// The cheapest position that was met for a job.
struct Best<'a> {
    job: usize,
    rng: &'a mut Rng,
    spot: Option<Spot>,
}

/// Finds the best position for a job near its neighbours; all positions where none of these has room.
pub(crate) fn find(state: &State, seen: &mut Seen, net: &Net<'_>, rng: &mut Rng, job: usize) -> Option<Spot> {
    seen.search = seen.search.wrapping_add(1);
    let mut best = Best { job, rng, spot: None };
    for &near in net.near(job).iter().take(BESIDE) {
        let (tour, index) = state.at[near as usize];
        if tour == NONE {
            continue;
        }
        for gap in [index, index + 1] {
            if seen.first(&state.tours[tour], tour, gap) {
                best.gap(net, &state.tours[tour], tour, gap);
            }
        }
    }
    if best.spot.is_none() {
        for (number, tour) in state.tours.iter().enumerate() {
            if !tour.items.is_empty() {
                for gap in 0..=tour.items.len() {
                    best.gap(net, tour, number, gap);
                }
            }
        }
    }
    for kind in net.kinds.iter().filter(|kind| kind.does[job]) {
        let free = kind
            .members
            .iter()
            .find(|&&vehicle| state.tours[vehicle].items.is_empty());
        if let Some(&vehicle) = free {
            best.gap(net, &state.tours[vehicle], vehicle, 0);
        }
    }
    best.spot
}

impl Best<'_> {
    fn gap(&mut self, net: &Net<'_>, tour: &Tour, number: usize, index: usize) {
        let kind = net.kind_of(tour.vehicle);
        if !kind.does[self.job] {
            return;
        }
        let demand = net.job(self.job).demand;
        let room = |item: Option<&Item>| item.is_none_or(|item| item.load + demand <= kind.capacity);
        let (last, next) = (
            index.checked_sub(1).map(|last| &tour.items[last]),
            tour.items.get(index),
        );
        let mut spot = Spot {
            tour: number,
            index,
            gates: [NONE; 2],
            total: Label::NEVER,
            delta: 0,
        };
        let before = tour.before(net, kind, index);
        if let Some([leaving, coming]) = tour.gate(kind, index) {
            let gate = next.map_or(NONE, |next| next.gate);
            if room(last) {
                spot.gates = [NONE, gate];
                self.offer(net, kind, tour, spot, (&before, &coming));
            }
            if room(next) {
                spot.gates = [gate, NONE];
                self.offer(net, kind, tour, spot, (&leaving, &tour.after(net, kind, index)));
            }
            return;
        }
        if room(last.or(next)) {
            self.offer(net, kind, tour, spot, (&before, &tour.after(net, kind, index)));
        } else if !kind.gates.is_empty() {
            self.split(net, kind, tour, spot, &before);
        }
    }

    /// Opens another trip with the job first or last in it.
    fn split(&mut self, net: &Net<'_>, kind: &Kind, tour: &Tour, mut spot: Spot, before: &Edge) {
        let demand = net.job(self.job).demand;
        let used = spot.index.checked_sub(1).map_or(0, |last| tour.items[last].used);
        let rest = tour.items.get(spot.index).map_or(0, |next| next.load - used);
        let after = tour.after(net, kind, spot.index);
        for (number, gate) in kind.gates.iter().enumerate() {
            if spot.index > 0 && rest + demand <= kind.capacity {
                let there = before.to(net, kind, gate.entry).plus(gate.label);
                spot.gates = [number, NONE];
                self.offer(net, kind, tour, spot, (&Edge::one(gate.exit, there), &after));
            }
            if spot.index < tour.items.len() && used + demand <= kind.capacity {
                let here = after.from(net, kind, gate.exit).plus(gate.label);
                spot.gates = [NONE, number];
                self.offer(net, kind, tour, spot, (before, &Edge::one(gate.entry, here)));
            }
        }
    }

    fn offer(&mut self, net: &Net<'_>, kind: &Kind, tour: &Tour, mut spot: Spot, edges: (&Edge, &Edge)) {
        spot.total = between(net, kind, edges.0, self.job, edges.1);
        spot.delta = spot.total.cost - tour.total.cost;
        let better = self.spot.is_none_or(|best| spot.delta < best.delta);
        // Only a position that would be taken needs to be overlooked.
        if better && spot.total.secs <= kind.longest_s && self.rng.unit() >= BLINK {
            self.spot = Some(spot);
        }
    }
}

impl Spot {
    /// Does the job here.
    pub(crate) fn take(&self, tour: &mut Tour, job: usize) {
        tour.items.insert(self.index, Item::new(job, self.gates[0]));
        if let Some(next) = tour.items.get_mut(self.index + 1) {
            next.gate = self.gates[1];
        }
    }
}
