//! Until when what is owed can be claimed.

use time::{Date, Duration, Month};

use super::Home;

impl Home {
    /// Bills that were not settled at the end of a day, and past the due date that they were issued with.
    pub fn claims(&self, day: Date) -> Vec<usize> {
        (0..self.bills.len())
            .filter(|at| self.bills[*at].due < day && self.stood(*at, day) > 0)
            .collect()
    }

    /// The household is told, or agrees: of everything that it owes beyond its due date the years begin anew. Answers the names.
    pub fn renew(&mut self, day: Date) -> Vec<String> {
        let claims = self.claims(day);
        self.renewed.extend(claims.iter().map(|at| (*at, day)));
        claims.iter().map(|at| self.bills[*at].name.clone()).collect()
    }

    /// First day on which a bill can no longer be claimed: three years after the day after it was due, told of, agreed on or
    /// paid in part, whichever came last. Nothing that becomes due in a year is barred in it.
    pub fn barred(&self, bill: usize) -> Date {
        let paid = self
            .payments
            .iter()
            .filter(|paid| !paid.undone && paid.parts.iter().any(|(at, _)| *at == bill));
        let renewed = self.renewed.iter().filter(|(at, _)| *at == bill);
        let due = self.bills[bill].due;
        let days = paid.map(|paid| paid.day).chain(renewed.map(|(_, day)| *day));
        let begin = days.fold(due, Date::max) + Duration::DAY;
        let last = Date::from_calendar_date(begin.year() + 3, begin.month(), begin.day());
        last.unwrap_or_else(|_| Date::from_calendar_date(begin.year() + 3, Month::March, 1).expect("a day"))
    }
}
