//! Random networks and points.

use proptest::{collection::vec, option, prelude::*};

use crate::{Limits, Network, Position, Road, Snap, Vehicle};

/// A position in a box of about 9 × 11 km, on a raster so that lines meet and lie on each other.
pub(super) fn position() -> impl Strategy<Value = Position> {
    (0u32..50, 0u32..50).prop_map(|(x, y)| {
        let at = |from: f64, steps: u32| from + f64::from(steps) * 0.002;
        Position::new(at(114.8, x), at(34.8, y)).expect("on earth")
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    let gross_kg = prop_oneof![4 => Just(None), 1 => Just(Some(3_500)), 1 => Just(Some(10_000))];
    let height_cm = prop_oneof![8 => Just(None), 1 => Just(Some(300))];
    (gross_kg, height_cm).prop_map(|(gross_kg, height_cm)| Limits {
        gross_kg,
        height_cm,
        width_cm: None,
    })
}

/// Roads with loops, twins, one-ways, different times each way, limits, bends and ties.
fn road(nodes: u32) -> impl Strategy<Value = (Road, Vec<Position>)> {
    let ms = || prop_oneof![(1u32..20).prop_map(|minutes| minutes * 60_000), 1u32..2_000_000];
    let length_cm = prop_oneof![Just(1), (1u32..20).prop_map(|km| km * 100_000), 1u32..1_000_000];
    let times = prop_oneof![
        3 => ms().prop_map(|ms| (Some(ms), Some(ms))),
        2 => (ms(), option::of(ms())).prop_map(|(forward, backward)| (Some(forward), backward)),
        1 => ms().prop_map(|ms| (None, Some(ms))),
    ];
    let ends = (0..nodes, 0..nodes);
    (ends, length_cm, times, limits(), vec(position(), 0..3)).prop_map(
        |((from, to), length_cm, (forward_ms, backward_ms), limits, bends)| {
            let road = Road {
                from,
                to,
                length_cm,
                forward_ms,
                backward_ms,
                limits,
            };
            (road, bends)
        },
    )
}

pub(super) fn network() -> impl Strategy<Value = Network> {
    (1usize..40).prop_flat_map(|nodes| {
        let most = nodes * 4;
        let roads = vec(road(u32::try_from(nodes).expect("few")), 1..=most);
        (vec(position(), nodes), roads).prop_map(|(nodes, roads)| {
            let mut network = Network::new();
            for position in nodes {
                network.add_node(position);
            }
            for (road, bends) in roads {
                network.add_road(road, &bends);
            }
            network
        })
    })
}

pub(super) fn vehicle() -> impl Strategy<Value = Vehicle> {
    let gross_kg = prop_oneof![Just(3_000), Just(8_000), Just(25_000)];
    (gross_kg, option::of(Just(380))).prop_map(|(gross_kg, height_cm)| Vehicle {
        height_cm,
        ..Vehicle::of_gross_kg(gross_kg)
    })
}

/// Points anywhere on the roads: the road by number (modulo), the offset as a share.
pub(super) fn points() -> impl Strategy<Value = Vec<(u32, f64)>> {
    let share = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0];
    vec((any::<u32>(), share), 1..12)
}

pub(super) fn on(network: &Network, points: &[(u32, f64)]) -> Vec<Snap> {
    let count = u32::try_from(network.roads.len()).expect("few");
    let snap = |(road, share): &(u32, f64)| {
        let road = road % count;
        let length_cm = network.roads[road as usize].length_cm;
        Snap {
            road,
            offset_cm: part(length_cm, *share),
            position: network.line(road)[0],
            distance_m: 0.0,
        }
    };
    points.iter().map(snap).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a length"
)]
fn part(length_cm: u32, share: f64) -> u32 {
    (f64::from(length_cm) * share) as u32
}
