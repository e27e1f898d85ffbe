//! The peer: PyVRP, once on each core with seeds of its own; the better solution counts.

use std::{
    fs, iter,
    path::Path,
    process::{Child, Command, Stdio},
};

use routing::Problem;

use super::{THREADS, cvrplib::Instance};

/// Cost of the best solution that PyVRP finds in so many seconds, recomputed from its routes.
///
/// # Panics
///
/// If PyVRP is not installed or answers anything but a solution.
pub fn solve(instance: &Instance, seconds: f64) -> i64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = std::env::temp_dir().join(format!("{}-{}.vrp", instance.name, std::process::id()));
    fs::write(&file, &instance.text).expect("the instance as a file");
    let start = |seed: usize| {
        let mut python = Command::new(root.join("../.local/bench-venv/bin/python"));
        python
            .arg(root.join("bench/routing/peer.py"))
            .arg(&file)
            .arg(seconds.to_string())
            .arg(seed.to_string());
        python.stdout(Stdio::piped()).spawn().expect("python runs")
    };
    let running: Vec<Child> = (1..=THREADS).map(start).collect();
    let costs: Vec<i64> = running
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().expect("an answer");
            assert!(output.status.success(), "PyVRP fails on {}", instance.name);
            let routes: Vec<Vec<usize>> = serde_json::from_slice(&output.stdout).expect("routes");
            cost(&instance.problem, &routes)
        })
        .collect();
    let _ = fs::remove_file(file);
    costs.into_iter().min().expect("a solution")
}

/// Length of routes; every stop has to be served once and every load to fit.
fn cost(problem: &Problem, routes: &[Vec<usize>]) -> i64 {
    let spec = problem.spec();
    let mut served: Vec<usize> = routes.iter().flatten().copied().collect();
    served.sort_unstable();
    assert!(served.into_iter().eq(0..spec.stops.len()), "each stop is served once");
    let length = |route: &Vec<usize>| {
        let load: i64 = route.iter().map(|&stop| spec.stops[stop].demand_kg).sum();
        assert!(load <= spec.vehicles[0].payload_kg, "the load fits");
        let places = route.iter().map(|&stop| spec.stops[stop].place);
        let way: Vec<usize> = iter::once(0).chain(places).chain([0]).collect();
        way.windows(2)
            .map(|leg| spec.travel.distance_m(leg[0], leg[1]))
            .sum::<i64>()
    };
    routes.iter().map(length).sum()
}
