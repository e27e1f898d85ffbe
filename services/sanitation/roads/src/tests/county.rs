//! Lankao's own table of roads.

use std::{collections::HashMap, io::Read as _};

use flate2::read::GzDecoder;

use crate::{EdgeRow, Graph, Network, NodeRow, Position, Snap, Vehicle};

const NODES: &[u8] = include_bytes!("../../../../../tests/data/lankao/road_nodes.csv.gz");
const EDGES: &[u8] = include_bytes!("../../../../../tests/data/lankao/road_edges.csv.gz");
const POINTS: &[u8] = include_bytes!("../../../../../tests/data/lankao/collection_points.csv.gz");

/// Rows of a table, without its head.
fn rows(table: &[u8]) -> Vec<Vec<String>> {
    let mut text = String::new();
    GzDecoder::new(table).read_to_string(&mut text).expect("text");
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().skip(1).map(cells).collect()
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few tonnes")]
fn kg(tonnes: &str) -> u32 {
    (number(tonnes) * 1_000.0).round() as u32
}

fn lankao() -> Network {
    let node = |row: Vec<String>| NodeRow {
        id: row[0].clone(),
        lng: number(&row[3]),
        lat: number(&row[4]),
    };
    let edge = |row: Vec<String>| EdgeRow {
        from: row[1].clone(),
        to: row[2].clone(),
        length_m: number(&row[3]),
        speed_kmh: number(&row[5]),
        max_gross_kg: (!row[6].is_empty()).then(|| kg(&row[6])),
        oneway: false,
        bends: Vec::new(),
    };
    let nodes: Vec<NodeRow> = rows(NODES).into_iter().map(node).collect();
    let edges: Vec<EdgeRow> = rows(EDGES).into_iter().map(edge).collect();
    Network::from_rows(&nodes, &edges).expect("a network")
}

fn graph(network: &Network, gross_kg: u32) -> Graph {
    Graph::prepare(network, &Vehicle::of_gross_kg(gross_kg)).expect("roads")
}

#[test]
fn every_point_finds_a_road() {
    let graph = graph(&lankao(), 7_300);
    let points = rows(POINTS);
    let snaps: Vec<Snap> = points
        .iter()
        .filter_map(|row| graph.snap(Position::new(number(&row[9]), number(&row[10]))?, 5_000.0))
        .collect();
    assert_eq!(snaps.len(), 2_703);
    let mean = snaps.iter().map(Snap::distance_m).sum::<f64>() / 2_703.0;
    assert!(mean < 1_000.0, "{mean} m to the road on average");
}

#[test]
fn heavier_trucks_are_never_faster() {
    let network = lankao();
    let mut before: HashMap<(usize, usize), u32> = HashMap::new();
    let (mut slower, mut kept) = (0, Vec::new());
    for gross_kg in [2_000, 4_000, 7_300, 25_000] {
        let graph = graph(&network, gross_kg);
        kept.push(graph.network().nodes().len());
        let found = |(place, position): (usize, &Position)| Some((place, graph.snap(*position, 0.1)?));
        let (places, snaps): (Vec<usize>, Vec<Snap>) = network.nodes().iter().enumerate().filter_map(found).unzip();
        let matrix = graph.matrix(&snaps, &snaps, 2);
        for (row, from) in places.iter().enumerate() {
            for (column, to) in places.iter().enumerate() {
                let duration_s = matrix.durations_s[row * places.len() + column];
                let lighter = before.insert((*from, *to), duration_s).unwrap_or(0);
                assert!(
                    lighter <= duration_s,
                    "{from} to {to}: {lighter} s, heavier {duration_s} s"
                );
                slower += usize::from(lighter < duration_s && lighter > 0);
            }
        }
    }
    assert!(slower > 10_000, "{slower} pairs take longer with a heavier truck");
    assert!(kept.is_sorted_by(|light, heavy| light >= heavy), "{kept:?}");
}
