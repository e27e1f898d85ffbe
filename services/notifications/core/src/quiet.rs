//! Hours in which people are left alone.

use time::{OffsetDateTime, Time, UtcOffset, macros::offset};

/// China keeps one time without summer time since 1991.
const SHANGHAI: UtcOffset = offset!(+8);

/// A daily span of quiet, in Asia/Shanghai. It may go past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    start: Time,
    end: Time,
}

/// Why a span is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    /// Not `HH:MM`.
    #[error("a time of day is HH:MM, 00:00–23:59")]
    Form,
    /// The span is empty or the whole day.
    #[error("start and end are the same")]
    Same,
}

/// Reads a time of day, `HH:MM`.
pub fn time_of_day(text: &str) -> Result<Time, BadHours> {
    let (hour, minute) = text.split_once(':').ok_or(BadHours::Form)?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return Err(BadHours::Form);
    }
    let (hour, minute) = (
        hour.parse().map_err(|_| BadHours::Form)?,
        minute.parse().map_err(|_| BadHours::Form)?,
    );
    Time::from_hms(hour, minute, 0).map_err(|_| BadHours::Form)
}

impl QuietHours {
    /// From `start` to `end`, each `HH:MM`.
    pub fn parse(start: &str, end: &str) -> Result<Self, BadHours> {
        let (start, end) = (time_of_day(start)?, time_of_day(end)?);
        if start == end {
            Err(BadHours::Same)
        } else {
            Ok(Self { start, end })
        }
    }

    /// When what is ready at `at` may go out: `at` itself, or the end of the quiet that it falls into.
    pub fn release(&self, at: OffsetDateTime) -> OffsetDateTime {
        let local = at.to_offset(SHANGHAI);
        let now = local.time();
        let overnight = self.end < self.start;
        let quiet = if overnight {
            now >= self.start || now < self.end
        } else {
            now >= self.start && now < self.end
        };
        if !quiet {
            return at;
        }
        let today = local.replace_time(self.end);
        let end = if overnight && now >= self.start {
            today + time::Duration::days(1)
        } else {
            today
        };
        end.to_offset(at.offset())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn the_night_is_quiet() {
        let night = QuietHours::parse("21:00", "08:00").expect("hours");
        let cases = [
            (datetime!(2024-11-04 20:59:59 +8), datetime!(2024-11-04 20:59:59 +8)),
            (datetime!(2024-11-04 21:00 +8), datetime!(2024-11-05 08:00 +8)),
            (datetime!(2024-12-31 23:30 +8), datetime!(2025-01-01 08:00 +8)),
            (datetime!(2024-02-29 03:00 +8), datetime!(2024-02-29 08:00 +8)),
            (datetime!(2024-11-04 08:00 +8), datetime!(2024-11-04 08:00 +8)),
            (datetime!(2024-11-04 16:00 UTC), datetime!(2024-11-05 08:00 +8)),
        ];
        for (at, expected) in cases {
            assert_eq!(night.release(at), expected, "{at}");
        }
    }

    #[test]
    fn times_have_a_form() {
        for bad in ["", "8:00", "24:00", "08:60", "0800", "+8:00", "08:00:00"] {
            assert_eq!(time_of_day(bad), Err(BadHours::Form), "{bad}");
        }
        assert_eq!(QuietHours::parse("08:00", "08:00"), Err(BadHours::Same));
    }

    proptest! {
        #[test]
        fn release_is_never_early_never_a_day_late_and_never_quiet(
            start in 0u32..1440, length in 1u32..1440, second in 0i64..200_000_000, zone in -12i8..=14,
        ) {
            let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
            let hours = QuietHours::parse(&clock(start), &clock((start + length) % 1440)).expect("hours");
            let offset = UtcOffset::from_hms(zone, 0, 0).expect("zone");
            let at = (datetime!(2022-01-01 00:00 UTC) + Duration::seconds(second)).to_offset(offset);
            let release = hours.release(at);
            prop_assert!(release >= at && release - at < Duration::days(1));
            prop_assert_eq!(hours.release(release), release);
        }
    }
}
