//! The stratified sample of households.
//!
//! Strata are natural villages or groups; households without one are a stratum of their own. Of `n` among `N` households a
//! stratum of `h` gets `⌊n·h/N⌋`. The places that are left go, one each, first to strata that have none yet, then by the
//! larger remainder, then in the order of the seed: so every stratum is within one household of its proportional share, and
//! none is left out where that can be. Within a stratum the first households in the order of the seed are drawn.

use std::{cmp::Reverse, collections::BTreeMap};

use super::order::place;

/// A household of the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// Its identity.
    pub id: String,
    /// Code of its natural village or group; empty for none.
    pub stratum: String,
}

/// One stratum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stratum {
    /// Code; empty for households without one.
    pub code: String,
    /// Households in it.
    pub size: usize,
    /// Households drawn.
    pub drawn: usize,
}

/// A sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Strata by code.
    pub strata: Vec<Stratum>,
    /// Households drawn, by stratum, then by identity.
    pub households: Vec<Household>,
}

/// Draws `size` households, or all if there are fewer. The order of the frame does not matter.
pub fn draw(frame: &[Household], size: usize, seed: &str) -> Drawn {
    let mut by_stratum: BTreeMap<&str, Vec<&Household>> = BTreeMap::new();
    for household in frame {
        by_stratum.entry(&household.stratum).or_default().push(household);
    }
    let sizes: Vec<(&str, usize)> = by_stratum.iter().map(|(code, own)| (*code, own.len())).collect();
    let mut drawn = Drawn {
        strata: Vec::with_capacity(sizes.len()),
        households: Vec::new(),
    };
    for ((code, mut own), count) in by_stratum.into_iter().zip(allocate(&sizes, size, seed)) {
        drawn.strata.push(Stratum {
            code: code.to_owned(),
            size: own.len(),
            drawn: count,
        });
        own.sort_by_cached_key(|household| place(seed, "household", &household.id));
        own.truncate(count);
        own.sort_by(|a, b| a.id.cmp(&b.id));
        drawn.households.extend(own.into_iter().cloned());
    }
    drawn
}

/// Households for each stratum.
fn allocate(strata: &[(&str, usize)], size: usize, seed: &str) -> Vec<usize> {
    let all: usize = strata.iter().map(|(_, households)| households).sum();
    let size = size.min(all);
    if all == 0 {
        return Vec::new();
    }
    let mut counts: Vec<usize> = strata.iter().map(|(_, households)| size * households / all).collect();
    let left = size - counts.iter().sum::<usize>();
    let mut next: Vec<usize> = (0..strata.len()).collect();
    next.sort_by_cached_key(|at| {
        let (code, households) = strata.get(*at).copied().unwrap_or_default();
        let has_one = counts.get(*at).is_some_and(|count| *count > 0);
        (has_one, Reverse(size * households % all), place(seed, "stratum", code))
    });
    for at in next.into_iter().take(left) {
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::*;

    const SEEDS: i64 = 2_000;

    fn frame(sizes: &[usize]) -> Vec<Household> {
        let household = |stratum: usize, number: usize| Household {
            id: format!("H{stratum}-{number}"),
            stratum: format!("{stratum:03}"),
        };
        let own = |(stratum, size): (usize, &usize)| (0..*size).map(move |number| household(stratum, number));
        sizes.iter().enumerate().flat_map(own).collect()
    }

    #[test]
    fn places_that_are_left_go_to_those_without_one_then_by_remainder() {
        let counts = |sizes: &[usize], size| {
            let strata = draw(&frame(sizes), size, "seed").strata;
            strata.into_iter().map(|stratum| stratum.drawn).collect::<Vec<_>>()
        };
        // Shares 6.2, 3.0 and 0.8 of 10, then 8.9, 0.9 and 0.2.
        assert_eq!(counts(&[62, 30, 8], 10), [6, 3, 1]);
        assert_eq!(counts(&[89, 9, 2], 10), [8, 1, 1]);
        assert_eq!(counts(&[3, 2], 9), [3, 2]);
        assert_eq!(counts(&[], 9), [] as [usize; 0]);
    }

    proptest! {
        /// A subset without repetition of the size asked for, the same for the same seed whatever the order of the frame,
        /// every stratum within one of its share, and none left out while another has two more than its whole share.
        #[test]
        fn a_sample_is_proportional(
            sizes in prop::collection::vec(1_usize..40, 1..12), size in 0_usize..200, seed in "[0-9a-f]{8}",
        ) {
            let all = frame(&sizes);
            let drawn = draw(&all, size, &seed);
            let ids: BTreeSet<&str> = drawn.households.iter().map(|it| it.id.as_str()).collect();
            prop_assert_eq!(ids.len(), size.min(all.len()));
            prop_assert_eq!(ids.len(), drawn.households.len());
            prop_assert!(drawn.households.iter().all(|it| all.contains(it)));
            let mut reversed = all.clone();
            reversed.reverse();
            prop_assert_eq!(&draw(&reversed, size, &seed), &drawn);
            let (n, whole) = (ids.len(), all.len());
            for stratum in &drawn.strata {
                let own = drawn.households.iter().filter(|it| it.stratum == stratum.code).count();
                prop_assert_eq!(own, stratum.drawn);
                prop_assert!((stratum.drawn * whole).abs_diff(n * stratum.size) < whole, "{:?}", stratum);
                let rounded_up = |it: &Stratum| it.drawn > n * it.size / whole && it.drawn > 1;
                prop_assert!(stratum.drawn > 0 || !drawn.strata.iter().any(rounded_up), "{:?}", drawn.strata);
            }
        }
    }

    #[test]
    fn every_household_is_drawn_as_often_as_its_share_says() {
        // Equal strata: each of the 20 households is expected in 7 of 20 samples, also where places are left to chance.
        let all = frame(&[5, 5, 5, 5]);
        let mut times: HashMap<String, i64> = HashMap::new();
        for seed in 0..SEEDS {
            for household in draw(&all, 7, &seed.to_string()).households {
                *times.entry(household.id).or_default() += 1;
            }
        }
        // Five standard deviations of a share of 7/20 in 2,000 trials are 107.
        let expected = SEEDS * 7 / 20;
        assert_eq!(times.len(), 20);
        for (household, times) in times {
            assert!((times - expected).abs() <= 107, "{household}: {times} of {expected}");
        }
    }
}
