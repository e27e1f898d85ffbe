//! The checker finds whatever is wrong with a plan.

use echelons::{Plan, Problem, Spec, Violation, check};

use crate::towns::{scattered, solved};

/// What the checker finds after a change to a plan.
fn found(change: impl FnOnce(&mut Plan)) -> Vec<Violation> {
    found_in(|_| (), change)
}

/// The same where the problem is changed too, after it has been planned.
fn found_in(limit: impl FnOnce(&mut Spec), change: impl FnOnce(&mut Plan)) -> Vec<Violation> {
    let mut spec = scattered(4, 30, 2);
    let mut plan = solved(&spec.clone().build().expect("a town"), 1, 500);
    limit(&mut spec);
    change(&mut plan);
    let problem: Problem = spec.build().expect("a town");
    check(&problem, &plan)
}

macro_rules! finds {
    ($found:expr, $pattern:pat) => {
        let found = $found;
        assert!(found.iter().any(|one| matches!(one, $pattern)), "{found:?}");
    };
}

#[test]
fn nothing_in_a_sound_plan() {
    assert_eq!(found(|_| ()), vec![]);
}

#[test]
fn in_collection() {
    finds!(
        found(|plan| plan.routes[0].stops.clear()),
        Violation::Unknown("route", 0)
    );
    finds!(found(|plan| plan.routes[0].station = 4), Violation::Unknown("route", 0));
    finds!(
        found(|plan| plan.routes[1].stops[0] = 30),
        Violation::Unknown("route", 1)
    );
    finds!(found(|plan| plan.unserved.push(3)), Violation::Stop(3, 2));
    finds!(found(|plan| drop(plan.routes.remove(0))), Violation::Stop(_, 0));
    let together = |plan: &mut Plan| {
        let other = plan.routes.remove(1);
        plan.routes[0].stops.extend(other.stops);
    };
    finds!(found(together), Violation::Load("route", 0, 61..));
    finds!(
        found_in(|spec| spec.vehicles.count = 1, |_| ()),
        Violation::Fleet("vehicles", 2..)
    );
    let shut = |spec: &mut Spec| spec.stations.iter_mut().for_each(|station| station.routes = 0);
    finds!(found_in(shut, |_| ()), Violation::Routes(_, 1..));
    let small = |spec: &mut Spec| spec.stations.iter_mut().for_each(|station| station.capacity_kg = 1);
    finds!(found_in(small, |_| ()), Violation::Capacity(_, 2..));
}

#[test]
fn in_haulage() {
    finds!(found(|plan| plan.hauls[0].calls.clear()), Violation::Unknown("haul", 0));
    finds!(
        found(|plan| plan.hauls[0].calls[0].station = 4),
        Violation::Unknown("haul", 0)
    );
    finds!(
        found(|plan| plan.hauls[0].calls[0].kg = 131),
        Violation::Load("haul", 0, 131..)
    );
    finds!(
        found(|plan| plan.hauls[0].calls[0].kg = 0),
        Violation::Load("haul", 0, _)
    );
    finds!(found(|plan| plan.hauls[0].calls[0].kg -= 1), Violation::Balance(..));
    let twice = |plan: &mut Plan| {
        let call = plan.hauls[0].calls[0];
        plan.hauls[0].calls.push(call);
    };
    finds!(found(twice), Violation::Twice(0));
    let one = |spec: &mut Spec| {
        spec.trucks.count = 1;
        spec.trucks.payload_kg = 100_000;
    };
    finds!(found_in(one, |_| ()), Violation::Fleet("trucks", 2..));
}

#[test]
fn in_what_it_is_worth() {
    finds!(found(|plan| plan.objective.cost -= 1), Violation::Objective(..));
    finds!(found(|plan| plan.objective.missing += 1), Violation::Objective(..));
    finds!(
        found_in(|spec| spec.vehicles.fixed = 1, |_| ()),
        Violation::Objective(..)
    );
    finds!(found_in(|spec| spec.trucks.per_m = 2, |_| ()), Violation::Objective(..));
    let dear = |spec: &mut Spec| spec.stations.iter_mut().for_each(|station| station.per_kg = 1);
    finds!(found_in(dear, |_| ()), Violation::Objective(..));
}
