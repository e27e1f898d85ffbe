//! The checker: whole days pass it, and whatever is changed in one is seen.

use haulage::{Arrival, Plan, Problem, Spec, check};
use proptest::prelude::*;

use crate::days::{build, even, plant, solved, station, truck, window};

/// Days with several stations and trucks, some of them impossible.
fn any_day() -> impl Strategy<Value = Spec> {
    let station = (8_000..40_000i64, 0..9_000i64, 0..3_000i64, 1..3usize);
    let arrivals = prop::collection::vec((18_000..60_000i64, 200..9_000i64), 0..8);
    let stations = prop::collection::vec((station, arrivals), 1..5);
    let trucks = prop::collection::vec((4_000..14_000i64, 20_000..30_000i64, 0..7_200i64), 1..5);
    let plants = prop::collection::vec((10_000..90_000i64, 1..3usize, 50_000..72_000i64), 1..3);
    (stations, trucks, plants, 300..5_000u32, 0..1_800i64, 0..1_800i64).prop_map(
        |(stations, trucks, plants, way_s, load_s, unload_s)| {
            let places = stations.len() + plants.len();
            let depots = stations.len();
            Spec {
                stations: stations.into_iter().map(any_station).collect(),
                trucks: (0..)
                    .zip(trucks)
                    .map(|(index, (payload_kg, opens_s, overtime_s))| haulage::Truck {
                        shift: window(opens_s, opens_s + 30_000),
                        overtime_s,
                        ..truck(payload_kg, index % depots)
                    })
                    .collect(),
                plants: plants
                    .into_iter()
                    .map(|(intake_kg, bays, closes_s)| haulage::Plant {
                        intake_kg,
                        bays,
                        hours: window(21_600, closes_s),
                    })
                    .collect(),
                tables: vec![even(places, way_s)],
                load_s,
                unload_s,
            }
        },
    )
}

type AnyStation = ((i64, i64, i64, usize), Vec<(i64, i64)>);

fn any_station(((storage_kg, start_kg, target_kg, bays), arrivals): AnyStation) -> haulage::Station {
    let mut arrivals: Vec<Arrival> = arrivals.into_iter().map(|(at_s, kg)| Arrival { at_s, kg }).collect();
    arrivals.sort_by_key(|arrival| arrival.at_s);
    haulage::Station {
        start_kg,
        target_kg,
        bays,
        arrivals,
        ..station(storage_kg, &[])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_plan_passes(spec in any_day(), seed in any::<u64>()) {
        solved(&build(spec), seed, 400);
    }

    #[test]
    fn every_change_is_seen(spec in any_day(), which in 0..CHANGES.len(), at in any::<prop::sample::Index>()) {
        let problem = build(spec);
        let mut plan = solved(&problem, 1, 50);
        prop_assume!(!plan.days.is_empty());
        let day = at.index(plan.days.len());
        CHANGES[which](&problem, &mut plan, day);
        prop_assert_ne!(check(&problem, &plan), []);
    }
}

type Change = fn(&Problem, &mut Plan, usize);

const CHANGES: [Change; 12] = [
    |_, plan, day| plan.days[day].hauls[0].kg += 1,
    |_, plan, day| plan.days[day].hauls[0].kg = 0,
    |_, plan, day| plan.days[day].hauls[0].load_s -= 1,
    |_, plan, day| plan.days[day].hauls[0].plant_s -= 1,
    |_, plan, day| plan.days[day].hauls[0].unloaded_s += 1,
    |_, plan, day| plan.days[day].return_s -= 1,
    |_, plan, day| plan.days[day].depart_s -= 30_000,
    |_, plan, day| plan.days[day].distance_m += 1,
    |_, plan, day| plan.days[day].cost -= 1,
    |_, plan, _| plan.stocks[0].left_kg += 1,
    |_, plan, _| plan.objective.over_kg += 1,
    |_, plan, day| {
        plan.days.remove(day);
    },
];

#[test]
fn the_rules_of_a_day_are_each_seen() {
    let mut spec = crate::days::small();
    spec.plants = vec![plant()];
    let plan = solved(&build(spec.clone()), 1, 500);
    let breaks = |change: fn(&mut Spec)| {
        let mut changed = spec.clone();
        change(&mut changed);
        let found = check(&build(changed), &plan);
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let seen = [
        (
            breaks(|spec| spec.plants[0].intake_kg = 23_999),
            "plant 0: more than it takes",
        ),
        (
            breaks(|spec| spec.plants[0].hours.closes_s = 12 * 3_600),
            "the plant is closed",
        ),
        (
            breaks(|spec| spec.stations[0].hours.closes_s = 12 * 3_600),
            "the station is closed",
        ),
        (
            breaks(|spec| spec.stations[0].arrivals[1].at_s = 10 * 3_600 + 1),
            "station 0: ",
        ),
        (breaks(|spec| spec.trucks[0].payload_kg = 11_999), "a load of 12000 kg"),
        (
            breaks(|spec| spec.trucks[0].shift.closes_s = 12 * 3_600),
            "returns too late",
        ),
        (
            breaks(|spec| spec.trucks[0].shift.opens_s = 11 * 3_600),
            "leaves before its shift",
        ),
        (
            breaks(|spec| spec.stations[0].storage_kg = 17_000),
            "its overflow is another",
        ),
    ];
    for (found, expected) in seen {
        assert!(found.contains(expected), "{found} instead of {expected}");
    }
}
