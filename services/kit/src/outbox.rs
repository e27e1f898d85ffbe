//! Transactional outbox: facts commit with the change and are published to the bus afterwards, in order, for certain.

mod relay;
mod retention;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Result;

pub(crate) use relay::Relay;

/// A fact waiting in an open transaction.
pub(crate) struct Pending {
    pub event_id: Uuid,
    pub event_type: String,
    pub division_code: String,
    pub subject: String,
    pub payload_type: String,
    pub payload: Vec<u8>,
    pub traceparent: String,
}

/// Writes the facts of one transaction in one statement.
pub(crate) async fn insert(conn: &mut PgConnection, now: OffsetDateTime, events: &[Pending]) -> Result<()> {
    fn column<'a, T>(events: &'a [Pending], get: impl Fn(&'a Pending) -> T) -> Vec<T> {
        events.iter().map(get).collect()
    }
    sqlx::query(
        "INSERT INTO kit.outbox (event_id, type, division_code, subject, payload_type, payload, traceparent, created_at)
         SELECT e.*, $8 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[]) e",
    )
    .bind(column(events, |e| e.event_id))
    .bind(column(events, |e| e.event_type.as_str()))
    .bind(column(events, |e| e.division_code.as_str()))
    .bind(column(events, |e| e.subject.as_str()))
    .bind(column(events, |e| e.payload_type.as_str()))
    .bind(column(events, |e| e.payload.as_slice()))
    .bind(column(events, |e| e.traceparent.as_str()))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
