//! Contracts with contractors.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

use super::{
    list::{Key, Listing, page},
    upsert::Upsert,
};

/// A row of `contracts`.
#[derive(Debug, Clone, FromRow)]
pub struct Contract {
    pub contract_id: String,
    pub division_code: String,
    pub contractor: String,
    pub credit_code: String,
    /// Kinds of work, separated by `|`.
    pub scope: String,
    pub price_basis: String,
    pub price_fen: i64,
    pub bond_fen: i64,
    pub starts_on: Date,
    pub ends_on: Date,
    pub updated_at: OffsetDateTime,
}

/// How the staged register becomes contracts.
pub const CONTRACTS: Upsert = Upsert {
    table: "contracts",
    key: &["contract_id"],
    columns: &[
        "division_code",
        "contractor",
        "credit_code",
        "scope",
        "price_basis",
        "price_fen",
        "bond_fen",
        "starts_on",
        "ends_on",
    ],
    source:
        "SELECT contract_id, division_code, contractor, credit_code, scope, price_basis, price::bigint AS price_fen,
                    bond::bigint AS bond_fen, starts_on::date AS starts_on, ends_on::date AS ends_on
             FROM staged",
};

pub async fn contract_get(conn: &mut PgConnection, id: &str) -> Result<Option<Contract>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM contracts WHERE contract_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn contract_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Contract>, sqlx::Error> {
    page("SELECT * FROM contracts", Key::Text("contract_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}
