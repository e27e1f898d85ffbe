//! The cheapest hauls from few stations, by dynamic programming over the sets of those that are emptied.
//!
//! Where ways keep the triangle inequality, some cheapest hauls share stations in such a way that trucks and shared stations
//! form trees (Dror and Trudeau 1990). Trucks are sent one by one, each full unless it leaves nothing half done, and at most
//! one station is half done at a time: all trees of up to three trucks are made so, and of larger ones all but those in which
//! a truck shares more than two stations.

use super::{Job, Trip, tours::Tours};

/// What has been hauled by the trucks sent so far.
struct Label {
    cost: i64,
    trucks: usize,
    /// Set of the stations that are emptied.
    emptied: usize,
    /// Station that is half done, or the number of stations if there is none.
    half: usize,
    /// What is left there.
    left: i64,
    /// Stations at which the last truck called.
    called: usize,
    before: usize,
}

/// Labels after which the search ends with the best that it has.
const MOST: usize = 4_000;

#[derive(Default)]
pub struct Chains {
    labels: Vec<Label>,
    /// Labels by emptied and half done stations.
    alike: Vec<Vec<usize>>,
    /// Those of which there are any.
    filled: Vec<usize>,
    /// Mass of each set of stations.
    kg: Vec<i64>,
    /// Sets that a truck can empty.
    borne: Vec<usize>,
    end: Option<usize>,
    limit: i64,
}

impl Chains {
    pub fn cost(&self, label: usize) -> i64 {
        self.labels[label].cost
    }

    /// The last label of the cheapest hauls below a limit.
    pub fn search(&mut self, tours: &Tours, job: &Job<'_>, limit: i64) -> Option<usize> {
        let stations = tours.stations();
        let all = (1 << stations) - 1;
        if tours.least(all, job.trucks_for(job.kg.iter().sum())) >= limit {
            return None;
        }
        self.begin(stations, job, limit);
        for emptied in 0..all {
            for half in (0..=stations).rev() {
                if half < stations && emptied >> half & 1 == 1 {
                    continue;
                }
                let mut next = 0;
                let bucket = emptied * (stations + 1) + half;
                while let Some(&label) = self.alike[bucket].get(next) {
                    if self.labels.len() > MOST {
                        return self.end;
                    }
                    self.send(tours, job, label);
                    next += 1;
                }
            }
        }
        self.end
    }

    fn begin(&mut self, stations: usize, job: &Job<'_>, limit: i64) {
        self.kg.clear();
        self.kg.push(0);
        for set in 1..1_usize << stations {
            self.kg
                .push(self.kg[set & (set - 1)] + job.kg[set.trailing_zeros() as usize]);
        }
        self.borne.clear();
        let sets = self.kg.iter().enumerate();
        self.borne
            .extend(sets.filter(|(_, kg)| **kg <= job.trucks.payload_kg).map(|(set, _)| set));
        let buckets = (stations + 1) << stations;
        self.alike.resize_with(self.alike.len().max(buckets), Vec::new);
        for bucket in self.filled.drain(..) {
            self.alike[bucket].clear();
        }
        self.labels.clear();
        (self.limit, self.end) = (limit, None);
        self.labels.push(Label {
            cost: 0,
            trucks: 0,
            emptied: 0,
            half: stations,
            left: 0,
            called: 0,
            before: 0,
        });
        self.alike[stations].push(0);
        self.filled.push(stations);
    }

    /// Sends one more truck, wherever it may go.
    fn send(&mut self, tours: &Tours, job: &Job<'_>, before: usize) {
        let Label {
            cost,
            emptied,
            half,
            left,
            ..
        } = self.labels[before];
        let payload = job.trucks.payload_kg;
        let all = (1 << tours.stations()) - 1;
        let half_set = 1 << half & all;
        let others = all & !emptied & !half_set;
        let more = job.trucks_for((self.kg[others] + left - payload).max(0));
        for at in 0..self.borne.len() {
            let set = self.borne[at];
            if set & !others != 0 {
                continue;
            }
            let (kg, called) = (self.kg[set] + left, set | half_set);
            if cost + tours.cost(called) + tours.least(others & !set, more) >= self.limit {
                continue;
            }
            if kg <= payload {
                if called != 0 {
                    self.offer(tours, job, (before, called), (emptied | called, tours.stations(), 0));
                }
                let mut rest = if kg < payload { others & !set } else { 0 };
                while rest != 0 {
                    let one = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    let over = kg + job.kg[one] - payload;
                    if over > 0 {
                        self.offer(tours, job, (before, called | 1 << one), (emptied | called, one, over));
                    }
                }
            } else if half_set != 0 && self.kg[set] < payload {
                self.offer(tours, job, (before, called), (emptied | set, half, kg - payload));
            }
        }
    }

    fn offer(
        &mut self,
        tours: &Tours,
        job: &Job<'_>,
        (before, called): (usize, usize),
        (emptied, half, left): (usize, usize, i64),
    ) {
        let stations = tours.stations();
        let (cost, trucks) = (
            self.labels[before].cost + tours.cost(called),
            self.labels[before].trucks + 1,
        );
        let all = (1 << stations) - 1;
        let half_set = 1 << half & all;
        let rest = all & !emptied & !half_set;
        let more = job.trucks_for(self.kg[rest] + left);
        if trucks + more > job.trucks.count || cost + tours.least(rest | half_set, more) >= self.limit {
            return;
        }
        let bucket = emptied * (stations + 1) + half;
        let alike = &mut self.alike[bucket];
        let better = |&one: &usize| {
            let one = &self.labels[one];
            one.cost <= cost && one.trucks <= trucks && one.left <= left
        };
        if alike.iter().any(better) {
            return;
        }
        let label = self.labels.len();
        if alike.is_empty() {
            self.filled.push(bucket);
        }
        alike.push(label);
        self.labels.push(Label {
            cost,
            trucks,
            emptied,
            half,
            left,
            called,
            before,
        });
        if emptied == all {
            (self.limit, self.end) = (cost, Some(label));
        }
    }

    /// An order of the stations in which trucks can take what they take up to a label.
    pub fn order(&self, tours: &Tours, mut label: usize) -> Vec<usize> {
        let mut order = Vec::new();
        while label != 0 {
            let now = &self.labels[label];
            let before = self.labels[now.before].half;
            let between = (0..tours.stations()).filter(|one| now.called >> one & 1 == 1);
            order.extend(between.filter(|one| ![now.half, before].contains(one)));
            order.extend(
                [before]
                    .into_iter()
                    .filter(|&half| half < tours.stations() && half != now.half),
            );
            label = now.before;
        }
        order.reverse();
        order
    }

    /// The trucks' ways up to a label.
    pub fn trips(&self, tours: &Tours, job: &Job<'_>, mut label: usize) -> Vec<Trip> {
        let mut trips = Vec::new();
        while label != 0 {
            let now = &self.labels[label];
            let before = &self.labels[now.before];
            let lay = |one: usize| if before.half == one { before.left } else { job.kg[one] };
            let lies = |one: usize| if now.half == one { now.left } else { 0 };
            let taken = |one: usize| (one, lay(one) - lies(one));
            trips.push(tours.order(now.called).into_iter().map(taken).collect());
            label = now.before;
        }
        trips.reverse();
        trips
    }
}
