//! Spans of days, and shares of a year that telescope.

use time::{Date, Month};

use crate::money;

/// The days from `from` up to and without `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    from: Date,
    until: Date,
}

/// The part of a span that lies in one calendar year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearPart {
    /// Days of the year before the part.
    pub begin: u16,
    /// Days of the year before and in the part.
    pub end: u16,
    /// Days of the year, 365 or 366.
    pub days: u16,
}

impl Span {
    /// `None` if it would hold no day.
    pub fn new(from: Date, until: Date) -> Option<Self> {
        (from < until).then_some(Self { from, until })
    }

    /// First day.
    pub fn from(self) -> Date {
        self.from
    }

    /// Day after the last day.
    pub fn until(self) -> Date {
        self.until
    }

    /// Number of days.
    pub fn days(self) -> i64 {
        (self.until - self.from).whole_days()
    }

    /// Whether they share a day.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Whether it is at most one year long: 1 March to 1 March is, also across 29 February.
    pub fn at_most_a_year(self) -> bool {
        let year = self.from.year() + 1;
        let anniversary = self
            .from
            .replace_year(year)
            .or_else(|_| Date::from_calendar_date(year, Month::March, 1));
        anniversary.is_ok_and(|anniversary| self.until <= anniversary)
    }

    /// The parts by calendar year, in order.
    pub fn years(self) -> impl Iterator<Item = YearPart> {
        // `until` is exclusive, so 1 January belongs to the year before.
        let last = self.until.previous_day().unwrap_or(self.until);
        (self.from.year()..=last.year()).map(move |year| {
            let days = time::util::days_in_year(year);
            let begin = if year == self.from.year() {
                self.from.ordinal() - 1
            } else {
                0
            };
            let end = if year == last.year() { last.ordinal() } else { days };
            YearPart { begin, end, days }
        })
    }

    /// Cuts the span at those of `dates` that lie within it. The parts cover it exactly.
    pub fn cut(self, dates: impl IntoIterator<Item = Date>) -> Vec<Self> {
        let mut edges: Vec<Date> = dates
            .into_iter()
            .filter(|date| self.from < *date && *date < self.until)
            .collect();
        edges.extend([self.from, self.until]);
        edges.sort_unstable();
        edges.dedup();
        edges
            .windows(2)
            .filter_map(|pair| Self::new(pair[0], pair[1]))
            .collect()
    }
}

impl YearPart {
    /// The part's share of a yearly amount in hundredths of a fen, in fen: rounded cumulatively from the beginning of the
    /// year, so that the parts of any partition of a year add up to the year.
    pub fn share(self, yearly_centifen: i64) -> Option<i64> {
        cumulative(yearly_centifen, self.end, self.days)?.checked_sub(cumulative(
            yearly_centifen,
            self.begin,
            self.days,
        )?)
    }

    /// The same after a share `numerator`/`denominator` of it was remitted; returns what is remitted. Computed from the
    /// cumulative fen, so neither the remitted nor the remaining part of any span can fall below zero.
    pub fn remitted(self, yearly_centifen: i64, numerator: i64, denominator: i64) -> Option<i64> {
        let remitted = |day| {
            let fen = cumulative(yearly_centifen, day, self.days)?;
            money::round(i128::from(fen) * i128::from(numerator), i128::from(denominator))
        };
        remitted(self.end)?.checked_sub(remitted(self.begin)?)
    }
}

/// Fen due for the first `day` days of a year of `days` days.
fn cumulative(yearly_centifen: i64, day: u16, days: u16) -> Option<i64> {
    money::round(i128::from(yearly_centifen) * i128::from(day), 100 * i128::from(days))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn share(from: Date, until: Date, yearly: i64) -> i64 {
        let span = Span::new(from, until).expect("not empty");
        span.years().map(|part| part.share(yearly).expect("fits")).sum()
    }

    #[test]
    fn a_year_is_the_whole_and_a_leap_day_counts() {
        assert_eq!(share(date!(2023 - 01 - 01), date!(2024 - 01 - 01), 36_500), 365);
        assert_eq!(share(date!(2024 - 01 - 01), date!(2025 - 01 - 01), 36_600), 366);
        assert_eq!(share(date!(2024 - 02 - 29), date!(2024 - 03 - 01), 36_600), 1);
    }

    #[test]
    fn a_year_ends_on_its_anniversary() {
        let long = |from, until| Span::new(from, until).expect("not empty").at_most_a_year();
        assert!(long(date!(2024 - 01 - 01), date!(2025 - 01 - 01)));
        assert!(!long(date!(2024 - 01 - 01), date!(2025 - 01 - 02)));
        assert!(long(date!(2024 - 02 - 29), date!(2025 - 03 - 01)));
        assert!(!long(date!(2024 - 02 - 29), date!(2025 - 03 - 02)));
    }

    #[test]
    fn years_are_cut_at_new_year() {
        let span = Span::new(date!(2023 - 12 - 31), date!(2024 - 01 - 02)).expect("not empty");
        let parts: Vec<_> = span.years().collect();
        assert_eq!(
            parts,
            [
                YearPart {
                    begin: 364,
                    end: 365,
                    days: 365
                },
                YearPart {
                    begin: 0,
                    end: 1,
                    days: 366
                }
            ]
        );
        assert_eq!(Span::new(date!(2024 - 01 - 01), date!(2024 - 01 - 01)), None);
    }

    fn day() -> impl Strategy<Value = Date> {
        (date!(2015 - 01 - 01).to_julian_day()..date!(2035 - 01 - 01).to_julian_day())
            .prop_map(|day| Date::from_julian_day(day).expect("in range"))
    }

    proptest! {
        #[test]
        fn parts_of_any_partition_add_up(
            days in proptest::collection::btree_set(day(), 2..12),
            yearly in 0..1_000_000_000_000_i64,
            (numerator, denominator) in (1..=100_i64).prop_flat_map(|d| (0..=d, Just(d))),
        ) {
            let days: Vec<Date> = days.into_iter().collect();
            let whole = Span::new(days[0], days[days.len() - 1]).expect("not empty");
            let parts = whole.cut(days.iter().copied());
            let sum = |spans: &[Span], of: &dyn Fn(YearPart) -> i64| spans.iter().flat_map(|span| span.years()).map(of).sum::<i64>();
            let gross = |part: YearPart| part.share(yearly).expect("fits");
            let relief = |part: YearPart| part.remitted(yearly, numerator, denominator).expect("fits");
            prop_assert_eq!(sum(&parts, &gross), sum(&[whole], &gross));
            prop_assert_eq!(sum(&parts, &relief), sum(&[whole], &relief));
            for part in parts.iter().flat_map(|span| span.years()) {
                prop_assert!(0 <= relief(part) && relief(part) <= gross(part));
            }
        }
    }
}
