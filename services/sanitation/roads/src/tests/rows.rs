use crate::{EdgeRow, Network, NodeRow};

fn node(id: &str, lng: f64, lat: f64) -> NodeRow {
    NodeRow {
        id: id.to_owned(),
        lng,
        lat,
    }
}

fn edge(from: &str, to: &str) -> EdgeRow {
    EdgeRow {
        from: from.to_owned(),
        to: to.to_owned(),
        length_m: 645.0,
        speed_kmh: 50.0,
        max_gross_kg: Some(2_500),
        oneway: false,
        bends: Vec::new(),
    }
}

#[test]
fn rows_become_roads() {
    let nodes = [node("a", 114.82, 34.82), node("b", 114.85, 34.81)];
    let oneway = EdgeRow {
        oneway: true,
        max_gross_kg: None,
        ..edge("b", "a")
    };
    let network = Network::from_rows(&nodes, &[edge("a", "b"), oneway]).expect("a network");
    let [both, one] = network.roads() else {
        panic!("two roads")
    };
    assert_eq!((both.from, both.to, both.length_cm), (0, 1, 64_500));
    assert_eq!((both.forward_ms, both.backward_ms), (Some(46_440), Some(46_440)));
    assert_eq!(both.limits.gross_kg, Some(2_500));
    assert_eq!(
        (one.from, one.to, one.forward_ms, one.backward_ms),
        (1, 0, Some(46_440), None)
    );
    assert_eq!(one.limits.gross_kg, None);
}

#[test]
fn a_road_with_bends_may_come_back() {
    let bends = vec![(114.83, 34.83), (114.84, 34.82)];
    let turn = EdgeRow {
        bends: bends.clone(),
        ..edge("a", "a")
    };
    let network = Network::from_rows(&[node("a", 114.82, 34.82)], &[turn]).expect("a network");
    let line: Vec<(f64, f64)> = network.line(0).iter().map(|at| (at.lng(), at.lat())).collect();
    assert_eq!(line, [(114.82, 34.82), bends[0], bends[1], (114.82, 34.82)]);
}

#[test]
fn every_refused_value_is_named() {
    let nodes = [
        node("a", 114.82, 34.82),
        node("a", 214.82, 34.82),
        node("", 114.82, f64::NAN),
    ];
    let edges = [
        edge("a", "z"),
        EdgeRow {
            length_m: 0.0,
            speed_kmh: 151.0,
            max_gross_kg: Some(0),
            ..edge("a", "a")
        },
        EdgeRow {
            length_m: f64::NAN,
            speed_kmh: 0.5,
            ..edge("a", "a")
        },
        EdgeRow {
            bends: vec![(114.8, 91.0)],
            ..edge("a", "a")
        },
    ];
    let invalid = Network::from_rows(&nodes, &edges).expect_err("refused");
    let told: Vec<String> = invalid.errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "nodes[1].id: stands once (is a)",
            "nodes[1].lng: -180 to 180 (is 214.82)",
            "nodes[2].id: is needed (is empty)",
            "nodes[2].lat: -90 to 90 (is NaN)",
            "edges[0].to: is the id of a junction (is z)",
            "edges[1].to: differs from where the road begins, or the road has bends (is a)",
            "edges[1].length_m: above 0, at most 1000000 (is 0)",
            "edges[1].speed_kmh: 1 to 150 (is 151)",
            "edges[1].max_gross_kg: above 0, or none (is 0)",
            "edges[2].to: differs from where the road begins, or the road has bends (is a)",
            "edges[2].length_m: above 0, at most 1000000 (is NaN)",
            "edges[2].speed_kmh: 1 to 150 (is 0.5)",
            "edges[3].bends: -180 to 180 and -90 to 90 (is [(114.8, 91.0)])",
        ]
    );
    assert_eq!(invalid.count, told.len());
}
