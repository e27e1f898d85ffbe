//! How much at once, in all and for one principal.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    config::Limits,
    error::{Error, Result},
};

/// Principals remembered at most; the table starts anew beyond that, which only forgives.
const MOST_PRINCIPALS: usize = 100_000;

pub(super) struct Limit {
    places: Arc<Semaphore>,
    per_second: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Limit {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.concurrent_calls)),
            per_second: f64::from(limits.calls_per_second),
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes a place among the concurrent calls until the permit is dropped.
    pub(super) fn enter(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Error::limited(Duration::from_millis(250)))
    }

    /// Takes one call from the principal's token bucket, which holds two seconds' worth.
    pub(super) fn spend(&self, principal: &str) -> Result<()> {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(principal) {
            return self.spend_from(bucket, now);
        }
        if buckets.len() >= MOST_PRINCIPALS {
            buckets.clear();
        }
        let mut bucket = Bucket {
            tokens: self.per_second * 2.0,
            filled_at: now,
        };
        let spent = self.spend_from(&mut bucket, now);
        buckets.insert(principal.to_owned(), bucket);
        spent
    }

    fn spend_from(&self, bucket: &mut Bucket, now: Instant) -> Result<()> {
        let earned = now.duration_since(bucket.filled_at).as_secs_f64() * self.per_second;
        bucket.tokens = (bucket.tokens + earned).min(self.per_second * 2.0);
        bucket.filled_at = now;
        if bucket.tokens < 1.0 {
            return Err(Error::limited(Duration::from_secs_f64(
                (1.0 - bucket.tokens) / self.per_second,
            )));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn limits(concurrent_calls: usize, calls_per_second: u32) -> Limits {
        Limits {
            connections: 1,
            connection_age: Duration::from_mins(5),
            concurrent_calls,
            calls_per_second,
            call_timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn one_principal_cannot_starve_another() {
        let limit = Limit::new(&limits(1, 5));
        let taken = (0..100).filter(|_| limit.spend("greedy").is_ok()).count();
        assert!((10..=12).contains(&taken), "{taken}");
        assert!(limit.spend("modest").is_ok());
    }

    #[test]
    fn a_place_returns_when_the_call_ends() {
        let limit = Limit::new(&limits(1, 5));
        let place = limit.enter().expect("free");
        assert_eq!(limit.enter().expect_err("taken").kind(), Kind::Limited);
        drop(place);
        assert!(limit.enter().is_ok());
    }
}
