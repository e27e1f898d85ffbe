//! What the attempts show of an endpoint.

use time::{Duration, OffsetDateTime};

use crate::{backoff, delivery::Sign};

/// How often a success that changes nothing else is noted.
const NOTED_EVERY: Duration = Duration::seconds(10);

/// Health of an endpoint as its last attempts left it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Failures since the last success.
    pub failures: u32,
    /// When the first of them was.
    pub failing_since: Option<OffsetDateTime>,
    /// When it may be probed, while it is open.
    pub probe_at: Option<OffsetDateTime>,
    /// Until when it asked to be left alone.
    pub paused_until: Option<OffsetDateTime>,
    /// When an attempt last succeeded.
    pub last_success_at: Option<OffsetDateTime>,
}

/// What the attempts of one batch make of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its health now.
    pub health: Health,
    /// Whether it is worth storing.
    pub noted: bool,
    /// It is back: everything that waits for it is due now.
    pub recovered: bool,
    /// It is gone for good.
    pub gone: bool,
}

impl Health {
    /// Whether it failed so often that it is only probed.
    pub fn is_open(&self) -> bool {
        self.failures >= backoff::OPEN_AFTER
    }

    /// What follows from the signs of a batch of attempts, in the order in which they ended.
    pub fn after(self, signs: &[Sign], now: OffsetDateTime) -> Change {
        let mut health = self;
        let mut change = Change {
            health,
            noted: false,
            recovered: false,
            gone: false,
        };
        for sign in signs {
            match sign {
                Sign::Works => {
                    change.recovered |= health.failures > 0;
                    health = Self {
                        paused_until: None,
                        last_success_at: Some(now),
                        ..Self::default()
                    };
                }
                Sign::Fails => {
                    let since = *health.failing_since.get_or_insert(now);
                    health.failures = health.failures.saturating_add(1);
                    health.probe_at = health.is_open().then(|| now + backoff::probe_delay(now - since));
                }
                Sign::Pause(until) => health.paused_until = health.paused_until.max(Some(*until)),
                Sign::Neutral => {}
                Sign::Gone => change.gone = true,
            }
        }
        let stale = match (self.last_success_at, health.last_success_at) {
            (Some(before), Some(after)) => after - before >= NOTED_EVERY,
            (None, after) => after.is_some(),
            (Some(_), None) => false,
        };
        change.noted = stale
            || Self {
                last_success_at: self.last_success_at,
                ..health
            } != self;
        change.health = health;
        change
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2024-11-04 08:00 UTC);

    #[test]
    fn five_failures_open_it_and_one_success_closes_it() {
        let failing = Health::default().after(&[Sign::Fails; 4], NOW).health;
        assert!(!failing.is_open() && failing.probe_at.is_none());
        let later = NOW + Duration::seconds(16);
        let open = failing.after(&[Sign::Fails], later).health;
        assert!(open.is_open());
        assert_eq!(open.probe_at, Some(later + Duration::seconds(2)));
        let back = open.after(&[Sign::Works], later + Duration::seconds(2));
        assert!(back.recovered && back.noted && !back.health.is_open());
        assert_eq!(back.health.probe_at, None);
    }

    #[test]
    fn a_wish_for_a_pause_is_kept_until_it_works_again() {
        let until = NOW + Duration::seconds(7);
        let paused = Health::default().after(&[Sign::Pause(until), Sign::Pause(NOW)], NOW);
        assert_eq!((paused.health.paused_until, paused.noted), (Some(until), true));
        assert_eq!(paused.health.after(&[Sign::Works], NOW).health.paused_until, None);
    }

    #[test]
    fn steady_success_is_noted_now_and_then() {
        let works = |health: Health, second| health.after(&[Sign::Works], NOW + Duration::seconds(second));
        let first = works(Health::default(), 0);
        assert!(first.noted);
        assert!(!works(first.health, 9).noted);
        assert!(works(first.health, 10).noted);
    }

    proptest! {
        #[test]
        fn one_batch_is_worth_as_much_as_one_by_one(kinds in prop::collection::vec(0u8..4, 0..20), cut in 0usize..20) {
            let signs: Vec<Sign> = kinds
                .iter()
                .map(|kind| match kind {
                    0 => Sign::Works,
                    1 => Sign::Fails,
                    2 => Sign::Neutral,
                    _ => Sign::Pause(NOW + Duration::seconds(3)),
                })
                .collect();
            let (first, second) = signs.split_at(cut.min(signs.len()));
            let at_once = Health::default().after(&signs, NOW);
            let (a, b) = (Health::default().after(first, NOW), Health::default().after(first, NOW).health.after(second, NOW));
            prop_assert_eq!(at_once.health, b.health);
            prop_assert_eq!(at_once.recovered, a.recovered || b.recovered);
        }
    }
}
