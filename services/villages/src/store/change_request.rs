//! Change requests and what became of them.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A change request with what became of it; personal data is sealed.
#[derive(Debug, Clone, FromRow)]
pub struct ChangeRequestRow {
    pub change_request_id: Uuid,
    pub division_code: String,
    pub target: String,
    pub target_version: i64,
    pub head_name: Option<Vec<u8>>,
    pub phone: Option<Vec<u8>>,
    pub id_number: Option<Vec<u8>>,
    pub content: Vec<u8>,
    pub proposer: String,
    pub expire_date: Date,
    pub proposed_at: OffsetDateTime,
    /// Where it stands on the day asked for.
    pub state: String,
    pub decision: Option<Vec<u8>>,
}

/// Which change requests to list.
#[derive(Debug)]
pub struct ChangeRequestQuery<'a> {
    pub division: &'a str,
    /// Empty for any.
    pub target: &'a str,
    pub after: Option<Uuid>,
    pub limit: i64,
}

fn select(today: Date) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT * FROM (
             SELECT r.*, d.content AS decision,
                 coalesce(d.state, CASE WHEN r.expire_date < ",
    );
    query.push_bind(today).push(
        " THEN 'EXPIRED' ELSE 'PROPOSED' END) AS state
             FROM change_requests r LEFT JOIN change_request_decisions d USING (change_request_id)) r",
    );
    query
}

/// Adds a change request.
pub async fn change_request_insert(conn: &mut PgConnection, row: &ChangeRequestRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO change_requests (change_request_id, division_code, target, target_version, head_name, phone, id_number,
             content, proposer, expire_date, proposed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(row.change_request_id)
    .bind(&row.division_code)
    .bind(&row.target)
    .bind(row.target_version)
    .bind(&row.head_name)
    .bind(&row.phone)
    .bind(&row.id_number)
    .bind(&row.content)
    .bind(&row.proposer)
    .bind(row.expire_date)
    .bind(row.proposed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A change request as it stands today.
pub async fn change_request_get(
    conn: &mut PgConnection,
    id: Uuid,
    today: Date,
) -> Result<Option<ChangeRequestRow>, sqlx::Error> {
    let mut query = select(today);
    query.push(" WHERE r.change_request_id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Change requests of a division and below it, newest first.
pub async fn change_requests_list(
    conn: &mut PgConnection,
    list: &ChangeRequestQuery<'_>,
    filter: &Filter,
    today: Date,
) -> Result<Vec<ChangeRequestRow>, sqlx::Error> {
    let mut query = select(today);
    query.push(" WHERE r.division_code ^@ ").push_bind(list.division);
    if !list.target.is_empty() {
        query.push(" AND r.target = ").push_bind(list.target);
    }
    if let Some(after) = list.after {
        query
            .push(
                " AND (r.proposed_at, r.change_request_id) <
                 (SELECT b.proposed_at, b.change_request_id FROM change_requests b WHERE b.change_request_id = ",
            )
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY r.proposed_at DESC, r.change_request_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Adds what became of a change request.
pub async fn decision_insert(
    conn: &mut PgConnection,
    request: &ChangeRequestRow,
    state: &str,
    content: &[u8],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO change_request_decisions (change_request_id, division_code, state, content, decided_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(request.change_request_id)
    .bind(&request.division_code)
    .bind(state)
    .bind(content)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
