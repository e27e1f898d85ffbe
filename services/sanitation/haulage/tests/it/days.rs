//! Days of haulage for tests.

use haulage::{Arrival, Cost, Params, Plan, Plant, Problem, Spec, Station, Table, Truck, Window, check, solve};
use std::ops::ControlFlow;

pub const fn window(opens_s: i64, closes_s: i64) -> Window {
    Window { opens_s, closes_s }
}

pub fn arrivals(of: &[(i64, i64)]) -> Vec<Arrival> {
    of.iter().map(|(at_s, kg)| Arrival { at_s: *at_s, kg: *kg }).collect()
}

/// All ways between two places take `s` seconds and as many metres.
pub fn even(places: usize, s: u32) -> Table {
    let cell = |pair: usize| if pair / places == pair % places { 0 } else { s };
    let cells: Vec<u32> = (0..places * places).map(cell).collect();
    Table {
        places,
        distances_m: cells.clone(),
        durations_s: cells,
    }
}

pub fn truck(payload_kg: i64, depot: usize) -> Truck {
    Truck {
        payload_kg,
        depot,
        shift: window(7 * 3_600, 17 * 3_600),
        overtime_s: 0,
        table: 0,
        cost: Cost {
            day: 1_000,
            per_m: 3,
            per_s: 1,
            overtime_per_s: 2,
        },
    }
}

pub fn station(storage_kg: i64, of: &[(i64, i64)]) -> Station {
    Station {
        start_kg: 0,
        storage_kg,
        target_kg: 0,
        hours: window(5 * 3_600, 19 * 3_600),
        bays: 1,
        arrivals: arrivals(of),
    }
}

pub fn plant() -> Plant {
    Plant {
        hours: window(6 * 3_600, 20 * 3_600),
        intake_kg: 350_000,
        bays: 2,
    }
}

/// One station, one plant half an hour away, one truck of 12 t.
pub fn small() -> Spec {
    Spec {
        stations: vec![station(
            20_000,
            &[(8 * 3_600, 9_000), (10 * 3_600, 9_000), (12 * 3_600, 6_000)],
        )],
        plants: vec![plant()],
        trucks: vec![truck(12_000, 0)],
        tables: vec![even(2, 1_800)],
        load_s: 900,
        unload_s: 900,
    }
}

pub fn build(spec: Spec) -> Problem {
    spec.build().expect("a sound problem")
}

/// Solves and checks.
pub fn solved(problem: &Problem, seed: u64, steps: u64) -> Plan {
    let plan = solve(problem, Params { seed, steps }, &mut |_| ControlFlow::Continue(()));
    assert_eq!(check(problem, &plan), [], "{plan:?}");
    plan
}
