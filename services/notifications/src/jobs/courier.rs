//! Delivers webhooks: claims what is due, attempts it, writes down what came of it.
//!
//! PostgreSQL is the queue of record. A worker leases deliveries under its own name and says every two seconds that it
//! lives; what a silent worker had is taken over after seven. A crash between an attempt and its record repeats the attempt
//! with the same `webhook-id`, never more of them than an endpoint has places.

mod attempt;
mod body;
mod recorder;

use std::{sync::Arc, time::Duration};

use kit::{Kit, error::Result};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    store,
    target::Targets,
    wake::{Looking, Wake},
};

pub use attempt::Caller;

/// Attempts under way in this process.
const PLACES: usize = 256;
/// Results on their way to the recorder.
const RESULTS: usize = 1_024;
/// How often a worker says that it lives and looks after those who do not.
const BEAT: Duration = Duration::from_secs(2);
/// How long attempts may go on after the service was asked to stop.
const GRACE: Duration = Duration::from_secs(4);

/// A delivery worker.
pub struct Courier {
    kit: Kit,
    wake: Wake,
    caller: Arc<Caller>,
    owner: Uuid,
}

impl Courier {
    /// A worker with a name of its own.
    pub fn new(kit: &Kit, wake: &Wake, targets: Targets, timeout: Duration) -> Result<Self> {
        let caller = Arc::new(Caller::new(kit, targets, timeout)?);
        Ok(Self {
            kit: kit.clone(),
            wake: wake.clone(),
            caller,
            owner: kit.ids.next(),
        })
    }

    /// Works until `stop`, then ends what is under way and gives back the rest.
    pub async fn run(self, stop: CancellationToken) {
        let (sender, results) = mpsc::channel(RESULTS);
        let recorder = tokio::spawn(
            recorder::Recorder {
                kit: self.kit.clone(),
                wake: self.wake.clone(),
                owner: self.owner,
            }
            .run(results),
        );
        let beating = stop.child_token();
        let heart = tokio::spawn(beat(self.kit.clone(), self.wake.clone(), self.owner, beating.clone()));
        self.claim(&stop, sender).await;
        let unwritten = recorder.abort_handle();
        if tokio::time::timeout(GRACE, recorder).await.is_err() {
            unwritten.abort();
        }
        beating.cancel();
        let _ = heart.await;
        if let Err(error) = self.leave().await {
            tracing::warn!(%error, "unfinished deliveries are left to be taken over");
        }
    }

    async fn claim(&self, stop: &CancellationToken, sender: mpsc::Sender<recorder::Ended>) {
        let places = Arc::new(Semaphore::new(PLACES));
        let mut attempts = JoinSet::new();
        let mut looking = Looking::at(&self.wake.deliveries);
        let mut found = true;
        let mut troubled = false;
        // Nothing is leased to a worker that nobody knows to be alive.
        while let Err(error) = self.register().await {
            tracing::warn!(%error, "the delivery worker waits for the database");
            tokio::select! {
                () = tokio::time::sleep(BEAT) => {}
                () = stop.cancelled() => return,
            }
        }
        while looking.next(found, stop).await {
            while attempts.try_join_next().is_some() {}
            let free = places.available_permits();
            let claimed = match self.take(free).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    if !troubled {
                        tracing::warn!(%error, "deliveries wait");
                    }
                    (troubled, found) = (true, false);
                    continue;
                }
            };
            (troubled, found) = (false, !claimed.is_empty());
            for delivery in claimed {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                    return;
                };
                let (caller, sender) = (Arc::clone(&self.caller), sender.clone());
                attempts.spawn(async move {
                    let ended = caller.attempt(delivery).await;
                    let _ = sender.send(ended).await;
                    drop(place);
                });
            }
        }
        drop(sender);
        let _ = tokio::time::timeout(GRACE, async { while attempts.join_next().await.is_some() {} }).await;
    }

    async fn take(&self, free: usize) -> Result<Vec<store::claim::Claimed>> {
        if free == 0 {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(free).unwrap_or(i64::MAX);
        let mut tx = self.kit.db.system("deliver").await?;
        let claimed = store::claim::claim(&mut tx, self.owner, self.kit.clock.now(), limit).await?;
        if claimed.is_empty() {
            tx.rollback().await?;
        } else {
            tx.commit_unaudited().await?;
        }
        Ok(claimed)
    }

    async fn register(&self) -> Result<()> {
        let mut tx = self.kit.db.system("deliver").await?;
        store::worker::beat(&mut tx, self.owner).await?;
        tx.commit_unaudited().await
    }

    async fn leave(&self) -> Result<()> {
        let mut tx = self.kit.db.system("deliver").await?;
        store::worker::leave(&mut tx, self.owner).await?;
        tx.commit_unaudited().await
    }
}

/// Says that the worker lives, and frees what silent ones left.
async fn beat(kit: Kit, wake: Wake, owner: Uuid, stop: CancellationToken) {
    loop {
        let beat = async {
            let mut tx = kit.db.system("deliver").await?;
            store::worker::beat(&mut tx, owner).await?;
            let freed = store::worker::take_over(&mut tx).await?;
            tx.commit_unaudited().await?;
            Ok::<_, kit::error::Error>(freed)
        };
        match beat.await {
            Ok(0) => {}
            Ok(freed) => {
                tracing::warn!(freed, "deliveries of a silent worker were taken over");
                wake.deliveries.ring();
            }
            Err(error) => tracing::warn!(%error, "the delivery worker cannot say that it lives"),
        }
        tokio::select! {
            () = tokio::time::sleep(BEAT) => {}
            () = stop.cancelled() => return,
        }
    }
}
