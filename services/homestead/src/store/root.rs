//! Roots over the chains of counties.

use homestead_core::{
    chain::BEGINNING,
    root::{Head, Root as Step},
};
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::OffsetDateTime;
use uuid::Uuid;

/// A root as it is stored, without its heads.
#[derive(Debug, Clone, FromRow)]
pub struct Root {
    pub id: Uuid,
    /// The county.
    pub division_code: String,
    pub number: i64,
    pub previous: Vec<u8>,
    pub book_count: i64,
    pub hash: Vec<u8>,
    pub signature: Vec<u8>,
    pub public_key: Vec<u8>,
    pub rooted_at: OffsetDateTime,
}

impl Root {
    /// As it is walked, with the heads that it moved.
    pub fn step(&self, moved: Vec<Head>) -> Step {
        Step {
            number: self.number,
            previous: bytes(&self.previous),
            moved,
        }
    }
}

/// A hash; the table holds none of another length.
pub fn bytes(hash: &[u8]) -> [u8; 32] {
    <[u8; 32]>::try_from(hash).unwrap_or(BEGINNING)
}

#[derive(FromRow)]
struct HeadRow {
    division_code: String,
    last_number: i64,
    root_number: i64,
    hash: Vec<u8>,
}

impl HeadRow {
    fn head(self) -> Head {
        Head {
            division: self.division_code,
            last: self.last_number,
            hash: bytes(&self.hash),
        }
    }
}

/// The last root of a county.
pub async fn last(conn: &mut PgConnection, county: &str) -> Result<Option<Root>> {
    sqlx::query_as("SELECT * FROM root WHERE division_code = $1 ORDER BY number DESC LIMIT 1")
        .bind(county)
        .fetch_optional(conn)
        .await
}

/// The heads that the last root of a county states.
pub async fn stated(conn: &mut PgConnection, county: &str) -> Result<Vec<Head>> {
    let rows: Vec<HeadRow> = sqlx::query_as(
        "SELECT DISTINCT ON (division_code) * FROM root_head WHERE division_code >= $1 AND division_code < $2
         ORDER BY division_code, last_number DESC",
    )
    .bind(county)
    .bind(super::end(county))
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(HeadRow::head).collect())
}

/// Where the chains of a county's books end now.
pub async fn ends(conn: &mut PgConnection, county: &str) -> Result<Vec<Head>> {
    let rows: Vec<HeadRow> = sqlx::query_as(
        "SELECT b.division_code, s.until_number - 1 AS last_number, 0::bigint AS root_number, s.hash
         FROM book b CROSS JOIN LATERAL (
             SELECT until_number, hash FROM seal s WHERE s.division_code = b.division_code ORDER BY from_number DESC LIMIT 1
         ) s
         WHERE b.division_code >= $1 AND b.division_code < $2",
    )
    .bind(county)
    .bind(super::end(county))
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(HeadRow::head).collect())
}

/// Adds a root with the heads that it moves; false if somebody else has made one of this number.
pub async fn insert(conn: &mut PgConnection, root: &Root, moved: &[Head]) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO root (id, division_code, number, previous, book_count, hash, signature, public_key, rooted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (division_code, number) DO NOTHING",
    )
    .bind(root.id)
    .bind(&root.division_code)
    .bind(root.number)
    .bind(&root.previous)
    .bind(root.book_count)
    .bind(&root.hash)
    .bind(&root.signature)
    .bind(&root.public_key)
    .bind(root.rooted_at)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let villages: Vec<_> = moved.iter().map(|head| head.division.as_str()).collect();
    let lasts: Vec<_> = moved.iter().map(|head| head.last).collect();
    let hashes: Vec<_> = moved.iter().map(|head| head.hash.to_vec()).collect();
    sqlx::query(
        "INSERT INTO root_head (division_code, last_number, root_number, hash)
         SELECT x.division_code, x.last_number, $1, x.hash FROM unnest($2::text[], $3::bigint[], $4::bytea[]) AS x (division_code, last_number, hash)",
    )
    .bind(root.number)
    .bind(villages)
    .bind(lasts)
    .bind(hashes)
    .execute(conn)
    .await?;
    Ok(true)
}

/// Counties inside a division that have roots, or heads without a root, by code. None where the division is less than a county.
pub async fn counties(conn: &mut PgConnection, division: &str) -> Result<Vec<String>> {
    if division.len() > COUNTY_DIGITS {
        return Ok(Vec::new());
    }
    sqlx::query_scalar(
        "SELECT division_code FROM root WHERE division_code >= $1 AND division_code < $2
         UNION SELECT left(division_code, 6) FROM root_head WHERE division_code >= $1 AND division_code < $2 ORDER BY 1",
    )
    .bind(division)
    .bind(super::end(division))
    .fetch_all(conn)
    .await
}

/// Digits of a county's code.
const COUNTY_DIGITS: usize = 6;

/// The roots of a county, in order.
pub async fn of_county(conn: &mut PgConnection, county: &str) -> Result<Vec<Root>> {
    sqlx::query_as("SELECT * FROM root WHERE division_code = $1 ORDER BY number")
        .bind(county)
        .fetch_all(conn)
        .await
}

/// The heads that the roots of a county moved, each with the number of its root, by root and village.
pub async fn moved(conn: &mut PgConnection, county: &str) -> Result<Vec<(i64, Head)>> {
    let rows: Vec<HeadRow> = sqlx::query_as(
        "SELECT * FROM root_head WHERE division_code >= $1 AND division_code < $2 ORDER BY root_number, division_code",
    )
    .bind(county)
    .bind(super::end(county))
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.root_number, row.head())).collect())
}

/// Number of the last root of a county that moved a head; 0 if none did.
pub async fn last_stated(conn: &mut PgConnection, county: &str) -> Result<i64> {
    sqlx::query_scalar(
        "SELECT coalesce(max(root_number), 0) FROM root_head WHERE division_code >= $1 AND division_code < $2",
    )
    .bind(county)
    .bind(super::end(county))
    .fetch_one(conn)
    .await
}

/// The heads that roots state of a book, in order.
pub async fn of_book(conn: &mut PgConnection, village: &str) -> Result<Vec<Head>> {
    let rows: Vec<HeadRow> = sqlx::query_as("SELECT * FROM root_head WHERE division_code = $1 ORDER BY last_number")
        .bind(village)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(HeadRow::head).collect())
}

/// Roots before `before`, newest first.
pub async fn list(conn: &mut PgConnection, before: Option<Uuid>, limit: i64) -> Result<Vec<Root>> {
    let mut query = QueryBuilder::new("SELECT * FROM root WHERE true");
    if let Some(before) = before {
        query.push(" AND id < ").push_bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
