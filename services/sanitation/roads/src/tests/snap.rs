use proptest::prelude::*;

use super::networks::network;
use crate::{Graph, Network, Position, Vehicle, position::DEGREE_M};

/// Metres from a position to the nearest point of any road, all of them looked at.
fn nearest_m(network: &Network, position: Position) -> f64 {
    let flat = |at: Position| {
        let east = (at.lng() - position.lng()) * position.lat().to_radians().cos();
        (east * DEGREE_M, (at.lat() - position.lat()) * DEGREE_M)
    };
    let mut nearest = f64::INFINITY;
    for road in 0..u32::try_from(network.roads().len()).expect("few") {
        for ends in network.line(road).windows(2) {
            let ((ax, ay), (bx, by)) = (flat(ends[0]), flat(ends[1]));
            let length = (bx - ax).hypot(by - ay);
            let metres = if length == 0.0 {
                ax.hypot(ay)
            } else {
                // Along the line from a, and across it.
                let along = -(ax * (bx - ax) + ay * (by - ay)) / length;
                let across = (ax * by - bx * ay).abs() / length;
                if along < 0.0 {
                    ax.hypot(ay)
                } else if along > length {
                    bx.hypot(by)
                } else {
                    across
                }
            };
            nearest = nearest.min(metres);
        }
    }
    nearest
}

proptest! {
    #[test]
    fn the_nearest_road_is_found(
        network in network(), lng in 114.7f64..115.0, lat in 34.7f64..35.0, within_m in 0.0f64..8_000.0,
    ) {
        let Ok(graph) = Graph::prepare(&network, &Vehicle::of_gross_kg(1_000)) else { return Ok(()) };
        let position = Position::new(lng, lat).expect("on earth");
        let nearest = nearest_m(graph.network(), position);
        for within_m in [within_m, nearest * 1.001, f64::INFINITY] {
            match graph.snap(position, within_m) {
                None => prop_assert!(nearest > within_m),
                Some(snap) => {
                    prop_assert!((snap.distance_m() - nearest).abs() < 0.01, "{} {nearest}", snap.distance_m());
                    prop_assert!(nearest <= within_m);
                    let off = position.distance_m(snap.position());
                    prop_assert!((off - nearest).abs() < 0.03 + nearest / 500.0, "{off} {nearest}");
                    let road = graph.network().roads()[snap.road() as usize];
                    prop_assert!(snap.offset_cm() <= road.length_cm);
                }
            }
        }
    }
}

#[test]
fn the_offset_is_the_share_of_the_stated_length() {
    let at = |lng, lat| Position::new(lng, lat).expect("on earth");
    let mut network = Network::new();
    network.add_node(at(114.80, 34.80));
    network.add_node(at(114.82, 34.81));
    let road = crate::Road {
        from: 0,
        to: 1,
        length_cm: 1_000_000,
        forward_ms: Some(600_000),
        backward_ms: Some(600_000),
        limits: crate::Limits::default(),
    };
    network.add_road(road, &[at(114.82, 34.80)]);
    let graph = Graph::prepare(&network, &Vehicle::of_gross_kg(1_000)).expect("roads");
    // 1,826 m eastwards, then 1,112 m northwards.
    let snap = graph.snap(at(114.8201, 34.805), 10.0).expect("near the second half");
    assert!((9.0..9.3).contains(&snap.distance_m()), "{}", snap.distance_m());
    assert_eq!(snap.position(), at(114.82, 34.805));
    assert!((810_000..811_000).contains(&snap.offset_cm()), "{}", snap.offset_cm());
}
