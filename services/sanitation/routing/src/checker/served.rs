//! What concerns all routes together: who has to go, and that every stop is served or named.

use std::collections::HashSet;

use super::Check;
use crate::{Problem, Reason, Solution};

impl Check<'_> {
    /// Vehicles with locked stops or a load aboard have to be used.
    pub(super) fn vehicles_that_must_go(&mut self, solution: &Solution) {
        let used: HashSet<usize> = solution.routes.iter().map(|route| route.vehicle).collect();
        for (index, vehicle) in self.spec.vehicles.iter().enumerate() {
            let loaded = vehicle.load_kg > 0 && !self.spec.facilities.is_empty();
            if (loaded || !vehicle.locked.is_empty()) && !used.contains(&index) {
                self.report(
                    "routes",
                    "vehicle with locked stops or load aboard must be used",
                    index,
                    index,
                );
            }
        }
    }

    /// Mandatory stops that are not served, and choices of which no way is; of each choice one way at most is begun.
    pub(super) fn missing(&mut self, solution: &Solution) -> usize {
        let spec = self.spec;
        let mut missing = 0;
        let mut in_choices = HashSet::new();
        for (index, choice) in spec.choices.iter().enumerate() {
            let all: HashSet<usize> = choice.ways.iter().flatten().copied().collect();
            let served: HashSet<usize> = all.intersection(&self.served).copied().collect();
            let whole = choice.ways.iter().any(|way| served == way.iter().copied().collect());
            if !whole && !served.is_empty() {
                self.report("choices", "served in part or in several ways", index, served.len());
            }
            missing += usize::from(!whole);
            in_choices.extend(all);
        }
        let alone =
            |stop: usize| !in_choices.contains(&stop) && spec.stops.get(stop).is_some_and(|s| s.penalty.is_none());
        missing + solution.unserved.iter().filter(|one| alone(one.stop)).count()
    }

    /// Whether a stop belongs to a choice that is served another way.
    fn is_chosen_otherwise(&self, stop: usize) -> bool {
        let choice = self
            .spec
            .choices
            .iter()
            .find(|choice| choice.ways.iter().any(|way| way.contains(&stop)));
        let mut ways = choice.into_iter().flat_map(|choice| &choice.ways);
        ways.any(|way| way.iter().all(|one| self.served.contains(one)))
    }

    /// Every stop is either served or listed with a fitting reason; answers the penalties.
    pub(super) fn unserved(&mut self, problem: &Problem, solution: &Solution) -> i64 {
        let spec = self.spec;
        let impossible: HashSet<_> = problem.impossible().collect();
        let (mut listed, mut penalties) = (HashSet::new(), 0);
        for one in &solution.unserved {
            let Some(stop) = spec.stops.get(one.stop) else {
                self.report("unserved", "no such stop", one.stop, spec.stops.len());
                continue;
            };
            if self.served.contains(&one.stop) || !listed.insert(one.stop) {
                self.report("unserved", "stop listed twice or served", one.stop, one.stop);
            }
            let fits = match one.reason {
                Reason::NoRoom => stop.penalty.is_none(),
                Reason::NotChosen => self.is_chosen_otherwise(one.stop),
                Reason::NotWorth => stop.penalty.is_some(),
                _ => impossible.contains(one),
            };
            if !fits {
                self.report("unserved", "reason does not fit the stop", one.stop, one.stop);
            }
            penalties += stop.penalty.unwrap_or(0);
        }
        for index in 0..spec.stops.len() {
            if !self.served.contains(&index) && !listed.contains(&index) {
                self.report("unserved", "stop neither served nor listed", index, index);
            }
        }
        penalties
    }
}
