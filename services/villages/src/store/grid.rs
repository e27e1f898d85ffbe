//! Grids.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};

use super::{rating::end, version::push_known};

/// A version of a grid.
#[derive(Debug, Clone, FromRow)]
pub struct GridRow {
    pub id: i64,
    pub grid_code: String,
    pub division_code: String,
    /// Empty for a large grid.
    pub parent_code: String,
    pub display_name: String,
    /// The area as the contract states it.
    pub boundary: Vec<u8>,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

/// A box in 1e-7 degrees.
#[derive(Debug, Clone, Copy)]
pub struct BoxRow {
    pub west: i32,
    pub south: i32,
    pub east: i32,
    pub north: i32,
}

/// A grid that holds from a date on.
#[derive(Debug)]
pub struct NewGrid<'a> {
    pub grid_code: &'a str,
    pub division_code: &'a str,
    pub parent_code: &'a str,
    pub display_name: &'a str,
    pub boundary: Vec<u8>,
    pub bounds: BoxRow,
}

/// Which grids to list.
#[derive(Debug)]
pub struct GridQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// The date, and the instant of knowledge; `None` for now.
    pub at: (Date, Option<OffsetDateTime>),
    pub after: Option<&'a str>,
    pub limit: i64,
}

const COLUMNS: &str = "g.id, g.grid_code, g.division_code, g.parent_code, g.display_name, g.boundary, g.valid_from,
    g.valid_until";

fn on((date, known_at): (Date, Option<OffsetDateTime>)) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM ");
    push_known(&mut query, "grids", known_at);
    query
        .push(" g WHERE g.valid_from <= ")
        .push_bind(date)
        .push(" AND (g.valid_until IS NULL OR g.valid_until > ")
        .push_bind(date)
        .push(")");
    query
}

/// The grid as it was on a date by what was known at an instant, or is now.
pub async fn grid_get(
    conn: &mut PgConnection,
    code: &str,
    at: (Date, Option<OffsetDateTime>),
) -> Result<Option<GridRow>, sqlx::Error> {
    let mut query = on(at);
    query.push(" AND g.grid_code = ").push_bind(code);
    query.build_query_as().fetch_optional(conn).await
}

/// The grids of a division on a date, by code.
pub async fn grids_list(
    conn: &mut PgConnection,
    list: &GridQuery<'_>,
    filter: &Filter,
) -> Result<Vec<GridRow>, sqlx::Error> {
    let mut query = on(list.at);
    query.push(" AND g.division_code >= ").push_bind(list.division);
    query.push(" AND g.division_code < ").push_bind(end(list.division));
    if let Some(after) = list.after {
        query.push(" AND g.grid_code > ").push_bind(after);
    }
    filter.push(&mut query);
    query.push(" ORDER BY g.grid_code LIMIT ").push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// The grids of a division on a date in whose box a place lies, by code.
pub async fn grids_at(
    conn: &mut PgConnection,
    division: &str,
    (longitude, latitude): (i32, i32),
    date: Date,
) -> Result<Vec<GridRow>, sqlx::Error> {
    let mut query = on((date, None));
    query.push(" AND g.division_code >= ").push_bind(division);
    query.push(" AND g.division_code < ").push_bind(end(division));
    query.push(" AND g.west <= ").push_bind(longitude);
    query.push(" AND g.east >= ").push_bind(longitude);
    query.push(" AND g.south <= ").push_bind(latitude);
    query.push(" AND g.north >= ").push_bind(latitude);
    query.push(" ORDER BY g.grid_code");
    query.build_query_as().fetch_all(conn).await
}

/// Versions that hold on `date` or later: of grids with one of `codes`, of those that lie in one of them, of those of the
/// county whose box meets one of `boxes`, and of the large grids of all these.
pub async fn grids_concerned(
    conn: &mut PgConnection,
    county: &str,
    codes: &[&str],
    boxes: &[BoxRow],
    date: Date,
) -> Result<Vec<GridRow>, sqlx::Error> {
    let side = |of: fn(&BoxRow) -> i32| boxes.iter().map(of).collect::<Vec<_>>();
    sqlx::query_as(
        "WITH ahead AS (
             SELECT * FROM grids WHERE known_until IS NULL AND (valid_until IS NULL OR valid_until > $1)),
         near AS (
             SELECT id, parent_code FROM ahead WHERE grid_code = ANY($2) OR parent_code = ANY($2)
             UNION
             SELECT a.id, a.parent_code FROM ahead a
             JOIN unnest($3::int[], $4::int[], $5::int[], $6::int[]) AS b (west, south, east, north)
               ON a.west <= b.east AND a.east >= b.west AND a.south <= b.north AND a.north >= b.south
             WHERE a.division_code >= $7 AND a.division_code < $8)
         SELECT a.id, a.grid_code, a.division_code, a.parent_code, a.display_name, a.boundary, a.valid_from, a.valid_until
         FROM ahead a
         WHERE a.id IN (SELECT id FROM near) OR a.grid_code IN (SELECT parent_code FROM near)
         ORDER BY a.grid_code, a.valid_from",
    )
    .bind(date)
    .bind(codes)
    .bind(side(|it| it.west))
    .bind(side(|it| it.south))
    .bind(side(|it| it.east))
    .bind(side(|it| it.north))
    .bind(county)
    .bind(end(county))
    .fetch_all(conn)
    .await
}

/// Ends the open versions of grids on `date`, or takes them back if they began then.
pub async fn grids_end(
    conn: &mut PgConnection,
    codes: &[&str],
    date: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH ended AS (
             UPDATE grids SET known_until = $3
             WHERE grid_code = ANY($1) AND known_until IS NULL AND valid_from <= $2 AND valid_until IS NULL
             RETURNING *)
         INSERT INTO grids (grid_code, division_code, parent_code, display_name, boundary, west, south, east, north,
             valid_from, valid_until, known_from)
         SELECT grid_code, division_code, parent_code, display_name, boundary, west, south, east, north, valid_from, $2, $3
         FROM ended WHERE valid_from < $2",
    )
    .bind(codes)
    .bind(date)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds open versions from `date` on.
pub async fn grids_begin(
    conn: &mut PgConnection,
    grids: &[NewGrid<'_>],
    date: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    for grids in grids.chunks(2_000) {
        let mut query = QueryBuilder::<Postgres>::new(
            "INSERT INTO grids (grid_code, division_code, parent_code, display_name, boundary, west, south, east, north,
                 valid_from, known_from) ",
        );
        query.push_values(grids, |mut row, grid| {
            row.push_bind(grid.grid_code)
                .push_bind(grid.division_code)
                .push_bind(grid.parent_code)
                .push_bind(grid.display_name)
                .push_bind(&grid.boundary)
                .push_bind(grid.bounds.west)
                .push_bind(grid.bounds.south)
                .push_bind(grid.bounds.east)
                .push_bind(grid.bounds.north)
                .push_bind(date)
                .push_bind(now);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Makes drawings of a county wait for one another until the end of the transaction.
pub async fn grids_lock(conn: &mut PgConnection, county: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.grids ' || $1, 0))")
        .bind(county)
        .execute(conn)
        .await?;
    Ok(())
}
