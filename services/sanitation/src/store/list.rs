//! The shape that all lists share.

use kit::filter::Filter;
use sqlx::{Postgres, QueryBuilder};

/// What a page of a list asks for.
pub struct Listing<'a> {
    /// Prefix of the division; empty: everything in the row scope.
    pub division: &'a str,
    /// Further conditions.
    pub filter: &'a Filter,
    /// Key of the last row before the page.
    pub after: Option<&'a str>,
    /// Rows to fetch.
    pub limit: i64,
}

/// The key that a list is ordered by.
#[derive(Clone, Copy)]
pub enum Key {
    /// A text, smallest first.
    Text(&'static str),
    /// A time-ordered UUID, newest first.
    Newest(&'static str),
}

/// `select` with the conditions, order and limit of a page.
pub fn page(select: &'static str, key: Key, listing: &Listing<'_>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(select);
    listing.push(&mut query, key);
    query
}

impl Listing<'_> {
    /// Adds the conditions, order and limit of the page to a query that ends with its tables.
    pub fn push(&self, query: &mut QueryBuilder<Postgres>, key: Key) {
        query
            .push(" WHERE division_code ^@ ")
            .push_bind(self.division.to_owned());
        self.filter.push(query);
        let (column, before, cast, order) = match key {
            Key::Text(column) => (column, " > ", "", " ASC"),
            Key::Newest(column) => (column, " < ", "::uuid", " DESC"),
        };
        if let Some(after) = self.after {
            query
                .push(" AND ")
                .push(column)
                .push(before)
                .push_bind(after.to_owned())
                .push(cast);
        }
        query.push(" ORDER BY ").push(column).push(order);
        query.push(" LIMIT ").push_bind(self.limit);
    }
}
