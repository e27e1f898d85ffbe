//! The peer: PyVRP on the same reduced problem.

use std::{error::Error, fs, path::Path, process::Command};

use routing::{Params, Plan, PlannedRoute, PlannedTrip, Problem, Solution, solve, unwatched};
use serde_json::json;

/// What PyVRP finds in so many seconds, with times and costs reckoned by the engine from its routes alone.
///
/// # Errors
/// If PyVRP is not installed, finds nothing feasible, or answers what the engine cannot follow.
pub fn planned(problem: &Problem, name: &str, seconds: f64, seed: u64) -> Result<Solution, Box<dyn Error>> {
    let spec = problem.spec();
    let places = spec.travel.places();
    let table = |way: &dyn Fn(usize, usize) -> i64| -> Vec<Vec<i64>> {
        (0..places)
            .map(|from| (0..places).map(|to| way(from, to)).collect())
            .collect()
    };
    let stated = json!({
        "distances": table(&|from, to| spec.travel.distance_m(from, to)),
        "durations": table(&|from, to| spec.travel.duration_s(from, to)),
        "unload_s": spec.facilities[0].service_s,
        "stops": spec.stops.iter().map(|stop| json!({
            "demand": stop.demand_kg, "service": stop.service_s,
            "open": stop.windows[0].open_s, "close": stop.windows[0].close_s,
        })).collect::<Vec<_>>(),
        "vehicles": spec.vehicles.iter().map(|vehicle| json!({
            "payload": vehicle.payload_kg, "open": vehicle.shift.open_s, "close": vehicle.shift.close_s,
            "fixed": vehicle.fixed_cost, "per_m": vehicle.cost_per_m, "per_s": vehicle.cost_per_s,
        })).collect::<Vec<_>>(),
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = std::env::temp_dir().join(format!("county-{}.json", std::process::id()));
    fs::write(&file, stated.to_string())?;
    let output = Command::new(root.join("../.local/bench-venv/bin/python"))
        .arg(root.join("bench/county/peer.py"))
        .arg(&file)
        .args([seconds.to_string(), seed.to_string()])
        .output()?;
    let _ = fs::remove_file(file);
    if !output.status.success() {
        return Err(format!("PyVRP on {name}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let routes: Vec<(usize, Vec<Vec<usize>>)> = serde_json::from_slice(&output.stdout)?;
    let trip = |stops: Vec<usize>| PlannedTrip {
        stops,
        facility: Some(0),
    };
    let plan = Plan {
        routes: (routes.into_iter())
            .map(|(vehicle, trips)| PlannedRoute {
                vehicle,
                trips: trips.into_iter().map(trip).collect(),
            })
            .collect(),
    };
    // Without a step the engine only reckons what it is given.
    let params = Params {
        seed,
        max_iterations: 0,
        threads: 1,
        start: Some(plan.clone()),
    };
    let solution = solve(problem, &params, &mut unwatched);
    let mut followed = Plan::from(&solution);
    let mut given = plan;
    for plan in [&mut followed, &mut given] {
        plan.routes.sort_by_key(|route| route.vehicle);
    }
    if followed == given {
        Ok(solution)
    } else {
        Err(format!("{name}: the engine cannot follow what PyVRP plans").into())
    }
}
