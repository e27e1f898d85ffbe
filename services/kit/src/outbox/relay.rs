//! Publishes the outbox.
//!
//! The id of an entry in the stream is the row's sequence, so the stream itself says how far it has come: what it lacks is
//! published again, be it new, or lost by Redis, and nothing can be published twice. Any replica may relay; sequences are
//! given under an advisory lock, and Redis refuses ids that are not greater than its last.

use std::{sync::Arc, time::Duration};

use prost::Message as _;
use redis::Script;
use sqlx::Row as _;
use tokio_util::sync::CancellationToken;

use super::retention;
use crate::{
    bus::{Bus, down},
    dates,
    db::Db,
    error::{Error, Result},
};
use proto::xiangtu::event::v1::Event;

const BATCH: i64 = 500;
/// How long a lost wake-up or lost Redis data may go unnoticed.
const POLL: Duration = Duration::from_millis(500);
/// How soon a store that failed is tried again.
const RETRY: Duration = Duration::from_millis(100);
const RETENTION_EVERY: Duration = Duration::from_mins(1);
/// `pg_advisory_xact_lock` key of sequence giving; any constant of ours.
const SEQUENCE_LOCK: i64 = 0x7869_616e_6774_7501;

/// Adds entries in order and stops at the first that Redis refuses for another reason than being there already.
const ADD: &str = "
for i = 1, #ARGV, 2 do
  local added = redis.pcall('XADD', KEYS[1], ARGV[i] .. '-0', 'event', ARGV[i + 1])
  if type(added) == 'table' and added.err and not string.find(added.err, 'equal or smaller') then
    return redis.error_reply(added.err)
  end
end
return #ARGV / 2";

/// The relay of one service.
pub(crate) struct Relay {
    pub db: Db,
    pub bus: Arc<Bus>,
    pub source: &'static str,
}

impl Relay {
    /// Relays until `stop`; failures are logged and tried again.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut failing = false;
        let mut retention_due = tokio::time::Instant::now() + RETENTION_EVERY;
        while !stop.is_cancelled() {
            let round = self.round().await;
            match &round {
                Ok(_) if failing => tracing::info!(source = self.source, "event relay works again"),
                Err(error) if !failing => tracing::warn!(source = self.source, %error, "event relay waits"),
                _ => {}
            }
            failing = round.is_err();
            if matches!(round, Ok(more) if more) {
                continue;
            }
            if tokio::time::Instant::now() >= retention_due {
                retention_due += RETENTION_EVERY;
                if let Err(error) = retention::run(&self.db, &self.bus, self.source).await {
                    tracing::warn!(source = self.source, %error, "outbox retention waits");
                }
            }
            tokio::select! {
                () = self.db.events_committed(), if !failing => {}
                () = tokio::time::sleep(if failing { RETRY } else { POLL }) => {}
                () = stop.cancelled() => {}
            }
        }
        // What committed while the service was draining.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.round()).await;
    }

    /// One batch; true if there may be more.
    async fn round(&self) -> Result<bool> {
        let sequenced = self.give_sequences().await?;
        let mut redis = self.bus.shared().await?;
        let stream = self.bus.stream(self.source);
        let last = last_sequence(&mut redis, &stream).await?;
        let entries = self.entries_after(last).await?;
        if !entries.is_empty() {
            let script = Script::new(ADD);
            let mut call = script.key(&stream);
            for (sequence, event) in &entries {
                call.arg(*sequence).arg(event.as_slice());
            }
            call.invoke_async::<()>(&mut redis).await.map_err(down)?;
        }
        Ok(sequenced >= BATCH || i64::try_from(entries.len()).unwrap_or(BATCH) >= BATCH)
    }

    /// Numbers new rows in the order of their ids; committed before anything is published under the number.
    async fn give_sequences(&self) -> Result<i64> {
        let mut tx = self.db.system("relay").await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(SEQUENCE_LOCK)
            .execute(&mut *tx)
            .await?;
        let given: i64 = sqlx::query_scalar(
            "WITH next AS (
                 SELECT id, row_number() OVER (ORDER BY id) AS n
                 FROM (SELECT id FROM kit.outbox WHERE sequence IS NULL ORDER BY id LIMIT $1) fresh
             ), given AS (
                 UPDATE kit.outbox o SET sequence = s.last + next.n
                 FROM next, kit.outbox_counter s WHERE o.id = next.id RETURNING 1
             ), moved AS (
                 UPDATE kit.outbox_counter SET last = last + (SELECT count(*) FROM next)
                 WHERE EXISTS (SELECT FROM next)
             )
             SELECT count(*) FROM given",
        )
        .bind(BATCH)
        .fetch_one(&mut *tx)
        .await?;
        if given > 0 {
            tx.commit_unaudited().await?;
        }
        Ok(given)
    }

    async fn entries_after(&self, last: i64) -> Result<Vec<(i64, Vec<u8>)>> {
        let mut tx = self.db.system("relay").await?;
        let rows = sqlx::query(
            "SELECT sequence, event_id, type, division_code, subject, payload_type, payload, traceparent, created_at
             FROM kit.outbox WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        )
        .bind(last)
        .bind(BATCH)
        .fetch_all(&mut *tx)
        .await?;
        rows.iter()
            .map(|row| {
                let sequence = row.try_get("sequence")?;
                let event = Event {
                    event_id: row.try_get::<uuid::Uuid, _>("event_id")?.to_string(),
                    source: self.source.to_owned(),
                    r#type: row.try_get("type")?,
                    division_code: row.try_get("division_code")?,
                    subject: row.try_get("subject")?,
                    event_time: Some(dates::timestamp(row.try_get("created_at")?)),
                    payload: Some(prost_types::Any {
                        type_url: row.try_get("payload_type")?,
                        value: row.try_get("payload")?,
                    }),
                    traceparent: row.try_get("traceparent")?,
                    sequence,
                };
                Ok((sequence, event.encode_to_vec()))
            })
            .collect()
    }
}

/// How far the stream has come; 0 where Redis has no such stream (any more).
async fn last_sequence(redis: &mut redis::aio::ConnectionManager, stream: &str) -> Result<i64> {
    let info: Result<redis::streams::StreamInfoStreamReply, _> =
        redis::cmd("XINFO").arg("STREAM").arg(stream).query_async(redis).await;
    match info {
        Ok(info) => sequence_of(&info.last_generated_id),
        Err(error) if error.to_string().contains("no such key") => Ok(0),
        Err(error) => Err(down(error)),
    }
}

/// The sequence in a stream id `{sequence}-0`.
pub(super) fn sequence_of(id: &str) -> Result<i64> {
    id.split('-')
        .next()
        .and_then(|sequence| sequence.parse().ok())
        .ok_or_else(|| Error::unavailable("Redis", format!("stream id {id:?}")))
}
