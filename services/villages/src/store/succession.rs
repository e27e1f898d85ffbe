//! What a newer official list makes of the register.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

use super::{division::DIVISIONS, version::Merged};

/// A division of the register or of the staged list.
#[derive(Debug, Clone, FromRow)]
pub struct PlaceRow {
    pub code: String,
    pub parent: String,
    pub name: String,
}

/// What is registered in a division.
#[derive(Debug, Clone, FromRow)]
pub struct HeldRow {
    pub code: String,
    /// Households registered there or in what was merged into it.
    pub households: i64,
    /// Natural villages and groups.
    pub groups: i64,
    /// Tasks of it, or of what was merged into it, whose goal is not reached.
    pub tasks: i64,
}

/// The divisions inside `division` in force on `date`, without natural villages and groups, by code.
pub async fn divisions_standing(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
) -> Result<Vec<PlaceRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code AS code, COALESCE(parent_code, '') AS parent, display_name AS name FROM divisions
         WHERE division_code ^@ $1 AND level <> 'GROUP' AND known_until IS NULL
           AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2)
         ORDER BY division_code",
    )
    .bind(division)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// What ended inside `division` on `date` or was split then, and into what; an empty code for nothing.
pub async fn successions_on(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code, COALESCE(successor_code, '') FROM division_lineage
         WHERE division_code ^@ $1 AND effective_date = $2 AND kind <> 'RENAMED'",
    )
    .bind(division)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// What is registered on `date` in those of `codes` that hold anything.
pub async fn divisions_held(conn: &mut PgConnection, codes: &[&str], date: Date) -> Result<Vec<HeldRow>, sqlx::Error> {
    sqlx::query_as(
        "WITH RECURSIVE within (code, part) AS (
             SELECT code, code COLLATE \"C\" FROM unnest($1::text[]) AS c (code)
             UNION
             SELECT w.code, l.division_code FROM within w
             JOIN division_lineage l ON l.successor_code = w.part AND l.kind = 'MERGED' AND l.effective_date <= $2),
         held AS (
             SELECT w.code, 1 AS households, 0 AS groups, 0 AS tasks FROM within w
             JOIN households h ON h.division_code = w.part AND h.known_until IS NULL
                  AND h.valid_from <= $2 AND (h.valid_until IS NULL OR h.valid_until > $2)
             UNION ALL
             SELECT w.code, 0, 1, 0 FROM within w
             JOIN divisions g ON g.division_code > w.part AND g.division_code < w.part || ':' AND g.level = 'GROUP'
                  AND length(w.part) = 12 AND g.known_until IS NULL
                  AND g.valid_from <= $2 AND (g.valid_until IS NULL OR g.valid_until > $2)
             UNION ALL
             SELECT w.code, 0, 0, 1 FROM within w JOIN tasks t ON t.division_code = w.part
             WHERE t.goal > COALESCE((SELECT p.cumulative FROM task_progress p WHERE p.task_id = t.task_id
                                      ORDER BY p.report_date DESC, p.revision DESC LIMIT 1), 0))
         SELECT code, sum(households) AS households, sum(groups) AS groups, sum(tasks) AS tasks
         FROM held GROUP BY code ORDER BY code",
    )
    .bind(codes)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// Those of `codes`, or of `ended` with all below them, that begin, change or end on `date` or later already.
pub async fn divisions_changing_from(
    conn: &mut PgConnection,
    codes: &[&str],
    ended: &[&str],
    date: Date,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT c.code FROM (SELECT code, code AS last FROM unnest($1::text[]) AS kept (code)
                             UNION ALL
                             SELECT code, code || ':' FROM unnest($2::text[]) AS gone (code)) c
         WHERE EXISTS (SELECT FROM divisions d WHERE d.division_code >= c.code AND d.division_code <= c.last
                       AND d.known_until IS NULL AND (d.valid_from >= $3 OR d.valid_until > $3))
         ORDER BY c.code",
    )
    .bind(codes)
    .bind(ended)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// Ends divisions on `date` with all below them.
pub async fn divisions_end(
    conn: &mut PgConnection,
    codes: &[&str],
    date: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH ended AS (
             UPDATE divisions d SET known_until = $3 FROM unnest($1::text[]) AS c (code)
             WHERE d.division_code >= c.code AND d.division_code < c.code || ':' AND d.known_until IS NULL
                   AND d.valid_from < $2 AND d.valid_until IS NULL
             RETURNING d.*)
         INSERT INTO divisions
             (division_code, parent_code, display_name, level, kind, valid_from, valid_until, known_from)
         SELECT division_code, parent_code, display_name, level, kind, valid_from, $2, $3 FROM ended",
    )
    .bind(codes)
    .bind(date)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Divisions that a list of changes begins or renames, by position in all columns.
#[derive(Debug, Default)]
pub struct Begun<'a> {
    pub codes: Vec<&'a str>,
    pub names: Vec<&'a str>,
    /// `None` where it stays as it is.
    pub parents: Vec<Option<String>>,
    pub levels: Vec<Option<&'static str>>,
    pub kinds: Vec<Option<&'static str>>,
}

/// Makes divisions hold from `date` on; `delta` holds what changed.
pub async fn divisions_begin(
    conn: &mut PgConnection,
    begun: &Begun<'_>,
    date: Date,
    now: OffsetDateTime,
) -> Result<Merged, sqlx::Error> {
    // Collated like `staged`: what statements answer must not change its type, whichever of the two it comes from.
    sqlx::query(
        "CREATE TEMP TABLE begun (division_code text COLLATE \"C\", display_name text COLLATE \"C\",
             parent_code text COLLATE \"C\", level text COLLATE \"C\", kind text COLLATE \"C\") ON COMMIT DROP",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query("INSERT INTO begun SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])")
        .bind(&begun.codes)
        .bind(&begun.names)
        .bind(&begun.parents)
        .bind(&begun.levels)
        .bind(&begun.kinds)
        .execute(&mut *conn)
        .await?;
    DIVISIONS.merge(conn, "SELECT * FROM begun", date, now).await
}
