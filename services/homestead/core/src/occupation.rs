//! How much a household over-occupied on which day, and what that costs.

use time::Date;

use crate::{
    span::Span,
    tariff::{Charge, ReliefClass, Tariff, charge},
};

/// From a day on, a plot lies this much above the entitlement, as it is known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since<Plot> {
    /// The plot.
    pub plot: Plot,
    /// First day.
    pub from_on: Date,
    /// Over-occupied area.
    pub over_dm2: i64,
}

/// Days on which a household over-occupied the same area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The days.
    pub days: Span,
    /// Over-occupied area on all plots together.
    pub over_dm2: i64,
}

/// The stretches of `span`, in order and without hole; neighbours differ.
pub fn stretches<Plot: PartialEq>(known: &[Since<Plot>], span: Span) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::with_capacity(1);
    let mut from = span.from();
    for days in span.cut(known.iter().map(|since| since.from_on)) {
        let over_dm2 = over_on(known, days.from());
        let same = stretches.last().is_some_and(|last| last.over_dm2 == over_dm2);
        if same {
            stretches.pop();
        } else {
            from = days.from();
        }
        if let Some(days) = Span::new(from, days.until()) {
            stretches.push(Stretch { days, over_dm2 });
        }
    }
    stretches
}

/// Over-occupied area on all plots on `day`: of each plot what was last known to begin.
fn over_on<Plot: PartialEq>(known: &[Since<Plot>], day: Date) -> i64 {
    let begun = |since: &&Since<Plot>| since.from_on <= day;
    let last = |since: &&Since<Plot>| {
        !known
            .iter()
            .filter(begun)
            .any(|other| other.plot == since.plot && other.from_on > since.from_on)
    };
    known
        .iter()
        .filter(begun)
        .filter(last)
        .map(|since| since.over_dm2)
        .sum()
}

/// Charges the stretches of a bill under its tariff. The sum over any partition of a year is that of the year.
pub fn charge_all(tariff: &Tariff, stretches: &[Stretch], class: Option<ReliefClass>) -> Option<Charge> {
    let mut sum = Charge::default();
    for stretch in stretches {
        let part = charge(tariff, stretch.over_dm2, class, stretch.days)?;
        sum.gross_fen = sum.gross_fen.checked_add(part.gross_fen)?;
        sum.relief_fen = sum.relief_fen.checked_add(part.relief_fen)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::date};

    use super::*;
    use crate::tariff::samples;

    fn since(plot: u8, from_on: Date, over_dm2: i64) -> Since<u8> {
        Since {
            plot,
            from_on,
            over_dm2,
        }
    }

    fn year() -> Span {
        Span::new(date!(2024 - 01 - 01), date!(2025 - 01 - 01)).expect("a year")
    }

    #[test]
    fn plots_add_up_and_change_on_their_days() {
        let known = [
            since(1, date!(1900 - 01 - 01), 6_000),
            since(2, date!(1900 - 01 - 01), 1_000),
            since(1, date!(2024 - 07 - 01), 2_000),
            since(2, date!(2024 - 07 - 01), 5_000),
            since(2, date!(2024 - 10 - 01), 0),
            since(1, date!(2025 - 06 - 01), 9_999),
        ];
        let told: Vec<_> = stretches(&known, year())
            .iter()
            .map(|part| (part.days.from(), part.over_dm2))
            .collect();
        // On 1 July one plot lost what the other gained.
        assert_eq!(told, [(date!(2024 - 01 - 01), 7_000), (date!(2024 - 10 - 01), 2_000)]);
        assert_eq!(
            stretches::<u8>(&[], year()),
            [Stretch {
                days: year(),
                over_dm2: 0
            }]
        );
    }

    #[test]
    fn vacating_in_mid_year_charges_the_days_before() {
        let half = [
            since(1, date!(1900 - 01 - 01), 6_000),
            since(1, date!(2024 - 07 - 01), 0),
        ];
        let charged = |known: &[Since<u8>]| {
            charge_all(&samples::marginal(), &stretches(known, year()), None)
                .expect("in range")
                .gross_fen
        };
        // 182 of 366 days of 24,000 fen.
        assert_eq!(charged(&half), 11_934);
        assert_eq!(charged(&half[..1]), 24_000);
    }

    proptest! {
        #[test]
        fn stretches_cover_the_span_and_the_charge_follows_the_days(
            known in proptest::collection::vec((0..3_u8, 0..800_i64, 0..20_000_i64), 0..8),
        ) {
            let start = date!(2023 - 06 - 01);
            let known: Vec<_> = known.iter().map(|(plot, day, over)| since(*plot, start + Duration::days(*day), *over)).collect();
            let parts = stretches(&known, year());
            prop_assert_eq!(parts.iter().map(|part| part.days.days()).sum::<i64>(), 366);
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].days.until(), pair[1].days.from());
                prop_assert!(pair[0].over_dm2 != pair[1].over_dm2);
            }
            let tariff = samples::marginal();
            let at_once = charge_all(&tariff, &parts, None).expect("in range").gross_fen;
            let by_day: i64 = (0..366).map(|day| {
                let from = date!(2024 - 01 - 01) + Duration::days(day);
                let span = Span::new(from, from + Duration::days(1)).expect("a day");
                charge(&tariff, over_on(&known, from), None, span).expect("in range").gross_fen
            }).sum();
            prop_assert_eq!(at_once, by_day);
        }
    }
}
