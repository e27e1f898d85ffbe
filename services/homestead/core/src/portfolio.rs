//! Sharing households evenly among cadres.

/// A cadre and what they answer for already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Id of the cadre.
    pub cadre: String,
    /// What their households owe, in fen.
    pub amount_fen: i64,
    /// How many households they have.
    pub households: i64,
}

/// Gives each of `households` (id, amount owed) to one of `cadres`: the largest first, each to whoever answers for least.
/// Empty if there is no cadre. The outcome does not depend on the order of the arguments.
pub fn share<'a>(households: &[(&'a str, i64)], cadres: &[Load]) -> Vec<(&'a str, String)> {
    let mut loads = cadres.to_vec();
    let mut queue = households.to_vec();
    queue.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut shared = Vec::with_capacity(queue.len());
    for (household, amount_fen) in queue {
        let least = loads
            .iter_mut()
            .min_by(|a, b| (a.amount_fen, a.households, &a.cadre).cmp(&(b.amount_fen, b.households, &b.cadre)));
        let Some(load) = least else { break };
        load.amount_fen = load.amount_fen.saturating_add(amount_fen);
        load.households += 1;
        shared.push((household, load.cadre.clone()));
    }
    shared
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn cadres(count: usize) -> Vec<Load> {
        (0..count)
            .map(|at| Load {
                cadre: format!("C{at}"),
                amount_fen: 0,
                households: 0,
            })
            .collect()
    }

    #[test]
    fn existing_loads_count() {
        let mut cadres = cadres(2);
        cadres[0].amount_fen = 1_000;
        let shared = share(&[("H1", 600), ("H2", 300), ("H3", 200)], &cadres);
        assert_eq!(
            shared,
            [
                ("H1", "C1".to_owned()),
                ("H2", "C1".to_owned()),
                ("H3", "C1".to_owned())
            ]
        );
        assert!(share(&[("H1", 1)], &[]).is_empty());
    }

    proptest! {
        #[test]
        fn each_household_has_one_and_nobody_has_much_more(
            amounts in proptest::collection::vec(0..100_000_i64, 0..60),
            count in 1..8_usize,
        ) {
            let ids: Vec<String> = (0..amounts.len()).map(|at| format!("H{at:03}")).collect();
            let households: Vec<_> = ids.iter().map(String::as_str).zip(amounts.iter().copied()).collect();
            let shared = share(&households, &cadres(count));
            let by_household: BTreeMap<_, _> = shared.iter().cloned().collect();
            prop_assert_eq!(by_household.len(), amounts.len());
            let mut loads = vec![0; count];
            for (household, cadre) in &shared {
                let at: usize = cadre[1..].parse().expect("C0…");
                loads[at] += amounts[household[1..].parse::<usize>().expect("H000…")];
            }
            let (least, most) = (loads.iter().min().expect("some"), loads.iter().max().expect("some"));
            prop_assert!(most - least <= amounts.iter().copied().max().unwrap_or(0));
            let mut turned = households.clone();
            turned.reverse();
            prop_assert_eq!(share(&turned, &cadres(count)), shared);
        }
    }
}
