//! Calendar days and instants on their way between the wire and the code.
//!
//! Days are days in Asia/Shanghai, which has kept UTC+8 without summer time since 1991.

use std::ops::Range;

use prost_types::Timestamp;
use proto::google::r#type::Date as Wire;
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset, macros::offset};

use crate::error::{Error, Result};

/// The offset of Asia/Shanghai.
pub const SHANGHAI: UtcOffset = offset!(+8);

/// Reads an optional day; a day that is given must be a full, existing date.
pub fn from_proto(field: &str, date: Option<Wire>) -> Result<Option<Date>> {
    date.map(|date| day(field, date.year, date.month, date.day)).transpose()
}

/// Reads a day that must be given.
pub fn required(field: &str, date: Option<Wire>) -> Result<Date> {
    from_proto(field, date)?.ok_or_else(|| Error::required(field))
}

/// Writes a day.
pub fn to_proto(date: Date) -> Wire {
    Wire {
        year: date.year(),
        month: i32::from(u8::from(date.month())),
        day: i32::from(date.day()),
    }
}

/// Reads `2024-12-31`.
pub fn parse(field: &str, text: &str) -> Result<Date> {
    let number = |digits: Option<&str>| {
        digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
    };
    let separated = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    match (
        separated,
        number(text.get(..4)),
        number(text.get(5..7)),
        number(text.get(8..)),
    ) {
        (true, Some(year), Some(month), Some(at)) => day(field, year, month, at),
        _ => Err(Error::invalid(field, text, "a date written as YYYY-MM-DD")),
    }
}

/// Writes an instant.
pub fn timestamp(instant: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: instant.unix_timestamp(),
        nanos: i32::try_from(instant.nanosecond()).unwrap_or(0),
    }
}

/// Reads an optional instant; an instant that is given must lie in the years 1 to 9999.
pub fn from_timestamp(field: &str, instant: Option<Timestamp>) -> Result<Option<OffsetDateTime>> {
    let Some(Timestamp { seconds, nanos }) = instant else {
        return Ok(None);
    };
    let refused = |rule| Error::invalid(field, format_args!("{seconds} s {nanos} ns"), rule);
    let nanos = u32::try_from(nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000)
        .ok_or_else(|| refused("nanos between 0 and 999,999,999"))?;
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .filter(|instant| instant.year() >= 1)
        .map(|instant| Some(instant + Duration::nanoseconds(i64::from(nanos))))
        .ok_or_else(|| refused("an instant in the years 1 to 9999"))
}

/// The day in Asia/Shanghai at `instant`.
pub fn day_of(instant: OffsetDateTime) -> Date {
    instant.checked_to_offset(SHANGHAI).unwrap_or(instant).date()
}

/// The instant at which `day` begins in Asia/Shanghai.
pub fn start_of(day: Date) -> OffsetDateTime {
    let local = day.with_time(Time::MIDNIGHT).assume_offset(SHANGHAI);
    local.checked_to_offset(UtcOffset::UTC).unwrap_or(local)
}

/// From the beginning of `day` in Asia/Shanghai up to, and without, the beginning of the next.
pub fn bounds(day: Date) -> Range<OffsetDateTime> {
    let start = start_of(day);
    start..start.saturating_add(Duration::DAY)
}

fn day(field: &str, year: i32, month: i32, day: i32) -> Result<Date> {
    let refused = |rule: String| Error::invalid(field, format_args!("{year:04}-{month:02}-{day:02}"), rule);
    if !(1..=9999).contains(&year) {
        return Err(refused("a full date: year between 1 and 9999".to_owned()));
    }
    let name = u8::try_from(month)
        .ok()
        .and_then(|month| Month::try_from(month).ok())
        .ok_or_else(|| refused("a full date: month between 1 and 12".to_owned()))?;
    u8::try_from(day)
        .ok()
        .and_then(|day| Date::from_calendar_date(year, name, day).ok())
        .ok_or_else(|| {
            refused(format!(
                "a full date: {name} {year} has days 1 to {}",
                name.length(year)
            ))
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    use super::*;

    fn rule(error: &Error) -> &str {
        &error.violations()[0].rule
    }

    #[test]
    fn leap_days_are_told_apart() {
        assert_eq!(parse("on", "2024-02-29").expect("a leap year"), date!(2024 - 02 - 29));
        assert_eq!(
            parse("on", "2000-02-29").expect("a leap century"),
            date!(2000 - 02 - 29)
        );
        for year in ["2023", "1900"] {
            let error = parse("on", &format!("{year}-02-29")).expect_err("no leap year");
            assert_eq!(rule(&error), format!("a full date: February {year} has days 1 to 28"));
            assert_eq!(error.violations()[0].value, format!("{year}-02-29"));
        }
    }

    #[test]
    fn partial_dates_are_refused() {
        for (year, month, day, part) in [
            (0, 0, 0, "year"),
            (2024, 0, 0, "month"),
            (2024, 12, 0, "days"),
            (2024, 13, 1, "month"),
            (i32::MAX, 1, 1, "year"),
        ] {
            let error = from_proto("on", Some(Wire { year, month, day })).expect_err("not a full date");
            assert!(rule(&error).contains(part), "{error}");
        }
        assert_eq!(from_proto("on", None).expect("absent is allowed"), None);
        assert_eq!(
            required("on", None).expect_err("absent is refused").violations()[0].rule,
            "required"
        );
    }

    #[test]
    fn instants_out_of_range_are_refused() {
        let read = |seconds, nanos| from_timestamp("at", Some(Timestamp { seconds, nanos }));
        assert_eq!(
            read(0, 1_000).expect("in range"),
            Some(datetime!(1970-01-01 00:00:00.000001 UTC))
        );
        assert_eq!(
            read(-1, 999_999_999).expect("before 1970"),
            Some(datetime!(1969-12-31 23:59:59.999999999 UTC))
        );
        assert!(read(0, -1).is_err() && read(0, 1_000_000_000).is_err());
        assert!(read(i64::MAX, 0).is_err() && read(i64::MIN, 0).is_err() && read(-62_135_596_801, 0).is_err());
        assert_eq!(from_timestamp("at", None).expect("absent is allowed"), None);
    }

    #[test]
    fn days_turn_at_midnight_in_shanghai() {
        assert_eq!(start_of(date!(2025 - 01 - 01)), datetime!(2024-12-31 16:00 UTC));
        let bounds = bounds(date!(2024 - 02 - 29));
        assert_eq!(bounds, datetime!(2024-02-28 16:00 UTC)..datetime!(2024-02-29 16:00 UTC));
        assert_eq!(day_of(bounds.start), date!(2024 - 02 - 29));
        assert_eq!(day_of(bounds.end), date!(2024 - 03 - 01));
        let _ = (
            start_of(Date::MIN),
            day_of(start_of(Date::MAX)),
            super::bounds(Date::MAX),
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse("on", &text);
        }

        #[test]
        fn days_read_back(julian in date!(0001 - 01 - 01).to_julian_day()..=Date::MAX.to_julian_day()) {
            let date = Date::from_julian_day(julian).expect("in range");
            prop_assert_eq!(required("on", Some(to_proto(date))).expect("a date"), date);
            prop_assert_eq!(parse("on", &date.to_string()).expect("a date"), date);
        }

        #[test]
        fn instants_read_back(seconds in -62_135_596_800_i64..=253_402_300_799, nanos in 0..1_000_000_000_i32) {
            let wire = Timestamp { seconds, nanos };
            let read = from_timestamp("at", Some(wire)).expect("in range").expect("given");
            prop_assert_eq!(timestamp(read), wire);
        }
    }
}
