//! A real extract: Andorra, where the way up is seldom the way down.

use std::sync::OnceLock;

use proptest::{prelude::*, sample::Index};

use super::oracle;
use crate::{Graph, Import, Network, Position, Profile, Snap, Vehicle};

const BYTES: &[u8] = include_bytes!("../../../../../tests/data/roads/andorra.osm.pbf");

fn andorra() -> &'static Import {
    static IMPORT: OnceLock<Import> = OnceLock::new();
    IMPORT.get_or_init(|| Network::from_osm(BYTES, &Profile::rural_truck()).expect("an import"))
}

fn graph() -> &'static Graph {
    static GRAPH: OnceLock<Graph> = OnceLock::new();
    GRAPH.get_or_init(|| Graph::prepare(&andorra().network, &Vehicle::of_gross_kg(16_000)).expect("roads"))
}

fn at(lng: f64, lat: f64) -> Snap {
    let position = Position::new(lng, lat).expect("on earth");
    graph().snap(position, 500.0).expect("a road")
}

#[test]
fn what_is_in_it() {
    let Import { network, report, .. } = andorra();
    assert_eq!(
        (report.ways, report.driven_ways, report.missing_nodes),
        (2_725, 1_306, 0)
    );
    let unreadable: Vec<&str> = report.unreadable.iter().map(|found| found.value.as_str()).collect();
    assert_eq!(unreadable, ["90;30;90;30;90;30"]);
    assert_eq!((network.nodes().len(), network.roads().len()), (1_937, 2_265));
    let kept = graph().network();
    assert_eq!((kept.nodes().len(), kept.roads().len()), (1_878, 2_214));
}

#[test]
fn the_way_to_the_pass() {
    // From Andorra la Vella up to Pas de la Casa, 33 km of main road.
    let (town, pass) = (at(1.5218, 42.5075), at(1.7334, 42.5425));
    let way = graph().way(&town, &pass);
    assert!((32_000..34_000).contains(&way.distance_m), "{} m", way.distance_m);
    let kmh = f64::from(way.distance_m) / f64::from(way.duration_s) * 3.6;
    assert!((40.0..55.0).contains(&kmh), "{kmh} km/h");
    let along: f64 = way.line.windows(2).map(|ends| ends[0].distance_m(ends[1])).sum();
    let off = (along - f64::from(way.distance_m)).abs();
    assert!(off < 5.0, "{along} m along the line of {} m", way.distance_m);
    for ends in way.line.windows(2) {
        assert!(ends[0].distance_m(ends[1]) < 1_500.0, "a gap between {ends:?}");
    }
}

#[test]
fn pairs_all_over_the_country_are_what_dijkstra_finds() {
    let nodes = graph().network().nodes();
    let snap = |node: &Position| graph().snap(*node, 1.0).expect("on a road");
    let from: Vec<Snap> = nodes.iter().step_by(nodes.len() / 6).map(snap).collect();
    let to: Vec<Snap> = nodes.iter().skip(11).step_by(nodes.len() / 90).map(snap).collect();
    let there = graph().matrix(&from, &to, 2);
    let back = graph().matrix(&to, &from, 2);
    let mut asymmetric = 0;
    for (row, source) in from.iter().enumerate() {
        let best = oracle::reached(graph().network(), source);
        for (column, target) in to.iter().enumerate() {
            let pair = row * there.targets + column;
            let found = (there.durations_s[pair], there.distances_m[pair]);
            let expected = oracle::way(graph().network(), &best, source, target);
            assert_eq!(Some(found), expected);
            let way = graph().way(source, target);
            assert_eq!((way.duration_s, way.distance_m), found);
            asymmetric += usize::from(found.0 != back.durations_s[column * back.targets + row]);
        }
    }
    assert!(
        asymmetric * 2 > from.len() * to.len(),
        "{asymmetric} pairs differ from their way back"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.min(24)))]

    #[test]
    fn a_damaged_extract_is_no_panic(at in any::<Index>(), value in any::<u8>(), cut in any::<Index>()) {
        let profile = Profile::rural_truck();
        let mut bytes = BYTES.to_vec();
        let end = 1 + cut.index(bytes.len() - 1);
        if let Ok(import) = Network::from_osm(&bytes[..end], &profile) {
            prop_assert!(import.report.ways <= andorra().report.ways);
        }
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(import) = Network::from_osm(&bytes, &profile) {
            prop_assert!(import.report.ways <= andorra().report.ways);
        }
    }
}
