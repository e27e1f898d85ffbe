//! Leases for jobs that only one replica may run at a time.
//!
//! A lease bounds waste, not damage: two holders can overlap for a moment, so the work behind it must be idempotent.
//!
//! Leases go by the clock of the database, the one clock that all replicas share: clocks of replicas may differ by more than
//! a term. When that clock itself goes back, a lease stands further ahead than any holder could have put it, and is void.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{db::Db, error::Result};

/// How long a lease lasts without renewal: the longest pause after a holder was killed.
pub const TERM: Duration = Duration::from_secs(6);
const RENEW: Duration = Duration::from_secs(2);

/// Runs `work` whenever this process holds the lease `name`, until `stop`. The token given to `work` is cancelled when the
/// lease is lost or the service stops.
pub async fn hold<F, W>(db: &Db, holder: Uuid, name: &str, stop: &CancellationToken, mut work: F)
where
    F: FnMut(CancellationToken) -> W,
    W: Future<Output = ()>,
{
    while !stop.is_cancelled() {
        if !acquire(db, holder, name).await.unwrap_or(false) {
            tokio::select! {
                () = tokio::time::sleep(RENEW) => {}
                () = stop.cancelled() => {}
            }
            continue;
        }
        let held = stop.child_token();
        let renewal = async {
            let mut good_until = tokio::time::Instant::now() + TERM;
            loop {
                tokio::time::sleep(RENEW).await;
                match acquire(db, holder, name).await {
                    Ok(true) => good_until = tokio::time::Instant::now() + TERM,
                    // An unreachable database does not end the lease before its term.
                    Err(_) if tokio::time::Instant::now() < good_until => {}
                    _ => return held.cancel(),
                }
            }
        };
        tokio::select! {
            () = work(held.clone()) => {}
            () = async { renewal.await; std::future::pending().await } => {}
        }
    }
    let _ = release(db, holder, name).await;
}

/// Takes or renews the lease; false while somebody else holds it.
pub async fn acquire(db: &Db, holder: Uuid, name: &str) -> Result<bool> {
    let mut tx = db.system("lease").await?;
    // Not now(), which stands still while the row is waited for: what another has committed meanwhile would lie ahead of it.
    let taken = sqlx::query(
        "INSERT INTO kit.lease AS l (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = clock_timestamp() + $3
         WHERE l.holder = excluded.holder OR l.until NOT BETWEEN clock_timestamp() AND clock_timestamp() + $3",
    )
    .bind(name)
    .bind(holder)
    .bind(TERM)
    .execute(&mut *tx)
    .await?;
    tx.commit_unaudited().await?;
    Ok(taken.rows_affected() == 1)
}

async fn release(db: &Db, holder: Uuid, name: &str) -> Result<()> {
    let mut tx = db.system("lease").await?;
    sqlx::query("DELETE FROM kit.lease WHERE name = $1 AND holder = $2")
        .bind(name)
        .bind(holder)
        .execute(&mut *tx)
        .await?;
    tx.commit_unaudited().await
}
