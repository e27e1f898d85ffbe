//! What terminals reported from the road.

use sqlx::{FromRow, PgConnection, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `stop_events`.
#[derive(Debug, Clone, FromRow)]
pub struct StopEvent {
    pub record_id: Uuid,
    pub device_id: String,
    pub event_id: Uuid,
    pub sequence_number: i64,
    pub vehicle_id: String,
    pub division_code: String,
    pub kind: String,
    pub stop_id: Option<String>,
    pub facility_id: Option<String>,
    pub load_kg: Option<i64>,
    pub bin_count: Option<i32>,
    pub missed_reason: String,
    pub note: String,
    pub occurred_at: OffsetDateTime,
    pub event_at: OffsetDateTime,
    pub received_at: OffsetDateTime,
    pub clock_ahead_s: i64,
}

pub async fn stop_event_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<StopEvent>, sqlx::Error> {
    page("SELECT * FROM stop_events", Key::Newest("record_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// Events of a terminal with one of these ids or numbers.
pub async fn stop_events_known(
    conn: &mut PgConnection,
    device: &str,
    ids: &[Uuid],
    numbers: &[i64],
) -> Result<Vec<StopEvent>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM stop_events WHERE device_id = $1 AND (event_id = ANY($2) OR sequence_number = ANY($3))",
    )
    .bind(device)
    .bind(ids)
    .bind(numbers)
    .fetch_all(conn)
    .await
}

/// Everything told of some stops, by stop.
pub async fn stop_events_of(conn: &mut PgConnection, stops: &[String]) -> Result<Vec<StopEvent>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM stop_events WHERE stop_id = ANY($1) ORDER BY stop_id, record_id")
        .bind(stops)
        .fetch_all(conn)
        .await
}

pub async fn stop_events_insert(conn: &mut PgConnection, events: &[StopEvent]) -> Result<(), sqlx::Error> {
    for part in events.chunks(1_000) {
        let mut query = QueryBuilder::new(
            "INSERT INTO stop_events (record_id, device_id, event_id, sequence_number, vehicle_id, division_code, kind, stop_id,
                                      facility_id, load_kg, bin_count, missed_reason, note, occurred_at, event_at,
                                      received_at, clock_ahead_s) ",
        );
        query.push_values(part, |mut row, event| {
            row.push_bind(event.record_id)
                .push_bind(&event.device_id)
                .push_bind(event.event_id)
                .push_bind(event.sequence_number)
                .push_bind(&event.vehicle_id)
                .push_bind(&event.division_code)
                .push_bind(&event.kind)
                .push_bind(&event.stop_id)
                .push_bind(&event.facility_id)
                .push_bind(event.load_kg)
                .push_bind(event.bin_count)
                .push_bind(&event.missed_reason)
                .push_bind(&event.note)
                .push_bind(event.occurred_at)
                .push_bind(event.event_at)
                .push_bind(event.received_at)
                .push_bind(event.clock_ahead_s);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}
