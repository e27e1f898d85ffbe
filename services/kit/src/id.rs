//! Identifiers: version 7 UUIDs, because keys that grow with time keep indexes small.

use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::{
    ChaCha12Rng,
    rand_core::{RngCore, SeedableRng},
};
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

use crate::clock::Clock;

/// Makes identifiers. Clones share one sequence.
#[derive(Debug, Clone)]
pub struct Ids(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    random: ChaCha12Rng,
    /// Milliseconds since 1970 in the upper 52 bits, the fraction of the millisecond in the lower 12.
    last: u64,
}

impl Ids {
    /// Identifiers that nobody can guess.
    ///
    /// # Panics
    ///
    /// If the operating system gives no randomness.
    pub fn random(clock: Clock) -> Self {
        let mut seed = [0; 32];
        assert!(
            SystemRandom::new().fill(&mut seed).is_ok(),
            "the operating system gives no randomness"
        );
        Self::with(clock, ChaCha12Rng::from_seed(seed))
    }

    /// The same identifiers on every run, for tests.
    pub fn seeded(clock: Clock, seed: u64) -> Self {
        Self::with(clock, ChaCha12Rng::seed_from_u64(seed))
    }

    fn with(clock: Clock, random: ChaCha12Rng) -> Self {
        Self(Arc::new(Inner {
            clock,
            state: Mutex::new(State { random, last: 0 }),
        }))
    }

    /// A new version 7 UUID, larger than every one before it from this source, even when the clock goes back.
    pub fn next(&self) -> Uuid {
        let nanos = u64::try_from(self.0.clock.now().unix_timestamp_nanos()).unwrap_or(0);
        let tick = ((nanos / 1_000_000) << 12) | ((nanos % 1_000_000) * 4096 / 1_000_000);
        let mut bytes = [0; 10];
        let tick = {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.random.fill_bytes(&mut bytes[2..]);
            state.last = tick.max(state.last + 1);
            state.last
        };
        let [.., high, low] = tick.to_be_bytes();
        (bytes[0], bytes[1]) = (high & 0x0f, low);
        uuid::Builder::from_unix_timestamp_millis(tick >> 12, &bytes).into_uuid()
    }

    /// A random number to seed a pure computation with.
    pub fn seed(&self) -> u64 {
        self.0
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .random
            .next_u64()
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn ids_carry_the_clock_and_grow() {
        let clock = Clock::fixed(datetime!(2024-12-31 15:59:59.5 UTC));
        let ids = Ids::seeded(clock.clone(), 7);
        let first = ids.next();
        assert_eq!(first.get_version_num(), 7);
        let (seconds, nanos) = first.get_timestamp().expect("version 7 carries a timestamp").to_unix();
        assert_eq!((seconds, nanos), (1_735_660_799, 500_000_000));
        let mut last = first;
        for step in 0..10_000 {
            if step == 5_000 {
                clock.advance(Duration::days(-1));
            }
            let next = ids.next();
            assert!(next > last, "{next} after {last}");
            last = next;
        }
    }

    #[test]
    fn a_seed_repeats_and_chance_does_not() {
        let clock = Clock::fixed(datetime!(2024-12-31 00:00 UTC));
        let of = |ids: Ids| [ids.next(), ids.next(), ids.next()];
        assert_eq!(of(Ids::seeded(clock.clone(), 1)), of(Ids::seeded(clock.clone(), 1)));
        assert_ne!(of(Ids::seeded(clock.clone(), 1)), of(Ids::seeded(clock.clone(), 2)));
        assert_ne!(of(Ids::random(clock.clone())), of(Ids::random(clock)));
    }
}
