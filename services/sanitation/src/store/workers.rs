//! The people who work for sanitation.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

use super::{
    list::{Key, Listing, page},
    upsert::Upsert,
};

/// Label of sealed and blind phones.
pub const PHONE: &str = "sanitation.workers.phone";

/// A row of `workers`; the phone is sealed.
#[derive(Debug, Clone, FromRow)]
pub struct Worker {
    pub worker_id: String,
    pub division_code: String,
    pub display_name: String,
    pub role: String,
    pub area: String,
    pub crew_id: Option<String>,
    pub phone: Option<Vec<u8>>,
    pub since: Date,
    pub until: Option<Date>,
    pub updated_at: OffsetDateTime,
}

/// How the staged register becomes workers, without their phones: sealed twice they differ.
pub const WORKERS: Upsert = Upsert {
    table: "workers",
    key: &["worker_id"],
    columns: &[
        "division_code",
        "display_name",
        "role",
        "area",
        "crew_id",
        "phone_blind",
        "since",
        "until",
    ],
    source: "SELECT worker_id, division_code, name AS display_name, role, area, crew_id,
                    decode(phone_blind, 'hex') AS phone_blind, since::date AS since, until::date AS until
             FROM staged",
};

/// Takes the staged phones of the workers who were changed at `now`.
pub async fn phones_merge(conn: &mut PgConnection, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE workers w SET phone = decode(s.phone, 'hex') FROM staged s
         WHERE w.worker_id = s.worker_id AND w.updated_at = $1",
    )
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn worker_get(conn: &mut PgConnection, id: &str) -> Result<Option<Worker>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM workers WHERE worker_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn worker_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Worker>, sqlx::Error> {
    page("SELECT * FROM workers", Key::Text("worker_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// How many cleaners work in each of some villages on a day.
pub async fn cleaners_of(
    conn: &mut PgConnection,
    villages: &[String],
    day: Date,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT left(division_code, 12), count(*) FROM workers
         WHERE role = 'cleaner' AND left(division_code, 12) = ANY($1) AND since <= $2 AND (until IS NULL OR until >= $2)
         GROUP BY 1",
    )
    .bind(villages)
    .bind(day)
    .fetch_all(conn)
    .await
}
