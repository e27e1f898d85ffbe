//! Instances of the two-echelon vehicle routing problem: from the plant to stations and from there to the stops, or back.

use std::{error::Error, ops::ControlFlow, time::Instant};

use echelons::{Fleet, Params, Plan, Problem, Progress, Spec, Station, Table, check, solve};

/// Lengths are whole thousandths of a published unit.
pub const UNIT: f64 = 1_000.0;

/// What the engine found.
pub struct Found {
    pub plan: Plan,
    pub steps: u64,
    pub seconds: f64,
}

/// Reads fleets, the depot with its satellites, and customers. Lengths are Euclidean; those of set 4 are published in hundreds.
pub fn read(name: &str, text: &str) -> Result<Problem, Box<dyn Error>> {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('!'));
    let mut rows = || lines.next().map(row).ok_or("too few lines")?;
    let (trucks, vehicles, places, customers) = (rows()?, rows()?, rows()?, rows()?);
    let stated = |row: &[Vec<f64>], at: usize| row.first().and_then(|fleet| fleet.get(at)).copied().ok_or("no fleet");
    let fleet = |row: &[Vec<f64>], at: usize| -> Result<Fleet, &'static str> {
        Ok(Fleet {
            count: count(stated(row, at)?),
            payload_kg: whole(stated(row, at + 1)?),
            fixed: 0,
            per_m: 1,
        })
    };
    let routes = count(stated(&vehicles, 0)?);
    let scale = if name.starts_with("Set4") { UNIT / 100.0 } else { UNIT };
    let satellites = places.get(1..).ok_or("no depot")?;
    let station = |place: &Vec<f64>| Station {
        routes,
        per_kg: whole(place.get(2).copied().unwrap_or(0.0) * UNIT),
        ..Station::FREE
    };
    let spec = Spec {
        stations: satellites.iter().map(station).collect(),
        stops_kg: customers
            .iter()
            .map(|customer| whole(customer.get(2).copied().unwrap_or(0.0)))
            .collect(),
        vehicles: fleet(&vehicles, 1)?,
        trucks: fleet(&trucks, 0)?,
        collection: table(satellites.iter().chain(&customers), scale),
        haulage: table(places.iter(), scale),
    };
    Ok(spec.build()?)
}

/// Searches on one thread; every stop has to be served.
pub fn search(name: &str, problem: &Problem, budget: f64, seed: u64) -> Result<Found, Box<dyn Error>> {
    let params = Params { seed, steps: u64::MAX };
    let begun = Instant::now();
    let mut steps = 0;
    let mut watch = |progress: &Progress| {
        steps = progress.steps;
        ControlFlow::Continue(begun.elapsed().as_secs_f64() / budget)
    };
    let plan = solve(problem, params, &mut watch);
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(first) = check(problem, &plan).first() {
        return Err(format!("{name}: {first}").into());
    }
    match plan.objective.missing {
        0 => Ok(Found { plan, steps, seconds }),
        missing => Err(format!("{name}: {missing} stops missing").into()),
    }
}

/// Groups of numbers, with blanks between groups and commas between numbers.
fn row(line: &str) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let group = |group: &str| group.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>();
    let groups = line.split_whitespace().map(group).collect::<Result<_, _>>();
    groups.map_err(|error| format!("{line}: {error}").into())
}

fn table<'p>(places: impl Iterator<Item = &'p Vec<f64>> + Clone, scale: f64) -> Table {
    let metres = |a: &[f64], b: &[f64]| (a[0] - b[0]).hypot(a[1] - b[1]) * scale;
    let pairs = places.clone().flat_map(|a| places.clone().map(move |b| (a, b)));
    Table {
        places: places.clone().count(),
        distances_m: pairs.map(|(a, b)| length(metres(a, b))).collect(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "instances hold small numbers")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths are positive and small"
)]
fn length(value: f64) -> u32 {
    value.round() as u32
}

fn count(value: f64) -> usize {
    usize::try_from(whole(value)).unwrap_or(0)
}
