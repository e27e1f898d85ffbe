//! Divisions and their profiles.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};

use super::version::{Versions, push_known};

/// The table `divisions`.
pub const DIVISIONS: Versions = Versions {
    table: "divisions",
    key: "division_code",
    values: &["parent_code", "display_name", "level", "kind"],
    sealed: &[],
};

/// The table `division_profiles`.
pub const PROFILES: Versions = Versions {
    table: "division_profiles",
    key: "division_code",
    values: &[
        "longitude",
        "latitude",
        "registered_household_count",
        "registered_person_count",
        "resident_person_count",
        "group_count",
        "arable_dm2",
    ],
    sealed: &[],
};

/// A version of a division with what was known of it on the date asked for.
#[derive(Debug, Clone, FromRow)]
pub struct DivisionRow {
    pub id: i64,
    pub division_code: String,
    pub parent_code: Option<String>,
    pub display_name: String,
    pub level: String,
    pub kind: String,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    pub registered_household_count: Option<i64>,
    pub registered_person_count: Option<i64>,
    pub resident_person_count: Option<i64>,
    pub group_count: Option<i64>,
    pub arable_dm2: Option<i64>,
    /// First day of the profile; `None` where there is none.
    pub profile_from: Option<Date>,
}

/// A new version of a division.
#[derive(Debug)]
pub struct NewDivision<'a> {
    pub division_code: &'a str,
    pub parent_code: Option<&'a str>,
    pub display_name: &'a str,
    pub level: &'a str,
    pub kind: &'a str,
    pub valid_from: Date,
}

/// Which divisions to list.
#[derive(Debug)]
pub struct DivisionQuery<'a> {
    /// It and what lies below it; empty for all.
    pub subtree: &'a str,
    /// Inside one of the first, and inside none of the second.
    pub within: Option<(Vec<&'a str>, Vec<&'a str>)>,
    pub after: Option<&'a str>,
    pub limit: i64,
}

fn select(date: Date, known_at: Option<OffsetDateTime>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT d.id, d.division_code, d.parent_code, d.display_name, d.level, d.kind, d.valid_from, d.valid_until,
                p.longitude, p.latitude, p.registered_household_count, p.registered_person_count,
                p.resident_person_count, p.group_count, p.arable_dm2, p.valid_from AS profile_from
         FROM ",
    );
    push_known(&mut query, "divisions", known_at);
    query.push(" d LEFT JOIN ");
    push_known(&mut query, "division_profiles", known_at);
    query
        .push(" p ON p.division_code = d.division_code AND p.valid_from <= ")
        .push_bind(date)
        .push(" AND (p.valid_until IS NULL OR p.valid_until > ")
        .push_bind(date);
    query
        .push(") WHERE d.valid_from <= ")
        .push_bind(date)
        .push(" AND (d.valid_until IS NULL OR d.valid_until > ")
        .push_bind(date)
        .push(")");
    query
}

/// The division as it was on `date`.
pub async fn division_get(conn: &mut PgConnection, code: &str, date: Date) -> Result<Option<DivisionRow>, sqlx::Error> {
    division_known(conn, code, date, None).await
}

/// The division as it was on `date`, by what was known at an instant, or is now.
pub async fn division_known(
    conn: &mut PgConnection,
    code: &str,
    date: Date,
    known_at: Option<OffsetDateTime>,
) -> Result<Option<DivisionRow>, sqlx::Error> {
    let mut query = select(date, known_at);
    query.push(" AND d.division_code = ").push_bind(code);
    query.build_query_as().fetch_optional(conn).await
}

/// Divisions as they were on a date by what was known at an instant, or is now; by code.
pub async fn divisions_list(
    conn: &mut PgConnection,
    list: &DivisionQuery<'_>,
    filter: &Filter,
    (date, known_at): (Date, Option<OffsetDateTime>),
) -> Result<Vec<DivisionRow>, sqlx::Error> {
    let mut query = select(date, known_at);
    query.push(" AND d.division_code ^@ ").push_bind(list.subtree);
    if let Some((members, cut_out)) = &list.within {
        let inside = "EXISTS (SELECT FROM unnest(";
        query.push(" AND ").push(inside).push_bind(members);
        query.push("::text[]) AS m (code) WHERE d.division_code ^@ m.code)");
        query.push(" AND NOT ").push(inside).push_bind(cut_out);
        query.push("::text[]) AS m (code) WHERE d.division_code ^@ m.code)");
    }
    if let Some(after) = list.after {
        query.push(" AND d.division_code > ").push_bind(after);
    }
    filter.push(&mut query);
    query.push(" ORDER BY d.division_code LIMIT ").push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// True if `code` or, with `subtree`, anything below it begins, ends or changes on `date` or later.
pub async fn division_changes_from(
    conn: &mut PgConnection,
    code: &str,
    subtree: bool,
    date: Date,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM divisions WHERE division_code ^@ $1 AND ($3 OR division_code = $1)
                        AND known_until IS NULL AND (valid_from >= $2 OR valid_until > $2))",
    )
    .bind(code)
    .bind(date)
    .bind(subtree)
    .fetch_one(conn)
    .await
}

/// Ends `code` on `date`, with everything below it if `subtree`.
pub async fn division_end(
    conn: &mut PgConnection,
    code: &str,
    subtree: bool,
    date: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH ended AS (
             UPDATE divisions SET known_until = $4
             WHERE (division_code = $1 OR ($2 AND division_code ^@ $1)) AND known_until IS NULL
                   AND valid_from < $3 AND valid_until IS NULL
             RETURNING *)
         INSERT INTO divisions
             (division_code, parent_code, display_name, level, kind, valid_from, valid_until, known_from)
         SELECT division_code, parent_code, display_name, level, kind, valid_from, $3, $4 FROM ended",
    )
    .bind(code)
    .bind(subtree)
    .bind(date)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds an open version.
pub async fn division_begin(
    conn: &mut PgConnection,
    new: &NewDivision<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO divisions (division_code, parent_code, display_name, level, kind, valid_from, known_from)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.division_code)
    .bind(new.parent_code)
    .bind(new.display_name)
    .bind(new.level)
    .bind(new.kind)
    .bind(new.valid_from)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes changes of the tree wait for one another until the end of the transaction.
pub async fn divisions_lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.divisions', 0))")
        .execute(conn)
        .await?;
    Ok(())
}
