//! Has the effect of a batch of events exactly once.

use std::{collections::HashSet, time::Duration};

use prost::Message as _;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

use super::Handler;
use crate::{
    db::{Db, Tx},
    error::{Error, Kind, Result},
    telemetry,
};
use proto::xiangtu::event::v1::Event;

const MOST_REFUSALS: u32 = 10;

/// Applies the events in order: the whole batch in one transaction, or, if one is refused, each in its own.
pub(super) async fn apply(db: &Db, handler: &dyn Handler, events: &[Event], held: &CancellationToken) -> Result<()> {
    let wanted: Vec<(Uuid, &Event)> = events
        .iter()
        .filter(|event| handler.types().is_empty() || handler.types().contains(&event.r#type.as_str()))
        .filter_map(|event| Some((Uuid::try_parse(&event.event_id).ok()?, event)))
        .collect();
    if wanted.is_empty() || once(db, handler, &wanted).await.is_ok() {
        return Ok(());
    }
    for one in wanted {
        persist(db, handler, one, held).await?;
    }
    Ok(())
}

async fn once(db: &Db, handler: &dyn Handler, events: &[(Uuid, &Event)]) -> Result<()> {
    let mut tx = db.system(handler.name()).await?;
    let fresh = note(&mut tx, handler.name(), events).await?;
    for (event_id, event) in events {
        if fresh.contains(event_id) {
            let span = tracing::info_span!("event.handle", event_type = %event.r#type, consumer = handler.name());
            telemetry::set_parent(&span, &event.traceparent);
            handler.handle(&mut tx, event).instrument(span).await?;
        }
    }
    tx.commit_unaudited().await
}

/// Notes the events as handled and answers which of them were not before.
async fn note(tx: &mut Tx, consumer: &str, events: &[(Uuid, &Event)]) -> Result<HashSet<Uuid>> {
    let ids: Vec<Uuid> = events.iter().map(|(id, _)| *id).collect();
    let now = tx.now();
    let fresh: Vec<Uuid> = sqlx::query_scalar(
        "INSERT INTO kit.inbox (consumer, event_id, handled_at) SELECT $1, id, $3 FROM unnest($2::uuid[]) id
         ON CONFLICT DO NOTHING RETURNING event_id",
    )
    .bind(consumer)
    .bind(ids)
    .bind(now)
    .fetch_all(&mut **tx)
    .await?;
    Ok(fresh.into_iter().collect())
}

/// Tries one event until it is handled, parked, or the lease is lost. An outage is no refusal.
async fn persist(db: &Db, handler: &dyn Handler, one: (Uuid, &Event), held: &CancellationToken) -> Result<()> {
    let mut refusals = 0;
    let mut pause = Duration::from_millis(50);
    loop {
        let Err(error) = once(db, handler, &[one]).await else {
            return Ok(());
        };
        if error.kind() != Kind::Unavailable {
            refusals += 1;
            tracing::warn!(consumer = handler.name(), event_id = %one.0, refusals, %error, "event refused");
        }
        if refusals >= MOST_REFUSALS {
            return park(db, handler.name(), one, &error).await;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(2)),
            () = held.cancelled() => return Err(Error::cancelled()),
        }
    }
}

async fn park(db: &Db, consumer: &str, (event_id, event): (Uuid, &Event), error: &Error) -> Result<()> {
    tracing::error!(consumer, %event_id, %error, "event parked");
    let mut tx = db.system(consumer).await?;
    let now = tx.now();
    sqlx::query(
        "INSERT INTO kit.inbox_parked (consumer, event_id, event, error, parked_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(consumer)
    .bind(event_id)
    .bind(event.encode_to_vec())
    .bind(error.to_string())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    tx.commit_unaudited().await
}
