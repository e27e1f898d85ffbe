//! SQL, and nothing else: functions over one connection.

pub mod account;
pub mod ageing;
pub mod arrears;
pub mod billing;
pub mod book_close;
pub mod cash;
pub mod collection;
pub mod day_close;
pub mod discount;
pub mod dunning;
pub mod entry;
pub mod household;
pub mod instalment;
pub mod journal;
pub mod ledger_table;
pub mod limitation;
pub mod mediation;
pub mod objection;
pub mod occupation;
pub mod parcel;
pub mod payment;
pub mod pending;
pub mod plan;
pub mod portfolio;
pub mod posting;
pub mod public_notice;
pub mod reassessment;
pub mod reconcile;
pub mod recount;
pub mod recusal;
pub mod report;
pub mod root;
pub mod seal;
pub mod served;
pub mod sharing;
pub mod simulation;
pub mod statement;
pub mod survey;
pub mod tariff;
pub mod verify;
pub mod visit;

use kit::filter::Filter;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Keeps a query inside the division with code `prefix`. A range, because the code is the first column of the indexes.
fn within(query: &mut QueryBuilder<Postgres>, prefix: &str) {
    if !prefix.is_empty() {
        query.push(" AND division_code >= ").push_bind(prefix.to_owned());
        query.push(" AND division_code < ").push_bind(end(prefix));
    }
}

/// The first text after everything that begins with the digits of `prefix`: `:` follows `9`.
fn end(prefix: &str) -> String {
    format!("{prefix}:")
}

/// Cuts a query to one page of a list that is ordered by id.
fn page(query: &mut QueryBuilder<Postgres>, division: &str, filter: &Filter, after: Option<Uuid>, limit: i64) {
    within(query, division);
    filter.push(query);
    if let Some(after) = after {
        query.push(" AND id > ").push_bind(after);
    }
    query.push(" ORDER BY id LIMIT ").push_bind(limit);
}
