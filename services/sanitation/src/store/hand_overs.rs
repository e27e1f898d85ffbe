//! Records of the chains of custody.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

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
    pub seal_number: String,
    pub seal_state: String,
    pub residue_kg: Option<i64>,
    pub reason: String,
    /// Position of the record whose place it takes.
    pub corrects: Option<i32>,
    pub correction_reason: String,
    pub version: i32,
    /// Position of the record that takes its place.
    #[sqlx(default)]
    pub corrected_by: Option<i32>,
}

macro_rules! hand_overs_where {
    ($rest:literal) => {
        concat!(
            "SELECT h.*, (SELECT n.position FROM hand_overs n WHERE n.trip_id = h.trip_id AND n.corrects = h.position)
                 AS corrected_by
             FROM hand_overs h ",
            $rest
        )
    };
}

/// The hand-overs of a trip in order.
pub async fn hand_over_list(
    conn: &mut PgConnection,
    trip: &str,
    after: i32,
    limit: i64,
) -> Result<Vec<HandOver>, sqlx::Error> {
    sqlx::query_as(hand_overs_where!(
        "WHERE h.trip_id = $1 AND h.position > $2 ORDER BY h.position LIMIT $3"
    ))
    .bind(trip)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// One hand-over of a trip.
pub async fn hand_over_get(
    conn: &mut PgConnection,
    trip: &str,
    position: i32,
) -> Result<Option<HandOver>, sqlx::Error> {
    sqlx::query_as(hand_overs_where!("WHERE h.trip_id = $1 AND h.position = $2"))
        .bind(trip)
        .bind(position)
        .fetch_optional(conn)
        .await
}

/// The hand-overs of some trips, by trip and in order.
pub async fn hand_overs_of(conn: &mut PgConnection, trips: &[String]) -> Result<Vec<HandOver>, sqlx::Error> {
    sqlx::query_as(hand_overs_where!(
        "WHERE h.trip_id = ANY($1) ORDER BY h.trip_id, h.position"
    ))
    .bind(trips)
    .fetch_all(conn)
    .await
}

/// A trip by the township and day that it counts for.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DayTrip {
    pub date: Date,
    pub division_code: String,
    pub trip_id: String,
}

/// Trips of a division on some days by day, township and id, after one.
pub async fn trips_between(
    conn: &mut PgConnection,
    division: &str,
    (from, to): (Date, Date),
    after: Option<&DayTrip>,
    limit: i64,
) -> Result<Vec<DayTrip>, sqlx::Error> {
    let after = after.map(|trip| (trip.date, trip.division_code.as_str(), trip.trip_id.as_str()));
    let (day, township, trip) = after.unwrap_or((from, "", ""));
    sqlx::query_as(
        "SELECT date, division_code, trip_id FROM trips
         WHERE division_code ^@ $1 AND date BETWEEN $2 AND $3
           AND (date, division_code, trip_id) > ($2, $4 COLLATE \"C\", $5 COLLATE \"C\")
         ORDER BY date, division_code, trip_id LIMIT $6",
    )
    .bind(division)
    .bind(day)
    .bind(to)
    .bind(township)
    .bind(trip)
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
                                 recorded_at, seal_number, seal_state, residue_kg, reason, corrects, correction_reason,
                                 version, digest, previous_digest)
         SELECT $1, next, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                $23, $24,
                hand_over_digest(previous, $1, next, $3, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                                 hand_over_more($18, $19, $20, $21, $22, $23, $24)), previous
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
    .bind(&record.seal_number)
    .bind(&record.seal_state)
    .bind(record.residue_kg)
    .bind(&record.reason)
    .bind(record.corrects)
    .bind(&record.correction_reason)
    .bind(record.version)
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
                                                  net_kg, bin_count, device, giver_signer, giver_value, taker_signer, taker_value,
                                                  hand_over_more(seal_number, seal_state, residue_kg, reason, corrects,
                                                                 correction_reason, version))
                    AS fits
             FROM hand_overs WHERE trip_id = $1 WINDOW w AS (ORDER BY position)
         ) records",
    )
    .bind(trip)
    .fetch_one(conn)
    .await
}
