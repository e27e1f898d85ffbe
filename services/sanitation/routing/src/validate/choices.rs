//! Ways to serve a place.

use std::collections::{HashMap, HashSet};

use super::findings::Findings;
use crate::Spec;

pub(super) fn fields(found: &mut Findings, spec: &Spec, locked: &HashSet<usize>) {
    let mut chosen = HashMap::new();
    for (index, choice) in spec.choices.iter().enumerate() {
        let ways = choice.ways.len();
        let path = || format!("choices[{index}].ways");
        found.ensure((1..=64).contains(&ways), path, ways, "must be 1 to 64 ways");
        for (number, way) in choice.ways.iter().enumerate() {
            let path = || format!("choices[{index}].ways[{number}]");
            found.ensure(!way.is_empty(), path, way.len(), "must have a stop");
            let mut here = HashSet::new();
            for (at, stop) in way.iter().copied().enumerate() {
                let path = || format!("choices[{index}].ways[{number}][{at}]");
                found.ensure(here.insert(stop), path, stop, "must be in the way once");
                let only = *chosen.entry(stop).or_insert(index) == index;
                found.ensure(only, path, stop, "must be in one choice only");
                let fits = spec.stops.get(stop).is_some_and(|stop| stop.penalty.is_none()) && !locked.contains(&stop);
                found.ensure(
                    fits,
                    path,
                    stop,
                    "must be the index of a mandatory stop that is not locked",
                );
            }
        }
    }
}
