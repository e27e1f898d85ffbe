//! The rules of a stated problem, field by field.

use std::fmt::Display;

use crate::{InvalidProblem, ProblemError, Shift, Spec, Vehicle, model::LIMIT};

/// Greatest cost of a metre or a second.
const RATE: i64 = 1_000_000;
/// Most junctions, roads, vehicles.
const MOST: usize = 1 << 20;
/// Most passes in all.
pub(crate) const PASSES: u64 = 10_000;
/// Most refills.
const REFILLS: usize = 256;

#[derive(Default)]
struct Findings {
    errors: Vec<ProblemError>,
    count: usize,
}

impl Findings {
    fn ensure(&mut self, holds: bool, path: impl FnOnce() -> String, value: impl Display, rule: &'static str) {
        if holds {
            return;
        }
        self.count += 1;
        if self.errors.len() < InvalidProblem::MOST {
            self.errors.push(ProblemError {
                path: path(),
                value: value.to_string(),
                rule,
            });
        }
    }

    /// A quantity that may neither be negative nor absurd.
    fn quantity(&mut self, path: impl FnOnce() -> String, value: i64) {
        self.ensure((0..=LIMIT).contains(&value), path, value, "must be 0 to 2^31");
    }

    fn index(&mut self, path: impl FnOnce() -> String, index: usize, count: usize, rule: &'static str) {
        self.ensure(index < count, path, index, rule);
    }
}

/// Every rule of every field.
pub(crate) fn fields(spec: &Spec) -> Result<(), InvalidProblem> {
    let mut found = Findings::default();
    let counts = [
        ("nodes", spec.nodes, MOST, "must be at most 2^20"),
        ("roads", spec.roads.len(), MOST, "must be at most 2^20"),
        ("vehicles", spec.vehicles.len(), MOST, "must be at most 2^20"),
        ("refills", spec.refills.len(), REFILLS, "must be at most 256"),
    ];
    for (path, count, most, rule) in counts {
        found.ensure(count <= most, || path.to_owned(), count, rule);
    }
    let node = "must be the index of a junction";
    for (index, road) in spec.roads.iter().enumerate() {
        found.index(|| format!("roads[{index}].from"), road.from, spec.nodes, node);
        found.index(|| format!("roads[{index}].to"), road.to, spec.nodes, node);
        let shut = road.forward_s.is_none() && road.backward_s.is_none();
        found.ensure(
            !shut,
            || format!("roads[{index}]"),
            "closed",
            "must be open in one direction at least",
        );
        for (field, value) in [("forward_s", road.forward_s), ("backward_s", road.backward_s)] {
            let value = value.unwrap_or(0);
            let path = || format!("roads[{index}].{field}");
            found.ensure(value <= 1 << 20, path, value, "must be at most 2^20");
        }
        let length = road.length_m;
        let path = || format!("roads[{index}].length_m");
        found.ensure(length <= 1 << 24, path, length, "must be at most 2^24");
    }
    found.ensure(
        spec.turn_s <= 1 << 20,
        || "turn_s".to_owned(),
        spec.turn_s,
        "must be at most 2^20",
    );
    tasks(&mut found, spec);
    for (index, vehicle) in spec.vehicles.iter().enumerate() {
        self::vehicle(&mut found, index, vehicle, spec.nodes);
    }
    for (index, refill) in spec.refills.iter().enumerate() {
        found.index(|| format!("refills[{index}].node"), refill.node, spec.nodes, node);
        found.quantity(|| format!("refills[{index}].service_s"), refill.service_s);
        let flow = refill.per_hour.unwrap_or(1);
        let path = || format!("refills[{index}].per_hour");
        found.ensure((1..=LIMIT).contains(&flow), path, flow, "must be 1 to 2^31");
    }
    if found.count == 0 {
        Ok(())
    } else {
        Err(InvalidProblem {
            errors: found.errors,
            count: found.count,
        })
    }
}

fn tasks(found: &mut Findings, spec: &Spec) {
    let mut passes = 0;
    for (index, task) in spec.tasks.iter().enumerate() {
        let path = |field| move || format!("tasks[{index}].{field}");
        found.index(path("road"), task.road, spec.roads.len(), "must be the index of a road");
        found.ensure(task.passes >= 1, path("passes"), task.passes, "must be at least 1");
        found.quantity(path("demand"), task.demand);
        found.quantity(path("service_s"), task.service_s);
        found.quantity(path("penalty"), task.penalty.unwrap_or(0));
        passes += 2 * u64::from(task.passes);
    }
    let rule = "must be at most 5,000 passes in all, each side of its own";
    found.ensure(passes <= PASSES, || "tasks".to_owned(), passes / 2, rule);
}

fn vehicle(found: &mut Findings, index: usize, vehicle: &Vehicle, nodes: usize) {
    let path = |field| move || format!("vehicles[{index}].{field}");
    let node = "must be the index of a junction";
    found.index(path("start"), vehicle.start, nodes, node);
    found.index(path("end"), vehicle.end, nodes, node);
    found.quantity(path("capacity"), vehicle.capacity);
    found.quantity(path("fixed_cost"), vehicle.fixed_cost);
    let rate = "must be 0 to 1,000,000";
    let rates = [("cost_per_m", vehicle.cost_per_m), ("cost_per_s", vehicle.cost_per_s)];
    for (field, value) in rates {
        found.ensure((0..=RATE).contains(&value), path(field), value, rate);
    }
    let Shift { open_s, close_s } = vehicle.shift;
    found.quantity(path("shift.open_s"), open_s);
    found.ensure(
        (open_s..=LIMIT).contains(&close_s),
        path("shift.close_s"),
        close_s,
        "must be open_s to 2^31",
    );
}
