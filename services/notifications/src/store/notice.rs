//! Notices and their words.

use std::collections::BTreeMap;

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

/// A notice.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct NoticeRow {
    pub uid: Uuid,
    pub division_code: String,
    pub topic: String,
    pub subject: String,
    pub template: String,
    pub variables: Json<BTreeMap<String, String>>,
    pub audience: Vec<u8>,
    pub channels: Vec<i16>,
    pub priority: i16,
    pub acknowledgement_required: bool,
    pub expires_at: OffsetDateTime,
    pub problem: String,
    pub event_id: Option<Uuid>,
    pub rule: String,
    pub occasion: Option<String>,
    pub creator: String,
    pub traceparent: String,
    pub created_at: OffsetDateTime,
}

/// Its words in one language.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct TextRow {
    pub language: String,
    pub title: String,
    pub body: String,
    pub digest: Vec<u8>,
}

/// Adds one; false if its occasion had one already.
pub async fn notice_insert(conn: &mut PgConnection, row: &NoticeRow) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO notice (uid, division_code, topic, subject, template, variables, audience, channels, priority,
                acknowledgement_required, expires_at, problem, event_id, rule, occasion, creator, traceparent, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         ON CONFLICT (occasion) DO NOTHING",
    )
    .bind(row.uid)
    .bind(&row.division_code)
    .bind(&row.topic)
    .bind(&row.subject)
    .bind(&row.template)
    .bind(&row.variables)
    .bind(&row.audience)
    .bind(&row.channels)
    .bind(row.priority)
    .bind(row.acknowledgement_required)
    .bind(row.expires_at)
    .bind(&row.problem)
    .bind(row.event_id)
    .bind(&row.rule)
    .bind(&row.occasion)
    .bind(&row.creator)
    .bind(&row.traceparent)
    .bind(row.created_at)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Adds its words.
pub async fn text_insert(conn: &mut PgConnection, notice: Uuid, texts: &[TextRow]) -> Result<(), sqlx::Error> {
    let column = |value: fn(&TextRow) -> &str| texts.iter().map(value).collect::<Vec<&str>>();
    sqlx::query(
        "INSERT INTO notice_text (notice_uid, language, title, body, digest)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[])",
    )
    .bind(notice)
    .bind(column(|text| &text.language))
    .bind(column(|text| &text.title))
    .bind(column(|text| &text.body))
    .bind(texts.iter().map(|text| text.digest.as_slice()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The one with this uid.
pub async fn notice_get(conn: &mut PgConnection, uid: Uuid) -> Result<Option<NoticeRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM notice WHERE uid = $1")
        .bind(uid)
        .fetch_optional(conn)
        .await
}

/// Its words, by language.
pub async fn text_list(conn: &mut PgConnection, notice: Uuid) -> Result<Vec<TextRow>, sqlx::Error> {
    sqlx::query_as("SELECT language, title, body, digest FROM notice_text WHERE notice_uid = $1 ORDER BY language")
        .bind(notice)
        .fetch_all(conn)
        .await
}

/// Notices inside a division, newest first.
pub async fn notice_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<NoticeRow>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT * FROM notice WHERE division_code ^@ ");
    query.push_bind(division);
    filter.push(&mut query);
    if let Some(before) = before {
        query.push(" AND uid < ").push_bind(before);
    }
    query.push(" ORDER BY uid DESC LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Which of these notices have deliveries that are not finished.
pub async fn unfinished(conn: &mut PgConnection, notices: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT DISTINCT notice_uid FROM delivery WHERE notice_uid = ANY ($1) AND state <= 4")
        .bind(notices)
        .fetch_all(conn)
        .await
}
