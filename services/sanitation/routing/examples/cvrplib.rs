//! Solves instances of CVRPLIB and prints the gap to the best known values.
//!
//! `cargo run --release -p routing --example cvrplib -- FILE… [--seconds 10] [--seed 1] [--threads 1] [--iterations N]
//! [--bks VALUE | bks.csv]`
#![expect(
    clippy::cast_precision_loss,
    reason = "costs and counts of benchmark instances stay far below 2^52"
)]

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use routing::{Params, Point, Problem, Progress, Road, Solution, Spec, Stop, Travel, Vehicle, check, solve};

type Failure = Box<dyn std::error::Error>;

struct Options {
    files: Vec<String>,
    seconds: f64,
    params: Params,
    bks: Option<String>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let options = options()?;
    println!(
        "{:<16} {:>6} {:>10} {:>10} {:>7} {:>6} {:>11}",
        "instance", "stops", "best known", "cost", "gap %", "routes", "iterations"
    );
    let mut gaps = Vec::new();
    for file in &options.files {
        let name = Path::new(file)
            .file_stem()
            .ok_or("no file name")?
            .to_string_lossy()
            .into_owned();
        let problem = read(file).map_err(|failure| format!("{file}: {failure}"))?;
        let begun = Instant::now();
        let mut iterations = 0;
        let mut watch = |progress: &Progress<'_>| {
            iterations = progress.iterations;
            ControlFlow::Continue(begun.elapsed().as_secs_f64() / options.seconds)
        };
        let solution = solve(&problem, &options.params, &mut watch);
        check(&problem, &solution)
            .map_err(|broken| format!("{file}: {} violations, first {}", broken.len(), broken[0]))?;
        let best_known = best_known(options.bks.as_deref(), &name)?;
        print(&name, &problem, &solution, best_known, iterations);
        gaps.extend(best_known.map(|known| gap(&solution, known)));
    }
    if gaps.len() > 1 {
        println!("mean gap {:.3} %", gaps.iter().sum::<f64>() / gaps.len() as f64);
    }
    Ok(())
}

fn gap(solution: &Solution, known: f64) -> f64 {
    (solution.objective.cost as f64 / known - 1.0) * 100.0
}

fn print(name: &str, problem: &Problem, solution: &Solution, known: Option<f64>, iterations: u64) {
    let (stops, cost, routes) = (
        problem.spec().stops.len(),
        solution.objective.cost,
        solution.routes.len(),
    );
    let (value, gap) = match known {
        Some(known) => (format!("{known}"), format!("{:.3}", gap(solution, known))),
        None => ("-".to_owned(), "-".to_owned()),
    };
    println!("{name:<16} {stops:>6} {value:>10} {cost:>10} {gap:>7} {routes:>6} {iterations:>11}");
}

fn options() -> Result<Options, Failure> {
    let params = Params {
        max_iterations: u64::MAX,
        ..Params::default()
    };
    let mut options = Options {
        files: Vec::new(),
        seconds: 10.0,
        params,
        bks: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--seconds" => options.seconds = value()?.parse()?,
            "--seed" => options.params.seed = value()?.parse()?,
            "--threads" => options.params.threads = value()?.parse()?,
            "--iterations" => options.params.max_iterations = value()?.parse()?,
            "--bks" => options.bks = Some(value()?),
            _ => options.files.push(argument),
        }
    }
    if options.files.is_empty() {
        Err("name at least one .vrp file".into())
    } else {
        Ok(options)
    }
}

/// A value, or the value of the instance in a table `set,instance,best_known_cost,…`.
fn best_known(bks: Option<&str>, name: &str) -> Result<Option<f64>, Failure> {
    let Some(bks) = bks else { return Ok(None) };
    if let Ok(value) = bks.parse() {
        return Ok(Some(value));
    }
    let table = std::fs::read_to_string(bks)?;
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let row = rows.find(|row| {
        row.first().is_some_and(|set| set.starts_with("CVRP")) && row.get(1).is_some_and(|instance| *instance == name)
    });
    Ok(row.and_then(|row| row.get(2)?.parse().ok()))
}

/// Reads the `EUC_2D` dialect of CVRPLIB: node 1 is the depot, distances are rounded to whole metres.
fn read(file: &str) -> Result<Problem, Failure> {
    let text = std::fs::read_to_string(file)?;
    let (mut section, mut capacity) = (String::new(), None);
    let mut points = Vec::new();
    let mut demands: HashMap<usize, i64> = HashMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split([' ', '\t', ':']).filter(|word| !word.is_empty()).collect();
        match (words.as_slice(), section.as_str()) {
            (["CAPACITY", value], _) => capacity = Some(value.parse()?),
            (["EDGE_WEIGHT_TYPE", kind], _) if *kind != "EUC_2D" => return Err("only EUC_2D is read".into()),
            ([name], _) if name.ends_with("_SECTION") => section = (*name).to_owned(),
            ([_, x, y], "NODE_COORD_SECTION") => points.push(Point {
                x: x.parse()?,
                y: y.parse()?,
            }),
            ([node, demand], "DEMAND_SECTION") => {
                demands.insert(node.parse()?, demand.parse()?);
            }
            _ => {}
        }
    }
    let stop = |place: usize| Some(Stop::new(place, *demands.get(&(place + 1))?));
    let stops: Vec<Stop> = (1..points.len())
        .map(stop)
        .collect::<Option<_>>()
        .ok_or("a node has no demand")?;
    let vehicle = Vehicle::new(0, capacity.ok_or("no capacity")?);
    let vehicles = vec![vehicle; stops.len()];
    let spec = Spec {
        travel: Travel::Planar {
            points,
            road: Road::STRAIGHT,
        },
        stops,
        vehicles,
        facilities: Vec::new(),
    };
    Ok(spec.build()?)
}
