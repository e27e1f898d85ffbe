//! From tours to roads, step by step.

use crate::problem::unserved;
use crate::search::lane::{Sketch, State};
use crate::search::net::Net;
use crate::search::tour::{NONE, Tour};
use crate::ways::{From, To, Ways};
use crate::{Objective, Reason, Route, Solution, Step, Unserved};

/// The value of a solution put down.
pub(crate) fn objective(net: &Net<'_>, sketch: &Sketch) -> Objective {
    let mandatory = |job: usize| net.spec().tasks[net.job(job).task].penalty.is_none();
    let missing = |jobs: &mut dyn Iterator<Item = usize>| jobs.filter(|&job| mandatory(job)).count();
    let impossible = || (0..net.jobs.jobs.len()).filter(|&job| net.problem.reasons[job].is_some());
    let absent = missing(&mut sketch.absent.iter().copied());
    let never: i64 = impossible()
        .filter(|&job| !mandatory(job))
        .map(|job| net.weight[job])
        .sum();
    let mut cost = sketch.cost + never;
    for &job in sketch.absent.iter().filter(|&&job| mandatory(job)) {
        cost -= net.weight[job];
    }
    Objective {
        missing: absent + missing(&mut impossible()),
        cost,
    }
}

/// The solution with all its steps.
pub(crate) fn solution(net: &Net<'_>, sketch: &Sketch) -> Solution {
    let state = State::of(net, sketch);
    let mut ways = net.problem.network.ways();
    let used = state.tours.iter().filter(|tour| !tour.items.is_empty());
    Solution {
        routes: used.map(|tour| Walk::along(net, &mut ways, tour)).collect(),
        unserved: left(net, &state),
        objective: objective(net, sketch),
    }
}

fn left(net: &Net<'_>, state: &State) -> Vec<Unserved> {
    let jobs = &net.jobs.jobs;
    let impossible = net.problem.reasons.iter().zip(jobs);
    let impossible = impossible.filter_map(|(reason, job)| Some((job.task, (*reason)?)));
    let absent = state.absent.iter().map(|&job| (jobs[job].task, why(net, state, job)));
    unserved(impossible.chain(absent))
}

/// What keeps a possible job from being done: a vehicle whose time would suffice if its load did, or none.
fn why(net: &Net<'_>, state: &State, job: usize) -> Reason {
    if net.spec().tasks[net.job(job).task].penalty.is_some() {
        return Reason::NotWorth;
    }
    let in_time = |tour: &Tour| {
        let kind = net.kind_of(tour.vehicle);
        let mut gaps = (0..=tour.items.len()).filter(|_| kind.does[job]);
        gaps.any(|gap| tour.with(net, gap, job).secs <= kind.longest_s)
    };
    if state.tours.iter().any(in_time) {
        Reason::NoLoad
    } else {
        Reason::NoTime
    }
}

/// A route while it is written down.
struct Walk<'a, 'p> {
    net: &'a Net<'p>,
    now_s: i64,
    place: From,
    /// Arc driven last, unless the vehicle rests.
    last: Option<usize>,
    route: Route,
    left: i64,
}

impl Walk<'_, '_> {
    fn along(net: &Net<'_>, ways: &mut Ways<'_>, tour: &Tour) -> Route {
        let vehicle = &net.spec().vehicles[tour.vehicle];
        let kind = net.kind_of(tour.vehicle);
        let mut walk = Walk {
            net,
            now_s: vehicle.shift.open_s,
            place: From::Node(vehicle.start),
            last: None,
            left: vehicle.capacity,
            route: Route {
                vehicle: tour.vehicle,
                departure_s: vehicle.shift.open_s,
                arrival_s: 0,
                steps: Vec::new(),
                worked_m: 0,
                deadhead_m: 0,
                load: 0,
                cost: tour.total.cost,
            },
        };
        for (item, side) in tour.items.iter().zip(tour.sides(net)) {
            if item.gate != NONE {
                let gate = &kind.gates[item.gate];
                walk.drive(ways, net.jobs.targets[gate.entry]);
                walk.refill(gate.refill, gate.label.secs, vehicle.capacity);
            }
            walk.work(ways, item.job, side);
        }
        walk.drive(ways, To::Node(vehicle.end));
        walk.route.arrival_s = walk.now_s;
        walk.route
    }

    /// Drives an arc, after turning round if need be; answers when that began.
    fn enter(&mut self, arc: usize, seconds: i64) -> i64 {
        if self.last == Some(arc ^ 1) {
            self.now_s += i64::from(self.net.spec().turn_s);
        }
        let start_s = self.now_s;
        self.now_s += seconds;
        self.last = Some(arc);
        start_s
    }

    fn drive(&mut self, ways: &mut Ways<'_>, target: To) {
        ways.search(self.place);
        for arc in ways.arcs(target) {
            let (road, forward) = (arc / 2, arc.is_multiple_of(2));
            let stated = &self.net.spec().roads[road];
            let start_s = self.enter(arc, stated.driving_s(forward).map_or(0, i64::from));
            self.route.deadhead_m += i64::from(stated.length_m);
            self.route.steps.push(Step::Drive {
                road,
                forward,
                start_s,
                end_s: self.now_s,
            });
        }
    }

    fn work(&mut self, ways: &mut Ways<'_>, job: usize, side: usize) {
        let job = self.net.job(job);
        let mode = &job.modes[side];
        self.drive(ways, self.net.jobs.targets[mode.entry]);
        let start_s = self.enter(mode.arc, job.service_s);
        self.left -= job.demand;
        self.route.worked_m += job.metres;
        self.route.load += job.demand;
        self.route.steps.push(Step::Work {
            task: job.task,
            forward: mode.arc.is_multiple_of(2),
            start_s,
            end_s: self.now_s,
            left: self.left,
        });
        self.place = self.net.jobs.sources[mode.exit];
    }

    fn refill(&mut self, refill: usize, seconds: i64, capacity: i64) {
        let start_s = self.now_s;
        self.now_s += seconds;
        self.left = capacity;
        self.last = None;
        self.place = From::Node(self.net.spec().refills[refill].node);
        self.route.steps.push(Step::Refill {
            refill,
            start_s,
            end_s: self.now_s,
        });
    }
}
