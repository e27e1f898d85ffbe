//! Periods, caps, and how long points last.

use time::{Date, Month};

/// Over what a cap runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Calendar month.
    Month,
    /// Calendar quarter.
    Quarter,
    /// Calendar year.
    Year,
}

impl Period {
    /// Whether two days lie in the same period.
    pub fn same(self, a: Date, b: Date) -> bool {
        self.number(a) == self.number(b)
    }

    fn number(self, day: Date) -> (i32, u8) {
        let month = u8::from(day.month()) - 1;
        let within = match self {
            Self::Month => month,
            Self::Quarter => month / 3,
            Self::Year => 0,
        };
        (day.year(), within)
    }
}

/// The most points, taken or given, that one item moves for a household in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// Points, at least 1.
    pub points: i64,
    /// Over what.
    pub period: Period,
}

impl Cap {
    /// Points left in the period of `day` after `others`: day of the occurrence and points of the item's entries for the
    /// household that stand.
    pub fn left(self, day: Date, others: impl IntoIterator<Item = (Date, i64)>) -> i64 {
        let others = others.into_iter().filter(|(other, _)| self.period.same(*other, day));
        self.points - others.map(|(_, points)| points.abs()).sum::<i64>()
    }
}

/// The last day on which points earned on `earned_on` can be used: the day of the same number after so many months, or the
/// last of that month if it has no such day (民法典 article 202). None for 0 months: they do not expire.
pub fn last_day(earned_on: Date, months: u16) -> Option<Date> {
    if months == 0 {
        return None;
    }
    let month = i32::from(u8::from(earned_on.month())) - 1 + i32::from(months);
    let year = earned_on.year() + month / 12;
    let month = u8::try_from(month % 12 + 1)
        .ok()
        .and_then(|it| Month::try_from(it).ok())?;
    let day = earned_on.day().min(month.length(year));
    // Beyond the calendar nothing expires.
    Date::from_calendar_date(year, month, day).ok()
}
