//! Which tariff holds where and when.

use time::Date;

use super::Tariff;
use crate::span::Span;

/// The tariff that holds in `village` on `day`: that of the longest division, and of it the latest.
pub fn in_force<'a, T: AsRef<Tariff>>(tariffs: &'a [T], village: &str, day: Date) -> Option<&'a T> {
    let holds = |tariff: &Tariff| village.starts_with(&tariff.division) && tariff.effective_on <= day;
    tariffs
        .iter()
        .filter(|tariff| holds(tariff.as_ref()))
        .max_by_key(|tariff| (tariff.as_ref().division.len(), tariff.as_ref().effective_on))
}

/// Cuts `span` where another tariff begins to hold in `village`: the parts in order, each with its tariff. `None` for a part
/// in which none holds.
pub fn segments<'a, T: AsRef<Tariff>>(tariffs: &'a [T], village: &str, span: Span) -> Vec<(Span, Option<&'a T>)> {
    let begins = tariffs
        .iter()
        .map(AsRef::as_ref)
        .filter(|tariff| village.starts_with(&tariff.division))
        .map(|tariff| tariff.effective_on);
    let mut segments: Vec<(Span, Option<&T>)> = Vec::new();
    for part in span.cut(begins) {
        let tariff = in_force(tariffs, village, part.from());
        match segments.last_mut() {
            // A county's new tariff does not touch a village that has its own.
            Some((before, same))
                if same.is_some_and(|same| tariff.is_some_and(|tariff| std::ptr::eq(same, tariff))) =>
            {
                if let Some(joined) = Span::new(before.from(), part.until()) {
                    *before = joined;
                }
            }
            _ => segments.push((part, tariff)),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::tariff::samples;

    fn tariff(division: &str, effective_on: Date) -> Tariff {
        Tariff {
            division: division.into(),
            effective_on,
            ..samples::marginal()
        }
    }

    #[test]
    fn the_nearest_and_latest_holds() {
        let tariffs = [
            tariff("410225", date!(2024 - 01 - 01)),
            tariff("410225", date!(2025 - 01 - 01)),
            tariff("410225104", date!(2024 - 07 - 01)),
        ];
        let holds = |village, day| {
            in_force(&tariffs, village, day).map(|tariff| (tariff.division.as_str(), tariff.effective_on))
        };
        assert_eq!(holds("410225001213", date!(2023 - 12 - 31)), None);
        assert_eq!(
            holds("410225001213", date!(2024 - 12 - 31)),
            Some(("410225", date!(2024 - 01 - 01)))
        );
        assert_eq!(
            holds("410225001213", date!(2025 - 01 - 01)),
            Some(("410225", date!(2025 - 01 - 01)))
        );
        assert_eq!(
            holds("410225104201", date!(2024 - 06 - 30)),
            Some(("410225", date!(2024 - 01 - 01)))
        );
        assert_eq!(
            holds("410225104201", date!(2026 - 01 - 01)),
            Some(("410225104", date!(2024 - 07 - 01)))
        );
    }

    #[test]
    fn a_year_is_cut_only_where_the_tariff_changes() {
        let tariffs = [
            tariff("410225", date!(2024 - 03 - 01)),
            tariff("410225", date!(2024 - 09 - 01)),
            tariff("410225104", date!(2024 - 07 - 01)),
        ];
        let year = Span::new(date!(2024 - 01 - 01), date!(2025 - 01 - 01)).expect("a year");
        let cut = |village| -> Vec<_> {
            let parts = segments(&tariffs, village, year).into_iter();
            parts
                .map(|(span, tariff)| (span.from(), tariff.map(|tariff| tariff.effective_on)))
                .collect()
        };
        assert_eq!(
            cut("410225104201"),
            [
                (date!(2024 - 01 - 01), None),
                (date!(2024 - 03 - 01), Some(date!(2024 - 03 - 01))),
                (date!(2024 - 07 - 01), Some(date!(2024 - 07 - 01))),
            ]
        );
        let days: i64 = segments(&tariffs, "410225104201", year)
            .iter()
            .map(|(span, _)| span.days())
            .sum();
        assert_eq!(days, 366);
    }
}
