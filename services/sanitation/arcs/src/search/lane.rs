//! One search: a current solution that is ruined and recreated, and the best one met.

use std::cmp::Reverse;

use super::insert::{self, Seen};
use super::net::Net;
use super::rng::Rng;
use super::ruin;
use super::split::Split;
use super::tour::{Item, NONE, Tour};

/// Absent jobs that each step tries to do again.
const RETRIED: usize = 4;

/// Jobs in tours.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// By vehicle.
    pub(crate) tours: Vec<Tour>,
    /// By job: its tour and position, or none.
    pub(crate) at: Vec<(usize, usize)>,
    pub(crate) absent: Vec<usize>,
    pub(crate) cost: i64,
}

/// A solution put down: by vehicle used, its jobs and the refills before them.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    pub(crate) tours: Vec<(usize, Vec<(usize, usize)>)>,
    pub(crate) absent: Vec<usize>,
    pub(crate) cost: i64,
}

impl State {
    pub(crate) fn new(net: &Net<'_>) -> Self {
        let absent = net.possible.clone();
        Self {
            tours: (0..net.spec().vehicles.len()).map(Tour::new).collect(),
            at: vec![(NONE, 0); net.jobs.jobs.len()],
            cost: absent.iter().map(|&job| net.weight[job]).sum(),
            absent,
        }
    }

    pub(crate) fn of(net: &Net<'_>, sketch: &Sketch) -> Self {
        let mut state = Self::new(net);
        for (vehicle, items) in &sketch.tours {
            let tour = &mut state.tours[*vehicle];
            tour.items.extend(items.iter().map(|&(job, gate)| Item::new(job, gate)));
            tour.relabel(net);
            state.place(*vehicle);
        }
        state.absent.clone_from(&sketch.absent);
        state.cost = sketch.cost;
        state
    }

    pub(crate) fn sketch(&self) -> Sketch {
        let used = self.tours.iter().filter(|tour| !tour.items.is_empty());
        let tours = used.map(|tour| {
            let items = tour.items.iter().map(|item| (item.job, item.gate));
            (tour.vehicle, items.collect())
        });
        Sketch {
            tours: tours.collect(),
            absent: self.absent.clone(),
            cost: self.cost,
        }
    }

    /// Notes where the jobs of a tour are.
    fn place(&mut self, tour: usize) {
        for (index, item) in self.tours[tour].items.iter().enumerate() {
            self.at[item.job] = (tour, index);
        }
    }
}

pub(crate) struct Lane<'n, 'p> {
    net: &'n Net<'p>,
    pub(crate) state: State,
    pub(crate) best: Sketch,
    rng: Rng,
    seen: Seen,
    split: Split,
    taken: Vec<usize>,
    /// Tours as they were before the step.
    saved: Vec<Tour>,
    saved_absent: Vec<usize>,
    used: usize,
}

impl<'n, 'p> Lane<'n, 'p> {
    /// A lane with a first solution.
    pub(crate) fn new(net: &'n Net<'p>, rng: Rng) -> Self {
        let state = State::new(net);
        let mut lane = Self {
            net,
            best: state.sketch(),
            seen: Seen::new(net.jobs.jobs.len(), state.tours.len()),
            state,
            rng,
            split: Split::default(),
            taken: Vec::new(),
            saved: Vec::new(),
            saved_absent: Vec::new(),
            used: 0,
        };
        lane.taken.append(&mut lane.state.absent);
        lane.taken.sort_by_key(|&job| (Reverse(net.remote[job]), job));
        lane.recreate(i64::MAX);
        lane.settle();
        lane.best = lane.state.sketch();
        lane
    }

    /// Goes on from another lane's solution.
    pub(crate) fn adopt(&mut self, state: &State) {
        self.state.clone_from(state);
        self.settle();
    }

    fn settle(&mut self) {
        self.used = self.state.tours.iter().filter(|tour| !tour.items.is_empty()).count();
        if self.state.cost < self.best.cost {
            self.best = self.state.sketch();
        }
    }

    /// Makes some steps at a temperature.
    pub(crate) fn run(&mut self, steps: u64, heat: f64) {
        for _ in 0..steps {
            self.step(heat);
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the scale of costs; the cast saturates"
    )]
    fn step(&mut self, heat: f64) {
        let net = self.net;
        let jobs = net.possible.len();
        let before = self.state.cost;
        let worse = (-self.rng.unit().max(1e-12).ln() * heat) as i64;
        let limit = before.saturating_add(worse.max(1));
        self.saved.clear();
        self.saved_absent.clone_from(&self.state.absent);
        self.taken.clear();
        let seed = net.possible[self.rng.below(jobs)];
        let done = jobs - self.state.absent.len();
        let mean = done as f64 / self.used.max(1) as f64;
        ruin::strings(&self.state, net, &mut self.rng, seed, mean, &mut self.taken);
        self.take_out();
        for _ in 0..RETRIED.min(self.state.absent.len()) {
            let index = self.rng.below(self.state.absent.len());
            self.taken.push(self.state.absent.swap_remove(index));
        }
        self.order();
        if self.recreate(limit) && self.state.cost < limit {
            self.settle();
        } else {
            self.undo(before);
        }
    }

    /// Keeps a copy of a tour before its first change in a step.
    fn save(&mut self, tour: usize) {
        let tour = &self.state.tours[tour];
        if self.saved.iter().all(|saved| saved.vehicle != tour.vehicle) {
            self.saved.push(tour.clone());
        }
    }

    fn take_out(&mut self) {
        for index in 0..self.taken.len() {
            let job = self.taken[index];
            let (tour, _) = self.state.at[job];
            self.save(tour);
            self.state.at[job] = (NONE, 0);
            self.state.cost += self.net.weight[job];
        }
        for index in 0..self.saved.len() {
            let number = self.saved[index].vehicle;
            let at = &self.state.at;
            let tour = &mut self.state.tours[number];
            self.state.cost -= tour.total.cost;
            tour.remove(|job| at[job].0 == NONE);
            tour.relabel(self.net);
            self.state.cost += tour.total.cost;
            self.state.place(number);
        }
    }

    /// Puts the taken jobs in one of the orders of the paper: random 4, load 4, far 2, close 1.
    fn order(&mut self) {
        let net = self.net;
        let jobs = &mut self.taken;
        match self.rng.below(11) {
            0..4 => self.rng.shuffle(jobs),
            4..8 => jobs.sort_unstable_by_key(|&job| (Reverse(net.job(job).demand), job)),
            8..10 => jobs.sort_unstable_by_key(|&job| (Reverse(net.remote[job]), job)),
            _ => jobs.sort_unstable_by_key(|&job| (net.remote[job], job)),
        }
    }

    /// Puts the taken jobs back and moves refills to where they cost least; gives up as soon as the cost of what is certain
    /// reaches the limit.
    fn recreate(&mut self, limit: i64) -> bool {
        let net = self.net;
        let mut open: i64 = self.taken.iter().map(|&job| net.weight[job]).sum();
        for index in 0..self.taken.len() {
            let job = self.taken[index];
            let weight = net.weight[job];
            open -= weight;
            let spot = insert::find(&self.state, &mut self.seen, net, &mut self.rng, job);
            match spot.filter(|spot| spot.delta < weight) {
                Some(spot) => {
                    self.save(spot.tour);
                    let tour = &mut self.state.tours[spot.tour];
                    self.state.cost -= tour.total.cost + weight;
                    spot.take(tour, job);
                    tour.relabel(net);
                    self.state.cost += tour.total.cost;
                    self.state.place(spot.tour);
                }
                None => self.state.absent.push(job),
            }
            let refilling = net.kinds.iter().any(|kind| !kind.gates.is_empty());
            if !refilling && self.state.cost - open >= limit {
                return false;
            }
        }
        for index in 0..self.saved.len() {
            let tour = &mut self.state.tours[self.saved[index].vehicle];
            if tour.items.iter().any(|item| item.gate != NONE) {
                self.state.cost -= tour.total.cost;
                self.split.improve(net, tour);
                self.state.cost += tour.total.cost;
            }
        }
        true
    }

    fn undo(&mut self, cost: i64) {
        for &job in &self.taken {
            self.state.at[job] = (NONE, 0);
        }
        while let Some(tour) = self.saved.pop() {
            let number = tour.vehicle;
            self.state.tours[number] = tour;
            self.state.place(number);
        }
        std::mem::swap(&mut self.state.absent, &mut self.saved_absent);
        self.state.cost = cost;
    }
}
