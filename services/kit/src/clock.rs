//! The one source of the present moment, so that tests and replays can hold it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use time::{Date, Duration, OffsetDateTime};

use crate::dates;

/// Tells the time. Clones share one clock.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ticking: bool,
    /// Microseconds: the shift of a ticking clock, the time since 1970 of a held one.
    micros: AtomicI64,
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Arc::new(Inner {
            ticking: true,
            micros: AtomicI64::new(0),
        }))
    }

    /// A clock that stands at `instant` until it is moved.
    pub fn fixed(instant: OffsetDateTime) -> Self {
        Self(Arc::new(Inner {
            ticking: false,
            micros: AtomicI64::new(micros(instant)),
        }))
    }

    /// The present moment in UTC, in whole microseconds because PostgreSQL keeps no more.
    pub fn now(&self) -> OffsetDateTime {
        let micros = self.base().saturating_add(self.0.micros.load(Ordering::Acquire));
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The present calendar day in Asia/Shanghai.
    pub fn today(&self) -> Date {
        dates::day_of(self.now())
    }

    /// Puts the clock, and every clone of it, to `instant`.
    pub fn set(&self, instant: OffsetDateTime) {
        self.0
            .micros
            .store(micros(instant).saturating_sub(self.base()), Ordering::Release);
    }

    /// Moves the clock, and every clone of it, by `step`, which may be negative.
    pub fn advance(&self, step: Duration) {
        let step = i64::try_from(step.whole_microseconds()).unwrap_or(i64::MAX);
        self.0.micros.fetch_add(step, Ordering::AcqRel);
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the clock of the machine is read"
    )]
    fn base(&self) -> i64 {
        if self.0.ticking {
            micros(OffsetDateTime::now_utc())
        } else {
            0
        }
    }
}

fn micros(instant: OffsetDateTime) -> i64 {
    i64::try_from(instant.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_held_clock_moves_only_when_told_and_for_every_clone() {
        let clock = Clock::fixed(datetime!(2024-12-31 15:59:59.999999999 UTC));
        let other = clock.clone();
        assert_eq!(clock.now(), datetime!(2024-12-31 15:59:59.999999 UTC));
        assert_eq!(clock.today(), date!(2024 - 12 - 31));
        other.advance(Duration::microseconds(1));
        assert_eq!(clock.now(), datetime!(2024-12-31 16:00 UTC));
        assert_eq!(
            clock.today(),
            date!(2025 - 01 - 01),
            "the day turns at midnight in Shanghai"
        );
        other.set(datetime!(2024-02-29 00:00 UTC));
        assert_eq!(clock.today(), date!(2024 - 02 - 29));
    }

    #[test]
    fn a_ticking_clock_goes_on_after_a_jump() {
        let clock = Clock::system();
        let before = clock.now();
        clock.advance(Duration::days(-1));
        assert!(clock.now() < before);
        clock.set(datetime!(2030-01-01 00:00 UTC));
        let jumped = clock.now();
        assert!(jumped >= datetime!(2030-01-01 00:00 UTC) && jumped < datetime!(2030-01-01 00:01 UTC));
    }
}
