//! How many payments are under way.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts payments from their arrival to their answer.
#[derive(Default)]
pub(super) struct Flights(AtomicUsize);

/// A payment under way, until it is dropped.
pub(super) struct Flight<'a> {
    flights: &'a Flights,
    /// Payments under way when it began, itself included.
    pub under_way: usize,
}

impl Flights {
    pub(super) fn begin(&self) -> Flight<'_> {
        Flight {
            flights: self,
            under_way: self.0.fetch_add(1, Ordering::Relaxed) + 1,
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.flights.0.fetch_sub(1, Ordering::Relaxed);
    }
}
