//! Rosters of grids.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rating::end;

/// A shift.
#[derive(Debug, Clone, FromRow)]
pub struct ShiftRow {
    pub shift_id: Uuid,
    pub division_code: String,
    pub grid_code: String,
    pub cadre_id: String,
    pub display_name: String,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// Which shifts to list.
#[derive(Debug)]
pub struct ShiftQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// They end later.
    pub from: Option<OffsetDateTime>,
    /// They begin earlier.
    pub until: Option<OffsetDateTime>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

const SELECT: &str =
    "SELECT s.shift_id, s.division_code, s.grid_code, s.cadre_id, s.display_name, s.starts_at, s.ends_at
    FROM duty_shifts s WHERE s.known_until IS NULL";

/// Shifts by start.
pub async fn shifts_list(
    conn: &mut PgConnection,
    list: &ShiftQuery<'_>,
    filter: &Filter,
) -> Result<Vec<ShiftRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push(" AND s.division_code >= ").push_bind(list.division);
    query.push(" AND s.division_code < ").push_bind(end(list.division));
    if let Some(from) = list.from {
        query.push(" AND s.ends_at > ").push_bind(from);
    }
    if let Some(until) = list.until {
        query.push(" AND s.starts_at < ").push_bind(until);
    }
    if let Some(after) = list.after {
        query
            .push(" AND (s.starts_at, s.shift_id) > (SELECT a.starts_at, a.shift_id FROM duty_shifts a WHERE a.shift_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY s.starts_at, s.shift_id LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Shifts of one of `grids` that share an instant with a time, by start.
pub async fn shifts_within(
    conn: &mut PgConnection,
    grids: &[&str],
    start: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<Vec<ShiftRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push(" AND s.grid_code = ANY(").push_bind(grids);
    query.push(") AND s.starts_at < ").push_bind(end);
    query.push(" AND s.ends_at > ").push_bind(start);
    query.push(" ORDER BY s.starts_at, s.shift_id");
    query.build_query_as().fetch_all(conn).await
}

/// The first of `shifts` whose cadre is on duty in another grid then: its position, and from when to when.
pub async fn elsewhere(
    conn: &mut PgConnection,
    grid: &str,
    shifts: &[ShiftRow],
) -> Result<Option<(usize, OffsetDateTime, OffsetDateTime)>, sqlx::Error> {
    let found: Option<(i64, OffsetDateTime, OffsetDateTime)> =
        sqlx::query_as("SELECT at, starts_at, ends_at FROM duty_elsewhere($1, $2, $3, $4)")
            .bind(grid)
            .bind(shifts.iter().map(|shift| shift.cadre_id.as_str()).collect::<Vec<_>>())
            .bind(shifts.iter().map(|shift| shift.starts_at).collect::<Vec<_>>())
            .bind(shifts.iter().map(|shift| shift.ends_at).collect::<Vec<_>>())
            .fetch_optional(conn)
            .await?;
    Ok(found.map(|(at, start, end)| (usize::try_from(at - 1).unwrap_or_default(), start, end)))
}

/// For each cadre and day the name of the cadre and the division of the grid; `None` where they are not on the register.
pub async fn on_register(
    conn: &mut PgConnection,
    grid: &str,
    cadres: &[&str],
    days: &[Date],
) -> Result<Vec<(Option<String>, Option<String>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.display_name, g.division_code
         FROM unnest($2::text[], $3::date[]) WITH ORDINALITY AS given (cadre, day, n)
         LEFT JOIN cadres c ON c.cadre_id = given.cadre AND c.known_until IS NULL AND c.valid_from <= given.day
              AND (c.valid_until IS NULL OR c.valid_until > given.day)
         LEFT JOIN grids g ON g.grid_code = $1 AND g.known_until IS NULL AND g.valid_from <= given.day
              AND (g.valid_until IS NULL OR g.valid_until > given.day)
         ORDER BY given.n",
    )
    .bind(grid)
    .bind(cadres)
    .bind(days)
    .fetch_all(conn)
    .await
}

/// Closes shifts.
pub async fn shifts_close(conn: &mut PgConnection, ids: &[Uuid], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE duty_shifts SET known_until = $2 WHERE shift_id = ANY($1)")
        .bind(ids)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds shifts.
pub async fn shifts_insert(
    conn: &mut PgConnection,
    shifts: &[ShiftRow],
    recorded_by: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if shifts.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Postgres>::new(
        "INSERT INTO duty_shifts (shift_id, division_code, grid_code, cadre_id, display_name, starts_at, ends_at,
             recorded_by, known_from) ",
    );
    query.push_values(shifts, |mut row, shift| {
        row.push_bind(shift.shift_id)
            .push_bind(&shift.division_code)
            .push_bind(&shift.grid_code)
            .push_bind(&shift.cadre_id)
            .push_bind(&shift.display_name)
            .push_bind(shift.starts_at)
            .push_bind(shift.ends_at)
            .push_bind(recorded_by)
            .push_bind(now);
    });
    query.build().execute(conn).await?;
    Ok(())
}

/// Makes changes of a grid's roster, and of the shifts of `cadres`, wait for one another until the end of the transaction.
pub async fn roster_lock(conn: &mut PgConnection, grid: &str, cadres: &[&str]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('villages.rosters ' || key, 0))
         FROM (SELECT DISTINCT key FROM (SELECT 'grid ' || $1 AS key UNION ALL SELECT 'cadre ' || c FROM unnest($2::text[]) c)
               keys ORDER BY key) ordered",
    )
    .bind(grid)
    .bind(cadres)
    .execute(conn)
    .await?;
    Ok(())
}
