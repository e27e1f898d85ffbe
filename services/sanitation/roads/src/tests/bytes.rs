use proptest::{prelude::*, sample::Index};
use sha2::{Digest as _, Sha256};

use super::networks::{network, on, points, vehicle};
use crate::{BytesError, Graph, Network};

proptest! {
    #[test]
    fn what_is_kept_comes_back(network in network(), vehicle in vehicle(), points in points()) {
        let kept = Network::from_bytes(&network.to_bytes());
        prop_assert_eq!(kept.as_ref(), Ok(&network));
        let Ok(graph) = Graph::prepare(&network, &vehicle) else { return Ok(()) };
        let bytes = graph.to_bytes();
        let back = Graph::from_bytes(&bytes).expect("a graph");
        prop_assert_eq!(&back.hierarchy, &graph.hierarchy);
        prop_assert_eq!(back.to_bytes(), bytes);
        let points = on(graph.network(), &points);
        prop_assert_eq!(back.matrix(&points, &points, 1), graph.matrix(&points, &points, 1));
    }

    #[test]
    fn damage_is_found(network in network(), at in any::<Index>(), bit in 0u8..8) {
        let Ok(graph) = Graph::prepare(&network, &crate::Vehicle::of_gross_kg(1_000)) else { return Ok(()) };
        let mut bytes = graph.to_bytes();
        let at = at.index(bytes.len());
        prop_assert!(Graph::from_bytes(&bytes[..at]).is_err());
        bytes[at] ^= 1 << bit;
        prop_assert!(Graph::from_bytes(&bytes).is_err());
    }

    /// Whoever can write bytes with a fitting hash still breaks nothing.
    #[test]
    fn forged_bytes_harm_nobody(network in network(), points in points(), at in any::<Index>(), value in any::<u8>()) {
        let Ok(graph) = Graph::prepare(&network, &crate::Vehicle::of_gross_kg(1_000)) else { return Ok(()) };
        let mut bytes = graph.to_bytes();
        bytes.truncate(bytes.len() - 32);
        let at = 10 + at.index(bytes.len() - 10);
        bytes[at] = value;
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        let Ok(forged) = Graph::from_bytes(&bytes) else { return Ok(()) };
        let points = on(forged.network(), &points);
        let matrix = forged.matrix(&points, &points, 1);
        prop_assert_eq!(matrix.durations_s[0], forged.way(&points[0], &points[0]).duration_s);
        let found = forged.snap(forged.network().nodes()[0], f64::INFINITY);
        prop_assert!(found.is_some());
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Graph::from_bytes(&bytes).err(), Some(BytesError::Foreign));
    }
}

#[test]
fn other_kinds_and_versions_are_told() {
    let mut network = Network::new();
    network.add_node(crate::Position::new(0.0, 0.0).expect("on earth"));
    let mut bytes = network.to_bytes();
    assert_eq!(Graph::from_bytes(&bytes).err(), Some(BytesError::Kind));
    bytes[8] = 2;
    assert_eq!(Network::from_bytes(&bytes), Err(BytesError::Version { found: 2 }));
    assert_eq!(Network::from_bytes(b"xt-roads\x01"), Err(BytesError::Damaged));
    assert_eq!(Network::from_bytes(b"xt-roads\x01\x01"), Err(BytesError::Damaged));
}
