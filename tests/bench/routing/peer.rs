//! The peer: PyVRP, once on each core with seeds of its own; the better solution counts.

use std::{
    error::Error,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use routing::{Params, Plan, PlannedRoute, PlannedTrip, Problem, Solution, unwatched};

use super::{instance::Instance, verified};

/// A route of the peer: capacity, fixed cost and cost per distance of its vehicle, and the stops of its trips.
type Route = (i64, i64, i64, Vec<Vec<usize>>);

/// The best solution that PyVRP finds in so many seconds on so many cores; none when it finds none or cannot express the
/// problem. Its routes get their times and costs from the engine and are checked like the engine's own.
///
/// # Errors
/// If PyVRP is not installed, or answers what breaks a limit.
pub fn solve(instance: &Instance, problem: &Problem, how: (f64, usize)) -> Result<Option<Solution>, Box<dyn Error>> {
    let Some(rounding) = instance.rounding else {
        return Ok(None);
    };
    let (seconds, cores) = how;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = std::env::temp_dir().join(format!("{}-{}.vrp", instance.name, std::process::id()));
    fs::write(&file, &instance.text)?;
    let start = |seed: usize| {
        let mut python = Command::new(root.join("../.local/bench-venv/bin/python"));
        python.arg(root.join("bench/routing/peer.py")).arg(&file).arg(rounding);
        python.arg(seconds.to_string()).arg(seed.to_string());
        python.stdout(Stdio::piped()).spawn()
    };
    let running = (1..=cores).map(start).collect::<Result<Vec<Child>, _>>()?;
    let mut best: Option<Solution> = None;
    for child in running {
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("PyVRP fails on {}", instance.name).into());
        }
        let routes: Vec<Route> = serde_json::from_slice(&output.stdout)?;
        if routes.is_empty() {
            continue;
        }
        let solution = solution(problem, &routes)?;
        verified(&format!("PyVRP on {}", instance.name), problem, &solution)?;
        if best.as_ref().is_none_or(|best| solution.objective < best.objective) {
            best = Some(solution);
        }
    }
    let _ = fs::remove_file(file);
    Ok(best)
}

/// The engine's account of the peer's routes: a search of no iteration that begins with them.
fn solution(problem: &Problem, routes: &[Route]) -> Result<Solution, Box<dyn Error>> {
    let spec = problem.spec();
    let mut free: Vec<usize> = (0..spec.vehicles.len()).rev().collect();
    let mut plan = Plan::default();
    for (payload_kg, fixed, rate, trips) in routes {
        let fits = |&index: &usize| {
            let vehicle = &spec.vehicles[index];
            // PyVRP states fixed costs as they are in the file, the engine in the units of its distances.
            let scale = vehicle.fixed_cost.checked_div(*fixed).unwrap_or(0);
            vehicle.payload_kg == *payload_kg && vehicle.cost_per_m == *rate && vehicle.fixed_cost == fixed * scale
        };
        let at = free
            .iter()
            .rposition(fits)
            .ok_or("PyVRP uses a vehicle that there is not")?;
        let facility = (!spec.facilities.is_empty()).then_some(0);
        let trips = trips.iter().map(|stops| PlannedTrip {
            stops: stops.clone(),
            facility,
        });
        plan.routes.push(PlannedRoute {
            vehicle: free.remove(at),
            trips: trips.collect(),
        });
    }
    let params = Params {
        seed: 1,
        max_iterations: 0,
        threads: 1,
        start: Some(plan),
    };
    Ok(routing::solve(problem, &params, &mut unwatched))
}
