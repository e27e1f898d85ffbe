//! Who inspects: those who have inspected least, equals in the order of the seed.

use super::order::place;

/// Somebody who may inspect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Identity.
    pub id: String,
    /// Units inspected in this year so far.
    pub load: i64,
}

/// Chooses `count` of the candidates in the order in which units are dealt out to them, one after the other; `None` if there
/// are fewer.
pub fn choose(mut candidates: Vec<Candidate>, count: usize, seed: &str) -> Option<Vec<String>> {
    candidates.sort_by_cached_key(|candidate| (candidate.load, place(seed, "inspector", &candidate.id)));
    candidates.dedup_by(|a, b| a.id == b.id);
    candidates.truncate(count);
    (candidates.len() == count).then(|| candidates.into_iter().map(|candidate| candidate.id).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whoever is chosen has inspected no more than anybody who is not, the order of the list does not matter, and work
        /// that is given by it stays balanced.
        #[test]
        fn loads_stay_balanced(people in 2_usize..9, villages in 1_usize..40, seed in "[0-9a-f]{8}") {
            let mut loads = vec![0; people];
            for village in 0..villages {
                let candidate = |(at, load): (usize, &i64)| Candidate { id: at.to_string(), load: *load };
                let candidates: Vec<_> = loads.iter().enumerate().map(candidate).collect();
                let seed = format!("{seed}{village}");
                let chosen = choose(candidates.clone(), 2, &seed).expect("enough");
                let reversed = candidates.iter().rev().cloned().collect();
                prop_assert_eq!(choose(reversed, 2, &seed).expect("enough"), chosen.clone());
                prop_assert!(chosen[0] != chosen[1]);
                for id in chosen {
                    let at: usize = id.parse().expect("a number");
                    loads[at] += 10;
                }
                let spread = loads.iter().max().zip(loads.iter().min()).map(|(most, least)| most - least);
                prop_assert!(spread <= Some(10), "{:?}", loads);
            }
        }
    }

    #[test]
    fn equals_are_chosen_by_the_seed_alone() {
        let candidates = |ids: [&str; 3]| {
            let candidate = |id: &str| Candidate {
                id: id.to_owned(),
                load: 0,
            };
            ids.map(candidate).to_vec()
        };
        let first = |seed: i32| choose(candidates(["a", "b", "c"]), 1, &seed.to_string()).expect("one");
        let chosen: std::collections::BTreeSet<String> = (0..50).flat_map(first).collect();
        assert_eq!(chosen.len(), 3, "everybody's turn comes");
        assert_eq!(choose(candidates(["a", "b", "c"]), 4, "1"), None);
        assert_eq!(choose(candidates(["a", "a", "b"]), 3, "1"), None, "nobody counts twice");
    }
}
