//! Records of the chains of custody.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

/// A row of `hand_overs`.
#[derive(Debug, Clone, FromRow)]
pub struct HandOver {
    pub trip_id: String,
    pub position: i32,
    pub source_key: String,
    pub kind: String,
    pub division_code: String,
    pub giver: String,
    pub taker: String,
    pub at: OffsetDateTime,
    pub gross_kg: Option<i64>,
    pub tare_kg: Option<i64>,
    pub net_kg: Option<i64>,
    pub bin_count: Option<i32>,
    pub device: String,
    pub giver_signer: String,
    pub giver_value: Vec<u8>,
    pub taker_signer: String,
    pub taker_value: Vec<u8>,
    pub digest: Vec<u8>,
    pub previous_digest: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// The hand-overs of a trip in order.
pub async fn hand_over_list(
    conn: &mut PgConnection,
    trip: &str,
    after: i32,
    limit: i64,
) -> Result<Vec<HandOver>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM hand_overs WHERE trip_id = $1 AND position > $2 ORDER BY position LIMIT $3")
        .bind(trip)
        .bind(after)
        .bind(limit)
        .fetch_all(conn)
        .await
}

/// Appends a record to the chain of its trip, which the caller holds; position and digests are worked out here. `None` if the
/// record of that key exists.
pub async fn hand_over_append(conn: &mut PgConnection, record: &HandOver) -> Result<Option<HandOver>, sqlx::Error> {
    sqlx::query_as(
        "WITH head AS (
             SELECT coalesce(max(position), 0) + 1 AS next,
                    coalesce((array_agg(digest ORDER BY position DESC))[1], ''::bytea) AS previous
             FROM hand_overs WHERE trip_id = $1
         )
         INSERT INTO hand_overs (trip_id, position, source_key, kind, division_code, giver, taker, at, gross_kg, tare_kg,
                                 net_kg, bin_count, device, giver_signer, giver_value, taker_signer, taker_value,
                                 digest, previous_digest, recorded_at)
         SELECT $1, next, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                hand_over_digest(previous, $1, next, $3, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16), previous, $17
         FROM head
         ON CONFLICT (trip_id, source_key) DO NOTHING RETURNING *",
    )
    .bind(&record.trip_id)
    .bind(&record.source_key)
    .bind(&record.kind)
    .bind(&record.division_code)
    .bind(&record.giver)
    .bind(&record.taker)
    .bind(record.at)
    .bind(record.gross_kg)
    .bind(record.tare_kg)
    .bind(record.net_kg)
    .bind(record.bin_count)
    .bind(&record.device)
    .bind(&record.giver_signer)
    .bind(&record.giver_value)
    .bind(&record.taker_signer)
    .bind(&record.taker_value)
    .bind(record.recorded_at)
    .fetch_optional(conn)
    .await
}

/// How many records a trip has, and the position of the first whose digest or predecessor does not fit.
pub async fn chain_verify(conn: &mut PgConnection, trip: &str) -> Result<(i64, Option<i32>), sqlx::Error> {
    sqlx::query_as(
        "SELECT count(*), min(position) FILTER (WHERE NOT fits) FROM (
             SELECT position,
                    position = row_number() OVER w
                    AND previous_digest = coalesce(lag(digest) OVER w, ''::bytea)
                    AND digest = hand_over_digest(previous_digest, trip_id, position, kind, giver, taker, at, gross_kg, tare_kg,
                                                  net_kg, bin_count, device, giver_signer, giver_value, taker_signer, taker_value)
                    AS fits
             FROM hand_overs WHERE trip_id = $1 WINDOW w AS (ORDER BY position)
         ) records",
    )
    .bind(trip)
    .fetch_one(conn)
    .await
}
