//! Ends deliveries whose notice has expired, and forgets old events.

use kit::{Kit, error::Result};
use time::Duration;

use crate::{store, wire::delivery};

/// Most rows of one transaction.
const BATCH: i64 = 1_000;
/// How long events can be followed from.
const EVENTS_KEPT: Duration = Duration::days(30);

/// Ends what has expired; other services are told of each.
pub async fn expire(kit: &Kit) -> Result<()> {
    loop {
        let mut tx = kit.db.system("expire").await?;
        let lost = store::delivery::delivery_expire(&mut tx, kit.clock.now(), BATCH).await?;
        for one in &lost {
            let payload = delivery::failed(one);
            tx.emit(
                "delivery.failed",
                &one.division_code,
                &payload.delivery.clone(),
                &payload,
            );
        }
        tx.commit_unaudited().await?;
        if lost.is_empty() {
            return Ok(());
        }
    }
}

/// Forgets events that are older than promised.
pub async fn forget_events(kit: &Kit) -> Result<()> {
    loop {
        let mut tx = kit.db.system("forget").await?;
        let until = kit.clock.now() - EVENTS_KEPT;
        let forgotten = store::event::event_forget(&mut tx, until, BATCH).await?;
        tx.commit_unaudited().await?;
        if forgotten == 0 {
            return Ok(());
        }
    }
}
