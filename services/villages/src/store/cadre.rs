//! Cadres.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};

use super::version::{Merged, Versions, push_known};

/// The table `cadres`.
pub const CADRES: Versions = Versions {
    table: "cadres",
    key: "cadre_id",
    values: &["division_code", "display_name", "phone_blind"],
    sealed: &["phone"],
};

/// A version of a cadre; the phone is sealed.
#[derive(Debug, Clone, FromRow)]
pub struct CadreRow {
    pub id: i64,
    pub cadre_id: String,
    pub division_code: String,
    pub display_name: String,
    pub phone: Option<Vec<u8>>,
    pub phone_blind: Option<Vec<u8>>,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

/// Which cadres to list.
#[derive(Debug)]
pub struct CadreQuery<'a> {
    /// Holds a post in or below it; empty for any.
    pub division: &'a str,
    /// Blind index of the phone; `None` for any.
    pub phone: Option<Vec<u8>>,
    /// The date asked for, and the instant of knowledge; `None` for now.
    pub at: (Date, Option<OffsetDateTime>),
    /// Id of the last cadre of the page before.
    pub after: Option<&'a str>,
    /// Most cadres.
    pub limit: i64,
}

fn select((date, known_at): (Date, Option<OffsetDateTime>)) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT c.id, c.cadre_id, c.division_code, c.display_name, c.phone, c.phone_blind, c.valid_from,
                c.valid_until
         FROM ",
    );
    push_known(&mut query, "cadres", known_at);
    query
        .push(" c WHERE c.valid_from <= ")
        .push_bind(date)
        .push(" AND (c.valid_until IS NULL OR c.valid_until > ")
        .push_bind(date)
        .push(")");
    query
}

/// The cadre as it was on a date by what was known at an instant, or is now.
pub async fn cadre_get(
    conn: &mut PgConnection,
    cadre_id: &str,
    at: (Date, Option<OffsetDateTime>),
) -> Result<Option<CadreRow>, sqlx::Error> {
    let mut query = select(at);
    query.push(" AND c.cadre_id = ").push_bind(cadre_id);
    query.build_query_as().fetch_optional(conn).await
}

/// The cadres asked for, by id. `filter` is over the cadres `c` and their posts `a`.
pub async fn cadres_list(
    conn: &mut PgConnection,
    list: &CadreQuery<'_>,
    filter: &Filter,
) -> Result<Vec<CadreRow>, sqlx::Error> {
    let (date, known_at) = list.at;
    let mut query = select(list.at);
    if let Some(phone) = &list.phone {
        query.push(" AND c.phone_blind = ").push_bind(phone);
    }
    if let Some(after) = list.after {
        query.push(" AND c.cadre_id > ").push_bind(after);
    }
    // A division or a filter asks for one post that meets both.
    query.push(" AND EXISTS (SELECT FROM (SELECT 1) one LEFT JOIN ");
    push_known(&mut query, "cadre_assignments", known_at);
    query
        .push(" a ON a.cadre_id = c.cadre_id AND a.valid_from <= ")
        .push_bind(date)
        .push(" AND (a.valid_until IS NULL OR a.valid_until > ")
        .push_bind(date);
    query.push(") WHERE true");
    if !list.division.is_empty() {
        query.push(" AND a.division_code ^@ ").push_bind(list.division);
    }
    filter.push(&mut query);
    query.push(") ORDER BY c.cadre_id LIMIT ").push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Makes the staged cadres hold from `date` on.
pub async fn cadres_merge(conn: &mut PgConnection, date: Date, now: OffsetDateTime) -> Result<Merged, sqlx::Error> {
    let source = "SELECT cadre_id, division_code, display_name, decode(phone, 'hex') AS phone,
            decode(phone_blind, 'hex') AS phone_blind
        FROM staged";
    CADRES.merge(conn, source, date, now).await
}

/// Every version of a cadre that is known now, by first day, whether the caller may see it or not.
pub async fn cadre_versions(conn: &mut PgConnection, cadre_id: &str) -> Result<Vec<CadreRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM cadre_versions($1)")
        .bind(cadre_id)
        .fetch_all(conn)
        .await
}

/// Replaces versions by others: nothing is deleted, what was believed stays on record.
pub async fn cadre_versions_replace(
    conn: &mut PgConnection,
    replaced: &[i64],
    rows: &[CadreRow],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE cadres SET known_until = $2 WHERE id = ANY($1) AND known_until IS NULL")
        .bind(replaced)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    let mut query = QueryBuilder::<Postgres>::new(
        "INSERT INTO cadres (cadre_id, division_code, display_name, phone, phone_blind, valid_from, valid_until, known_from) ",
    );
    query.push_values(rows, |mut values, row| {
        values
            .push_bind(&row.cadre_id)
            .push_bind(&row.division_code)
            .push_bind(&row.display_name)
            .push_bind(&row.phone)
            .push_bind(&row.phone_blind)
            .push_bind(row.valid_from)
            .push_bind(row.valid_until)
            .push_bind(now);
    });
    query.build().execute(conn).await?;
    Ok(())
}
