//! Complaints and their steps.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `complaints`.
#[derive(Clone, FromRow)]
pub struct Complaint {
    pub complaint_id: Uuid,
    pub division_code: String,
    pub point_id: Option<String>,
    pub date: Option<Date>,
    pub channel: String,
    pub category: String,
    pub text: String,
    pub contact_name: Option<Vec<u8>>,
    pub contact_phone: Option<Vec<u8>>,
    pub state: String,
    pub assignee: String,
    pub stop_id: Option<String>,
    pub stop_state: String,
    pub answer: String,
    pub clock_from: OffsetDateTime,
    pub due_at: Option<OffsetDateTime>,
    pub remind_at: Option<OffsetDateTime>,
    pub reminded_at: Option<OffsetDateTime>,
    pub overdue_at: Option<OffsetDateTime>,
    pub reopen_count: i32,
    pub filed_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// A row of `complaint_steps`.
#[derive(Debug, Clone, FromRow)]
pub struct Step {
    pub number: i32,
    pub state: String,
    pub action: String,
    pub note: String,
    pub actor: String,
    pub stepped_at: OffsetDateTime,
}

pub async fn complaint_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Complaint>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM complaints WHERE complaint_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Gets a complaint and holds it until the transaction ends.
pub async fn complaint_hold(conn: &mut PgConnection, id: Uuid) -> Result<Option<Complaint>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM complaints WHERE complaint_id = $1 FOR UPDATE")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn complaint_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Complaint>, sqlx::Error> {
    page("SELECT * FROM complaints", Key::Newest("complaint_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// The key by which [`complaints_due`] sorts: when it is due, and the complaint.
pub fn due_key(row: &Complaint) -> String {
    let due = row.due_at.map_or(0, |at| at.unix_timestamp_nanos() / 1_000);
    format!("{due:020} {}", row.complaint_id)
}

/// Complaints of which a step is due, what is due next first.
pub async fn complaints_due(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Complaint>, sqlx::Error> {
    page(
        "SELECT * FROM (
             SELECT *, lpad((extract(epoch FROM due_at) * 1000000)::bigint::text, 20, '0') || ' ' || complaint_id AS due_key
             FROM complaints WHERE due_at IS NOT NULL
         ) due",
        Key::Text("due_key COLLATE \"C\""),
        listing,
    )
    .build_query_as()
    .fetch_all(conn)
    .await
}

pub async fn complaint_insert(conn: &mut PgConnection, row: &Complaint) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO complaints (complaint_id, division_code, point_id, date, channel, category, text, contact_name,
                                 contact_phone, state, stop_id, stop_state, clock_from, due_at, remind_at, filed_at,
                                 updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(row.complaint_id)
    .bind(&row.division_code)
    .bind(&row.point_id)
    .bind(row.date)
    .bind(&row.channel)
    .bind(&row.category)
    .bind(&row.text)
    .bind(&row.contact_name)
    .bind(&row.contact_phone)
    .bind(&row.state)
    .bind(&row.stop_id)
    .bind(&row.stop_state)
    .bind(row.clock_from)
    .bind(row.due_at)
    .bind(row.remind_at)
    .bind(row.filed_at)
    .bind(row.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps where a complaint stands after a step.
pub async fn complaint_keep(conn: &mut PgConnection, row: &Complaint) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE complaints SET state = $2, assignee = $3, answer = $4, clock_from = $5, due_at = $6, remind_at = $7,
                               reminded_at = $8, overdue_at = $9, reopen_count = $10, updated_at = $11
         WHERE complaint_id = $1",
    )
    .bind(row.complaint_id)
    .bind(&row.state)
    .bind(&row.assignee)
    .bind(&row.answer)
    .bind(row.clock_from)
    .bind(row.due_at)
    .bind(row.remind_at)
    .bind(row.reminded_at)
    .bind(row.overdue_at)
    .bind(row.reopen_count)
    .bind(row.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a step behind those that a complaint, which the caller holds, has.
pub async fn step_insert(
    conn: &mut PgConnection,
    row: &Complaint,
    (action, note, actor): (&str, &str, &str),
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO complaint_steps (complaint_id, number, division_code, state, action, note, actor, stepped_at)
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7 FROM complaint_steps WHERE complaint_id = $1",
    )
    .bind(row.complaint_id)
    .bind(&row.division_code)
    .bind(&row.state)
    .bind(action)
    .bind(note)
    .bind(actor)
    .bind(row.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn step_list(
    conn: &mut PgConnection,
    complaint: Uuid,
    after: i32,
    limit: i64,
) -> Result<Vec<Step>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM complaint_steps WHERE complaint_id = $1 AND number > $2 ORDER BY number LIMIT $3")
        .bind(complaint)
        .bind(after)
        .bind(limit)
        .fetch_all(conn)
        .await
}

/// Marks complaints whose reminder is due and that are not overdue yet, and answers them.
pub async fn complaints_remind(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Complaint>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE complaints SET reminded_at = $1 WHERE complaint_id IN (
             SELECT complaint_id FROM complaints
             WHERE remind_at <= $1 AND due_at > $1 AND reminded_at IS NULL ORDER BY remind_at LIMIT $2 FOR UPDATE)
         RETURNING *",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Marks complaints that have become overdue, and answers them.
pub async fn complaints_overdue(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Complaint>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE complaints SET overdue_at = $1, reminded_at = coalesce(reminded_at, $1) WHERE complaint_id IN (
             SELECT complaint_id FROM complaints
             WHERE due_at <= $1 AND overdue_at IS NULL ORDER BY due_at LIMIT $2 FOR UPDATE)
         RETURNING *",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await
}
