//! League tables: who stands where, and why.

use std::cmp::Ordering;

/// What a village brings into a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Code of the division that is ranked: the village itself or its township.
    pub group: String,
    /// Score in thousandths of a point.
    pub score_milli: i64,
    /// Position of the tier held.
    pub tier: Option<usize>,
    /// Whether it reached the tier of its batch.
    pub on_target: bool,
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Place, from 1; equal places are followed by a gap.
    pub rank: usize,
    /// Code of the division.
    pub group: String,
    /// Villages that were rated.
    pub villages: i64,
    /// Sum of their scores.
    pub score_sum: i64,
    /// Villages that reached the tier of their batch.
    pub on_target: i64,
    /// Villages by tier: first those without, then by position of the tier.
    pub by_tier: Vec<i64>,
}

impl Place {
    /// Mean score, rounded down.
    pub fn mean_score_milli(&self) -> i64 {
        self.score_sum.checked_div(self.villages).unwrap_or(0)
    }

    fn holding(&self) -> i64 {
        self.by_tier.iter().skip(1).sum()
    }

    /// By exact mean score, then by share on target, then by share that holds any tier; the better first.
    fn better(&self, other: &Self) -> Ordering {
        let share = |mine: i64, theirs: i64| {
            let left = i128::from(theirs) * i128::from(self.villages);
            let right = i128::from(mine) * i128::from(other.villages);
            left.cmp(&right)
        };
        share(self.score_sum, other.score_sum)
            .then_with(|| share(self.on_target, other.on_target))
            .then_with(|| share(self.holding(), other.holding()))
    }
}

/// Ranks the groups; those equal in everything share a place and are listed by code.
pub fn rank(standings: &[Standing], tiers: usize) -> Vec<Place> {
    let mut places: std::collections::BTreeMap<&str, Place> = std::collections::BTreeMap::new();
    for standing in standings {
        let place = places.entry(&standing.group).or_insert_with(|| Place {
            rank: 0,
            group: standing.group.clone(),
            villages: 0,
            score_sum: 0,
            on_target: 0,
            by_tier: vec![0; tiers + 1],
        });
        place.villages += 1;
        place.score_sum += standing.score_milli;
        place.on_target += i64::from(standing.on_target);
        if let Some(count) = place.by_tier.get_mut(standing.tier.map_or(0, |tier| tier + 1)) {
            *count += 1;
        }
    }
    let mut places: Vec<Place> = places.into_values().collect();
    // Stable, so that equals stay in order of their codes.
    places.sort_by(Place::better);
    let mut rank = 0;
    for at in 0..places.len() {
        let tied = at > 0
            && places
                .get(at - 1)
                .zip(places.get(at))
                .is_some_and(|(a, b)| a.better(b) == Ordering::Equal);
        if !tied {
            rank = at + 1;
        }
        if let Some(place) = places.get_mut(at) {
            place.rank = rank;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn standing(group: &str, score_milli: i64, tier: Option<usize>, on_target: bool) -> Standing {
        Standing {
            group: group.to_owned(),
            score_milli,
            tier,
            on_target,
        }
    }

    #[test]
    fn ties_are_broken_as_stated() {
        let table = rank(
            &[
                standing("a", 10, None, false),
                standing("b", 10, Some(0), false),
                standing("c", 10, Some(0), true),
                standing("d", 11, None, false),
                standing("e", 10, None, false),
                standing("f", 9, Some(1), true),
            ],
            2,
        );
        let order: Vec<_> = table.iter().map(|place| (place.rank, place.group.as_str())).collect();
        assert_eq!(order, [(1, "d"), (2, "c"), (3, "b"), (4, "a"), (4, "e"), (6, "f")]);
        assert_eq!(table[5].by_tier, [0, 0, 1]);
    }

    #[test]
    fn means_are_compared_exactly() {
        // 10/3 against 3: both round down to 3.
        let table = rank(
            &[
                standing("a", 3, None, false),
                standing("b", 4, None, false),
                standing("b", 3, None, false),
                standing("b", 3, None, false),
            ],
            1,
        );
        assert_eq!(
            (table[0].group.as_str(), table[0].mean_score_milli(), table[1].rank),
            ("b", 3, 2)
        );
    }

    proptest! {
        #[test]
        fn every_village_counts_once(rows in prop::collection::vec((0..5_u8, 0..100_i64, prop::option::of(0..3_usize)), 0..60)) {
            let standings: Vec<_> = rows.iter().map(|(g, s, t)| standing(&g.to_string(), *s, *t, t.is_some())).collect();
            let table = rank(&standings, 3);
            let villages: i64 = table.iter().map(|place| place.villages).sum();
            let by_tier: i64 = table.iter().flat_map(|place| &place.by_tier).sum();
            prop_assert_eq!(usize::try_from(villages).expect("few"), rows.len());
            prop_assert_eq!(villages, by_tier);
            prop_assert!(table.windows(2).all(|pair| pair[0].rank <= pair[1].rank));
        }
    }
}
