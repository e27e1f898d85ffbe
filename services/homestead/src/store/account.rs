//! Bills, and what a household owes and has in advance.

use homestead_core::waterfall::{OpenBill, Traits};
use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A bill as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Bill {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub run_id: Uuid,
    pub tariff_id: Uuid,
    pub from_on: Date,
    pub until_on: Date,
    pub issued_on: Date,
    pub due_on: Date,
    /// Set while an agreement gives it another due date.
    pub original_due_on: Option<Date>,
    pub over_dm2: i64,
    pub relief_class: Option<i16>,
    pub gross_fen: i64,
    pub relief_fen: i64,
    pub credited_fen: i64,
    pub remitted_fen: i64,
    pub written_off_fen: i64,
    pub paid_fen: i64,
    pub outstanding_fen: i64,
    pub created_at: OffsetDateTime,
    pub corrects: Option<Uuid>,
}

impl Bill {
    /// What decides when money settles it.
    pub fn open(&self) -> OpenBill<Uuid> {
        OpenBill {
            id: self.id,
            traits: Traits {
                due_on: self.due_on,
                from_on: self.from_on,
                agreed: self.original_due_on.is_some(),
                adds: self.corrects.is_some(),
            },
            outstanding_fen: self.outstanding_fen,
        }
    }
}

const SELECT: &str =
    "SELECT id, division_code, household_id, run_id, tariff_id, from_on, until_on, issued_on, due_on, original_due_on, over_dm2,
    relief_class, gross_fen, relief_fen, credited_fen, remitted_fen, written_off_fen, paid_fen, outstanding_fen,
    created_at, corrects FROM bill WHERE true";

/// Gets a bill.
pub async fn bill_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Bill>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Bills of a division after `after`, by id.
pub async fn bill_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Bill>> {
    let mut query = QueryBuilder::new(SELECT);
    super::within(&mut query, division);
    filter.push(&mut query);
    if let Some(after) = after {
        query.push(" AND id > ").push_bind(after);
    }
    query.push(" ORDER BY id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// All bills of a household, those that add to another after it.
pub async fn bills_of(conn: &mut PgConnection, household_id: &str) -> Result<Vec<Bill>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND household_id = ").push_bind(household_id.to_owned());
    query.push(" ORDER BY from_on, supplement");
    query.build_query_as().fetch_all(conn).await
}

/// The bills of a household on which something is still to be paid.
pub async fn bills_open(conn: &mut PgConnection, household_id: &str) -> Result<Vec<Bill>> {
    let mut query = QueryBuilder::new(SELECT);
    query
        .push(" AND open AND household_id = ")
        .push_bind(household_id.to_owned());
    query.build_query_as().fetch_all(conn).await
}

/// A household's cadre, its advance and its reward due.
#[derive(Debug, FromRow)]
pub struct Standing {
    pub cadre_id: Option<String>,
    pub advance_fen: i64,
    pub reward_fen: i64,
}

/// Who answers for a household, what it has paid ahead, and what it is owed of rewards.
pub async fn standing(conn: &mut PgConnection, household_id: &str) -> Result<Standing> {
    sqlx::query_as(
        "SELECT (SELECT cadre_id FROM portfolio WHERE household_id = $1) AS cadre_id,
                coalesce((SELECT amount_fen FROM advance WHERE household_id = $1), 0) AS advance_fen,
                coalesce((SELECT amount_fen FROM payable WHERE household_id = $1), 0) AS reward_fen",
    )
    .bind(household_id)
    .fetch_one(conn)
    .await
}
