//! Checks a solution against its problem: every constraint and every number, recomputed from the statement alone.
//!
//! Written apart from the search: it shares no code with it but the statement of the problem and the travel table.

mod found;
mod route;
mod served;
mod tour;

use std::collections::HashSet;

use crate::{Objective, Problem, Solution, Spec};

/// One broken promise of a solution.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{path}: {rule} (is {value}, should be {expected})")]
pub struct Violation {
    /// Where, such as `routes[2].trips[0].visits[5].arrival_s`.
    pub path: String,
    /// The constraint or the recomputed number.
    pub rule: &'static str,
    /// What the solution says.
    pub value: i64,
    /// What it should say, or the limit.
    pub expected: i64,
}

/// Checks a solution.
///
/// # Errors
/// Everything in which the solution breaks a constraint or differs from the recomputed numbers.
pub fn check(problem: &Problem, solution: &Solution) -> Result<(), Vec<Violation>> {
    let spec = problem.spec();
    let mut check = Check {
        spec,
        broken: Vec::new(),
        served: HashSet::new(),
    };
    let mut cost = 0;
    let mut previous = None;
    for (index, route) in solution.routes.iter().enumerate() {
        let path = format!("routes[{index}]");
        if route.vehicle >= spec.vehicles.len() || previous.is_some_and(|before| before >= route.vehicle) {
            check.report(
                &path,
                "vehicles must exist and ascend",
                route.vehicle,
                spec.vehicles.len(),
            );
            continue;
        }
        previous = Some(route.vehicle);
        check.route(&path, route);
        cost += route.cost;
    }
    check.vehicles_that_must_go(solution);
    cost += check.unserved(problem, solution);
    let missing = check.missing(solution);
    let objective = Objective { missing, cost };
    check.equal("objective", "missing", solution.objective.missing, objective.missing);
    check.equal("objective", "cost", solution.objective.cost, objective.cost);
    if check.broken.is_empty() {
        Ok(())
    } else {
        Err(check.broken)
    }
}

struct Check<'a> {
    spec: &'a Spec,
    broken: Vec<Violation>,
    served: HashSet<usize>,
}
