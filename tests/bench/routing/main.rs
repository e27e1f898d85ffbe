//! The routing engine on public instances: how far above the best known cost it ends after a given time on two threads.
//!
//! `make bench-routing`; SET `short` (default), `x`, `xxl` or names with commas between; SECONDS for each instance (default
//! 10), SEED (default 1); PEERS=1 lets PyVRP solve each instance too, right after the engine, for as long on as many cores.
//! Every solution is checked apart from its solver. Means are told over all, by stops and by stops a route.

mod cvrplib;
mod means;
mod peer;

use std::{env, error::Error, ops::ControlFlow, str::FromStr, time::Instant};

use routing::{Params, Progress, check, solve};
use tests::Table;

use cvrplib::Instance;
use means::Outcome;

const THREADS: usize = 2;

/// What the engine found.
struct Found {
    cost: i64,
    routes: usize,
    iterations: u64,
    seconds: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (seconds, seed) = (setting("SECONDS", 10.0)?, setting("SEED", 1)?);
    let peers = setting("PEERS", 0)? == 1;
    let mut columns = vec![
        "instance",
        "stops",
        "best known",
        "ours",
        "gap %",
        "iterations/s",
        "seconds",
    ];
    if peers {
        columns.extend(["PyVRP", "its gap %"]);
    }
    let mut table = Table::new("routing", &columns);
    let mut outcomes = Vec::new();
    for instance in cvrplib::instances(&env::var("SET").unwrap_or_else(|_| "short".into()))? {
        let found = search(&instance, seconds, seed)?;
        let stops = instance.problem.spec().stops.len();
        let mut outcome = Outcome {
            stops,
            route: stops / found.routes.max(1),
            gap: gap(found.cost, &instance),
            peer: None,
        };
        let mut cells = vec![
            instance.name.clone(),
            stops.to_string(),
            instance.best_known.to_string(),
            found.cost.to_string(),
            format!("{:.2}", outcome.gap),
            format!("{:.0}", count(found.iterations) / found.seconds),
            format!("{:.1}", found.seconds),
        ];
        if peers {
            let cost = peer::solve(&instance, seconds);
            outcome.peer = Some(gap(cost, &instance));
            cells.extend([cost.to_string(), format!("{:.2}", gap(cost, &instance))]);
        }
        table.row(&cells);
        outcomes.push(outcome);
    }
    for mean in means::means(&outcomes) {
        let mut cells = vec![String::new(); columns.len()];
        cells[0] = mean.of;
        cells[1] = format!("{} instances", mean.count);
        cells[4] = format!("{:.3}", mean.gap);
        if let Some((cell, peer)) = cells.get_mut(8).zip(mean.peer) {
            *cell = format!("{peer:.3}");
        }
        table.row(&cells);
    }
    table.finish();
    Ok(())
}

/// A number from the environment.
fn setting<T: FromStr>(name: &str, otherwise: T) -> Result<T, String> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}={text}: not a number")),
        Err(_) => Ok(otherwise),
    }
}

fn search(instance: &Instance, seconds: f64, seed: u64) -> Result<Found, Box<dyn Error>> {
    let params = Params {
        seed,
        max_iterations: u64::MAX,
        threads: THREADS,
        start: None,
    };
    let begun = Instant::now();
    let mut iterations = 0;
    let mut watch = |progress: &Progress<'_>| {
        iterations = progress.iterations;
        ControlFlow::Continue(begun.elapsed().as_secs_f64() / seconds)
    };
    let solution = solve(&instance.problem, &params, &mut watch);
    let took = begun.elapsed().as_secs_f64();
    check(&instance.problem, &solution)
        .map_err(|broken| format!("{}: {} violations, first {}", instance.name, broken.len(), broken[0]))?;
    if solution.objective.missing > 0 {
        return Err(format!("{}: {} stops missing", instance.name, solution.objective.missing).into());
    }
    Ok(Found {
        cost: solution.objective.cost,
        routes: solution.routes.len(),
        iterations,
        seconds: took,
    })
}

#[expect(clippy::cast_precision_loss, reason = "costs of instances stay far below 2^52")]
fn gap(cost: i64, instance: &Instance) -> f64 {
    (cost as f64 / instance.best_known as f64 - 1.0) * 100.0
}

#[expect(clippy::cast_precision_loss, reason = "iterations of a bench stay far below 2^52")]
fn count(iterations: u64) -> f64 {
    iterations as f64
}
