//! Certificates of acceptances.

use sqlx::{FromRow, PgConnection};
use time::Date;
use uuid::Uuid;

use super::plan::PlanKey;

/// A certificate.
#[derive(Debug)]
pub struct CertificateRow<'a> {
    pub acceptance_id: Uuid,
    pub division_code: &'a str,
    pub county_code: &'a str,
    pub year: i32,
    pub number: i32,
    pub expires_on: Date,
}

/// A tier that a village holds by certificate.
#[derive(Debug, Clone, FromRow)]
pub struct Held {
    pub division_code: String,
    pub tier: String,
}

/// The next number of a county and year. Certificates of both wait for one another until the end of the transaction.
pub async fn next_number(conn: &mut PgConnection, county: &str, year: i32) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO acceptance_counters AS c (county_code, year, last) VALUES ($1, $2, 1)
         ON CONFLICT (county_code, year) DO UPDATE SET last = c.last + 1 RETURNING last",
    )
    .bind(county)
    .bind(year)
    .fetch_one(conn)
    .await
}

/// Keeps a certificate.
pub async fn certificate_insert(conn: &mut PgConnection, row: &CertificateRow<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO acceptance_certificates (acceptance_id, division_code, county_code, year, number, expires_on)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.acceptance_id)
    .bind(row.division_code)
    .bind(row.county_code)
    .bind(row.year)
    .bind(row.number)
    .bind(row.expires_on)
    .execute(conn)
    .await?;
    Ok(())
}

/// Tiers held under a plan by certificates of `year` and before that are good until `date` and were not revoked.
pub async fn certificates_held(
    conn: &mut PgConnection,
    plan: &PlanKey,
    year: i32,
    date: Date,
) -> Result<Vec<Held>, sqlx::Error> {
    sqlx::query_as(
        "SELECT a.division_code, a.tier FROM acceptance_certificates c JOIN acceptances a USING (acceptance_id)
         WHERE a.plan_division = $1 AND a.plan_code = $2 AND c.year <= $3 AND c.expires_on >= $4
           AND NOT EXISTS (SELECT FROM acceptance_entries e WHERE e.acceptance_id = c.acceptance_id AND e.state = 'REVOKED')",
    )
    .bind(&plan.division_code)
    .bind(&plan.plan_code)
    .bind(year)
    .bind(date)
    .fetch_all(conn)
    .await
}
