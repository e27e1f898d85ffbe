//! Keeps apart what a bulletin knew and what came after it.
//!
//! A bulletin is made again from what was recorded until its instant. So no fact may be recorded, with an earlier instant,
//! after a bulletin has read: writers and bulletins exclude one another, and a writer's instant is later than that of every
//! bulletin before it, whatever the clocks of the replicas say.

use kit::db::Tx;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

/// The instant at which a transaction records facts: now, but after every bulletin. Bulletins wait until it has ended.
pub async fn recorded_at(tx: &mut Tx) -> Result<OffsetDateTime, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtextextended('villages.facts', 0))")
        .execute(&mut **tx)
        .await?;
    after_all(tx).await
}

/// The instant until which a bulletin knows facts: now, but after every other bulletin. Writers wait until it has ended.
pub async fn known_at(tx: &mut Tx) -> Result<OffsetDateTime, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.facts', 0))")
        .execute(&mut **tx)
        .await?;
    let known_at = after_all(tx).await?;
    sqlx::query("UPDATE bulletin_clock SET known_at = $1")
        .bind(known_at)
        .execute(&mut **tx)
        .await?;
    Ok(known_at)
}

/// The instant until which a read knows facts: now, but not before anything that was recorded after a bulletin.
pub async fn present(tx: &mut Tx) -> Result<OffsetDateTime, sqlx::Error> {
    after_all(tx).await
}

/// Lets `instant` pass: waits for whoever records facts, and puts what is recorded from now on after it.
pub async fn settle(tx: &mut Tx, instant: OffsetDateTime) -> Result<(), sqlx::Error> {
    if last(tx).await?.is_some_and(|last| last >= instant) {
        return Ok(());
    }
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.facts', 0))")
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE bulletin_clock SET known_at = greatest(known_at, $1)")
        .bind(instant)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn after_all(tx: &mut Tx) -> Result<OffsetDateTime, sqlx::Error> {
    let now = tx.now();
    Ok(last(tx)
        .await?
        .map_or(now, |last| now.max(last + Duration::MICROSECOND)))
}

async fn last(conn: &mut PgConnection) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar("SELECT known_at FROM bulletin_clock")
        .fetch_one(conn)
        .await
}
