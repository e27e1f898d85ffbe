//! Travel-time matrices of a county's points: prepared roads against plain Dijkstra from every point, in one run.
//!
//! `make bench-roads`; EXTRACT=file.osm.pbf takes another extract than that of the repository, SIDE (default 250) sets the
//! junctions of a generated raster to SIDE × SIDE. Both sides use two threads, and every time and length has to be the same.

mod dijkstra;
mod networks;

use std::{env, error::Error, fs, time::Instant};

use roads::{Graph, Network, Position, Profile, Snap, Vehicle};
use tests::Table;

use dijkstra::Plain;

const THREADS: usize = 2;
const POINTS: usize = 2_703;
/// A compactor of 5 t payload.
const GROSS_KG: u32 = 10_500;
const COLUMNS: [&str; 13] = [
    "roads",
    "junctions",
    "pieces of road",
    "arcs",
    "read s",
    "prepare s",
    "kept KiB",
    "load s",
    "points",
    "snap s",
    "matrix s",
    "Dijkstra s",
    "times faster",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new("roads", &COLUMNS);
    let begun = Instant::now();
    let county = networks::lankao()?;
    let read = begun.elapsed().as_secs_f64();
    measure(
        &mut table,
        "Lankao, own table",
        &county,
        read,
        &networks::lankao_points()?,
    )?;

    let path = env::var("EXTRACT").unwrap_or_else(|_| networks::DATA.to_owned() + "/roads/andorra.osm.pbf");
    let bytes = fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
    let begun = Instant::now();
    let import = Network::from_osm(&bytes, &Profile::rural_truck())?;
    let read = begun.elapsed().as_secs_f64();
    let name = path.rsplit('/').next().unwrap_or(&path);
    measure(&mut table, name, &import.network, read, &spread(&import.network))?;

    let side = env::var("SIDE").map_or(Ok(250), |side| {
        side.parse().map_err(|_| format!("SIDE={side}: not a number"))
    })?;
    let begun = Instant::now();
    let raster = networks::raster(side)?;
    let read = begun.elapsed().as_secs_f64();
    measure(&mut table, "raster", &raster, read, &spread(&raster))?;
    table.finish();
    Ok(())
}

/// As many points as Lankao has, each in the middle of a piece of road, over all roads.
fn spread(network: &Network) -> Vec<Position> {
    let count = network.roads().len();
    let middle = |point: usize| {
        let line = network.line(u32::try_from(point * count / POINTS).unwrap_or(0));
        line[line.len() / 2]
    };
    (0..POINTS).map(middle).collect()
}

fn measure(
    table: &mut Table,
    name: &str,
    network: &Network,
    read: f64,
    points: &[Position],
) -> Result<(), Box<dyn Error>> {
    let (graph, prepare) = timed(|| Graph::prepare(network, &Vehicle::of_gross_kg(GROSS_KG)));
    let graph = graph?;
    let bytes = graph.to_bytes();
    let (graph, load) = timed(|| Graph::from_bytes(&bytes));
    let graph = graph?;
    let (snaps, snap) = timed(|| {
        points
            .iter()
            .filter_map(|point| graph.snap(*point, 5_000.0))
            .collect::<Vec<Snap>>()
    });
    let (matrix, fast) = timed(|| graph.matrix(&snaps, &snaps, THREADS));
    let plain = Plain::new(graph.network());
    let ((durations_s, distances_m), slow) = timed(|| plain.matrix(&snaps, THREADS));
    if matrix.durations_s != durations_s || matrix.distances_m != distances_m {
        return Err(format!("{name}: the matrix is not what Dijkstra finds").into());
    }
    table.row(&[
        name.to_owned(),
        graph.network().nodes().len().to_string(),
        graph.network().roads().len().to_string(),
        graph.arcs().to_string(),
        format!("{read:.3}"),
        format!("{prepare:.3}"),
        bytes.len().div_ceil(1_024).to_string(),
        format!("{load:.3}"),
        snaps.len().to_string(),
        format!("{snap:.3}"),
        format!("{fast:.3}"),
        format!("{slow:.2}"),
        format!("{:.0}", slow / fast),
    ]);
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed().as_secs_f64())
}
