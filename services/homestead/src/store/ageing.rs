//! The age of arrears, from the bills themselves.

use homestead_core::ageing::EDGES;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::Date;

use super::report::SIDES;

/// By what arrears are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Village,
    Township,
    Cadre,
}

/// One bucket of one group.
#[derive(Debug, FromRow)]
pub struct Cell {
    /// Code of a division, or id of a cadre; empty where nobody answered for the household on that day.
    pub key: String,
    pub bucket: i32,
    pub outstanding_fen: i64,
    pub bills: i64,
}

/// Open bills as they stand now, which is how they stand on every day from today on.
pub async fn ageing_now(conn: &mut PgConnection, division: &str, day: Date, group: Group) -> Result<Vec<Cell>> {
    // Few due dates share many bills, so they are summed up before they are sorted into buckets.
    let mut query = QueryBuilder::new("SELECT ");
    query
        .push(key(group))
        .push(" AS key, width_bucket(")
        .push_bind(day)
        .push(" - b.due_on, ")
        .push_bind(&EDGES[..]);
    query.push(
        ") AS bucket, sum(b.fen)::bigint AS outstanding_fen, sum(b.bills)::bigint AS bills FROM (SELECT b.due_on, ",
    );
    query.push(if group == Group::Cadre {
        "f.cadre_id"
    } else {
        "b.division_code"
    });
    query.push(", sum(b.outstanding_fen)::bigint AS fen, count(*) AS bills FROM bill b");
    if group == Group::Cadre {
        query.push(" JOIN portfolio f USING (household_id)");
    }
    query.push(" WHERE b.open");
    prefix(&mut query, division);
    query.push(" GROUP BY 1, 2) b GROUP BY 1, 2 ORDER BY 1, 2");
    query.build_query_as().fetch_all(conn).await
}

/// Joins the deferral, if any, by which a bill `b` was due on `day`.
pub(super) fn deferred(query: &mut QueryBuilder<sqlx::Postgres>, name: &str, day: Date) {
    query.push(format!(
        " LEFT JOIN deferral {name} ON {name}.bill_id = b.id AND {name}.from_on <= "
    ));
    query.push_bind(day);
    query
        .push(format!(" AND ({name}.until_on IS NULL OR {name}.until_on > "))
        .push_bind(day);
    query.push(")");
}

/// Bills as they stood at the end of a day in the past: those issued by then, with everything that took effect later put back.
pub async fn ageing_past(conn: &mut PgConnection, division: &str, day: Date, group: Group) -> Result<Vec<Cell>> {
    let mut query = QueryBuilder::new("WITH later AS (SELECT bill_id, sum(fen) AS paid_fen FROM (");
    query
        .push(SIDES)
        .push(" AND e.kind <> 1 AND e.effective_on > ")
        .push_bind(day);
    query.push(
        ") m GROUP BY bill_id), stood AS (SELECT b.*, b.outstanding_fen + coalesce(l.paid_fen, 0) AS open_fen,
            coalesce(d.due_on, b.original_due_on, b.due_on) AS due_then
         FROM bill b LEFT JOIN later l ON l.bill_id = b.id",
    );
    deferred(&mut query, "d", day);
    query.push(" WHERE b.issued_on <= ").push_bind(day);
    query
        .push(") SELECT ")
        .push(key(group))
        .push(" AS key, width_bucket(")
        .push_bind(day);
    query.push(" - b.due_then, ").push_bind(&EDGES[..]);
    query.push(") AS bucket, sum(b.open_fen)::bigint AS outstanding_fen, count(*) AS bills FROM stood b");
    if group == Group::Cadre {
        query
            .push(" LEFT JOIN (SELECT household_id, cadre_id FROM portfolio WHERE from_on <= ")
            .push_bind(day);
        query
            .push(" UNION ALL SELECT household_id, cadre_id FROM portfolio_past WHERE from_on <= ")
            .push_bind(day);
        query
            .push(" AND until_on > ")
            .push_bind(day)
            .push(") f USING (household_id)");
    }
    query.push(" WHERE b.open_fen > 0");
    prefix(&mut query, division);
    query.push(" GROUP BY 1, 2 ORDER BY 1, 2");
    query.build_query_as().fetch_all(conn).await
}

fn key(group: Group) -> &'static str {
    match group {
        Group::Village => "b.division_code",
        Group::Township => "left(b.division_code, 9)",
        Group::Cadre => "coalesce(cadre_id, '')",
    }
}

/// Keeps bills `b` inside a division.
pub(super) fn prefix(query: &mut QueryBuilder<sqlx::Postgres>, division: &str) {
    if !division.is_empty() {
        query.push(" AND b.division_code >= ").push_bind(division.to_owned());
        query.push(" AND b.division_code < ").push_bind(super::end(division));
    }
}
