use proptest::prelude::*;

use super::{
    networks::{network, on, points, vehicle},
    oracle,
};
use crate::{Graph, Limits, Network, Position, Road, Vehicle};

proptest! {
    #[test]
    fn every_pair_is_what_dijkstra_finds(
        network in network(), vehicle in vehicle(), from in points(), to in points(), threads in 1usize..4,
    ) {
        let Ok(graph) = Graph::prepare(&network, &vehicle) else { return Ok(()) };
        let (from, to) = (on(graph.network(), &from), on(graph.network(), &to));
        let matrix = graph.matrix(&from, &to, threads);
        prop_assert_eq!((matrix.sources, matrix.targets), (from.len(), to.len()));
        for (row, from) in from.iter().enumerate() {
            let best = oracle::reached(graph.network(), from);
            for (column, to) in to.iter().enumerate() {
                let pair = row * matrix.targets + column;
                let found = (matrix.durations_s[pair], matrix.distances_m[pair]);
                prop_assert_eq!(Some(found), oracle::way(graph.network(), &best, from, to));
                let way = graph.way(from, to);
                prop_assert_eq!(found, (way.duration_s, way.distance_m));
                prop_assert_eq!(way.line.first(), Some(&from.position));
                prop_assert_eq!(way.line.last(), Some(&to.position));
            }
        }
    }

    #[test]
    fn shortcuts_are_made_of_roads_that_join(network in network(), vehicle in vehicle()) {
        let Ok(graph) = Graph::prepare(&network, &vehicle) else { return Ok(()) };
        let roads = graph.network().roads();
        for (index, arc) in (0..).zip(&graph.hierarchy.arcs) {
            let mut parts = Vec::new();
            graph.hierarchy.unpack(index, &mut parts);
            let mut at = graph.hierarchy.ranks.iter().position(|rank| *rank == arc.from);
            let mut ms = 0;
            for (road, forward) in parts {
                let road = roads[road as usize];
                let (from, to) = if forward { (road.from, road.to) } else { (road.to, road.from) };
                prop_assert_eq!(at, Some(from as usize));
                at = Some(to as usize);
                ms += u64::from(if forward { road.forward_ms } else { road.backward_ms }.expect("open"));
            }
            prop_assert_eq!(at, graph.hierarchy.ranks.iter().position(|rank| *rank == arc.to));
            prop_assert_eq!(ms, arc.cost.bits() >> 32);
        }
    }
}

/// A square of 1 km sides; each takes a minute; `first` is what the first side bears.
fn square(first: Limits) -> Network {
    let mut network = Network::new();
    for (lng, lat) in [(114.80, 34.80), (114.81, 34.80), (114.81, 34.81), (114.80, 34.81)] {
        network.add_node(Position::new(lng, lat).expect("on earth"));
    }
    for from in 0..4 {
        let road = Road {
            from,
            to: (from + 1) % 4,
            length_cm: 100_000,
            forward_ms: Some(60_000),
            backward_ms: Some(60_000),
            limits: if from == 0 { first } else { Limits::default() },
        };
        network.add_road(road, &[]);
    }
    network
}

fn from_first_to_second(network: &Network, vehicle: Vehicle) -> (u32, u32, usize) {
    let graph = Graph::prepare(network, &vehicle).expect("roads");
    let at = |node: usize| graph.snap(network.nodes()[node], 1.0).expect("on a road");
    let way = graph.way(&at(0), &at(1));
    (way.duration_s, way.distance_m, way.line.len())
}

#[test]
fn a_limit_turns_the_way() {
    let bridge = Limits {
        gross_kg: Some(8_000),
        height_cm: Some(320),
        width_cm: Some(250),
    };
    let network = square(bridge);
    let light = Vehicle {
        gross_kg: 8_000,
        height_cm: Some(320),
        width_cm: Some(250),
    };
    assert_eq!(from_first_to_second(&network, light), (60, 1_000, 2));
    let around = (180, 3_000, 4);
    for wrong in [
        Vehicle {
            gross_kg: 8_001,
            ..light
        },
        Vehicle {
            height_cm: Some(321),
            ..light
        },
        Vehicle {
            width_cm: Some(251),
            ..light
        },
    ] {
        assert_eq!(from_first_to_second(&network, wrong), around);
    }
    assert_eq!(
        from_first_to_second(&network, Vehicle::of_gross_kg(8_000)),
        (60, 1_000, 2)
    );
}

#[test]
fn a_one_way_is_long_to_come_back() {
    let mut network = square(Limits::default());
    network.roads[0].backward_ms = None;
    let graph = Graph::prepare(&network, &Vehicle::of_gross_kg(1_000)).expect("roads");
    let at = |node: usize| graph.snap(network.nodes()[node], 1.0).expect("on a road");
    let both = [at(0), at(1)];
    let matrix = graph.matrix(&both, &both, 2);
    assert_eq!(matrix.durations_s, [0, 60, 180, 0]);
    assert_eq!(matrix.distances_m, [0, 1_000, 3_000, 0]);
}

#[test]
fn no_sources_or_targets_are_no_pairs() {
    let network = square(Limits::default());
    let graph = Graph::prepare(&network, &Vehicle::of_gross_kg(1_000)).expect("roads");
    let one = [graph.snap(network.nodes()[0], 1.0).expect("on a road")];
    assert_eq!(graph.matrix(&[], &one, 2).durations_s, [0; 0]);
    assert_eq!(graph.matrix(&one, &[], 2).durations_s, [0; 0]);
}
