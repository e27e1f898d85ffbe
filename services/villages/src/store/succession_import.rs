//! Staged rows of the registers `division_list` and `division_changes`.

use sqlx::{FromRow, PgConnection};

/// A row of a list: a division that is in force, or one that ends.
#[derive(Debug, Clone, FromRow)]
pub struct ListedRow {
    pub line: i64,
    pub code: String,
    pub parent: String,
    pub name: String,
    /// `None` for a division in force; of one that ends what follows it, empty for nothing.
    pub successor: Option<String>,
}

/// A row of a list of changes; what it does not give is empty.
#[derive(Debug, Clone, FromRow)]
pub struct ChangeRow {
    pub line: i64,
    pub change: String,
    pub old_code: String,
    pub old_name: String,
    pub new_code: String,
    pub new_parent: String,
    pub new_name: String,
}

/// The rows of a list inside `division`, by line.
pub async fn listed_rows(conn: &mut PgConnection, division: &str) -> Result<Vec<ListedRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT line, code, COALESCE(parent_code, '') AS parent, COALESCE(name, '') AS name, successor_code AS successor
         FROM staged WHERE code ^@ $1 ORDER BY line",
    )
    .bind(division)
    .fetch_all(conn)
    .await
}

/// The rows of a list of changes, by line.
pub async fn change_rows(conn: &mut PgConnection) -> Result<Vec<ChangeRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT line, change, COALESCE(old_code, '') AS old_code, COALESCE(old_name, '') AS old_name,
                COALESCE(new_code, '') AS new_code, COALESCE(new_parent, '') AS new_parent,
                COALESCE(new_name, '') AS new_name
         FROM staged ORDER BY line",
    )
    .fetch_all(conn)
    .await
}

/// Leaves the staged rows that say what is in force inside `division`.
pub async fn keep_listed(conn: &mut PgConnection, division: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM staged WHERE successor_code IS NOT NULL OR NOT code ^@ $1")
        .bind(division)
        .execute(conn)
        .await?;
    Ok(())
}
