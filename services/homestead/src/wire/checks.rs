//! Checks of what requests state, used by several resources.

use std::ops::RangeInclusive;

use homestead_core::contact;
use kit::{
    dates::{self, SHANGHAI},
    error::{Error, Result},
};
use prost_types::Timestamp;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// Largest amount that anybody promises or agrees on: a billion yuan.
const LARGEST_FEN: i64 = 100_000_000_000;

/// A text of so many characters; what surrounds it is cut off.
pub fn text(field: &str, value: &str, length: RangeInclusive<usize>) -> Result<String> {
    let text = value.trim();
    let count = text.chars().count();
    if count == 0 && *length.start() > 0 {
        return Err(Error::required(field));
    }
    if length.contains(&count) && !text.contains('\0') {
        return Ok(text.to_owned());
    }
    Err(Error::invalid(
        field,
        text,
        format!("{}–{} characters", length.start(), length.end()),
    ))
}

/// An amount above nothing.
pub fn amount(field: &str, fen: i64) -> Result<i64> {
    if (1..=LARGEST_FEN).contains(&fen) {
        Ok(fen)
    } else {
        Err(Error::invalid(field, fen, "1–100,000,000,000"))
    }
}

/// A day that is not in the future.
pub fn past(field: &str, day: Date, today: Date) -> Result<Date> {
    if day > today {
        return Err(Error::invalid(field, day, format!("not after today, {today}")));
    }
    Ok(day)
}

/// An instant that must be given and not lie in the future.
pub fn past_instant(field: &str, instant: Option<Timestamp>, now: OffsetDateTime) -> Result<OffsetDateTime> {
    let instant = dates::from_timestamp(field, instant)?.ok_or_else(|| Error::required(field))?;
    if instant > now {
        return Err(Error::invalid(field, instant, format!("not after now, {now}")));
    }
    Ok(instant)
}

/// Refuses a field that only goes with another value.
pub fn unset(field: &str, given: bool, only_with: &str) -> Result<()> {
    if given {
        return Err(Error::invalid(field, "given", format!("only with {only_with}")));
    }
    Ok(())
}

/// Refuses to have disturbed somebody at night.
pub fn by_day(subject: &str, instant: OffsetDateTime) -> Result<()> {
    if contact::allowed(local(instant).time()) {
        return Ok(());
    }
    Err(Error::rule(
        "NIGHT_CONTACT",
        subject,
        "nobody is visited or told between 21:00 and 08:00",
        "21:00 至次日 8:00 不得上门或送达",
    ))
}

/// Date and time in Asia/Shanghai.
pub fn local(instant: OffsetDateTime) -> PrimitiveDateTime {
    let there = instant.checked_to_offset(SHANGHAI).unwrap_or(instant);
    PrimitiveDateTime::new(there.date(), there.time())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn texts_are_cut_and_counted_in_characters() {
        assert_eq!(text("text", "  回执 ", 1..=2).expect("fits"), "回执");
        assert!(text("text", "", 0..=2).is_ok());
        for bad in ["", " ", "回执号", "a\0"] {
            assert!(text("text", bad, 1..=2).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nights_are_those_of_shanghai() {
        assert!(by_day("x", datetime!(2025-03-01 12:59:59 UTC)).is_ok());
        assert!(by_day("x", datetime!(2025-03-01 00:00 UTC)).is_ok());
        for night in [datetime!(2025-03-01 13:00 UTC), datetime!(2025-03-01 23:59:59 UTC)] {
            assert_eq!(by_day("x", night).expect_err("at night").reason(), "NIGHT_CONTACT");
        }
    }
}
