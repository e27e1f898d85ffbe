//! A day of Lankao county, station by station: drivers who plan nothing, the engine, and with PEERS=1 the peers that can express the
//! same reduced problem, for as long on one core. SECONDS for each station (default 10), SEED (default 1). Every solution is checked by the
//! engine's checker.
//!
//! The problem is reduced to what peers can express: points that every vehicle may come to, with the mass of the register, one
//! window each, several trips with unloading at the station, shifts, a mixed fleet, and the cost of vehicles, metres and seconds.

mod county;

use std::{env, error::Error, ops::ControlFlow, str::FromStr, time::Instant};

use routing::{Params, Problem, Progress, Solution, check, nearest_neighbour, solve};
use tests::{
    Table,
    peers::{self, Answer, Stated},
};

/// Sums of a solution.
#[derive(Default, Clone, Copy)]
struct Sums {
    missing: usize,
    cost: i64,
    metres: i64,
    seconds: i64,
    vehicles: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (seconds, seed) = (setting("SECONDS", 10.0)?, setting("SEED", 1)?);
    let asked = peers::asked()?;
    let mut columns = vec!["station", "stops", "vehicles"];
    let solvers: Vec<&str> = (["nearest", "engine"].into_iter())
        .chain(asked.iter().map(|peer| peer.name))
        .collect();
    let figures: Vec<String> = (solvers.iter())
        .flat_map(|solver| ["km", "hours", "vehicles", "yuan", "missing"].map(|figure| format!("{solver} {figure}")))
        .collect();
    columns.extend(figures.iter().map(String::as_str));
    let mut table = Table::new("county", &columns);
    // Of a peer that leaves a station unsolved no sum is told.
    let mut all = vec![Some(Sums::default()); solvers.len()];
    let (mut stops, mut vehicles) = (0, 0);
    for station in county::stations() {
        let problem = station.spec.build()?;
        let mut found = vec![
            Some(nearest_neighbour(&problem)),
            Some(searched(&problem, seconds, seed)),
        ];
        let stated = if asked.is_empty() { None } else { Stated::new(&problem)? };
        for peer in &asked {
            let stated = stated.as_ref().ok_or("a station that no peer can express")?;
            found.push(match stated.solved(&problem, peer, (seconds, 1))? {
                Answer::Found(solution) => Some(solution),
                Answer::Inexpressible | Answer::Nothing => None,
            });
        }
        let spec = problem.spec();
        stops += spec.stops.len();
        vehicles += spec.vehicles.len();
        let mut cells = vec![
            station.name,
            spec.stops.len().to_string(),
            spec.vehicles.len().to_string(),
        ];
        for (solution, all) in found.iter().zip(&mut all) {
            if let Some(solution) = solution {
                check(&problem, solution).map_err(|broken| format!("{}: first {}", cells[0], broken[0]))?;
            }
            let sums = solution.as_ref().map(Sums::of);
            *all = all.zip(sums).map(|(all, sums)| all.plus(sums));
            cells.extend(shown(sums));
        }
        table.row(&cells);
    }
    let mut cells = vec!["all".to_owned(), stops.to_string(), vehicles.to_string()];
    cells.extend(all.into_iter().flat_map(shown));
    table.row(&cells);
    table.finish();
    Ok(())
}

fn searched(problem: &Problem, seconds: f64, seed: u64) -> Solution {
    let params = Params {
        seed,
        max_iterations: u64::MAX,
        threads: 1,
        start: None,
    };
    let begun = Instant::now();
    let mut watch = |_: &Progress<'_>| ControlFlow::Continue(begun.elapsed().as_secs_f64() / seconds);
    solve(problem, &params, &mut watch)
}

impl Sums {
    fn of(solution: &Solution) -> Self {
        Self {
            missing: solution.objective.missing,
            cost: solution.objective.cost,
            metres: solution.routes.iter().map(|route| route.distance_m).sum(),
            seconds: solution.routes.iter().map(routing::Route::duration_s).sum(),
            vehicles: solution.routes.len(),
        }
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            missing: self.missing + other.missing,
            cost: self.cost + other.cost,
            metres: self.metres + other.metres,
            seconds: self.seconds + other.seconds,
            vehicles: self.vehicles + other.vehicles,
        }
    }

    /// Kilometres, hours, vehicles, yuan and stops left out; costs are thousandths of a fen.
    fn cells(&self) -> [String; 5] {
        let tenth = |value: i64, unit: i64| format!("{}.{}", value / unit, value % unit * 10 / unit);
        [
            tenth(self.metres, 1_000),
            tenth(self.seconds, 3_600),
            self.vehicles.to_string(),
            tenth(self.cost, 100_000),
            self.missing.to_string(),
        ]
    }
}

/// Cells of what a solver found, empty if nothing.
fn shown(sums: Option<Sums>) -> [String; 5] {
    sums.map_or_else(Default::default, |sums| sums.cells())
}

/// A number from the environment.
fn setting<T: FromStr>(name: &str, otherwise: T) -> Result<T, String> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}={text}: not a number")),
        Err(_) => Ok(otherwise),
    }
}
