//! What plans look like.

use std::ops::ControlFlow;

use haulage::{NO_WAY, Params, solve};

use crate::days::{build, even, plant, small, solved, station, truck};

fn loads(plan: &haulage::Plan) -> Vec<i64> {
    plan.days
        .iter()
        .flat_map(|day| day.hauls.iter().map(|haul| haul.kg))
        .collect()
}

#[test]
fn a_truck_waits_for_full_loads() {
    let plan = solved(&build(small()), 1, 2_000);
    assert_eq!(loads(&plan), [12_000, 12_000]);
    assert_eq!((plan.objective.over_kg, plan.objective.late_kg), (0, 0));
    let hauls = &plan.days[0].hauls;
    // The first is full at ten, when the second collection has come, and goes so that nobody waits for the last at noon.
    assert_eq!((hauls[0].load_s, hauls[1].load_s), (10 * 3_600 + 1_800, 12 * 3_600));
    assert_eq!(hauls[1].arrive_s, hauls[1].load_s);
    assert_eq!(plan.stocks[0].curve.last(), Some(&(12 * 3_600 + 900, 0)));
}

#[test]
fn a_small_storage_makes_it_go_earlier() {
    let mut spec = small();
    spec.stations[0].storage_kg = 14_000;
    let plan = solved(&build(spec), 1, 2_000);
    assert_eq!(plan.objective.over_kg, 0);
    assert!(plan.stocks[0].curve.iter().all(|(_, kg)| *kg <= 14_000));
    assert!(loads(&plan)[0] < 12_000, "it may not wait until it is full");
}

#[test]
fn what_may_be_left_is_left() {
    let mut spec = small();
    spec.stations[0].arrivals.push(haulage::Arrival {
        at_s: 13 * 3_600,
        kg: 3_000,
    });
    spec.stations[0].target_kg = 3_000;
    let plan = solved(&build(spec), 1, 2_000);
    assert_eq!(loads(&plan), [12_000, 12_000]);
    assert_eq!((plan.stocks[0].left_kg, plan.stocks[0].late_kg), (3_000, 0));
}

#[test]
fn the_nearer_plant_is_taken_until_it_is_full() {
    let mut spec = small();
    let mut near = plant();
    near.intake_kg = 12_000;
    spec.plants.push(near);
    let mut table = even(3, 1_800);
    for pair in [2, 6] {
        (table.distances_m[pair], table.durations_s[pair]) = (600, 600);
    }
    spec.tables = vec![table];
    let plan = solved(&build(spec), 1, 2_000);
    let mut plants: Vec<usize> = plan.days[0].hauls.iter().map(|haul| haul.plant).collect();
    plants.sort_unstable();
    assert_eq!(plants, [0, 1]);
}

#[test]
fn trucks_queue_where_there_is_one_bay() {
    let mut spec = small();
    spec.stations = vec![station(20_000, &[(0, 12_000)]), station(20_000, &[(0, 12_000)])];
    spec.plants[0].bays = 1;
    spec.plants[0].hours.closes_s = 9 * 3_600;
    spec.trucks = vec![truck(12_000, 0), truck(12_000, 1)];
    spec.tables = vec![even(3, 1_800)];
    let plan = solved(&build(spec), 1, 2_000);
    assert_eq!(plan.objective.late_kg, 0);
    let unloads: Vec<i64> = plan.days.iter().map(|day| day.hauls[0].unload_s).collect();
    assert_eq!((unloads[0] - unloads[1]).abs(), 900);
}

#[test]
fn loads_that_are_taken_at_once_are_told_apart() {
    let mut spec = small();
    spec.stations = vec![station(20_000, &[(0, 20_000)])];
    spec.stations[0].bays = 2;
    spec.plants[0].bays = 1;
    spec.plants[0].hours.closes_s = 8 * 3_600 + 1_200;
    spec.trucks = vec![truck(12_000, 0), truck(8_000, 0)];
    // Both could be loaded at seven. One has to wait at the plant, so it is loaded a quarter of an hour later.
    let plan = solved(&build(spec), 1, 2_000);
    assert_eq!(plan.objective.late_kg, 0);
    let hauls: Vec<&haulage::Haul> = plan.days.iter().flat_map(|day| &day.hauls).collect();
    assert_eq!((hauls[0].load_s - hauls[1].load_s).abs(), 900);
}

#[test]
fn overtime_is_worked_only_where_it_must_be() {
    let mut spec = small();
    spec.trucks[0].overtime_s = 7_200;
    let plan = solved(&build(spec.clone()), 1, 2_000);
    assert_eq!(plan.days[0].overtime_s, 0);
    spec.stations[0].arrivals[2].at_s = 16 * 3_600;
    let plan = solved(&build(spec.clone()), 1, 2_000);
    assert_eq!((plan.objective.late_kg, plan.days[0].overtime_s > 0), (0, true));
    spec.trucks[0].overtime_s = 0;
    assert!(solved(&build(spec), 1, 2_000).objective.late_kg > 0);
}

#[test]
fn no_truck_drives_where_there_is_no_way() {
    let mut spec = small();
    spec.tables[0].durations_s = vec![0, NO_WAY, 1_800, 0];
    let plan = solved(&build(spec), 1, 100);
    assert_eq!(plan.days, []);
    assert_eq!(plan.objective.late_kg, 24_000);
}

#[test]
fn a_seed_gives_one_plan_and_a_watcher_ends_it() {
    let mut spec = small();
    spec.stations
        .push(station(30_000, &[(6 * 3_600, 31_000), (9 * 3_600, 8_000)]));
    spec.trucks.push(truck(8_000, 1));
    spec.tables = vec![even(3, 2_000)];
    let problem = build(spec);
    assert_eq!(solved(&problem, 5, 3_000), solved(&problem, 5, 3_000));
    let mut asked = 0;
    let params = Params {
        seed: 5,
        steps: u64::MAX,
    };
    let plan = solve(&problem, params, &mut |progress| {
        asked += 1;
        if progress.steps >= 640 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert_eq!(asked, 11);
    assert_eq!(haulage::check(&problem, &plan), []);
}

#[test]
fn what_cannot_be_reckoned_with_is_named() {
    let mut spec = small();
    spec.stations[0].arrivals.swap(0, 1);
    let error = spec.build().expect_err("not by time");
    assert_eq!(error.to_string(), "stations[0].arrivals: 28800 is not 36000 to 172800");
    let mut spec = small();
    spec.trucks[0].table = 3;
    assert_eq!(spec.build().expect_err("no table").field, "trucks[0].table");
    let mut spec = small();
    spec.tables.clear();
    assert!(spec.build().is_err());
}
