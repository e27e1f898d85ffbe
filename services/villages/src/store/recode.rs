//! Villages that have another code since.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::Date;

use super::rating_facts::At;

/// A code that a division had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recode {
    pub code: String,
    pub former: String,
    /// First day of the code that followed the former one.
    pub since: Date,
}

/// The codes that divisions inside `division` had before, the latest first.
pub async fn recodes(conn: &mut PgConnection, division: &str, at: At) -> Result<Vec<Recode>, sqlx::Error> {
    let rows: Vec<(String, String, Date)> = sqlx::query_as("SELECT code, former, since FROM former_codes($1, $2, $3)")
        .bind(division)
        .bind(at.date)
        .bind(at.known_at)
        .fetch_all(conn)
        .await?;
    let recode = |(code, former, since)| Recode { code, former, since };
    Ok(rows.into_iter().map(recode).collect())
}

/// The same by present code.
pub async fn former_codes(
    conn: &mut PgConnection,
    division: &str,
    at: At,
) -> Result<HashMap<String, Vec<String>>, sqlx::Error> {
    let mut formers: HashMap<String, Vec<String>> = HashMap::new();
    for recode in recodes(conn, division, at).await? {
        formers.entry(recode.code).or_default().push(recode.former);
    }
    Ok(formers)
}
