//! ISO weeks, written `2024-W13`.

use std::fmt;

use time::{Date, Weekday};

/// A week from Monday to Sunday by ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week {
    monday: Date,
}

impl Week {
    /// The week of a day.
    pub fn of(day: Date) -> Self {
        let back = i64::from(day.weekday().number_days_from_monday());
        Self {
            monday: crate::calendar::offset(day, -back),
        }
    }

    /// Reads `2024-W13`; `None` if there is no such week.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, week) = text.split_once("-W")?;
        if year.len() != 4
            || week.len() != 2
            || !text.bytes().all(|byte| byte.is_ascii_digit() || b"-W".contains(&byte))
        {
            return None;
        }
        let year: i32 = year.parse().ok()?;
        let week: u8 = week.parse().ok()?;
        // Not to touch the edges of the calendar, where a week is cut.
        let monday = Date::from_iso_week_date(year, week, Weekday::Monday).ok()?;
        (2..=9_998).contains(&year).then_some(Self { monday })
    }

    /// Monday.
    pub fn first_day(self) -> Date {
        self.monday
    }

    /// Sunday.
    pub fn last_day(self) -> Date {
        crate::calendar::offset(self.monday, 6)
    }

    /// The week before.
    #[must_use]
    pub fn before(self) -> Self {
        Self {
            monday: crate::calendar::offset(self.monday, -7),
        }
    }

    /// The week after.
    #[must_use]
    pub fn after(self) -> Self {
        Self {
            monday: crate::calendar::offset(self.monday, 7),
        }
    }

    /// ISO year and number of the week.
    pub fn number(self) -> (i32, u8) {
        let (year, week, _) = self.monday.to_iso_week_date();
        (year, week)
    }

    /// Which week of a programme it is, the week of `start` being the first; below 1 before that.
    pub fn since(self, start: Date) -> i64 {
        (self.monday - Self::of(start).monday).whole_days() / 7 + 1
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, week) = self.number();
        write!(f, "{year:04}-W{week:02}")
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn years_of_53_weeks() {
        let last = Week::parse("2026-W53").expect("2026 has 53 weeks");
        assert_eq!(
            (last.first_day(), last.last_day()),
            (date!(2026 - 12 - 28), date!(2027 - 01 - 03))
        );
        assert_eq!(last.after().to_string(), "2027-W01");
        assert_eq!(last.since(date!(2026 - 01 - 01)), 53);
        assert!(Week::parse("2024-W53").is_none() && Week::parse("2026-W54").is_none());
    }

    #[test]
    fn reads_back() {
        for text in ["2024-W01", "2020-W53", "2024-W13"] {
            let week = Week::parse(text).expect(text);
            assert_eq!(week.to_string(), text);
            assert_eq!(Week::of(week.last_day()), week);
        }
        for text in ["2024-13", "2024-W1", "24-W01", "2024-W00", "2024-W1x", "", "9999-W52"] {
            assert!(Week::parse(text).is_none(), "{text}");
        }
    }
}
