//! Removes what every consumer group has acknowledged, from the stream and, a quarter of an hour later, from the outbox.
//!
//! A group's progress is kept in PostgreSQL too: when Redis comes back empty, a group that has not returned yet still holds
//! back the rows it has not seen.

use redis::streams::{StreamInfoGroupsReply, StreamPendingReply};

use super::relay::sequence_of;
use crate::{
    bus::{Bus, down},
    db::Db,
    error::Result,
};

pub(super) async fn run(db: &Db, bus: &Bus, source: &str) -> Result<()> {
    let mut redis = bus.shared().await?;
    let stream = bus.stream(source);
    let groups: Result<StreamInfoGroupsReply, _> = redis::cmd("XINFO")
        .arg("GROUPS")
        .arg(&stream)
        .query_async(&mut redis)
        .await;
    let Ok(groups) = groups else { return Ok(()) };

    let mut tx = db.system("outbox-retention").await?;
    let now = tx.now();
    for group in &groups.groups {
        let acked = if group.pending == 0 {
            sequence_of(&group.last_delivered_id)?
        } else {
            let pending: StreamPendingReply = redis::cmd("XPENDING")
                .arg(&stream)
                .arg(&group.name)
                .query_async(&mut redis)
                .await
                .map_err(down)?;
            match pending {
                StreamPendingReply::Data(data) => sequence_of(&data.start_id)? - 1,
                StreamPendingReply::Empty => sequence_of(&group.last_delivered_id)?,
                _ => continue,
            }
        };
        sqlx::query(
            "INSERT INTO kit.outbox_group (name, acked_sequence, seen_at) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE
             SET acked_sequence = greatest(outbox_group.acked_sequence, excluded.acked_sequence), seen_at = excluded.seen_at",
        )
        .bind(&group.name)
        .bind(acked)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    }
    let slowest: Option<i64> = sqlx::query_scalar("SELECT min(acked_sequence) FROM kit.outbox_group")
        .fetch_one(&mut *tx)
        .await?;
    if let Some(slowest) = slowest {
        sqlx::query("DELETE FROM kit.outbox WHERE sequence <= $1 AND created_at < $2 - interval '15 minutes'")
            .bind(slowest)
            .bind(now)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit_unaudited().await?;
    if let Some(slowest) = slowest {
        redis::cmd("XTRIM")
            .arg(&stream)
            .arg("MINID")
            .arg("~")
            .arg(format!("{}-0", slowest + 1))
            .exec_async(&mut redis)
            .await
            .map_err(down)?;
    }
    Ok(())
}
