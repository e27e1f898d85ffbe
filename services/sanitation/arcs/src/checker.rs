//! Checks a solution against its problem: every constraint and every number, by walking each route road by road.
//!
//! Written apart from the search: it shares no code with it but the statement of the problem.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Objective, Problem, Reason, Route, Sides, Solution, Spec, Step, Vehicle};

/// One broken promise of a solution.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{path}: {rule} (is {value}, should be {expected})")]
pub struct Violation {
    /// Where, such as `routes[2].steps[5].start_s`.
    pub path: String,
    /// The constraint or the recomputed number.
    pub rule: &'static str,
    /// What the solution says.
    pub value: i64,
    /// What it should say, or the limit.
    pub expected: i64,
}

/// Checks a solution.
///
/// # Errors
/// Everything in which the solution breaks a constraint or differs from the recomputed numbers.
pub fn check(problem: &Problem, solution: &Solution) -> Result<(), Vec<Violation>> {
    let spec = problem.spec();
    let mut check = Check {
        spec,
        broken: Vec::new(),
        done: BTreeMap::new(),
    };
    let (mut cost, mut previous) = (0, None);
    for (index, route) in solution.routes.iter().enumerate() {
        let path = format!("routes[{index}]");
        match spec.vehicles.get(route.vehicle) {
            Some(vehicle) if previous.is_none_or(|before| before < route.vehicle) => {
                check.route(&path, route, vehicle);
            }
            _ => check.report(&path, "vehicles must exist and ascend", number(route.vehicle), 0),
        }
        previous = Some(route.vehicle);
        cost += route.cost;
    }
    let (missing, penalties) = check.passes(problem, solution);
    let Objective {
        missing: told,
        cost: sum,
    } = solution.objective;
    check.equal("objective.missing", number(told), missing);
    check.equal("objective.cost", sum, cost + penalties);
    if check.broken.is_empty() {
        Ok(())
    } else {
        Err(check.broken)
    }
}

struct Check<'a> {
    spec: &'a Spec,
    broken: Vec<Violation>,
    /// Passes by task and direction.
    done: BTreeMap<(usize, bool), i64>,
}

/// Where a vehicle is, when, and with how much aboard.
struct Walk {
    node: usize,
    now_s: i64,
    left: i64,
    /// Road and direction driven last, unless the vehicle rests.
    last: Option<(usize, bool)>,
    worked_m: i64,
    deadhead_m: i64,
    load: i64,
}

fn number(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Check<'_> {
    fn report(&mut self, path: &str, rule: &'static str, value: i64, expected: i64) {
        self.broken.push(Violation {
            path: path.to_owned(),
            rule,
            value,
            expected,
        });
    }

    fn equal(&mut self, path: &str, value: i64, expected: i64) {
        if value != expected {
            self.report(path, "must equal the recomputed number", value, expected);
        }
    }

    fn route(&mut self, path: &str, route: &Route, vehicle: &Vehicle) {
        let mut walk = Walk {
            node: vehicle.start,
            now_s: route.departure_s,
            left: vehicle.capacity,
            last: None,
            worked_m: 0,
            deadhead_m: 0,
            load: 0,
        };
        self.equal(&format!("{path}.departure_s"), route.departure_s, vehicle.shift.open_s);
        for (index, step) in route.steps.iter().enumerate() {
            self.step(&format!("{path}.steps[{index}]"), *step, vehicle, &mut walk);
        }
        let works = |step: &Step| matches!(step, Step::Work { .. });
        if !route.steps.iter().any(works) {
            self.report(path, "a route must do some work", 0, 1);
        }
        if walk.node != vehicle.end {
            self.report(
                path,
                "must end where the vehicle ends",
                number(walk.node),
                number(vehicle.end),
            );
        }
        if walk.now_s > vehicle.shift.close_s {
            self.report(path, "return after the shift", walk.now_s, vehicle.shift.close_s);
        }
        let variable = (walk.worked_m + walk.deadhead_m) * vehicle.cost_per_m
            + (walk.now_s - route.departure_s) * vehicle.cost_per_s;
        let numbers = [
            ("arrival_s", route.arrival_s, walk.now_s),
            ("worked_m", route.worked_m, walk.worked_m),
            ("deadhead_m", route.deadhead_m, walk.deadhead_m),
            ("load", route.load, walk.load),
            ("cost", route.cost, vehicle.fixed_cost + variable),
        ];
        for (field, value, expected) in numbers {
            self.equal(&format!("{path}.{field}"), value, expected);
        }
    }

    fn step(&mut self, path: &str, step: Step, vehicle: &Vehicle, walk: &mut Walk) {
        match step {
            Step::Drive {
                road,
                forward,
                start_s,
                end_s,
            } => {
                let Some(stated) = self.spec.roads.get(road) else {
                    return self.report(path, "no such road", number(road), number(self.spec.roads.len()));
                };
                walk.deadhead_m += i64::from(stated.length_m);
                let driving_s = stated.driving_s(forward).map(i64::from);
                self.along(path, walk, (road, forward), driving_s, (start_s, end_s));
            }
            Step::Work {
                task,
                forward,
                start_s,
                end_s,
                left,
            } => {
                let Some(stated) = self.spec.tasks.get(task) else {
                    return self.report(path, "no such task", number(task), number(self.spec.tasks.len()));
                };
                if !vehicle.works.contains(&stated.work) {
                    self.report(path, "not a work of the vehicle", stated.work.0.into(), number(task));
                }
                let road = &self.spec.roads[stated.road];
                let open = road.driving_s(forward).map(|_| stated.service_s);
                walk.worked_m += i64::from(road.length_m);
                walk.load += stated.demand;
                walk.left -= stated.demand;
                if walk.left < 0 {
                    self.report(path, "more load than aboard", walk.left, 0);
                }
                self.equal(&format!("{path}.left"), left, walk.left);
                *self.done.entry((task, forward)).or_default() += 1;
                self.along(path, walk, (stated.road, forward), open, (start_s, end_s));
            }
            Step::Refill { refill, start_s, end_s } => {
                let Some(stated) = self.spec.refills.get(refill) else {
                    return self.report(path, "no such refill", number(refill), number(self.spec.refills.len()));
                };
                if walk.node != stated.node {
                    self.report(path, "refill elsewhere", number(walk.node), number(stated.node));
                }
                if !stated.works.is_empty() && !stated.works.iter().any(|work| vehicle.works.contains(work)) {
                    self.report(path, "not a refill for the vehicle", number(refill), 0);
                }
                let flow_s = stated.per_hour.map_or(0, |flow| {
                    (vehicle.capacity * 3_600).div_euclid(flow)
                        + i64::from((vehicle.capacity * 3_600).rem_euclid(flow) > 0)
                });
                self.equal(&format!("{path}.start_s"), start_s, walk.now_s);
                walk.now_s += stated.service_s + flow_s;
                self.equal(&format!("{path}.end_s"), end_s, walk.now_s);
                walk.left = vehicle.capacity;
                walk.last = None;
            }
        }
    }

    /// Goes along a road, which takes `takes_s` if it is open; `told` are the begin and end that the solution states.
    fn along(
        &mut self,
        path: &str,
        walk: &mut Walk,
        (road, forward): (usize, bool),
        takes_s: Option<i64>,
        told: (i64, i64),
    ) {
        let stated = &self.spec.roads[road];
        let (begin, end) = stated.ends(forward);
        if begin != walk.node {
            self.report(
                path,
                "must begin where the step before ends",
                number(walk.node),
                number(begin),
            );
        }
        if walk.last == Some((road, !forward)) {
            walk.now_s += i64::from(self.spec.turn_s);
        }
        self.equal(&format!("{path}.start_s"), told.0, walk.now_s);
        match takes_s {
            Some(takes_s) => walk.now_s += takes_s,
            None => self.report(path, "closed in this direction", number(road), i64::from(forward)),
        }
        self.equal(&format!("{path}.end_s"), told.1, walk.now_s);
        (walk.node, walk.last) = (end, Some((road, forward)));
    }

    /// Every pass is either done or listed with a fitting reason; answers missing mandatory passes and penalties.
    fn passes(&mut self, problem: &Problem, solution: &Solution) -> (i64, i64) {
        let impossible: BTreeSet<_> = problem
            .impossible()
            .into_iter()
            .map(|one| (one.task, one.passes, one.reason))
            .collect();
        let mut listed: BTreeMap<usize, i64> = BTreeMap::new();
        let mut before = None;
        for one in &solution.unserved {
            let key = (one.task, one.reason);
            if before.is_some_and(|before| before >= key) {
                self.report("unserved", "must ascend", number(one.task), 0);
            }
            before = Some(key);
            *listed.entry(one.task).or_default() += i64::from(one.passes);
            let optional = self.spec.tasks.get(one.task).and_then(|task| task.penalty).is_some();
            let fits = match one.reason {
                Reason::NoLoad | Reason::NoTime => !optional,
                Reason::NotWorth => optional,
                _ => impossible.contains(&(one.task, one.passes, one.reason)),
            };
            if !fits {
                self.report("unserved", "reason does not fit the task", number(one.task), 0);
            }
        }
        let (mut missing, mut penalties) = (0, 0);
        for (index, task) in self.spec.tasks.iter().enumerate() {
            let road = &self.spec.roads[task.road];
            let done = [true, false].map(|forward| self.done.get(&(index, forward)).copied().unwrap_or(0));
            let left = listed.remove(&index).unwrap_or(0);
            let passes = i64::from(task.passes);
            let sides = if task.sides == Sides::Both { 2 } else { 1 };
            self.equal(
                &format!("tasks[{index}].passes"),
                done[0] + done[1] + left,
                passes * sides,
            );
            let two_ways = road.forward_s.is_some() && road.backward_s.is_some();
            if task.sides == Sides::Both && two_ways && done.iter().any(|&done| done > passes) {
                self.report(
                    &format!("tasks[{index}]"),
                    "a side treated too often",
                    done[0].max(done[1]),
                    passes,
                );
            }
            match task.penalty {
                Some(penalty) => penalties += left * penalty,
                None => missing += left,
            }
        }
        for task in listed.into_keys() {
            self.report("unserved", "no such task", number(task), number(self.spec.tasks.len()));
        }
        (missing, penalties)
    }
}
