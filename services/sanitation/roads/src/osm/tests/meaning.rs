use super::write::{Map, Tagged};
use crate::{Import, Limits, Network, OsmError, Position, Profile, Road};

fn import(map: &Map<'_>) -> Result<Import, OsmError> {
    Network::from_osm(&map.blobs().concat(), &Profile::rural_truck())
}

const NODES: [(i64, i64, i64, Tagged); 5] = [
    (10, 0, 0, &[]),
    (11, 1, 0, &[]),
    (12, 2, 0, &[]),
    (13, 2, 1, &[]),
    (9, -1, 0, &[]),
];

/// The roads of ways with these tags, each from node 10 to 12 over 11.
fn roads(tags: Tagged) -> Vec<Road> {
    let map = Map {
        nodes: &NODES,
        ways: &[(&[10, 11, 12], tags)],
        plain_nodes: false,
        zlib: true,
    };
    match import(&map) {
        Ok(import) => import.network.roads().to_vec(),
        Err(OsmError::NoRoads { ways: 1 }) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// Speeds in km/h, forward and backward, 0 where closed.
fn speeds(tags: Tagged) -> (u32, u32) {
    match roads(tags).as_slice() {
        [] => (0, 0),
        [road] => {
            let kmh = |ms: Option<u32>| ms.map_or(0, |ms| (road.length_cm * 36 + ms / 2) / ms);
            (kmh(road.forward_ms), kmh(road.backward_ms))
        }
        roads => panic!("{roads:?}"),
    }
}

#[test]
fn tags_tell_speed_and_direction() {
    for (tags, expected) in [
        (&[("highway", "tertiary")] as &[_], (38, 38)),
        (&[("highway", "footway")], (0, 0)),
        (&[("building", "yes")], (0, 0)),
        (&[("highway", "service"), ("area", "yes")], (0, 0)),
        (&[("highway", "tertiary"), ("surface", "gravel")], (25, 25)),
        (&[("highway", "tertiary"), ("surface", "asphalt")], (38, 38)),
        (&[("highway", "track"), ("surface", "mud")], (6, 6)),
        (&[("highway", "track"), ("tracktype", "grade4")], (10, 10)),
        (&[("highway", "track"), ("smoothness", "impassable")], (0, 0)),
        (&[("highway", "primary"), ("maxspeed", "20")], (20, 20)),
        (
            &[("highway", "primary"), ("maxspeed", "20"), ("maxspeed:hgv", "10 mph")],
            (16, 16),
        ),
        (&[("highway", "primary"), ("maxspeed", "100")], (50, 50)),
        (&[("highway", "tertiary"), ("oneway", "yes")], (38, 0)),
        (&[("highway", "tertiary"), ("oneway", "-1")], (0, 38)),
        (&[("highway", "tertiary"), ("oneway", "reversible")], (0, 0)),
        (&[("highway", "tertiary"), ("junction", "roundabout")], (38, 0)),
        (
            &[("highway", "tertiary"), ("junction", "roundabout"), ("oneway", "-1")],
            (0, 38),
        ),
        (&[("highway", "motorway")], (75, 0)),
        (&[("highway", "motorway"), ("oneway", "no")], (75, 75)),
        (&[("highway", "trunk")], (60, 60)),
        (&[("highway", "tertiary"), ("access", "no")], (0, 0)),
        (
            &[
                ("highway", "tertiary"),
                ("access", "no"),
                ("motor_vehicle", "destination"),
            ],
            (38, 38),
        ),
        (
            &[("highway", "tertiary"), ("motor_vehicle", "yes"), ("hgv", "no")],
            (0, 0),
        ),
        (&[("highway", "track"), ("vehicle", "forestry")], (0, 0)),
    ] {
        assert_eq!(speeds(tags), expected, "{tags:?}");
    }
}

#[test]
fn limits_are_the_strictest_of_their_tags() {
    let tags = &[
        ("highway", "residential"),
        ("maxweight", "7.5"),
        ("maxweightrating", "3.5 t"),
        ("maxheight", "default"),
        ("maxheight:physical", "3.2"),
        ("maxwidth", "2.3 m"),
    ];
    let limits = Limits {
        gross_kg: Some(3_500),
        height_cm: Some(320),
        width_cm: Some(230),
    };
    assert_eq!(roads(tags)[0].limits, limits);
}

#[test]
fn what_cannot_be_read_is_reported_and_limits_nothing() {
    let map = Map {
        nodes: &[(1, 0, 0, &[("maxheight", "low")]), (2, 1, 0, &[])],
        ways: &[
            (&[1, 2], &[("highway", "service"), ("maxweight", "a cow")]),
            (&[1], &[("highway", "service")]),
        ],
        plain_nodes: true,
        zlib: false,
    };
    let Import { network, report, .. } = import(&map).expect("an import");
    assert_eq!(network.roads().len(), 1);
    assert_eq!(network.roads()[0].limits, Limits::default());
    let told: Vec<String> = report
        .unreadable
        .iter()
        .map(|unreadable| format!("{} {}={}", unreadable.element, unreadable.key, unreadable.value))
        .collect();
    assert_eq!(told, ["way/1 maxweight=a cow", "node/1 maxheight=low"]);
    assert_eq!((report.ways, report.driven_ways, report.missing_nodes), (2, 1, 0));
}

#[test]
fn ways_are_cut_where_they_meet_and_where_nodes_are_missing() {
    let road = &[("highway", "residential")] as &[_];
    for (plain_nodes, zlib) in [(false, true), (true, false)] {
        let map = Map {
            nodes: &NODES,
            // A long way with a side way at its third node, and one that leaves the extract.
            ways: &[(&[9, 10, 11, 12], road), (&[13, 11], road), (&[13, 99, 12, 10], road)],
            plain_nodes,
            zlib,
        };
        let Import { network, report, .. } = import(&map).expect("an import");
        let line = |road: u32| -> Vec<(i32, i32)> {
            let thousandths = |at: &Position| {
                let (lng, lat) = at.e7();
                ((lng - 1_148_000_000) / 10_000, (lat - 348_000_000) / 10_000)
            };
            network.line(road).iter().map(thousandths).collect()
        };
        assert_eq!(report.missing_nodes, 1);
        assert_eq!(network.roads().len(), 5);
        assert_eq!(line(0), [(-1, 0), (0, 0)], "up to where the third way ends");
        assert_eq!(line(1), [(0, 0), (1, 0)]);
        assert_eq!(line(2), [(1, 0), (2, 0)]);
        assert_eq!(line(3), [(2, 1), (1, 0)]);
        assert_eq!(line(4), [(2, 0), (0, 0)]);
        // 1/1000 degree of longitude at 34.8° north.
        assert_eq!(network.roads()[0].length_cm, 9_131);
    }
}

/// Whether one gets from 10 to 12 past a node 11 with these tags, weighing 5 and 10 t.
fn passes(tags: Tagged) -> (bool, bool) {
    let road = &[("highway", "residential")] as &[_];
    let map = Map {
        nodes: &[(10, 0, 0, &[]), (11, 1, 0, tags), (12, 2, 0, &[])],
        ways: &[(&[10, 11, 12], road)],
        plain_nodes: false,
        zlib: false,
    };
    let network = import(&map).expect("an import").network;
    let passes = |gross_kg| {
        let graph = crate::Graph::prepare(&network, &crate::Vehicle::of_gross_kg(gross_kg)).expect("roads");
        let at = |lng| graph.snap(Position::new(lng, 34.8).expect("on earth"), 1.0);
        at(114.8).is_some() && at(114.802).is_some()
    };
    (passes(5_000), passes(10_000))
}

#[test]
fn barriers_hold_up_what_they_are_for() {
    for (tags, expected) in [
        (&[] as &[_], (true, true)),
        (&[("barrier", "gate")], (true, true)),
        (&[("barrier", "gate"), ("locked", "yes")], (false, false)),
        (&[("barrier", "gate"), ("access", "private")], (false, false)),
        (&[("barrier", "bollard")], (false, false)),
        (&[("barrier", "bollard"), ("motor_vehicle", "yes")], (true, true)),
        (&[("barrier", "height_restrictor"), ("maxweight", "7.5")], (true, false)),
        (&[("maxweight", "7.5")], (true, false)),
    ] {
        assert_eq!(passes(tags), expected, "{tags:?}");
    }
}
