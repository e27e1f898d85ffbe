//! Ratings as they were kept.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::plan::PlanKey;

/// One rating to keep.
#[derive(Debug, Clone)]
pub struct NewRating {
    pub rating_id: Uuid,
    pub division_code: String,
    pub tier: String,
    pub target_tier: String,
    pub on_target: bool,
    pub score_milli: i64,
    pub score_full_milli: i64,
    pub digest: String,
    pub content: Vec<u8>,
}

/// What all ratings of one run share.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    pub plan: &'a PlanKey,
    pub as_of: Date,
    pub known_at: OffsetDateTime,
}

/// The latest rating of a village on or before a day.
#[derive(Debug, Clone, FromRow)]
pub struct LatestRating {
    pub division_code: String,
    pub as_of: Date,
    pub tier: String,
    pub on_target: bool,
    pub score_milli: i64,
    pub digest: String,
}

/// Which ratings to list.
#[derive(Debug)]
pub struct RatingQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// Only the latest of each village on or before this day.
    pub as_of: Option<Date>,
    /// Last rating of the page before.
    pub after: Option<Uuid>,
    /// Most ratings.
    pub limit: i64,
}

/// First text that does not begin with a code any more: codes are digits, and `:` follows 9.
pub(super) fn end(prefix: &str) -> String {
    format!("{prefix}:")
}

/// Keeps the ratings of a run.
pub async fn ratings_insert(conn: &mut PgConnection, run: &Run<'_>, rows: &[NewRating]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO ratings (plan_division, plan_code, plan_version, as_of, known_at, rating_id, division_code, tier,
             target_tier, on_target, score_milli, score_full_milli, digest, content)
         SELECT $1, $2, $3, $4, $5, * FROM unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::boolean[],
             $11::bigint[], $12::bigint[], $13::text[], $14::bytea[])",
    )
    .bind(&run.plan.division_code)
    .bind(&run.plan.plan_code)
    .bind(run.plan.version)
    .bind(run.as_of)
    .bind(run.known_at)
    .bind(rows.iter().map(|row| row.rating_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.division_code.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.tier.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.target_tier.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.on_target).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.score_milli).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.score_full_milli).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.digest.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.content.as_slice()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The latest rating of each village of a division on or before `date`, by code; with `known_at` of those that knew no more.
pub async fn ratings_latest(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
    known_at: Option<OffsetDateTime>,
) -> Result<Vec<LatestRating>, sqlx::Error> {
    sqlx::query_as(
        "SELECT DISTINCT ON (division_code) division_code, as_of, tier, on_target, score_milli, digest
         FROM ratings WHERE division_code >= $1 AND division_code < $2 AND as_of <= $3
           AND ($4::timestamptz IS NULL OR known_at <= $4)
         ORDER BY division_code, as_of DESC, known_at DESC, rating_id DESC",
    )
    .bind(division)
    .bind(end(division))
    .bind(date)
    .bind(known_at)
    .fetch_all(conn)
    .await
}

/// Villages of a division that have a rating of a later day than `date`, or of that day knowing more than `known_at`.
pub async fn ratings_later(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
    known_at: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT division_code FROM ratings
         WHERE division_code >= $1 AND division_code < $2 AND (as_of, known_at) > ($3, $4)",
    )
    .bind(division)
    .bind(end(division))
    .bind(date)
    .bind(known_at)
    .fetch_all(conn)
    .await
}

/// The content of a rating.
pub async fn rating_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("SELECT content FROM ratings WHERE rating_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Contents of ratings by village, newest day first.
pub async fn ratings_list(
    conn: &mut PgConnection,
    list: &RatingQuery<'_>,
    filter: &Filter,
) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT r.rating_id, r.content FROM (SELECT ");
    query.push(if list.as_of.is_some() {
        "DISTINCT ON (k.division_code) k.*"
    } else {
        "k.*"
    });
    query
        .push(" FROM ratings k WHERE k.division_code >= ")
        .push_bind(list.division);
    query.push(" AND k.division_code < ").push_bind(end(list.division));
    if let Some(as_of) = list.as_of {
        query.push(" AND k.as_of <= ").push_bind(as_of);
        query.push(" ORDER BY k.division_code, k.as_of DESC, k.known_at DESC, k.rating_id DESC");
    }
    query.push(") r WHERE true");
    if let Some(after) = list.after {
        query.push(
            " AND EXISTS (SELECT FROM ratings a WHERE (r.division_code > a.division_code OR (r.division_code = a.division_code
                  AND (r.as_of, r.known_at, r.rating_id) < (a.as_of, a.known_at, a.rating_id))) AND a.rating_id = ",
        );
        query.push_bind(after).push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY r.division_code, r.as_of DESC, r.known_at DESC, r.rating_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Makes ratings of a county wait for one another until the end of the transaction.
pub async fn ratings_lock(conn: &mut PgConnection, division: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.ratings ' || left($1, 6), 0))")
        .bind(division)
        .execute(conn)
        .await?;
    Ok(())
}
