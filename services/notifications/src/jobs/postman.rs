//! Puts notices into inboxes as soon as they are due.

use kit::{Kit, error::Result};
use tokio_util::sync::CancellationToken;

use crate::{
    store,
    wake::{Looking, Wake},
};

/// Most items in one transaction.
const BATCH: i64 = 5_000;

/// Works until `stop`.
pub async fn run(kit: Kit, wake: Wake, stop: CancellationToken) {
    let mut looking = Looking::at(&wake.posts);
    let (mut found, mut troubled) = (true, false);
    while looking.next(found, &stop).await {
        match post(&kit).await {
            Ok(posted) => {
                (found, troubled) = (posted > 0, false);
                if found {
                    wake.items.ring();
                }
            }
            Err(error) => {
                if !troubled {
                    tracing::warn!(%error, "inboxes wait");
                }
                (found, troubled) = (false, true);
            }
        }
    }
}

async fn post(kit: &Kit) -> Result<u64> {
    let mut tx = kit.db.system("post").await?;
    let posted = store::inbox::post_due(&mut tx, kit.clock.now(), BATCH).await?;
    if posted > 0 {
        tx.commit_unaudited().await?;
    } else {
        tx.rollback().await?;
    }
    Ok(posted)
}
