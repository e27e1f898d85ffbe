//! SQL, and nothing else: functions over one connection.

pub mod account;
pub mod ageing;
pub mod billing;
pub mod book_close;
pub mod cash;
pub mod collection;
pub mod day_close;
pub mod dunning;
pub mod entry;
pub mod household;
pub mod journal;
pub mod occupation;
pub mod parcel;
pub mod payment;
pub mod pending;
pub mod plan;
pub mod portfolio;
pub mod posting;
pub mod reassessment;
pub mod reconcile;
pub mod recount;
pub mod seal;
pub mod statement;
pub mod survey;
pub mod tariff;
pub mod verify;

use sqlx::{Postgres, QueryBuilder};

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
