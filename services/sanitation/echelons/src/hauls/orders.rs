//! Hauls along an order of the stations: trucks take what lies at one station after another and part where they are full.

use super::{Job, Trip, tours::Lines};

/// What has been hauled by the trucks sent so far: all up to a station, of which something is left.
#[derive(Clone, Copy)]
struct Label {
    cost: i64,
    trucks: usize,
    at: usize,
    left: i64,
    before: usize,
}

#[derive(Default)]
pub struct Orders {
    labels: Vec<Label>,
    /// Labels by the station at which they go on.
    at: Vec<Vec<usize>>,
    /// What lies at each station of the order and all behind it.
    behind: Vec<i64>,
    trial: Vec<usize>,
    /// The change that is tried next.
    change: usize,
}

impl Orders {
    /// The least cost along an order; there is one as long as the trucks can haul it all.
    pub fn cost(&mut self, lines: &Lines, job: &Job<'_>, order: &[usize]) -> i64 {
        self.last(lines, job, order)
            .map_or(i64::MAX, |last| self.labels[last].cost)
    }

    /// The trucks' ways along an order.
    pub fn trips(&mut self, lines: &Lines, job: &Job<'_>, order: &[usize]) -> Vec<Trip> {
        let mut trips = Vec::new();
        let mut label = self.last(lines, job, order).unwrap_or_default();
        while label != 0 {
            let now = self.labels[label];
            let before = self.labels[now.before];
            let lay = |at: usize| {
                if at == before.at {
                    before.left
                } else {
                    job.kg[order[at]]
                }
            };
            let full = now.at < order.len() && now.left < lay(now.at);
            let mut trip: Trip = (before.at..now.at).map(|at| (order[at], lay(at))).collect();
            if full {
                trip.push((order[now.at], lay(now.at) - now.left));
            }
            trips.push(lines.sorted(trip));
            label = now.before;
        }
        trips.reverse();
        trips
    }

    /// Changes an order so that it gets cheaper, until it is below a limit or that many changes in a row were in vain.
    pub fn improve(
        &mut self,
        lines: &Lines,
        job: &Job<'_>,
        order: &mut Vec<usize>,
        (limit, patience): (i64, usize),
    ) -> i64 {
        let mut best = self.cost(lines, job, order);
        let mut trial = std::mem::take(&mut self.trial);
        let count = order.len();
        let mut vain = 0;
        while vain < patience.min(3 * count * count) && best >= limit {
            self.change = (self.change + 1) % (3 * count * count);
            vain += 1;
            let (from, to) = (self.change / 3 / count, self.change / 3 % count);
            if from == to {
                continue;
            }
            trial.clone_from(order);
            match self.change % 3 {
                0 => {
                    let station = trial.remove(from);
                    trial.insert(to, station);
                }
                1 => trial.swap(from, to),
                _ => trial[from.min(to)..=from.max(to)].reverse(),
            }
            let cost = self.cost(lines, job, &trial);
            if cost < best {
                (best, vain) = (cost, 0);
                order.clone_from(&trial);
            }
        }
        self.trial = trial;
        best
    }

    fn last(&mut self, lines: &Lines, job: &Job<'_>, order: &[usize]) -> Option<usize> {
        self.labels.clear();
        self.at.resize_with(self.at.len().max(order.len() + 1), Vec::new);
        self.at[..=order.len()].iter_mut().for_each(Vec::clear);
        self.behind.clear();
        self.behind.extend(order.iter().map(|&one| job.kg[one]));
        for at in (1..order.len()).rev() {
            self.behind[at - 1] += self.behind[at];
        }
        self.labels.push(Label {
            cost: 0,
            trucks: 0,
            at: 0,
            left: order.first().map_or(0, |&first| job.kg[first]),
            before: 0,
        });
        self.at[0].push(0);
        for at in 0..order.len() {
            let mut next = 0;
            while let Some(&label) = self.at[at].get(next) {
                self.send(lines, job, order, label);
                next += 1;
            }
        }
        self.at[order.len()]
            .iter()
            .copied()
            .min_by_key(|&label| self.labels[label].cost)
    }

    /// Sends one more truck as far as it may go.
    fn send(&mut self, lines: &Lines, job: &Job<'_>, order: &[usize], before: usize) {
        let Label {
            cost, at: from, left, ..
        } = self.labels[before];
        let (mut way, mut kg) = (lines.begin(order[from]), 0);
        for at in from..order.len() {
            if at > from {
                way = lines.on(way, order[at - 1], order[at]);
            }
            kg += if at == from { left } else { job.kg[order[at]] };
            let cost = cost + lines.end(way, order[at]);
            let over = kg - job.trucks.payload_kg;
            if over > 0 {
                return self.offer(job, (cost, at, over), before);
            }
            let next = order.get(at + 1).map_or(0, |&next| job.kg[next]);
            self.offer(job, (cost, at + 1, next), before);
            if over == 0 {
                return;
            }
        }
    }

    fn offer(&mut self, job: &Job<'_>, (cost, at, left): (i64, usize, i64), before: usize) {
        let trucks = self.labels[before].trucks + 1;
        let better = |&one: &usize| {
            let one = &self.labels[one];
            one.cost <= cost && one.trucks <= trucks && one.left <= left
        };
        let rest = self.behind.get(at + 1).copied().unwrap_or(0);
        if trucks + job.trucks_for(rest + left) > job.trucks.count || self.at[at].iter().any(better) {
            return;
        }
        self.at[at].push(self.labels.len());
        self.labels.push(Label {
            cost,
            trucks,
            at,
            left,
            before,
        });
    }
}
