//! The fee itself.

use super::{Mode, ReliefClass, Tariff};
use crate::span::Span;

/// What a household is charged for a span of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charge {
    /// Before relief.
    pub gross_fen: i64,
    /// Remitted.
    pub relief_fen: i64,
}

impl Charge {
    /// To be paid.
    pub fn net_fen(self) -> i64 {
        self.gross_fen - self.relief_fen
    }
}

/// Charges `over_dm2` under `tariff` for the days of `span`. `None` only where numbers lie outside what [`super::check`]
/// and [`crate::area`] admit.
pub fn charge(tariff: &Tariff, over_dm2: i64, class: Option<ReliefClass>, span: Span) -> Option<Charge> {
    let yearly = yearly(tariff, over_dm2)?;
    let relief = tariff.relief(class);
    let mut charge = Charge::default();
    for part in span.years() {
        charge.gross_fen = charge.gross_fen.checked_add(part.share(yearly)?)?;
        if let Some(relief) = relief {
            let remitted = part.remitted(yearly, relief.numerator, relief.denominator)?;
            charge.relief_fen = charge.relief_fen.checked_add(remitted)?;
        }
    }
    Some(charge)
}

/// The fee of a whole year in hundredths of a fen, exact.
fn yearly(tariff: &Tariff, over_dm2: i64) -> Option<i64> {
    let mut sum = 0_i64;
    for (area, price) in priced(tariff, over_dm2) {
        sum = sum.checked_add(area.checked_mul(price)?)?;
    }
    sum.checked_add(adjustment(tariff, sum)?.1)
}

/// What the least and the largest fee of a year add or take, and which of the two.
pub(super) fn adjustment(tariff: &Tariff, sum: i64) -> Option<(Bound, i64)> {
    let minimum = tariff.minimum_fen.checked_mul(100)?;
    let cap = tariff.cap_fen.map_or(Some(i64::MAX), |cap| cap.checked_mul(100))?;
    Some(match sum {
        0 => (Bound::None, 0),
        sum if sum < minimum => (Bound::Minimum, minimum - sum),
        sum if sum > cap => (Bound::Cap, cap - sum),
        _ => (Bound::None, 0),
    })
}

/// Which bound changed a yearly fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    None,
    Minimum,
    Cap,
}

/// What of `over_dm2` is taken back instead of charged. Under a marginal tariff what lies above the edge; under one by whole
/// bands everything but the free allowance.
pub fn recovered(tariff: &Tariff, over_dm2: i64) -> i64 {
    let Some(band) = tariff.bands.last().filter(|band| band.recovery) else {
        return 0;
    };
    match tariff.mode {
        Mode::Marginal => (over_dm2 - band.from_dm2).max(0),
        Mode::WholeBand if over_dm2 < band.from_dm2 => 0,
        Mode::WholeBand => (over_dm2 - tariff.free_allowance_dm2).max(0),
    }
}

/// How much of `over_dm2` is paid for: without the free allowance, what is taken back, and what a band gives for nothing.
pub fn paid_for(tariff: &Tariff, over_dm2: i64) -> i64 {
    let priced = priced(tariff, over_dm2).into_iter();
    priced.filter(|(_, price)| *price > 0).map(|(area, _)| area).sum()
}

/// The charged areas and their prices, in order; with the free allowance and what is taken back they add up to `over_dm2`.
pub(super) fn priced(tariff: &Tariff, over_dm2: i64) -> Vec<(i64, i64)> {
    let charged = over_dm2 - tariff.free_allowance_dm2;
    if charged <= 0 {
        return Vec::new();
    }
    match tariff.mode {
        Mode::Marginal => tariff
            .bands
            .iter()
            .filter(|band| !band.recovery)
            .map(|band| {
                (
                    band.to_dm2.unwrap_or(i64::MAX).min(over_dm2) - band.from_dm2,
                    band.price_fen_per_m2,
                )
            })
            .filter(|(area, _)| *area > 0)
            .collect(),
        Mode::WholeBand => {
            let band = tariff.bands.iter().rfind(|band| band.from_dm2 <= over_dm2);
            let band = band.filter(|band| !band.recovery);
            band.map(|band| (charged, band.price_fen_per_m2)).into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Date, macros::date};

    use super::*;
    use crate::tariff::samples;

    fn year() -> Span {
        Span::new(date!(2024 - 01 - 01), date!(2025 - 01 - 01)).expect("a year")
    }

    fn net(tariff: &Tariff, over_dm2: i64, class: Option<ReliefClass>) -> i64 {
        charge(tariff, over_dm2, class, year()).expect("in range").net_fen()
    }

    #[test]
    fn bands_are_charged_one_by_one() {
        let tariff = samples::marginal();
        assert_eq!(net(&tariff, 0, None), 0);
        assert_eq!(net(&tariff, 3_000, None), 0);
        assert_eq!(net(&tariff, 3_001, None), 8);
        assert_eq!(net(&tariff, 6_000, None), 24_000);
        assert_eq!(net(&tariff, 17_000, None), 24_000 + 40_000 + 60_000 + 30_000);
    }

    #[test]
    fn the_whole_area_takes_the_price_of_its_band() {
        let tariff = samples::whole_band();
        // A plot of 300 m² where 167 m² are entitled pays 1,330 yuan.
        assert_eq!(net(&tariff, 13_300, None), 133_000);
        assert_eq!(net(&tariff, 19_999, None), 199_990);
        assert_eq!(net(&tariff, 20_000, None), 400_000);
    }

    #[test]
    fn bounds_are_of_the_year_and_relief_comes_last() {
        let tariff = Tariff {
            minimum_fen: 5_000,
            cap_fen: Some(20_000),
            ..samples::marginal()
        };
        assert_eq!(net(&tariff, 3_000, None), 0);
        assert_eq!(net(&tariff, 3_001, None), 5_000);
        assert_eq!(net(&tariff, 99_999, None), 20_000);
        assert_eq!(net(&tariff, 99_999, Some(ReliefClass::LowIncome)), 10_000);
        assert_eq!(net(&tariff, 99_999, Some(ReliefClass::ExtremePoverty)), 0);
    }

    #[test]
    fn the_largest_admitted_numbers_fit() {
        let mut tariff = samples::whole_band();
        tariff.bands[1].price_fen_per_m2 = super::super::check::DEAREST_FEN_PER_M2;
        assert!(charge(&tariff, crate::area::LARGEST_DM2, Some(ReliefClass::LowIncome), year()).is_some());
    }

    #[test]
    fn what_is_taken_back_is_not_charged() {
        let tariff = samples::capped(samples::marginal());
        assert_eq!(net(&tariff, 20_000, None), net(&samples::marginal(), 20_000, None));
        assert_eq!(net(&tariff, 99_999, None), net(&tariff, 20_000, None));
        assert_eq!((recovered(&tariff, 20_000), recovered(&tariff, 20_001)), (0, 1));

        let tariff = samples::capped(samples::whole_band());
        assert_eq!((net(&tariff, 20_000, None), recovered(&tariff, 20_000)), (400_000, 0));
        assert_eq!((net(&tariff, 20_001, None), recovered(&tariff, 20_001)), (0, 20_001));
    }

    #[test]
    fn what_is_free_is_not_paid_for() {
        let mut tariff = samples::marginal();
        assert_eq!(
            [3_000, 3_001, 17_000].map(|over| paid_for(&tariff, over)),
            [0, 1, 14_000]
        );
        tariff.bands[0].price_fen_per_m2 = 0;
        assert_eq!(
            [6_000, 6_001, 17_000].map(|over| paid_for(&tariff, over)),
            [0, 1, 11_000]
        );
        assert_eq!(paid_for(&samples::capped(samples::marginal()), 25_000), 17_000);
        let whole = samples::capped(samples::whole_band());
        assert_eq!([20_000, 20_001].map(|over| paid_for(&whole, over)), [20_000, 0]);
    }

    fn all() -> [Tariff; 4] {
        let bounded = Tariff {
            minimum_fen: 10_000,
            cap_fen: Some(90_000),
            ..samples::capped(samples::marginal())
        };
        [
            samples::marginal(),
            samples::whole_band(),
            samples::capped(samples::whole_band()),
            bounded,
        ]
    }

    proptest! {
        #[test]
        fn more_area_never_costs_less(low in 0..1_000_000_i64, more in 0..1_000_000_i64) {
            let marginal_recovery = samples::capped(samples::marginal());
            for tariff in [samples::marginal(), samples::whole_band(), marginal_recovery] {
                prop_assert!(net(&tariff, low, None) <= net(&tariff, low + more, None));
            }
        }

        #[test]
        fn marginal_fees_have_no_jump(area in 0..1_000_000_i64) {
            for tariff in [samples::marginal(), samples::capped(samples::marginal())] {
                // 0.01 m² at the dearest price, rounded.
                prop_assert!(net(&tariff, area + 1, None) - net(&tariff, area, None) <= 16);
            }
        }

        #[test]
        fn every_area_is_free_charged_or_taken_back(area in 0..1_000_000_i64) {
            for tariff in all() {
                let charged: i64 = priced(&tariff, area).iter().map(|(area, _)| area).sum();
                let free = area.min(tariff.free_allowance_dm2);
                prop_assert_eq!(free + charged + recovered(&tariff, area), area);
            }
        }

        #[test]
        fn who_pays_pays_for_some_area(area in 0..1_000_000_i64) {
            for tariff in all() {
                prop_assert_eq!(paid_for(&tariff, area) > 0, yearly(&tariff, area).expect("in range") > 0);
            }
        }

        #[test]
        fn the_parts_of_a_year_add_up_to_the_year(area in 0..100_000_i64, cuts in proptest::collection::vec(1..366_u16, 0..6)) {
            let days = cuts.into_iter().map(|day| Date::from_ordinal_date(2024, day).expect("a day"));
            let parts = year().cut(days);
            for tariff in all() {
                for class in [None, Some(ReliefClass::LowIncome)] {
                    let whole = charge(&tariff, area, class, year()).expect("in range");
                    let of = |part: &Span| charge(&tariff, area, class, *part).expect("in range");
                    prop_assert_eq!(parts.iter().map(|part| of(part).gross_fen).sum::<i64>(), whole.gross_fen);
                    prop_assert_eq!(parts.iter().map(|part| of(part).relief_fen).sum::<i64>(), whole.relief_fen);
                }
            }
        }
    }
}
