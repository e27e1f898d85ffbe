use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;
use crate::custody::{Back, Collected, Course, Rejection, Weighing};

const DAY: Date = date!(2024 - 03 - 01);

fn load(kind: Kind, sent: Option<i64>, received: Option<i64>) -> Load {
    let weighing = |net_kg| Weighing {
        net_kg,
        ..Weighing::default()
    };
    let stop = Collected {
        at: datetime!(2024-03-01 06:30 +8),
        net_kg: sent,
    };
    Load {
        trip: "T".to_owned(),
        kind,
        date: DAY,
        township: "410225107".to_owned(),
        vehicle: "V".to_owned(),
        payload_kg: None,
        tare_kg: None,
        scales: Vec::new(),
        course: Course::default(),
        station: "S".to_owned(),
        plant: (kind == Kind::Haul).then(|| "P".to_owned()),
        departed_at: datetime!(2024-03-01 06:00 +8),
        arrived_at: datetime!(2024-03-01 07:00 +8),
        sent_count: 1,
        collected: if kind == Kind::Collection {
            vec![stop]
        } else {
            Vec::new()
        },
        dispatched: (kind == Kind::Haul).then(|| weighing(sent)),
        received: Some(weighing(received)),
    }
}

fn balance(loads: &[Load]) -> Day {
    let norms = Balance::default();
    day(DAY, loads, |_| &norms, &BTreeMap::new())
}

#[test]
fn a_day_that_adds_up() {
    let loads = [
        load(Kind::Collection, Some(4_990), Some(5_000)),
        load(Kind::Collection, Some(5_030), Some(5_000)),
        load(Kind::Haul, Some(9_700), Some(9_650)),
    ];
    let day = balance(&loads);
    let station = &day.stations["S"];
    assert_eq!(
        (station.in_kg, station.out_kg, station.declared_loss_kg),
        (10_000, 9_700, 300)
    );
    assert_eq!((station.unexplained_kg, station.tolerance_kg), (0, 250));
    assert_eq!((day.collected_kg, day.received_kg), (10_020, 10_000));
    assert_eq!((day.dispatched_kg, day.delivered_kg), (9_700, 9_650));
    assert_eq!(day.plants["P"].in_kg, 9_650);
    assert_eq!(day.anomalies, []);
}

#[test]
fn a_load_without_a_reading_is_estimated_from_its_start() {
    let loads = [
        load(Kind::Collection, Some(5_000), None),
        load(Kind::Haul, Some(4_850), Some(4_850)),
    ];
    let day = balance(&loads);
    let station = &day.stations["S"];
    assert_eq!(
        (station.in_kg, station.estimated_in_kg, station.unexplained_kg),
        (5_000, 5_000, 0)
    );
    assert_eq!(day.anomalies.len(), 1);
    assert_eq!(day.anomalies[0].fault, Fault::MissingScale);
}

#[test]
fn what_leaves_unseen_is_located() {
    let at_the_station = balance(&[
        load(Kind::Collection, Some(10_000), Some(10_000)),
        load(Kind::Haul, Some(9_000), Some(9_000)),
    ]);
    let found = &at_the_station.anomalies;
    assert_eq!(
        (found.len(), found[0].fault, found[0].from.as_str()),
        (1, Fault::NodeUnbalanced, "S")
    );
    let on_the_way = balance(&[
        load(Kind::Collection, Some(10_000), Some(10_000)),
        load(Kind::Haul, Some(9_700), Some(9_000)),
    ]);
    let found = &on_the_way.anomalies;
    assert_eq!(
        (found.len(), found[0].fault, found[0].to.as_str()),
        (1, Fault::HaulShort, "P")
    );
}

#[test]
fn what_is_refused_is_out_of_the_plant_and_in_the_station_again() {
    let refused = Load {
        course: Course {
            rejection: Some(Rejection {
                net_kg: Some(4_000),
                back: Some(Back {
                    to: "S".to_owned(),
                    net_kg: Some(3_980),
                }),
            }),
            ..Course::default()
        },
        ..load(Kind::Haul, Some(9_700), Some(9_650))
    };
    let day = balance(&[load(Kind::Collection, Some(10_000), Some(10_000)), refused]);
    let plant = &day.plants["P"];
    assert_eq!((plant.in_kg, plant.out_kg, plant.rejected_kg), (9_650, 9_650, 4_000));
    let station = &day.stations["S"];
    assert_eq!(
        (station.in_kg, station.returned_kg, station.out_kg),
        (13_980, 3_980, 9_700)
    );
    // It waits at the station.
    let settled = (
        station.declared_loss_kg,
        station.stock_change_kg,
        station.unexplained_kg,
    );
    assert_eq!(settled, (300, 3_980, 0));
    let way = Way::HaulBack {
        plant: "P".to_owned(),
        station: "S".to_owned(),
    };
    assert_eq!((day.ways[&way].sent_kg, day.ways[&way].difference_kg), (4_000, 20));
    // The day after, it is hauled with the rest.
    let next = [
        load(Kind::Collection, Some(10_000), Some(10_000)),
        load(Kind::Haul, Some(13_600), Some(13_600)),
    ];
    let norms = Balance::default();
    let after = super::day(DAY, &next, |_| &norms, &BTreeMap::from([("S".to_owned(), 3_980)]));
    assert_eq!(
        (after.stations["S"].stock_change_kg, after.anomalies.len()),
        (-3_900, 0)
    );
    assert_eq!(balance(&next).anomalies.len(), 1);
}

proptest! {
    #[test]
    fn nothing_is_lost_in_the_books(weights in prop::collection::vec((any::<bool>(), 0..20_000i64, 0..20_000i64), 0..40)) {
        let loads: Vec<Load> = weights.iter().map(|(haul, sent, received)| {
            load(if *haul { Kind::Haul } else { Kind::Collection }, Some(*sent), Some(*received))
        }).collect();
        let day = balance(&loads);
        for node in day.stations.values() {
            prop_assert_eq!(node.in_kg, node.out_kg + node.stock_change_kg + node.declared_loss_kg + node.unexplained_kg);
        }
        let (sent, received): (i64, i64) = day.ways.values().fold((0, 0), |(s, r), arc| (s + arc.sent_kg, r + arc.received_kg));
        prop_assert_eq!(sent, day.collected_kg + day.dispatched_kg);
        prop_assert_eq!(received, day.received_kg + day.delivered_kg);
        let differences: i64 = day.ways.values().map(|arc| arc.difference_kg).sum();
        prop_assert_eq!(differences, sent - received);
        // The order of the loads does not matter.
        let mut reversed = loads;
        reversed.reverse();
        prop_assert_eq!(balance(&reversed).stations, day.stations);
    }
}
