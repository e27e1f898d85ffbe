//! Kept graphs that state what cannot be, one thing at a time, under a fitting hash.

use crate::{BytesError, Graph, Limits, Network, Position, Road, Vehicle, cost::Cost, hierarchy::MadeOf};

/// Five junctions in a ring, so that there is a shortcut.
fn ring() -> Graph {
    let mut network = Network::new();
    for lng in [114.80, 114.81, 114.82, 114.83, 114.84] {
        network.add_node(Position::new(lng, 34.8).expect("on earth"));
    }
    for from in 0..5 {
        let road = Road {
            from,
            to: (from + 1) % 5,
            length_cm: 100_000,
            forward_ms: Some(60_000),
            backward_ms: Some(60_000),
            limits: Limits::default(),
        };
        network.add_road(road, &[]);
    }
    Graph::prepare(&network, &Vehicle::of_gross_kg(1_000)).expect("roads")
}

/// What is said of a graph that was changed before it was written.
fn said(change: impl FnOnce(&mut Graph)) -> &'static str {
    let mut graph = ring();
    change(&mut graph);
    match Graph::from_bytes(&graph.to_bytes()) {
        Err(BytesError::Impossible { what }) => what,
        other => panic!("{:?}", other.map(|graph| graph.hierarchy)),
    }
}

fn shortcut(graph: &mut Graph) -> usize {
    let is_shortcut = |arc: &crate::hierarchy::Arc| matches!(arc.made_of, MadeOf::Arcs(..));
    graph.hierarchy.arcs.iter().position(is_shortcut).expect("a shortcut")
}

#[test]
fn each_impossible_thing_is_named() {
    assert!(Graph::from_bytes(&ring().to_bytes()).is_ok());
    let made_of = "what an arc is made of";
    for (said, what) in [
        (said(|graph| graph.network.roads[1].to = 5), "a road to no junction"),
        (
            said(|graph| graph.network.roads[1].length_cm = 0),
            "the length of a road",
        ),
        (
            said(|graph| graph.network.roads[1].length_cm = 100_000_001),
            "the length of a road",
        ),
        (
            said(|graph| graph.network.roads[1].forward_ms = Some(0)),
            "a road that takes no time",
        ),
        (
            said(|graph| (graph.network.roads[1].forward_ms, graph.network.roads[1].backward_ms) = (None, None)),
            "a road that is closed",
        ),
        (said(|graph| graph.network.bends_from[2] = 1), "a list of bends"),
        (said(|graph| graph.hierarchy.ranks[0] = 5), "a rank"),
        (
            said(|graph| graph.hierarchy.ranks[0] = graph.hierarchy.ranks[1]),
            "a rank",
        ),
        (said(|graph| graph.hierarchy.ranks.truncate(4)), "the number of ranks"),
        (said(|graph| graph.hierarchy.arcs[0].to = 5), "an arc to no rank"),
        (
            said(|graph| graph.hierarchy.arcs[0].to = graph.hierarchy.arcs[0].from),
            "an arc to where it begins",
        ),
        (
            said(|graph| graph.hierarchy.arcs[0].cost = Cost::new(1, 100_000)),
            made_of,
        ),
        (
            said(|graph| graph.hierarchy.arcs[0].made_of = MadeOf::Road { road: 5, forward: true }),
            made_of,
        ),
        (
            said(|graph| {
                let shortcut = shortcut(graph);
                graph.hierarchy.arcs[shortcut].cost = Cost::new(1, 200_000);
            }),
            made_of,
        ),
        (
            said(|graph| {
                let shortcut = shortcut(graph);
                let later = u32::try_from(shortcut).expect("few");
                graph.hierarchy.arcs[shortcut].made_of = MadeOf::Arcs(later, later);
            }),
            made_of,
        ),
        (
            said(|graph| {
                let shortcut = shortcut(graph);
                if let MadeOf::Arcs(first, second) = graph.hierarchy.arcs[shortcut].made_of {
                    graph.hierarchy.arcs[shortcut].made_of = MadeOf::Arcs(second, first);
                }
            }),
            made_of,
        ),
    ] {
        assert_eq!(said, what);
    }
}
