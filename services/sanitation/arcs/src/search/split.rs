//! Where a tour refills at least cost: the best of all ways to cut its order into trips, with the best refill between them
//! and the best directions, by dynamic programming.

use super::net::{Label, Net};
use super::tour::{NONE, Tour};

/// Tables kept between calls.
#[derive(Debug, Default)]
pub(crate) struct Split {
    /// By job and gate: being full again at the gate before the job.
    full: Vec<Full>,
    /// Gates before the change.
    before: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Full {
    label: Label,
    /// First job of the trip that ended here, and the gate before it.
    trip: usize,
    gate: usize,
}

const NEVER: Full = Full {
    label: Label::NEVER,
    trip: 0,
    gate: NONE,
};

impl Split {
    /// Moves the refills of a tour to where they cost least, and reckons the tour anew.
    pub(crate) fn improve(&mut self, net: &Net<'_>, tour: &mut Tour) {
        let kind = net.kind_of(tour.vehicle);
        self.before.clear();
        self.before.extend(tour.items.iter().map(|item| item.gate));
        let load: i64 = tour.items.iter().map(|item| net.job(item.job).demand).sum();
        if load <= kind.capacity {
            tour.items.iter_mut().for_each(|item| item.gate = NONE);
        } else {
            self.cut(net, tour);
        }
        tour.relabel(net);
        if tour.total.secs > kind.longest_s {
            for (item, &gate) in tour.items.iter_mut().zip(&self.before) {
                item.gate = gate;
            }
            tour.relabel(net);
        }
    }

    fn cut(&mut self, net: &Net<'_>, tour: &mut Tour) {
        let kind = net.kind_of(tour.vehicle);
        let (count, width) = (tour.items.len(), kind.gates.len());
        self.full.clear();
        self.full.resize(count * width, NEVER);
        let (mut best, mut last) = (Label::NEVER, (0, NONE));
        let leg = |exit, entry| kind.leg(net.jobs, exit, entry);
        for trip in 0..count {
            // By direction of the job reached: the label, and the gate where the trip began.
            let job = net.job(tour.items[trip].job);
            let mut reached = job.modes.map(|mode| {
                if trip == 0 {
                    return (leg(kind.start, mode.entry), NONE);
                }
                let gates = kind.gates.iter().enumerate();
                let from = gates.map(|(gate, at)| {
                    let full = &self.full[trip * width + gate];
                    (full.label.plus(leg(at.exit, mode.entry)), gate)
                });
                from.min_by_key(|(label, _)| label.cost).unwrap_or((Label::NEVER, NONE))
            });
            let mut load = job.demand;
            let mut index = trip;
            loop {
                let job = net.job(tour.items[index].job);
                for (label, _) in &mut reached {
                    *label = label.plus(kind.service(job));
                }
                let leave = |entry: usize| {
                    let over = [0, 1].map(|side| reached[side].0.plus(leg(job.modes[side].exit, entry)));
                    let side = usize::from(over[1].cost < over[0].cost);
                    (over[side], reached[side].1)
                };
                let next = index + 1;
                if next == count {
                    let (label, gate) = leave(kind.end);
                    if label.cost < best.cost {
                        (best, last) = (label, (trip, gate));
                    }
                    break;
                }
                for (gate, at) in kind.gates.iter().enumerate() {
                    let (label, from) = leave(at.entry);
                    let label = label.plus(at.label);
                    let full = &mut self.full[next * width + gate];
                    if label.cost < full.label.cost {
                        *full = Full {
                            label,
                            trip,
                            gate: from,
                        };
                    }
                }
                let following = net.job(tour.items[next].job);
                load += following.demand;
                if load > kind.capacity {
                    break;
                }
                reached = following.modes.map(|mode| leave(mode.entry));
                index = next;
            }
        }
        if best.cost >= Label::NEVER.cost {
            return;
        }
        tour.items.iter_mut().for_each(|item| item.gate = NONE);
        let (mut trip, mut gate) = last;
        while gate != NONE {
            tour.items[trip].gate = gate;
            let full = &self.full[trip * width + gate];
            (trip, gate) = (full.trip, full.gate);
        }
    }
}
