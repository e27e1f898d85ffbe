//! Search by late acceptance (Burke and Bykov 2017) over the orders of a day.

use std::ops::ControlFlow;

use crate::{
    Objective, Plan, Problem,
    board::{Board, Order},
    greedy::complete,
    rng::Rng,
};

/// How many steps back a day may be as bad as.
const MEMORY: usize = 150;
/// One step in so many takes loads out and adds others.
const ANEW: usize = 24;
/// After so many steps for each load, and as many for a few more, without a better day the search goes on elsewhere.
const PATIENCE: usize = 64;
const FEW: usize = 4;
/// How often the watcher is asked, in steps.
const ASK: u64 = 64;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Same problem, parameters and answers of the watcher: same plan.
    pub seed: u64,
    /// Most steps.
    pub steps: u64,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub steps: u64,
    /// Best value so far.
    pub best: Objective,
}

/// Plans the day; the watcher ends the search by `Break`.
pub fn solve(problem: &Problem, params: Params, watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>) -> Plan {
    let mut board = Board::new(problem);
    let mut orders = Vec::new();
    complete(&mut board, &mut orders);
    board.put_off(&orders);
    if orders.is_empty() {
        // Not one load helps.
        return board.plan();
    }
    let mut best = (board.objective(), orders.clone());
    let mut now = best.clone();
    let mut rng = Rng::new(params.seed);
    let mut memory = [now.0; MEMORY];
    let mut idle = 0;
    for step in 0..params.steps {
        let told = Progress {
            steps: step,
            best: best.0,
        };
        if step % ASK == 0 && watch(&told).is_break() {
            break;
        }
        let stuck = idle > PATIENCE * (FEW + best.1.len());
        orders.clone_from(if stuck { &best.1 } else { &now.1 });
        if stuck {
            scatter(problem, &mut orders, &mut rng);
        }
        if stuck || orders.is_empty() || rng.below(ANEW) == 0 {
            thin_out(&mut orders, 4, &mut rng);
            board.fill(&mut orders);
            complete(&mut board, &mut orders);
        } else {
            // Some days are better only when several things change together.
            let short = now.0.over_kg + now.0.late_kg > 0;
            change(problem, &mut orders, short, &mut rng);
            while !orders.is_empty() && rng.below(2) == 0 {
                change(problem, &mut orders, short, &mut rng);
            }
            board.fill(&mut orders);
        }
        board.put_off(&orders);
        let objective = board.objective();
        if stuck {
            memory = [objective; MEMORY];
            idle = 0;
        }
        let back = &mut memory[usize::try_from(step).unwrap_or(0) % MEMORY];
        if objective <= now.0 || objective <= *back {
            now.0 = objective;
            now.1.clone_from(&orders);
        }
        idle += 1;
        if now.0 < best.0 {
            best.clone_from(&now);
            idle = 0;
        }
        *back = now.0;
    }
    board.fill(&mut best.1);
    board.put_off(&best.1);
    board.plan()
}

/// Leaves the neighbourhood of a day: half of its loads stay, in another order.
fn scatter(problem: &Problem, orders: &mut Vec<Order>, rng: &mut Rng) {
    thin_out(orders, orders.len(), rng);
    for _ in 0..orders.len() {
        if !orders.is_empty() {
            change(problem, orders, false, rng);
        }
    }
}

/// Takes one to `most` loads out.
fn thin_out(orders: &mut Vec<Order>, most: usize, rng: &mut Rng) {
    for _ in 0..=rng.below(most.max(1)) {
        if !orders.is_empty() {
            orders.remove(rng.below(orders.len()));
        }
    }
}

/// Changes one thing about one or two loads, or adds one: more often where the day is `short` of some.
fn change(problem: &Problem, orders: &mut Vec<Order>, short: bool, rng: &mut Rng) {
    let spec = problem.spec();
    let (index, other) = (rng.below(orders.len()), rng.below(orders.len()));
    match rng.below(if short { 12 } else { 10 }) {
        0 | 1 => orders[index].truck = rng.below(spec.trucks.len()),
        2 => orders[index].station = rng.below(spec.stations.len()),
        3 => orders[index].plant = rng.below(spec.plants.len()),
        4 => orders[index].least_kg = least(problem, orders[index], rng),
        5 => {
            let order = orders.remove(index);
            orders.insert(other.min(orders.len()), order);
        }
        6 => orders.swap(index, other),
        7 => {
            let truck = orders[index].truck;
            orders[index].truck = orders[other].truck;
            orders[other].truck = truck;
        }
        8 => {
            orders.remove(index);
        }
        _ => {
            let mut order = Order {
                truck: rng.below(spec.trucks.len()),
                station: rng.below(spec.stations.len()),
                plant: rng.below(spec.plants.len()),
                least_kg: 1,
            };
            order.least_kg = least(problem, order, rng);
            orders.insert(rng.below(orders.len() + 1), order);
        }
    }
}

/// What to wait for: a full load, nothing, or something between.
fn least(problem: &Problem, order: Order, rng: &mut Rng) -> i64 {
    let payload_kg = problem.spec().trucks[order.truck].payload_kg;
    match rng.below(4) {
        0 => 1,
        1 => payload_kg,
        _ => payload_kg * (1 + i64::try_from(rng.below(15)).unwrap_or(0)) / 16,
    }
}
