//! Wakes the workers of this process when there is something to do; other processes look by themselves.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Shortest and longest pause between two looks: after a wake-up the work may not be committed yet.
const SHORTEST: Duration = Duration::from_millis(2);
const LONGEST: Duration = Duration::from_millis(500);

/// Bells of this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Wake {
    /// Deliveries may be due.
    pub deliveries: Bell,
    /// Notices may lie ready for inboxes.
    pub posts: Bell,
    /// Items may have come into inboxes.
    pub items: Bell,
    /// Events may have come in.
    pub events: Bell,
}

/// One bell; everybody who waits hears it.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Rings. One who is not waiting yet hears it when it does.
    pub fn ring(&self) {
        self.0.notify_waiters();
        self.0.notify_one();
    }
}

/// Looks again and again: at once after it was rung or found something, else more and more seldom.
#[derive(Debug)]
pub struct Looking {
    bell: Bell,
    pause: Duration,
}

impl Looking {
    /// Listens to `bell`.
    pub fn at(bell: &Bell) -> Self {
        Self {
            bell: bell.clone(),
            pause: SHORTEST,
        }
    }

    /// Waits for the next look. `found` tells whether the last one found anything. False when `stop` was cancelled.
    pub async fn next(&mut self, found: bool, stop: &CancellationToken) -> bool {
        if found {
            self.pause = SHORTEST;
            tokio::task::yield_now().await;
            return !stop.is_cancelled();
        }
        tokio::select! {
            () = self.bell.0.notified() => self.pause = SHORTEST,
            () = tokio::time::sleep(self.pause) => self.pause = (self.pause * 2).min(LONGEST),
            () = stop.cancelled() => return false,
        }
        true
    }
}
