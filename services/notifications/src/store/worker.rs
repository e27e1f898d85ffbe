//! Delivery workers that are alive, and the taking over of what a silent one left.

use sqlx::PgConnection;
use uuid::Uuid;

/// Says that `owner` is alive.
pub async fn beat(conn: &mut PgConnection, owner: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO worker (owner, beat_at) VALUES ($1, clock_timestamp())
         ON CONFLICT (owner) DO UPDATE SET beat_at = excluded.beat_at",
    )
    .bind(owner)
    .execute(conn)
    .await?;
    Ok(())
}

/// Frees the deliveries of workers that were silent for seven seconds, and forgets those workers. Answers how many
/// deliveries were freed.
pub async fn take_over(conn: &mut PgConnection) -> Result<u64, sqlx::Error> {
    sqlx::query("DELETE FROM worker WHERE beat_at < clock_timestamp() - interval '7 seconds'")
        .execute(&mut *conn)
        .await?;
    let freed = sqlx::query(
        "UPDATE delivery d SET state = 3, lease_owner = NULL
         WHERE d.state = 2 AND NOT EXISTS (SELECT FROM worker w WHERE w.owner = d.lease_owner)",
    )
    .execute(conn)
    .await?;
    Ok(freed.rows_affected())
}

/// Frees what `owner` still has and forgets it.
pub async fn leave(conn: &mut PgConnection, owner: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE delivery SET state = 3, lease_owner = NULL WHERE state = 2 AND lease_owner = $1")
        .bind(owner)
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM worker WHERE owner = $1")
        .bind(owner)
        .execute(conn)
        .await?;
    Ok(())
}
