//! Stops that are owed, and what became of them.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `stops`.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Stop {
    pub stop_id: String,
    pub date: Date,
    pub point_id: String,
    pub stream: String,
    pub division_code: String,
    pub route_plan_id: Uuid,
    pub vehicle_id: String,
    pub trip_number: i32,
    pub stop_number: i32,
    pub served_at: Option<String>,
    pub due_at: OffsetDateTime,
    pub planned_at: OffsetDateTime,
    pub planned_kg: i64,
    pub state: String,
    pub arrived_at: Option<OffsetDateTime>,
    pub arrived_by: String,
    pub fence_at: Option<OffsetDateTime>,
    pub done_at: Option<OffsetDateTime>,
    pub collected_kg: Option<i64>,
    pub bin_count: Option<i32>,
    pub missed_reason: String,
    pub late: bool,
    pub updated_at: OffsetDateTime,
}

pub async fn stop_get(conn: &mut PgConnection, id: &str) -> Result<Option<Stop>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM stops WHERE stop_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn stop_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Stop>, sqlx::Error> {
    page("SELECT * FROM stops", Key::Text("stop_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// Gets stops and holds them until the transaction ends, always in the same order.
pub async fn stops_hold(conn: &mut PgConnection, ids: &[String]) -> Result<Vec<Stop>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM stops WHERE stop_id = ANY($1) ORDER BY stop_id FOR UPDATE")
        .bind(ids)
        .fetch_all(conn)
        .await
}

/// Puts down what a plan owes that comes into force. `begun`: its day has begun, so what is owed already stays owed, and its promised
/// time stays; what is collected stays as it was.
pub async fn stops_owe(
    conn: &mut PgConnection,
    plan: Uuid,
    superseded: Option<Uuid>,
    begun: bool,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if let (Some(superseded), false) = (superseded, begun) {
        sqlx::query("DELETE FROM stops WHERE route_plan_id = $1 AND state = 'planned'")
            .bind(superseded)
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query(
        "WITH called AS (
             SELECT p.date, r.vehicle_id, t.ordinality AS trip, s.ordinality AS stop, s.value AS called,
                    (p.date::timestamp + make_interval(secs => (s.value->>'arrive_s')::float8)) AT TIME ZONE 'Asia/Shanghai' AS at
             FROM routes r JOIN route_plans p USING (route_plan_id),
                  jsonb_array_elements(r.trips) WITH ORDINALITY t,
                  jsonb_array_elements(t.value->'stops') WITH ORDINALITY s
             WHERE r.route_plan_id = $1
         ), relayed AS (
             SELECT c.*, relay.value AS relay
             FROM called c, jsonb_array_elements(coalesce(c.called->'relays', '[]')) relay
         ), brought AS (
             SELECT called->>'point' AS call_id, sum((relay->>'load_kg')::bigint) AS kg FROM relayed GROUP BY 1
         ), owed AS (
             SELECT c.date, c.called->>'point' AS call_id, NULL AS served_at, c.vehicle_id, c.trip, c.stop, c.at,
                    greatest(0, (c.called->>'load_kg')::bigint - coalesce(b.kg, 0))::bigint AS kg
             FROM called c LEFT JOIN brought b ON b.call_id = c.called->>'point'
             UNION ALL
             SELECT date, relay->>'point', date || '/' || (called->>'point'), vehicle_id, trip, stop, at,
                    (relay->>'load_kg')::bigint
             FROM relayed
         )
         INSERT INTO stops (stop_id, date, point_id, stream, division_code, route_plan_id, vehicle_id, trip_number, stop_number,
                            served_at, due_at, planned_at, planned_kg, updated_at)
         SELECT o.date || '/' || o.call_id, o.date, p.point_id, split_part(o.call_id, '.', 2), p.division_code, $1, o.vehicle_id, o.trip::int,
                o.stop::int, o.served_at, o.at, o.at, o.kg, $3
         FROM owed o JOIN collection_points p ON p.point_id = split_part(o.call_id, '.', 1) ORDER BY 1
         ON CONFLICT (stop_id) DO UPDATE SET
             route_plan_id = excluded.route_plan_id, vehicle_id = excluded.vehicle_id, trip_number = excluded.trip_number,
             stop_number = excluded.stop_number, served_at = excluded.served_at, planned_at = excluded.planned_at,
             planned_kg = excluded.planned_kg, due_at = CASE WHEN $2 THEN stops.due_at ELSE excluded.due_at END,
             updated_at = $3
         WHERE stops.state <> 'collected'",
    )
    .bind(plan)
    .bind(begun)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what became of a stop, also for those whose waste is brought to it. Answers all of them.
pub async fn stop_settle(conn: &mut PgConnection, stop: &Stop) -> Result<Vec<Stop>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE stops SET state = $2, arrived_at = $3, arrived_by = $4, done_at = $5, missed_reason = $6, late = $7,
                          collected_kg = CASE WHEN stop_id = $1 THEN $8::bigint END,
                          bin_count = CASE WHEN stop_id = $1 THEN $9::int END,
                          fence_at = CASE WHEN stop_id = $1 THEN $10::timestamptz END, updated_at = $11
         WHERE stop_id = $1 OR served_at = $1 RETURNING *",
    )
    .bind(&stop.stop_id)
    .bind(&stop.state)
    .bind(stop.arrived_at)
    .bind(&stop.arrived_by)
    .bind(stop.done_at)
    .bind(&stop.missed_reason)
    .bind(stop.late)
    .bind(stop.collected_kg)
    .bind(stop.bin_count)
    .bind(stop.fence_at)
    .bind(stop.updated_at)
    .fetch_all(conn)
    .await
}

/// How many stops of a day a vehicle still owes.
pub async fn stops_open(conn: &mut PgConnection, vehicle: &str, date: Date) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT count(*) FROM stops
         WHERE date = $1 AND vehicle_id = $2 AND state IN ('planned', 'arrived') AND served_at IS NULL",
    )
    .bind(date)
    .bind(vehicle)
    .fetch_one(conn)
    .await
}
