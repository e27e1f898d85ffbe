//! Posts of cadres.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::version::push_known;

/// A post of a cadre in a division over a time.
#[derive(Debug, Clone, FromRow)]
pub struct PostRow {
    pub assignment_id: Uuid,
    pub cadre_id: String,
    pub division_code: String,
    pub post: String,
    /// The principal post, which the register states.
    pub registered: bool,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

/// Which posts to list.
#[derive(Debug)]
pub struct PostQuery<'a> {
    /// In or below it; empty for any.
    pub division: &'a str,
    /// Of this cadre; empty for any.
    pub cadre: &'a str,
    /// Held on this date; `None` for all times.
    pub date: Option<Date>,
    /// By what was known at this instant; `None` for now.
    pub known_at: Option<OffsetDateTime>,
    /// First day and id of the last post of the page before.
    pub after: Option<(Date, Uuid)>,
    /// Most posts.
    pub limit: i64,
}

fn select(known_at: Option<OffsetDateTime>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT a.assignment_id, a.cadre_id, a.division_code, a.post, a.registered, a.valid_from, a.valid_until FROM ",
    );
    push_known(&mut query, "cadre_assignments", known_at);
    query.push(" a");
    query
}

/// The posts that `cadres` held on a date by what was known at an instant, or is now; by cadre, division and post.
pub async fn posts_of(
    conn: &mut PgConnection,
    cadres: &[String],
    (date, known_at): (Date, Option<OffsetDateTime>),
) -> Result<Vec<PostRow>, sqlx::Error> {
    let mut query = select(known_at);
    query
        .push(" WHERE a.cadre_id = ANY(")
        .push_bind(cadres)
        .push(") AND a.valid_from <= ")
        .push_bind(date);
    query
        .push(" AND (a.valid_until IS NULL OR a.valid_until > ")
        .push_bind(date);
    query.push(") ORDER BY a.cadre_id, a.division_code, a.post");
    query.build_query_as().fetch_all(conn).await
}

/// Posts, newest first day first.
pub async fn posts_list(conn: &mut PgConnection, list: &PostQuery<'_>) -> Result<Vec<PostRow>, sqlx::Error> {
    let mut query = select(list.known_at);
    query.push(" WHERE a.division_code ^@ ").push_bind(list.division);
    if !list.cadre.is_empty() {
        query.push(" AND a.cadre_id = ").push_bind(list.cadre);
    }
    if let Some(date) = list.date {
        query.push(" AND a.valid_from <= ").push_bind(date);
        query
            .push(" AND (a.valid_until IS NULL OR a.valid_until > ")
            .push_bind(date)
            .push(")");
    }
    if let Some((from, id)) = list.after {
        query.push(" AND (a.valid_from < ").push_bind(from);
        query
            .push(" OR (a.valid_from = ")
            .push_bind(from)
            .push(" AND a.assignment_id > ")
            .push_bind(id)
            .push("))");
    }
    query
        .push(" ORDER BY a.valid_from DESC, a.assignment_id LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// The post with this id, held until the end of the transaction against other changes.
pub async fn post_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<PostRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT assignment_id, cadre_id, division_code, post, registered, valid_from, valid_until FROM cadre_assignments
         WHERE assignment_id = $1 AND known_until IS NULL FOR UPDATE",
    )
    .bind(id)
    .fetch_optional(conn)
    .await
}

/// True if `post` overlaps a time in which its cadre holds the same post in the same division.
pub async fn post_overlaps(conn: &mut PgConnection, post: &PostRow) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM cadre_assignments WHERE cadre_id = $1 AND division_code = $2 AND post = $3
                        AND known_until IS NULL AND (valid_until IS NULL OR valid_until > $4))",
    )
    .bind(&post.cadre_id)
    .bind(&post.division_code)
    .bind(&post.post)
    .bind(post.valid_from)
    .fetch_one(conn)
    .await
}

/// Adds a post.
pub async fn post_insert(conn: &mut PgConnection, post: &PostRow, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO cadre_assignments
             (assignment_id, cadre_id, division_code, post, registered, valid_from, valid_until, known_from)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(post.assignment_id)
    .bind(&post.cadre_id)
    .bind(&post.division_code)
    .bind(&post.post)
    .bind(post.registered)
    .bind(post.valid_from)
    .bind(post.valid_until)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a post on `date`.
pub async fn post_end(conn: &mut PgConnection, id: Uuid, date: Date, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH ended AS (
             UPDATE cadre_assignments SET known_until = $3 WHERE assignment_id = $1 AND known_until IS NULL RETURNING *)
         INSERT INTO cadre_assignments
             (assignment_id, cadre_id, division_code, post, registered, valid_from, valid_until, known_from)
         SELECT assignment_id, cadre_id, division_code, post, registered, valid_from, $2, $3 FROM ended",
    )
    .bind(id)
    .bind(date)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the registered posts that the staged cadres no longer hold on `date`, or takes them back if they began then, and
/// begins those that they did not hold. Gives how many cadres changed.
pub async fn posts_merge(
    conn: &mut PgConnection,
    ids: &[Uuid],
    date: Date,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let ended = sqlx::query(
        "WITH left_posts AS (
             UPDATE cadre_assignments a SET known_until = $2 FROM staged s
             WHERE a.cadre_id = s.cadre_id AND a.registered AND a.known_until IS NULL
               AND a.valid_from <= $1 AND (a.valid_until IS NULL OR a.valid_until > $1)
               AND (a.division_code, a.post) <> (s.division_code, s.post)
             RETURNING a.*)
         INSERT INTO cadre_assignments
             (assignment_id, cadre_id, division_code, post, registered, valid_from, valid_until, known_from)
         SELECT assignment_id, cadre_id, division_code, post, true, valid_from, $1, $2 FROM left_posts
         WHERE valid_from < $1",
    )
    .bind(date)
    .bind(now)
    .execute(&mut *conn)
    .await?
    .rows_affected();
    let begun = sqlx::query(
        "INSERT INTO cadre_assignments
             (assignment_id, cadre_id, division_code, post, registered, valid_from, valid_until, known_from)
         SELECT id, cadre_id, division_code, post, true, $1, next_from, $2
         FROM (SELECT s.*, row_number() OVER (ORDER BY line) AS n,
                      (SELECT min(a.valid_from) FROM cadre_assignments a
                       WHERE a.cadre_id = s.cadre_id AND a.registered AND a.known_until IS NULL AND a.valid_from > $1
                      ) AS next_from
               FROM staged s
               WHERE NOT EXISTS (SELECT FROM cadre_assignments a
                                 WHERE (a.cadre_id, a.division_code, a.post) = (s.cadre_id, s.division_code, s.post)
                                   AND a.known_until IS NULL AND a.valid_from <= $1
                                   AND (a.valid_until IS NULL OR a.valid_until > $1))) new
         JOIN unnest($3::uuid[]) WITH ORDINALITY AS given (id, n) USING (n)",
    )
    .bind(date)
    .bind(now)
    .bind(ids)
    .execute(conn)
    .await?
    .rows_affected();
    Ok(begun.max(ended))
}
