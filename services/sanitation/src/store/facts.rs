//! Facts of villages as last told to the other services.

use sqlx::{PgConnection, QueryBuilder};
use time::OffsetDateTime;

/// A row of `compliance_facts` to be.
#[derive(Debug, Clone)]
pub struct Facts {
    pub division_code: String,
    pub households: i64,
    pub bins: i64,
    pub sealed_bins: i64,
    pub required_bins: i64,
    pub full_marks_bins: i64,
    pub marks_permille: i64,
    pub compliant: bool,
}

/// Keeps the facts and answers the codes of the villages whose facts are new or have changed.
pub async fn facts_keep(
    conn: &mut PgConnection,
    facts: &[Facts],
    now: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    let mut changed = Vec::new();
    for part in facts.chunks(1_000) {
        let mut query = QueryBuilder::new(
            "INSERT INTO compliance_facts (division_code, household_count, bin_count, sealed_bin_count,
             required_bin_count, full_marks_bin_count, marks_permille, compliant, assessed_at) ",
        );
        query.push_values(part, |mut row, fact| {
            row.push_bind(&fact.division_code)
                .push_bind(fact.households)
                .push_bind(fact.bins)
                .push_bind(fact.sealed_bins)
                .push_bind(fact.required_bins)
                .push_bind(fact.full_marks_bins)
                .push_bind(fact.marks_permille)
                .push_bind(fact.compliant)
                .push_bind(now);
        });
        query.push(
            " ON CONFLICT (division_code) DO UPDATE SET household_count = EXCLUDED.household_count,
                bin_count = EXCLUDED.bin_count, sealed_bin_count = EXCLUDED.sealed_bin_count,
                required_bin_count = EXCLUDED.required_bin_count, full_marks_bin_count = EXCLUDED.full_marks_bin_count,
                marks_permille = EXCLUDED.marks_permille, compliant = EXCLUDED.compliant, assessed_at = EXCLUDED.assessed_at
              WHERE (compliance_facts.household_count, compliance_facts.bin_count, compliance_facts.sealed_bin_count,
                     compliance_facts.required_bin_count, compliance_facts.full_marks_bin_count,
                     compliance_facts.marks_permille, compliance_facts.compliant)
                 IS DISTINCT FROM (EXCLUDED.household_count, EXCLUDED.bin_count, EXCLUDED.sealed_bin_count,
                     EXCLUDED.required_bin_count, EXCLUDED.full_marks_bin_count,
                     EXCLUDED.marks_permille, EXCLUDED.compliant)
              RETURNING division_code",
        );
        changed.extend(query.build_query_scalar::<String>().fetch_all(&mut *conn).await?);
    }
    Ok(changed)
}
