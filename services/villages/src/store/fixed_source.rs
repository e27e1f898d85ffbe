//! Fixed sources of heat.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{grid::BoxRow, rating::end};

/// A fixed source.
#[derive(Debug, Clone, FromRow)]
pub struct FixedSourceRow {
    pub fixed_source_id: Uuid,
    pub division_code: String,
    pub county_code: String,
    pub hotspot_id: Uuid,
    pub display_name: String,
    pub longitude: i32,
    pub latitude: i32,
    pub radius_m: i32,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
    /// Hotspots that were matched with it.
    #[sqlx(default)]
    pub matches: i64,
}

/// Which fixed sources to list.
#[derive(Debug)]
pub struct FixedSourceQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// In force on this date; `None` for all times.
    pub date: Option<Date>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

const SELECT: &str =
    "SELECT f.fixed_source_id, f.division_code, f.county_code, f.hotspot_id, f.display_name, f.longitude,
        f.latitude, f.radius_m, f.valid_from, f.valid_until,
        (SELECT count(*) FROM hotspots h WHERE h.fixed_source_id = f.fixed_source_id) AS matches
    FROM fixed_sources f WHERE ";

/// A fixed source.
pub async fn fixed_source_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<FixedSourceRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push("f.fixed_source_id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Fixed sources, last known first.
pub async fn fixed_sources_list(
    conn: &mut PgConnection,
    list: &FixedSourceQuery<'_>,
) -> Result<Vec<FixedSourceRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push("f.division_code >= ").push_bind(list.division);
    query.push(" AND f.division_code < ").push_bind(end(list.division));
    if let Some(date) = list.date {
        query.push(" AND f.valid_from <= ").push_bind(date);
        query
            .push(" AND (f.valid_until IS NULL OR f.valid_until > ")
            .push_bind(date)
            .push(")");
    }
    if let Some(after) = list.after {
        query.push(" AND f.fixed_source_id < ").push_bind(after);
    }
    query
        .push(" ORDER BY f.fixed_source_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Fixed sources of a county in force on a date whose middle lies in a box.
pub async fn fixed_sources_near(
    conn: &mut PgConnection,
    county: &str,
    bounds: BoxRow,
    date: Date,
) -> Result<Vec<FixedSourceRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push("f.county_code = ").push_bind(county);
    query.push(" AND f.longitude >= ").push_bind(bounds.west);
    query.push(" AND f.longitude <= ").push_bind(bounds.east);
    query.push(" AND f.latitude >= ").push_bind(bounds.south);
    query.push(" AND f.latitude <= ").push_bind(bounds.north);
    query.push(" AND f.valid_from <= ").push_bind(date);
    query
        .push(" AND (f.valid_until IS NULL OR f.valid_until > ")
        .push_bind(date);
    query.push(") ORDER BY f.fixed_source_id");
    query.build_query_as().fetch_all(conn).await
}

/// Keeps a fixed source.
pub async fn fixed_source_insert(
    conn: &mut PgConnection,
    row: &FixedSourceRow,
    recorded_by: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO fixed_sources (fixed_source_id, division_code, county_code, hotspot_id, display_name, longitude, latitude,
             radius_m, valid_from, valid_until, recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(row.fixed_source_id)
    .bind(&row.division_code)
    .bind(&row.county_code)
    .bind(row.hotspot_id)
    .bind(&row.display_name)
    .bind(row.longitude)
    .bind(row.latitude)
    .bind(row.radius_m)
    .bind(row.valid_from)
    .bind(row.valid_until)
    .bind(recorded_by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a fixed source on a date; false if it has ended by then.
pub async fn fixed_source_end(conn: &mut PgConnection, id: Uuid, date: Date) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query(
        "UPDATE fixed_sources SET valid_until = $2
         WHERE fixed_source_id = $1 AND (valid_until IS NULL OR valid_until > $2)",
    )
    .bind(id)
    .bind(date)
    .execute(conn)
    .await?;
    Ok(ended.rows_affected() == 1)
}
