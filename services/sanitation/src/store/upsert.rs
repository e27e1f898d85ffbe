//! Brings a table of the network up to a staged file.

use kit::import::Outcome;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use time::OffsetDateTime;

/// A table and where its rows come from.
pub struct Upsert {
    /// The table; it has `updated_at`.
    pub table: &'static str,
    /// Its key.
    pub key: &'static [&'static str],
    /// Its other columns.
    pub columns: &'static [&'static str],
    /// `SELECT` of key and columns, typed, from `staged`.
    pub source: &'static str,
}

impl Upsert {
    /// Changes rows that differ and adds those that are missing.
    pub async fn run(&self, conn: &mut PgConnection, now: OffsetDateTime) -> Result<Outcome, sqlx::Error> {
        let updated = self.update(now).build().execute(&mut *conn).await?.rows_affected();
        let inserted = self.insert(now).build().execute(&mut *conn).await?.rows_affected();
        let staged: i64 = sqlx::query_scalar("SELECT count(*) FROM staged")
            .fetch_one(conn)
            .await?;
        let unchanged = u64::try_from(staged).unwrap_or(0) - inserted - updated;
        Ok(Outcome {
            inserted,
            updated,
            unchanged,
            ..Outcome::default()
        })
    }

    fn update(&self, now: OffsetDateTime) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("UPDATE ");
        query.push(self.table).push(" t SET updated_at = ").push_bind(now);
        for column in self.columns {
            query.push(", ").push(column).push(" = s.").push(column);
        }
        query.push(" FROM (").push(self.source).push(") s WHERE ");
        row(&mut query, "t.", self.key);
        query.push(" = ");
        row(&mut query, "s.", self.key);
        query.push(" AND ");
        row(&mut query, "t.", self.columns);
        query.push(" IS DISTINCT FROM ");
        row(&mut query, "s.", self.columns);
        query
    }

    fn insert(&self, now: OffsetDateTime) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("INSERT INTO ");
        query.push(self.table).push(" (updated_at");
        for column in self.key.iter().chain(self.columns) {
            query.push(", ").push(column);
        }
        query.push(") SELECT ").push_bind(now);
        for column in self.key.iter().chain(self.columns) {
            query.push(", s.").push(column);
        }
        query
            .push(" FROM (")
            .push(self.source)
            .push(") s WHERE NOT EXISTS (SELECT FROM ");
        query.push(self.table).push(" t WHERE ");
        row(&mut query, "t.", self.key);
        query.push(" = ");
        row(&mut query, "s.", self.key);
        query.push(")");
        query
    }
}

fn row(query: &mut QueryBuilder<Postgres>, alias: &str, columns: &[&str]) {
    query.push("ROW(");
    for (index, column) in columns.iter().enumerate() {
        query.push(if index == 0 { "" } else { ", " }).push(alias).push(column);
    }
    query.push(")");
}
