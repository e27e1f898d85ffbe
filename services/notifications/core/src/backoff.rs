//! When a failed delivery is attempted again.

use time::Duration;

/// Delays before the second, third, … attempt; 75 h 42 min in all.
const SCHEDULE_S: [i64; 11] = [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Failures in a row after which an endpoint is only probed.
pub const OPEN_AFTER: u32 = 5;

/// Delay after failed attempt number `step` (from 0), spread by ±20 % so that a crowd does not come back at once; `None`
/// when the schedule is used up. `chance` is any random number.
pub fn delay(step: u32, chance: u32) -> Option<Duration> {
    let base = SCHEDULE_S.get(usize::try_from(step).ok()?)?;
    // 800–1,200 thousandths.
    let thousandths = 800 + i64::from(chance % 401);
    Some(Duration::milliseconds(base * thousandths))
}

/// The pause that an answer asks for, within a second and an hour.
pub fn retry_after(seconds: u64) -> Duration {
    Duration::seconds(i64::try_from(seconds.clamp(1, 3_600)).unwrap_or(3_600))
}

/// How long to wait before probing an endpoint that has been failing for `failing`: an eighth of it, one to thirty seconds,
/// so that what waits goes out soon after a short outage and a long one costs little.
pub fn probe_delay(failing: Duration) -> Duration {
    (failing / 8_i32).clamp(Duration::seconds(1), Duration::seconds(30))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_schedule_lasts_three_days_and_ends() {
        let total: i64 = SCHEDULE_S.iter().sum();
        assert!((75 * 3_600..76 * 3_600).contains(&total), "{total}");
        assert_eq!(delay(11, 0), None);
        assert_eq!(delay(0, 0), Some(Duration::seconds(4)));
        assert_eq!(delay(0, 400), Some(Duration::seconds(6)));
    }

    #[test]
    fn probes_slow_down() {
        assert_eq!(probe_delay(Duration::ZERO), Duration::seconds(1));
        assert_eq!(probe_delay(Duration::seconds(16)), Duration::seconds(2));
        assert_eq!(probe_delay(Duration::days(3)), Duration::seconds(30));
    }

    proptest! {
        #[test]
        fn jitter_stays_within_a_fifth(step in 0u32..11, chance in any::<u32>()) {
            let delay = delay(step, chance).expect("in the schedule");
            let base = Duration::seconds(SCHEDULE_S[step as usize]);
            prop_assert!(delay >= base * 4 / 5_i32 && delay <= base * 6 / 5_i32);
        }

        #[test]
        fn a_pause_is_bounded(seconds in any::<u64>()) {
            let pause = retry_after(seconds);
            prop_assert!(pause >= Duration::seconds(1) && pause <= Duration::hours(1));
        }
    }
}
