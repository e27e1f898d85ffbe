//! The tables of an extract say what the extract says.

use std::collections::HashSet;

use crate::{EdgeRow, Graph, Network, NodeRow, Profile, Snap, Vehicle};

const BYTES: &[u8] = include_bytes!("../../../../../tests/data/roads/andorra.osm.pbf");

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}

fn node(line: &str) -> NodeRow {
    let cells: Vec<&str> = line.split(',').collect();
    NodeRow {
        id: cells[0].to_owned(),
        lng: number(cells[1]),
        lat: number(cells[2]),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few tonnes")]
fn edge(line: &str) -> EdgeRow {
    let cells: Vec<&str> = line.split(',').collect();
    let bend = |text: &str| {
        let (lng, lat) = text.split_once(' ').expect("a position");
        (number(lng), number(lat))
    };
    EdgeRow {
        from: cells[1].to_owned(),
        to: cells[2].to_owned(),
        length_m: number(cells[3]),
        speed_kmh: number(cells[4]),
        max_gross_kg: (!cells[5].is_empty()).then(|| (number(cells[5]) * 1_000.0).round() as u32),
        oneway: cells[6] == "1",
        bends: cells[8].split(';').filter(|text| !text.is_empty()).map(bend).collect(),
    }
}

fn ids(csv: &str) -> Vec<&str> {
    csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect()
}

#[test]
fn the_tables_of_an_extract_are_the_same_roads() {
    let import = Network::from_osm(BYTES, &Profile::rural_truck()).expect("an import");
    let (nodes, edges) = (import.nodes_csv(), import.edges_csv());
    for (csv, letter, first) in [
        (&nodes, 'n', import.network.nodes().len()),
        (&edges, 'w', import.network.roads().len()),
    ] {
        let ids = ids(csv);
        assert_eq!(ids.len(), first);
        assert!(ids.iter().all(|id| id.starts_with(letter) && id.len() <= 40));
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "an id twice");
    }
    let nodes: Vec<NodeRow> = nodes.lines().skip(1).map(node).collect();
    let edges: Vec<EdgeRow> = edges.lines().skip(1).map(edge).collect();
    let network = Network::from_rows(&nodes, &edges).expect("a network");

    let vehicle = Vehicle::of_gross_kg(16_000);
    let told = Graph::prepare(&network, &vehicle).expect("roads");
    let read = Graph::prepare(&import.network, &vehicle).expect("roads");
    let places = read.network().nodes().iter().step_by(37);
    let snaps = |graph: &Graph| -> Vec<Snap> {
        let snap = |at: &_| graph.snap(*at, 1.0).expect("on a road");
        places.clone().map(snap).collect()
    };
    let (a, b) = (snaps(&told), snaps(&read));
    let (a, b) = (told.matrix(&a, &a, 2), read.matrix(&b, &b, 2));
    assert!(a.sources > 40, "{} places", a.sources);
    for (pair, (told, read)) in a.durations_s.iter().zip(&b.durations_s).enumerate() {
        // Speeds in whole km/h blur the shortest roads.
        assert!(told.abs_diff(*read) <= 1 + read / 200, "{pair}: {told} s, {read} s");
    }
}
