//! The routing engine on public instances: how far above the best known value it ends after a given time on two threads.
//!
//! `make bench-routing`; SET `short` (default), `x` and `xxl` (capacity only), `vrptw` (time windows), `hfvrp` (mixed
//! fleet), `mtvrptwr` (several trips, time windows, release times), `kim` (waste collection with landfills, lunch and limits
//! of a day), `pvrpif` (the same over several days, visits chosen among them), `2e-vrp` (collection to stations and haulage to
//! the plant as one, by the engine `echelons` on one thread; vehicles of both levels) or names of instances with commas between;
//! SECONDS for each instance (default 10), THREADS (default 2), SEED (default 1); PEERS=1 lets each peer solve what it can express,
//! right after the engine, for as long on as many cores (or some of them: PEERS=pyvrp,vroom,vrp_cli,ortools). Every solution is checked
//! apart from its solver.
//! Means are told over all, by stops and by stops a route.

mod instance;
mod kim;
mod levels;
mod means;
mod pvrpif;
mod vrplib;

use std::{env, error::Error, ops::ControlFlow, str::FromStr, time::Instant};

use routing::{Params, Problem, Progress, Solution, check, solve};
use tests::{
    Table,
    peers::{self, Answer, Peer, Stated},
};

use instance::{Instance, Row, TWO_LEVELS};
use means::Outcome;

/// What the engine found.
struct Found {
    solution: Solution,
    iterations: u64,
    seconds: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (seconds, seed, threads) = (setting("SECONDS", 10.0)?, setting("SEED", 1)?, setting("THREADS", 2)?);
    let asked = peers::asked()?;
    let mut columns: Vec<String> = [
        "instance",
        "stops",
        "best known",
        "ours",
        "vehicles",
        "gap %",
        "iterations/s",
        "seconds",
    ]
    .map(str::to_owned)
    .into();
    columns.extend(
        asked
            .iter()
            .flat_map(|peer| [peer.name.to_owned(), format!("{} gap %", peer.name)]),
    );
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new("routing", &columns);
    let mut outcomes = Vec::new();
    for row in instance::rows(&env::var("SET").unwrap_or_else(|_| "short".into()))? {
        let (cells, outcome) = if row.set == TWO_LEVELS {
            two_levels(row, (seconds, seed), asked.len())?
        } else {
            one_level(row, (seconds, seed, threads), &asked)?
        };
        table.row(&cells);
        outcomes.push(outcome);
    }
    for mean in means::means(&outcomes) {
        let mut cells = vec![String::new(); columns.len()];
        cells[0] = mean.of;
        cells[1] = format!("{} instances", mean.count);
        cells[5] = mean.gap.map_or_else(String::new, |gap| format!("{gap:.3}"));
        for (cell, gap) in cells.iter_mut().skip(9).step_by(2).zip(mean.peers) {
            *cell = gap.map_or_else(String::new, |gap| format!("{gap:.3}"));
        }
        table.row(&cells);
    }
    table.finish();
    Ok(())
}

fn one_level(row: Row, how: (f64, u64, usize), peers: &[&Peer]) -> Result<(Vec<String>, Outcome), Box<dyn Error>> {
    let (seconds, _, threads) = how;
    let instance = instance::read(row)?;
    let problem = instance.spec.clone().build()?;
    let found = search(&instance.name, &problem, how)?;
    let (cost, gap) = rated(&instance, &found.solution);
    let stops = instance.spec.stops.len();
    let mut outcome = Outcome {
        stops,
        route: stops / found.solution.routes.len().max(1),
        gap,
        peers: Vec::new(),
    };
    let mut cells = vec![
        instance.name.clone(),
        stops.to_string(),
        shown(instance.best_known, instance.unit),
        shown(Some(cost), instance.unit),
        found.solution.routes.len().to_string(),
        percent(gap),
        format!("{:.0}", count(found.iterations) / found.seconds),
        format!("{:.1}", found.seconds),
    ];
    let stated = if peers.is_empty() { None } else { Stated::new(&problem)? };
    for peer in peers {
        let answer = match &stated {
            Some(stated) => stated.solved(&problem, peer, (seconds, threads))?,
            None => Answer::Inexpressible,
        };
        let (value, gap) = match answer {
            Answer::Inexpressible => (String::new(), None),
            Answer::Nothing => ("none".to_owned(), None),
            Answer::Found(solution) => {
                verified(&format!("{} on {}", peer.name, instance.name), &problem, &solution)?;
                let (cost, gap) = rated(&instance, &solution);
                (shown(Some(cost), instance.unit), gap)
            }
        };
        cells.extend([value, percent(gap)]);
        outcome.peers.push(gap);
    }
    Ok((cells, outcome))
}

fn two_levels(row: Row, (seconds, seed): (f64, u64), peers: usize) -> Result<(Vec<String>, Outcome), Box<dyn Error>> {
    let text = instance::text(&row.name, "dat")?;
    let problem = levels::read(&row.name, &text).map_err(|error| format!("{}: {error}", row.name))?;
    let found = levels::search(&row.name, &problem, seconds, seed)?;
    let (stops, routes) = (problem.spec().stops_kg.len(), found.plan.routes.len());
    let value = count_cost(found.plan.objective.cost) / levels::UNIT;
    let gap = row.best_known.map(|best| above(value, best));
    let mut cells = vec![
        row.name,
        stops.to_string(),
        row.best_known.map_or_else(String::new, |best| format!("{best:.2}")),
        format!("{value:.2}"),
        format!("{routes} + {}", found.plan.hauls.len()),
        percent(gap),
        format!("{:.0}", count(found.steps) / found.seconds),
        format!("{:.1}", found.seconds),
    ];
    cells.resize(cells.len() + 2 * peers, String::new());
    let outcome = Outcome {
        stops,
        route: stops / routes.max(1),
        gap,
        peers: vec![None; peers],
    };
    Ok((cells, outcome))
}

/// A number from the environment.
fn setting<T: FromStr>(name: &str, otherwise: T) -> Result<T, String> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}={text}: not a number")),
        Err(_) => Ok(otherwise),
    }
}

fn search(name: &str, problem: &Problem, how: (f64, u64, usize)) -> Result<Found, Box<dyn Error>> {
    let (budget, seed, threads) = how;
    let params = Params {
        seed,
        max_iterations: u64::MAX,
        threads,
        start: None,
    };
    let begun = Instant::now();
    let mut iterations = 0;
    let mut watch = |progress: &Progress<'_>| {
        iterations = progress.iterations;
        ControlFlow::Continue(begun.elapsed().as_secs_f64() / budget)
    };
    let solution = solve(problem, &params, &mut watch);
    let seconds = begun.elapsed().as_secs_f64();
    verified(name, problem, &solution)?;
    Ok(Found {
        solution,
        iterations,
        seconds,
    })
}

/// Holds a solution against the checker; every stop has to be served.
fn verified(name: &str, problem: &Problem, solution: &Solution) -> Result<(), Box<dyn Error>> {
    check(problem, solution).map_err(|broken| format!("{name}: {} violations, first {}", broken.len(), broken[0]))?;
    match solution.objective.missing {
        0 => Ok(()),
        missing => Err(format!("{name}: {missing} stops missing").into()),
    }
}

/// The value of a solution, and by how much it exceeds the best known.
fn rated(instance: &Instance, solution: &Solution) -> (f64, Option<f64>) {
    let value = count_cost(solution.objective.cost) / instance.unit;
    (value, instance.best_known.map(|best| above(value, best)))
}

/// By how many percent a value exceeds the best known.
fn above(value: f64, best: f64) -> f64 {
    (value / best - 1.0) * 100.0
}

fn shown(value: Option<f64>, unit: f64) -> String {
    let decimals = usize::from(unit > 1.0);
    value.map_or_else(String::new, |value| format!("{value:.decimals$}"))
}

fn percent(gap: Option<f64>) -> String {
    gap.map_or_else(String::new, |gap| format!("{gap:.2}"))
}

#[expect(clippy::cast_precision_loss, reason = "costs of instances stay far below 2^52")]
const fn count_cost(cost: i64) -> f64 {
    cost as f64
}

#[expect(clippy::cast_precision_loss, reason = "iterations of a bench stay far below 2^52")]
const fn count(iterations: u64) -> f64 {
    iterations as f64
}
