//! How divisions descend from one another.

use kit::division::{Division, Level};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// One edge.
#[derive(Debug, Clone, FromRow)]
pub struct LineageRow {
    pub id: Uuid,
    pub division_code: String,
    pub successor_code: Option<String>,
    pub kind: String,
    pub effective_date: Date,
    pub predecessor_display_name: String,
    pub successor_display_name: Option<String>,
}

/// Which edges to list.
#[derive(Debug)]
pub struct LineageQuery<'a> {
    /// Predecessor or successor begins with it.
    pub division: &'a str,
    /// Earliest effective date.
    pub from: Option<Date>,
    /// First effective date left out.
    pub until: Option<Date>,
    /// Effective date and id of the last edge of the page before.
    pub after: Option<(Date, Uuid)>,
    /// Most edges.
    pub limit: i64,
}

/// Adds edges.
pub async fn lineage_insert(
    conn: &mut PgConnection,
    edges: &[LineageRow],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if edges.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Postgres>::new(
        "INSERT INTO division_lineage (id, division_code, successor_code, kind, effective_date,
             predecessor_display_name, successor_display_name, recorded_at) ",
    );
    query.push_values(edges, |mut row, edge| {
        row.push_bind(edge.id)
            .push_bind(&edge.division_code)
            .push_bind(&edge.successor_code)
            .push_bind(&edge.kind)
            .push_bind(edge.effective_date)
            .push_bind(&edge.predecessor_display_name)
            .push_bind(&edge.successor_display_name)
            .push_bind(now);
    });
    query.build().execute(conn).await?;
    Ok(())
}

/// Edges, newest effective date first.
pub async fn lineage_list(conn: &mut PgConnection, list: &LineageQuery<'_>) -> Result<Vec<LineageRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT id, division_code, successor_code, kind, effective_date, predecessor_display_name,
                successor_display_name
         FROM division_lineage WHERE (division_code ^@ ",
    );
    query
        .push_bind(list.division)
        .push(" OR successor_code ^@ ")
        .push_bind(list.division)
        .push(")");
    if let Some(from) = list.from {
        query.push(" AND effective_date >= ").push_bind(from);
    }
    if let Some(until) = list.until {
        query.push(" AND effective_date < ").push_bind(until);
    }
    if let Some((date, id)) = list.after {
        query.push(" AND (effective_date < ").push_bind(date);
        query
            .push(" OR (effective_date = ")
            .push_bind(date)
            .push(" AND id > ")
            .push_bind(id)
            .push("))");
    }
    query
        .push(" ORDER BY effective_date DESC, id LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// `code` and every division that was merged into it or into one of these until `date`, as it is known now or was at an
/// instant.
pub async fn lineage_merged_into(
    conn: &mut PgConnection,
    code: &str,
    date: Date,
    known_at: Option<OffsetDateTime>,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "WITH RECURSIVE merged (code) AS (
             SELECT $1::text COLLATE \"C\"
             UNION
             SELECT l.division_code FROM merged m
             JOIN division_lineage l ON l.successor_code = m.code AND l.kind = 'MERGED' AND l.effective_date <= $2
                                       AND ($3::timestamptz IS NULL OR l.recorded_at <= $3))
         SELECT code FROM merged",
    )
    .bind(code)
    .bind(date)
    .bind(known_at)
    .fetch_all(conn)
    .await
}

/// The division and those that were merged into it until `day`. Counties and above contain whatever was merged inside them.
pub async fn with_merged(
    conn: &mut PgConnection,
    division: &Division,
    day: Date,
    known_at: Option<OffsetDateTime>,
) -> Result<Vec<String>, sqlx::Error> {
    if division.level() < Level::Township {
        return Ok(vec![division.code().to_owned()]);
    }
    lineage_merged_into(conn, division.code(), day, known_at).await
}
