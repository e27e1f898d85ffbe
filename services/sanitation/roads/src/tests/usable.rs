use std::{cell::Cell, collections::BTreeSet};

use proptest::prelude::*;

use super::networks::{network, vehicle};
use crate::{Graph, Network, Vehicle};

/// Junctions that are reached from `begin` on roads for the vehicle.
fn from(network: &Network, vehicle: &Vehicle, begin: u32) -> BTreeSet<u32> {
    let mut reached = BTreeSet::from([begin]);
    loop {
        let before = reached.len();
        for road in network.roads().iter().filter(|road| vehicle.fits(road.limits)) {
            if road.forward_ms.is_some() && reached.contains(&road.from) {
                reached.insert(road.to);
            }
            if road.backward_ms.is_some() && reached.contains(&road.to) {
                reached.insert(road.from);
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

proptest! {
    #[test]
    fn the_largest_part_that_hangs_together_is_kept(network in network(), vehicle in vehicle()) {
        let nodes = 0..u32::try_from(network.nodes().len()).expect("few");
        let reached: Vec<BTreeSet<u32>> = nodes.clone().map(|node| from(&network, &vehicle, node)).collect();
        let together = |a: u32, b: u32| reached[a as usize].contains(&b) && reached[b as usize].contains(&a);
        let parts: Vec<BTreeSet<u32>> = nodes
            .clone()
            .map(|node| nodes.clone().filter(|other| together(node, *other)).collect())
            .collect();
        let largest = parts.iter().map(BTreeSet::len).max().unwrap_or(0);

        let usable = network.usable(&vehicle);
        prop_assert_eq!(usable.nodes().len(), largest);
        // Where positions repeat, which junctions were kept is told by their roads.
        let roads_of = |part: &BTreeSet<u32>| {
            let inside = |road: &&crate::Road| {
                vehicle.fits(road.limits) && part.contains(&road.from) && part.contains(&road.to)
            };
            network.roads().iter().filter(inside).count()
        };
        let candidates: Vec<usize> = parts.iter().filter(|part| part.len() == largest).map(roads_of).collect();
        prop_assert!(candidates.contains(&usable.roads().len()));
        for road in usable.roads() {
            prop_assert!(vehicle.fits(road.limits));
        }
        let all = usable.usable(&vehicle);
        prop_assert_eq!(all, usable);
    }
}

#[test]
fn a_vehicle_without_any_road_is_told() {
    let mut network = Network::new();
    let node = network.add_node(crate::Position::new(114.8, 34.8).expect("on earth"));
    let limits = crate::Limits {
        gross_kg: Some(4_500),
        ..crate::Limits::default()
    };
    let road = crate::Road {
        from: node,
        to: node,
        length_cm: 100,
        forward_ms: Some(1),
        backward_ms: None,
        limits,
    };
    network.add_road(road, &[]);
    let refused = Graph::prepare(&network, &Vehicle::of_gross_kg(7_300)).expect_err("no road");
    assert_eq!(
        refused.to_string(),
        "none of 1 roads may be used in both senses by a vehicle of 7300 kg"
    );
    assert!(Graph::prepare(&network, &Vehicle::of_gross_kg(4_500)).is_ok());
}

#[test]
fn preparing_stops_when_it_is_told() {
    let mut network = Network::new();
    let side = 12;
    for node in 0..side * 20 {
        let (lng, lat) = (
            114.8 + f64::from(node / side) * 0.01,
            34.8 + f64::from(node % side) * 0.01,
        );
        network.add_node(crate::Position::new(lng, lat).expect("on earth"));
    }
    let mut connect = |from, to| {
        let road = crate::Road {
            from,
            to,
            length_cm: 100_000,
            forward_ms: Some(60_000 + from),
            backward_ms: Some(60_000 + to),
            limits: crate::Limits::default(),
        };
        network.add_road(road, &[]);
    };
    for node in 0..side * 19 {
        connect(node, node + side);
        if node % side != side - 1 {
            connect(node, node + 1);
        }
    }
    let vehicle = Vehicle::of_gross_kg(1_000);
    let asked = Cell::new(0);
    let stop_at = |last: i32| {
        asked.set(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() >= last
        };
        Graph::prepare_unless(&network, &vehicle, &stop).expect("roads")
    };
    assert!(stop_at(i32::MAX).is_some());
    let all = asked.get();
    assert!(all > 10, "asked {all} times");
    for last in 1..=all {
        assert!(stop_at(last).is_none());
        assert_eq!(asked.get(), last, "not asked again");
    }
}
