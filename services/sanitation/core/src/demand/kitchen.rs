//! How much of a point's waste is kitchen waste.

use std::collections::BTreeMap;

use time::Date;

use super::{
    history::{Collection, Village},
    split::split,
};

/// The bins of a point that sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KitchenBins {
    /// Bins for kitchen waste, at least one.
    pub bins: i64,
    /// What they hold, litres.
    pub litres: i64,
    /// What the point's other bins hold, litres; 0: none are registered.
    pub other_l: i64,
}

/// Kitchen waste that was weighed in a village, and all that was since its first weighing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weighed {
    /// Kitchen waste, kg.
    pub kitchen_kg: i64,
    /// All waste, kg.
    pub all_kg: i64,
}

/// What a point's share is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KitchenBasis {
    /// Weighings of the village.
    Weighed,
    /// Litres of bins.
    Bins,
    /// The plan section.
    Norm,
}

/// Kitchen waste of a point among all its waste.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KitchenShare {
    /// Per mille, 0–1,000.
    pub permille: i64,
    /// What it is reckoned from.
    pub basis: KitchenBasis,
}

impl KitchenShare {
    /// Kitchen waste and the rest of so many grams.
    pub fn of(self, grams: i64) -> (i64, i64) {
        let kitchen = grams * self.permille / 1_000;
        (kitchen, grams - kitchen)
    }
}

impl Village {
    /// The shares of its points in their order; `None` of those that do not sort.
    ///
    /// What was weighed of the village came from the points that sort, so each of them has a larger share of its waste than the
    /// village has of its.
    pub fn kitchen_shares(&self, norm_permille: i64) -> Vec<Option<KitchenShare>> {
        const WHOLE: i64 = 1_000_000_000;
        let weights = split(&self.points, WHOLE);
        let sorting = self
            .points
            .iter()
            .zip(&weights)
            .filter(|(point, _)| point.kitchen.is_some());
        let sorting: i64 = sorting.map(|(_, weight)| weight).sum();
        let weighed = (self.kitchen.kitchen_kg > 0 && sorting > 0).then(|| {
            let kitchen = i128::from(self.kitchen.kitchen_kg) * i128::from(WHOLE) * 1_000;
            let all = i128::from(self.kitchen.all_kg.max(1)) * i128::from(sorting);
            i64::try_from(kitchen / all).unwrap_or(1_000).clamp(0, 1_000)
        });
        let share = |bins: KitchenBins| match (weighed, bins.other_l) {
            (Some(permille), _) => KitchenShare {
                permille,
                basis: KitchenBasis::Weighed,
            },
            (None, 0) => KitchenShare {
                permille: norm_permille,
                basis: KitchenBasis::Norm,
            },
            (None, other_l) => KitchenShare {
                permille: bins.litres * 1_000 / (bins.litres + other_l).max(1),
                basis: KitchenBasis::Bins,
            },
        };
        self.points.iter().map(|point| point.kitchen.map(share)).collect()
    }
}

/// The weighings of a village by day, oldest first, of everything but kitchen waste and of kitchen waste, as collections of all its
/// waste; and what of it was kitchen waste. Kitchen waste is collected more often: what was taken between two collections of the rest is
/// counted to the second, so that each tells of all days since the one before. Without kitchen waste collections are what they are.
pub fn together(rest: Vec<Collection>, kitchen: &[Collection]) -> (Vec<Collection>, Weighed) {
    let Some(first) = kitchen.first() else {
        return (rest, Weighed::default());
    };
    let mut waiting: BTreeMap<Date, Option<i64>> = kitchen.iter().map(|taken| (taken.day, taken.kg)).collect();
    let mut weighed = Weighed::default();
    let mut before: Option<Date> = None;
    let mut all = Vec::with_capacity(rest.len());
    for taken in rest {
        let later = waiting.split_off(&taken.day.next_day().unwrap_or(taken.day));
        let kitchen_kg: Option<i64> = std::mem::replace(&mut waiting, later).into_values().sum();
        let kg = taken.kg.zip(kitchen_kg).map(|(rest, kitchen)| rest + kitchen);
        // A collection tells of the share only if all its days were sorted.
        let sorted = before.is_some_and(|before| first.day <= before.next_day().unwrap_or(before));
        if let (true, Some(all_kg), Some(kitchen_kg)) = (sorted, kg, kitchen_kg) {
            weighed.kitchen_kg += kitchen_kg;
            weighed.all_kg += all_kg;
        }
        before = Some(taken.day);
        all.push(Collection { day: taken.day, kg });
    }
    (all, weighed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::date};

    use super::*;
    use crate::demand::Point;

    const FIRST: Date = date!(2024 - 04 - 01);

    fn taken(day: i64, kg: Option<i64>) -> Collection {
        let day = FIRST + Duration::days(day);
        Collection { day, kg }
    }

    fn point(daily_g: i64, kitchen: Option<(i64, i64)>) -> Point {
        let bins = |(litres, other_l)| KitchenBins {
            bins: 1,
            litres,
            other_l,
        };
        Point {
            id: String::new(),
            daily_g,
            bins: 4,
            kitchen: kitchen.map(bins),
        }
    }

    fn village(points: Vec<Point>, kitchen: Weighed) -> Village {
        Village {
            code: "410225108201".to_owned(),
            residents: 900,
            points,
            collections: Vec::new(),
            kitchen,
        }
    }

    #[test]
    fn kitchen_waste_of_days_between_counts_to_the_collection_that_ends_them() {
        let rest = vec![
            taken(0, Some(200)),
            taken(2, Some(120)),
            taken(4, None),
            taken(6, Some(120)),
        ];
        let kitchen: Vec<Collection> = (1..=7).map(|day| taken(day, Some(40))).collect();
        let (all, weighed) = together(rest, &kitchen);
        let kg: Vec<Option<i64>> = all.iter().map(|taken| taken.kg).collect();
        assert_eq!(
            kg,
            [Some(200), Some(200), None, Some(200)],
            "what came last is not complete yet"
        );
        assert_eq!((weighed.kitchen_kg, weighed.all_kg), (160, 400));
    }

    #[test]
    fn weighings_go_before_bins_and_bins_before_the_norm() {
        let points = || {
            vec![
                point(100_000, Some((240, 720))),
                point(100_000, Some((240, 0))),
                point(200_000, None),
            ]
        };
        let shares = |weighed| village(points(), weighed).kitchen_shares(400);
        let share = |permille, basis| Some(KitchenShare { permille, basis });
        assert_eq!(
            shares(Weighed::default()),
            [share(250, KitchenBasis::Bins), share(400, KitchenBasis::Norm), None]
        );
        // A fifth of the village's waste comes from points with half of it.
        let weighed = Weighed {
            kitchen_kg: 20,
            all_kg: 100,
        };
        let both = share(400, KitchenBasis::Weighed);
        assert_eq!(shares(weighed), [both, both, None]);
        let nothing_else = Weighed {
            kitchen_kg: 90,
            all_kg: 100,
        };
        let whole = share(1_000, KitchenBasis::Weighed);
        assert_eq!(shares(nothing_else), [whole, whole, None]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_between_streams(
            rest in prop::collection::btree_map(0..40_i64, 0..500_i64, 1..20),
            kitchen in prop::collection::btree_map(0..40_i64, 0..500_i64, 0..40),
        ) {
            let days = |of: &BTreeMap<i64, i64>| -> Vec<Collection> {
                of.iter().map(|(day, kg)| taken(*day, Some(*kg))).collect()
            };
            let last = *rest.keys().next_back().expect("one");
            let (all, weighed) = together(days(&rest), &days(&kitchen));
            let complete: i64 = kitchen.range(..=last).map(|(_, kg)| kg).sum();
            let sum: i64 = all.iter().filter_map(|taken| taken.kg).sum();
            prop_assert_eq!(sum, rest.values().sum::<i64>() + complete);
            prop_assert_eq!(all.len(), rest.len());
            prop_assert!(weighed.kitchen_kg <= complete && weighed.kitchen_kg <= weighed.all_kg);
        }

        #[test]
        fn a_share_splits_without_rest(permille in 0..=1_000_i64, grams in 0..=1_000_000_000_i64) {
            let share = KitchenShare { permille, basis: KitchenBasis::Norm };
            let (kitchen, rest) = share.of(grams);
            prop_assert!(kitchen >= 0 && rest >= 0);
            prop_assert_eq!(kitchen + rest, grams);
        }
    }
}
