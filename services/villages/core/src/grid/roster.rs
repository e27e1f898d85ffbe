//! Rosters: who is on duty in a grid from when to when.

use std::ops::Range;

use time::{Duration, OffsetDateTime};

/// From an instant up to, and without, another.
pub type Span = Range<OffsetDateTime>;

/// Shortest shift.
pub const SHORTEST: Duration = Duration::MINUTE;
/// Longest shift.
pub const LONGEST: Duration = Duration::days(31);
/// Longest period that is replaced at once.
pub const LONGEST_PERIOD: Duration = Duration::days(366);

/// The first two shifts that share an instant, by position; the one that begins later comes second.
pub fn clash(shifts: &[Span]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..shifts.len()).collect();
    order.sort_by_key(|at| (shifts[*at].start, *at));
    order
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .find(|(before, after)| shifts[*after].start < shifts[*before].end)
}

/// What is left of a shift when a period is taken out of it: at most a piece before and one after.
pub fn cut(shift: &Span, period: &Span) -> impl Iterator<Item = Span> {
    let before = shift.start..shift.end.min(period.start);
    let after = shift.start.max(period.end)..shift.end;
    [before, after].into_iter().filter(|piece| piece.start < piece.end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2024-06-01 04:00 UTC);

    fn span(start: i64, length: i64) -> Span {
        let start = NOON + Duration::minutes(start);
        start..start + Duration::minutes(length)
    }

    fn holds(spans: &[Span], minute: i64) -> usize {
        let instant = NOON + Duration::minutes(minute);
        spans.iter().filter(|span| span.contains(&instant)).count()
    }

    proptest! {
        #[test]
        fn a_period_is_taken_out_and_nothing_else(
            shift in (0_i64..50, 1_i64..50), period in (0_i64..50, 1_i64..50), minute in -10_i64..120,
        ) {
            let (shift, period) = (span(shift.0, shift.1), span(period.0, period.1));
            let left: Vec<Span> = cut(&shift, &period).collect();
            let expected = holds(&[shift], minute) == 1 && holds(&[period], minute) == 0;
            prop_assert_eq!(holds(&left, minute), usize::from(expected));
        }

        #[test]
        fn shifts_without_a_clash_share_no_minute(given in prop::collection::vec((0_i64..100, 1_i64..20), 0..8)) {
            let spans: Vec<Span> = given.iter().map(|(start, length)| span(*start, *length)).collect();
            let shared = (0..130).any(|minute| holds(&spans, minute) > 1);
            prop_assert_eq!(clash(&spans).is_some(), shared);
        }
    }
}
