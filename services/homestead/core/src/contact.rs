//! The hours in which debtors may be visited or told (08:00–21:00, local time).

use time::{PrimitiveDateTime, Time};

/// First hour of the day in which they may.
pub const FROM_HOUR: u8 = 8;

/// Hour of the day from which on they may not.
pub const UNTIL_HOUR: u8 = 21;

/// Whether debtors may be disturbed at `time`, a local time.
pub fn allowed(time: Time) -> bool {
    (FROM_HOUR..UNTIL_HOUR).contains(&time.hour())
}

/// The first moment from `moment` on, both local, at which they may be.
pub fn earliest(moment: PrimitiveDateTime) -> PrimitiveDateTime {
    let morning = Time::from_hms(FROM_HOUR, 0, 0).unwrap_or(Time::MIDNIGHT);
    if allowed(moment.time()) {
        moment
    } else if moment.hour() < FROM_HOUR {
        moment.replace_time(morning)
    } else {
        let day = moment.date().next_day().unwrap_or_else(|| moment.date());
        PrimitiveDateTime::new(day, morning)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{datetime, time};

    use super::*;

    #[test]
    fn nights_end_at_eight_and_begin_at_nine() {
        let found = [
            time!(07:59:59.999),
            time!(8:00),
            time!(20:59:59.999),
            time!(21:00),
            time!(0:00),
        ]
        .map(allowed);
        assert_eq!(found, [false, true, true, false, false]);
    }

    #[test]
    fn the_next_allowed_moment_is_now_or_in_the_morning() {
        for (moment, expected) in [
            (datetime!(2025-03-01 12:30), datetime!(2025-03-01 12:30)),
            (datetime!(2025-03-01 03:30), datetime!(2025-03-01 08:00)),
            (datetime!(2025-02-28 21:00), datetime!(2025-03-01 08:00)),
        ] {
            assert_eq!(earliest(moment), expected);
        }
    }
}
