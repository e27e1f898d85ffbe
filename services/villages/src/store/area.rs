//! Contracted areas.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};

use super::{rating::end, version::push_known};

/// A version of an area.
#[derive(Debug, Clone, FromRow)]
pub struct AreaRow {
    pub id: i64,
    pub area_code: String,
    pub tree: String,
    pub division_code: String,
    pub display_name: String,
    /// The divisions that it was drawn around, by code.
    pub members: Vec<String>,
    /// Empty for nobody.
    pub leader_id: String,
    pub leader_name: String,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

/// Which areas to list.
#[derive(Debug)]
pub struct AreaQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    pub after: Option<&'a str>,
    pub limit: i64,
}

const COLUMNS: &str =
    "a.id, a.area_code, a.tree, a.division_code, a.display_name, a.members, a.leader_id, a.leader_name,
    a.valid_from, a.valid_until";

fn on((date, known_at): (Date, Option<OffsetDateTime>)) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM ");
    push_known(&mut query, "areas", known_at);
    query
        .push(" a WHERE a.valid_from <= ")
        .push_bind(date)
        .push(" AND (a.valid_until IS NULL OR a.valid_until > ")
        .push_bind(date)
        .push(")");
    query
}

/// The area as it was on a date by what was known at an instant, or is now.
pub async fn area_get(
    conn: &mut PgConnection,
    code: &str,
    at: (Date, Option<OffsetDateTime>),
) -> Result<Option<AreaRow>, sqlx::Error> {
    let mut query = on(at);
    query.push(" AND a.area_code = ").push_bind(code);
    query.build_query_as().fetch_optional(conn).await
}

/// The areas of a division as they were on a date by what was known at an instant, or is now; by code.
pub async fn areas_list(
    conn: &mut PgConnection,
    list: &AreaQuery<'_>,
    filter: &Filter,
    at: (Date, Option<OffsetDateTime>),
) -> Result<Vec<AreaRow>, sqlx::Error> {
    let mut query = on(at);
    query.push(" AND a.division_code >= ").push_bind(list.division);
    query.push(" AND a.division_code < ").push_bind(end(list.division));
    if let Some(after) = list.after {
        query.push(" AND a.area_code > ").push_bind(after);
    }
    filter.push(&mut query);
    query.push(" ORDER BY a.area_code LIMIT ").push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// The areas of one tree of a county.
pub async fn areas_of_tree(
    conn: &mut PgConnection,
    (county, tree): (&str, &str),
    at: (Date, Option<OffsetDateTime>),
) -> Result<Vec<AreaRow>, sqlx::Error> {
    let mut query = on(at);
    query.push(" AND a.division_code >= ").push_bind(county);
    query.push(" AND a.division_code < ").push_bind(end(county));
    query.push(" AND a.tree = ").push_bind(tree);
    query.push(" ORDER BY a.area_code");
    query.build_query_as().fetch_all(conn).await
}

/// Versions of a county that hold on `date` or later, seen by the caller or not, by code and first day.
pub async fn areas_ahead(conn: &mut PgConnection, county: &str, date: Date) -> Result<Vec<AreaRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query.push(COLUMNS).push(" FROM areas_ahead(").push_bind(county);
    query.push(", ").push_bind(date).push(") a");
    query.build_query_as().fetch_all(conn).await
}

/// Which of the divisions that `areas` were drawn around are there on a date, and what came out of them since: the position of
/// the area, the division drawn, and that of the date.
pub async fn members_on(
    conn: &mut PgConnection,
    areas: &[AreaRow],
    (date, known_at): (Date, Option<OffsetDateTime>),
) -> Result<Vec<(i64, String, String)>, sqlx::Error> {
    let (mut of, mut codes, mut from) = (Vec::new(), Vec::new(), Vec::new());
    for (at, area) in (0_i64..).zip(areas) {
        for member in &area.members {
            of.push(at);
            codes.push(member.as_str());
            from.push(area.valid_from);
        }
    }
    let mut query = QueryBuilder::<Postgres>::new(
        "WITH RECURSIVE later (area, drawn, code, since) AS (
             SELECT given.area, given.code COLLATE \"C\", given.code COLLATE \"C\", given.since FROM unnest(",
    );
    query.push_bind(of).push("::bigint[], ").push_bind(codes);
    query.push("::text[], ").push_bind(from);
    query.push(
        "::date[]) AS given (area, code, since)
             UNION
             SELECT later.area, later.drawn, l.successor_code, l.effective_date FROM later
             JOIN division_lineage l ON l.division_code = later.code AND l.successor_code IS NOT NULL
                  AND l.successor_code <> later.code AND l.effective_date > later.since AND l.effective_date <= ",
    );
    query.push_bind(date);
    if let Some(known_at) = known_at {
        query.push(" AND l.recorded_at <= ").push_bind(known_at);
    }
    query.push(") SELECT DISTINCT later.area, later.drawn, later.code FROM later JOIN ");
    push_known(&mut query, "divisions", known_at);
    query
        .push(" d ON d.division_code = later.code AND d.valid_from <= ")
        .push_bind(date)
        .push(" AND (d.valid_until IS NULL OR d.valid_until > ")
        .push_bind(date)
        .push(")");
    query.build_query_as().fetch_all(conn).await
}

/// Ends the open versions of areas on `date`, or takes them back if they began then.
pub async fn areas_end(
    conn: &mut PgConnection,
    codes: &[&str],
    date: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH ended AS (
             UPDATE areas SET known_until = $3
             WHERE area_code = ANY($1) AND known_until IS NULL AND valid_from <= $2 AND valid_until IS NULL
             RETURNING *)
         INSERT INTO areas (area_code, tree, division_code, display_name, members, leader_id, leader_name, valid_from,
             valid_until, known_from)
         SELECT area_code, tree, division_code, display_name, members, leader_id, leader_name, valid_from, $2, $3
         FROM ended WHERE valid_from < $2",
    )
    .bind(codes)
    .bind(date)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds open versions, each from its first day on.
pub async fn areas_begin(conn: &mut PgConnection, areas: &[AreaRow], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    if areas.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Postgres>::new(
        "INSERT INTO areas (area_code, tree, division_code, display_name, members, leader_id, leader_name, valid_from,
             known_from) ",
    );
    query.push_values(areas, |mut row, area| {
        row.push_bind(&area.area_code)
            .push_bind(&area.tree)
            .push_bind(&area.division_code)
            .push_bind(&area.display_name)
            .push_bind(&area.members)
            .push_bind(&area.leader_id)
            .push_bind(&area.leader_name)
            .push_bind(area.valid_from)
            .push_bind(now);
    });
    query.build().execute(conn).await?;
    Ok(())
}

/// Makes drawings of a county wait for one another until the end of the transaction.
pub async fn areas_lock(conn: &mut PgConnection, county: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.areas ' || $1, 0))")
        .bind(county)
        .execute(conn)
        .await?;
    Ok(())
}
