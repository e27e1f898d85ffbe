//! Recorded figures of one village, indicator and source, brought to the one that counts.

use time::Date;

use super::Figure;
use crate::document::Source;

/// A figure as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Identity of the measurement.
    pub id: u128,
    /// Day that it describes.
    pub date: Date,
    /// Of one day the highest counts.
    pub revision: i32,
    /// Counted part.
    pub numerator: i64,
    /// Counted whole less the deductible; `None` for a plain count.
    pub whole: Option<i64>,
}

/// What recorded figures, taken in any order, come to: the latest one, and the first one of the time over which the pace is
/// measured.
#[derive(Debug, Clone, Copy, Default)]
pub struct Series {
    latest: Option<Recorded>,
    earliest: Option<Recorded>,
}

impl Series {
    /// Takes a figure; the pace is measured from `pace_from` on.
    pub fn take(&mut self, figure: Recorded, pace_from: Date) {
        if self
            .latest
            .is_none_or(|held| (held.date, held.revision) < (figure.date, figure.revision))
        {
            self.latest = Some(figure);
        }
        let earlier =
            |held: Recorded| figure.date < held.date || (figure.date == held.date && figure.revision > held.revision);
        if figure.date >= pace_from && self.earliest.is_none_or(earlier) {
            self.earliest = Some(figure);
        }
    }

    /// The figure that counts; `None` if none was taken.
    pub fn figure(&self, source: Source) -> Option<Figure> {
        let latest = self.latest?;
        let earlier = self.earliest.filter(|earliest| earliest.date < latest.date);
        Some(Figure {
            id: Some(latest.id),
            date: latest.date,
            source,
            numerator: latest.numerator,
            whole: latest.whole,
            earlier: earlier.map(|earliest| (earliest.date, earliest.numerator)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;
    use crate::calendar::offset;

    proptest! {
        /// By going through all figures for each question alone, with the order of taking drawn.
        #[test]
        fn what_counts_does_not_depend_on_the_order(
            taken in prop::collection::vec((0..12_i64, 1..4_i32, 0..99_i64), 0..30),
            from in 0..12_i64,
        ) {
            let day = |at| offset(date!(2024 - 01 - 01), at);
            let mut recorded: Vec<Recorded> = Vec::new();
            for (id, (at, revision, numerator)) in (1..).zip(taken) {
                if recorded.iter().all(|other| (other.date, other.revision) != (day(at), revision)) {
                    recorded.push(Recorded { id, date: day(at), revision, numerator, whole: None });
                }
            }
            let mut series = Series::default();
            for figure in &recorded {
                series.take(*figure, day(from));
            }
            let of_day = |on: Date| recorded.iter().filter(|it| it.date == on).max_by_key(|it| it.revision);
            let last = recorded.iter().map(|it| it.date).max();
            let first = recorded.iter().map(|it| it.date).filter(|date| *date >= day(from)).min();
            let expected = last.and_then(of_day).map(|latest| (
                Some(latest.id),
                latest.date,
                latest.numerator,
                first.filter(|first| *first < latest.date).and_then(of_day).map(|it| (it.date, it.numerator)),
            ));
            let figure = series.figure(Source::System);
            prop_assert_eq!(figure.map(|it| (it.id, it.date, it.numerator, it.earlier)), expected);
        }
    }
}
