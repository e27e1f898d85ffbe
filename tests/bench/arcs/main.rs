//! The arc-routing engine on public instances: how far above the best known cost it ends.
//!
//! `make bench-arcs`; SET `egl` (default), `gdb`, `kshs`, `val`, `egl-g`, `bmcv`, `all` or the name of an instance; SECONDS for
//! each instance (default 10), or ITERATIONS for each of its passes, which a busy machine does not disturb; THREADS
//! (default 2); SEED (default 1). Every solution is checked apart from its solver.

mod carp;

use std::{env, error::Error, ops::ControlFlow, str::FromStr, time::Instant};

use arcs::{Params, Progress, check, solve};
use tests::Table;

use carp::Instance;

const COLUMNS: [&str; 8] = [
    "set",
    "instance",
    "passes",
    "best known",
    "ours",
    "gap %",
    "iterations/s",
    "seconds",
];

struct Settings {
    seconds: f64,
    iterations: u64,
    threads: usize,
    seed: u64,
}

/// What the engine found.
struct Found {
    cost: i64,
    iterations: u64,
    seconds: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings {
        seconds: setting("SECONDS", 10.0)?,
        iterations: setting("ITERATIONS", 0)?,
        threads: setting("THREADS", 2)?,
        seed: setting("SEED", 1)?,
    };
    let mut table = Table::new("arcs", &COLUMNS);
    let mut means: Vec<(String, Vec<f64>)> = Vec::new();
    for instance in carp::instances(&env::var("SET").unwrap_or_else(|_| "egl".into()))? {
        let found = search(&instance, &settings)?;
        let gap = gap(found.cost, &instance);
        match means.last_mut() {
            Some((set, gaps)) if *set == instance.set => gaps.push(gap),
            _ => means.push((instance.set.clone(), vec![gap])),
        }
        table.row(&[
            instance.set.clone(),
            instance.name.clone(),
            instance.problem.spec().tasks.len().to_string(),
            instance.best_known.to_string(),
            found.cost.to_string(),
            format!("{gap:.2}"),
            format!("{:.0}", count(found.iterations) / found.seconds),
            format!("{:.1}", found.seconds),
        ]);
    }
    for (set, gaps) in means {
        let mut cells = COLUMNS.map(|_| String::new());
        cells[0] = set;
        cells[1] = format!("mean of {}", gaps.len());
        cells[5] = format!("{:.2}", mean(&gaps));
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

fn search(instance: &Instance, settings: &Settings) -> Result<Found, Box<dyn Error>> {
    let passes = instance.problem.spec().tasks.len() as u64;
    let timed = settings.iterations == 0;
    let params = Params {
        seed: settings.seed,
        max_iterations: if timed { u64::MAX } else { settings.iterations * passes },
        threads: settings.threads,
    };
    let begun = Instant::now();
    let mut iterations = 0;
    let mut watch = |progress: &Progress<'_>| {
        iterations = progress.iterations;
        let used = begun.elapsed().as_secs_f64() / settings.seconds;
        ControlFlow::Continue(if timed { used } else { 0.0 })
    };
    let solution = solve(&instance.problem, &params, &mut watch);
    let took = begun.elapsed().as_secs_f64();
    check(&instance.problem, &solution)
        .map_err(|broken| format!("{}: {} violations, first {}", instance.name, broken.len(), broken[0]))?;
    if solution.objective.missing > 0 {
        return Err(format!("{}: {} passes missing", instance.name, solution.objective.missing).into());
    }
    Ok(Found {
        cost: solution.objective.cost,
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

#[expect(clippy::cast_precision_loss, reason = "a handful")]
fn mean(gaps: &[f64]) -> f64 {
    gaps.iter().sum::<f64>() / gaps.len() as f64
}
