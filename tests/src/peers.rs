//! Other routing engines on the same problem: what `bench/peers` runs of them, followed and reckoned by our engine.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use routing::{Params, Plan, PlannedRoute, PlannedTrip, Problem, Solution, Spec, Vehicle, solve, unwatched};
use serde_json::json;

/// An engine that is installed on demand (`bench/peers/requirements.txt`).
pub struct Peer {
    /// What it calls itself.
    pub name: &'static str,
    module: &'static str,
    /// It uses one core: it runs once on each, with seeds of its own, and the best solution counts.
    alone: bool,
}

/// All of them, the strongest in our measurements first.
pub const PEERS: [Peer; 4] = [
    Peer {
        name: "PyVRP",
        module: "pyvrp",
        alone: true,
    },
    Peer {
        name: "VROOM",
        module: "vroom",
        alone: false,
    },
    Peer {
        name: "vrp-cli",
        module: "vrp_cli",
        alone: false,
    },
    Peer {
        name: "OR-Tools",
        module: "ortools",
        alone: true,
    },
];

/// Most places for which two matrices are written down.
const PLACES: usize = 8_001;
/// Later than any time of an instance, and within 32 bits.
const ALWAYS: i64 = 2_000_000_000;

/// A route of a peer: a vehicle and the stops of its trips.
type Route = (usize, Vec<Vec<usize>>);

/// What a peer made of a problem.
pub enum Answer {
    /// It cannot express the problem.
    Inexpressible,
    /// It found no solution that serves every stop.
    Nothing,
    /// Reckoned by our engine from the peer's routes alone.
    Found(Solution),
}

/// The peers that PEERS asks for: `1` for all, or modules with commas between, such as `pyvrp,vroom`.
///
/// # Errors
/// If there is no such peer.
pub fn asked() -> Result<Vec<&'static Peer>, String> {
    let asked = env::var("PEERS").unwrap_or_default();
    let one = |name: &str| {
        let known = PEERS.iter().find(|peer| peer.module == name);
        known.ok_or_else(|| format!("PEERS={asked}: no peer {name}"))
    };
    match asked.as_str() {
        "" | "0" => Ok(Vec::new()),
        "1" => Ok(PEERS.iter().collect()),
        names => names.split(',').map(one).collect(),
    }
}

/// A problem as peers read it, in a folder that goes with it.
pub struct Stated {
    folder: PathBuf,
}

impl Stated {
    /// Writes a problem down; `None` if no peer can express it: what they all lack are breaks, choices, several windows, streams, limits
    /// of roads and further facilities.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(problem: &Problem) -> Result<Option<Self>, Box<dyn Error>> {
        let spec = problem.spec();
        if !expressible(spec) {
            return Ok(None);
        }
        let folder = env::temp_dir().join(format!("peers-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let stated = Self { folder };
        let stops: Vec<_> = (spec.stops.iter())
            .map(|stop| {
                let window = stop.windows.first();
                json!({
                    "demand": stop.demand_kg, "service": stop.service_s, "release": stop.release_s,
                    "open": window.map_or(0, |window| window.open_s),
                    "close": window.map_or(ALWAYS, |window| window.close_s.min(ALWAYS)),
                })
            })
            .collect();
        let problem = json!({
            "stops": stops, "types": types(&spec.vehicles), "unload": spec.facilities.first().map(|place| place.service_s),
        });
        fs::write(stated.folder.join("problem.json"), problem.to_string())?;
        stated.matrix("distances", spec, |from, to| spec.travel.distance_m(from, to))?;
        stated.matrix("durations", spec, |from, to| spec.travel.duration_s(from, to))?;
        Ok(Some(stated))
    }

    fn matrix(&self, name: &str, spec: &Spec, way: impl Fn(usize, usize) -> i64) -> Result<(), Box<dyn Error>> {
        let places = spec.travel.places();
        let mut bytes = Vec::with_capacity(places * places * 4);
        for from in 0..places {
            for to in 0..places {
                bytes.extend(u32::try_from(way(from, to))?.to_le_bytes());
            }
        }
        Ok(fs::write(self.folder.join(name), bytes)?)
    }

    /// What a peer finds in so many seconds on so many cores.
    ///
    /// # Errors
    /// If it is not installed, fails, or answers what our engine cannot follow.
    pub fn solved(&self, problem: &Problem, peer: &Peer, how: (f64, usize)) -> Result<Answer, Box<dyn Error>> {
        let (seconds, cores) = how;
        let numbers = if peer.alone { 1..=cores } else { cores..=cores };
        let running = numbers
            .map(|number| self.start(peer, seconds, number))
            .collect::<Result<Vec<Child>, _>>()?;
        let mut answer = Answer::Inexpressible;
        for child in running {
            let output = child.wait_with_output()?;
            if !output.status.success() {
                return Err(format!("{}: {}", peer.name, String::from_utf8_lossy(&output.stderr)).into());
            }
            let routes: Option<Vec<Route>> = serde_json::from_slice(&output.stdout)?;
            answer = match (routes, answer) {
                (None, _) => return Ok(Answer::Inexpressible),
                (Some(routes), Answer::Inexpressible) if routes.is_empty() => Answer::Nothing,
                (Some(routes), answer) if routes.is_empty() => answer,
                (Some(routes), Answer::Found(best)) => {
                    let one = followed(problem, peer, routes)?;
                    Answer::Found(if one.objective < best.objective { one } else { best })
                }
                (Some(routes), _) => Answer::Found(followed(problem, peer, routes)?),
            };
        }
        Ok(answer)
    }

    fn start(&self, peer: &Peer, seconds: f64, number: usize) -> std::io::Result<Child> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut python = Command::new(root.join("../.local/bench-venv/bin/python"));
        python.arg(root.join("bench/peers")).arg(peer.module).arg(&self.folder);
        python.arg(seconds.to_string()).arg(number.to_string());
        python.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }
}

impl Drop for Stated {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn expressible(spec: &Spec) -> bool {
    let stop = |(index, stop): (usize, &routing::Stop)| {
        stop.place == index + 1
            && stop.windows.len() <= 1
            && stop.penalty.is_none()
            && stop.max_gross_kg.is_none()
            && stop.stream == routing::Stream(0)
    };
    let usual = Vehicle::new(0, 0);
    let vehicle = |vehicle: &Vehicle| {
        let reduced = Vehicle {
            payload_kg: 0,
            gross_kg: 0,
            shift: usual.shift,
            fixed_cost: usual.fixed_cost,
            cost_per_m: usual.cost_per_m,
            cost_per_s: usual.cost_per_s,
            ..vehicle.clone()
        };
        reduced == usual
    };
    let facility = |facility: &routing::Facility| facility.place == 0 && facility.streams.is_empty();
    spec.travel.places() <= PLACES
        && spec.stops.iter().enumerate().all(stop)
        && spec.vehicles.iter().all(vehicle)
        && spec.facilities.len() <= 1
        && spec.facilities.iter().all(facility)
        && spec.choices.is_empty()
}

/// Vehicles that are alike, together.
fn types(vehicles: &[Vehicle]) -> Vec<serde_json::Value> {
    let mut kinds: Vec<(&Vehicle, Vec<usize>)> = Vec::new();
    for (index, vehicle) in vehicles.iter().enumerate() {
        match kinds.iter_mut().find(|(kind, _)| *kind == vehicle) {
            Some((_, indices)) => indices.push(index),
            None => kinds.push((vehicle, vec![index])),
        }
    }
    (kinds.into_iter())
        .map(|(kind, indices)| {
            json!({
                "vehicles": indices, "payload": kind.payload_kg,
                "open": kind.shift.open_s, "close": kind.shift.close_s.min(ALWAYS),
                "fixed": kind.fixed_cost, "per_m": kind.cost_per_m, "per_s": kind.cost_per_s,
            })
        })
        .collect()
}

/// Our engine's account of a peer's routes: without a step it only reckons what it is given.
fn followed(problem: &Problem, peer: &Peer, routes: Vec<Route>) -> Result<Solution, Box<dyn Error>> {
    let facility = (!problem.spec().facilities.is_empty()).then_some(0);
    let route = |(vehicle, trips): Route| PlannedRoute {
        vehicle,
        trips: trips.into_iter().map(|stops| PlannedTrip { stops, facility }).collect(),
    };
    let mut given = Plan {
        routes: routes.into_iter().map(route).collect(),
    };
    let params = Params {
        seed: 1,
        max_iterations: 0,
        threads: 1,
        start: Some(given.clone()),
    };
    let solution = solve(problem, &params, &mut unwatched);
    let mut followed = Plan::from(&solution);
    for plan in [&mut followed, &mut given] {
        plan.routes.sort_by_key(|route| route.vehicle);
    }
    if followed == given {
        Ok(solution)
    } else {
        Err(format!("{}: the engine cannot follow what it plans", peer.name).into())
    }
}
