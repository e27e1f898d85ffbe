//! The households whose fees a proposed tariff may change.

use std::future;

use futures::TryStreamExt as _;
use kit::telemetry::unobserved;
use sqlx::{PgConnection, Result, Row as _, postgres::PgRow};

/// A household that over-occupies, as it comes from the database.
pub struct Row<'r> {
    pub division_code: &'r str,
    pub household_id: &'r str,
    pub relief_class: Option<i16>,
    pub over_dm2: i64,
    pub disputed: bool,
}

impl<'r> Row<'r> {
    fn of(row: &'r PgRow) -> Result<Self> {
        Ok(Self {
            division_code: row.try_get(0)?,
            household_id: row.try_get(1)?,
            relief_class: row.try_get(2)?,
            over_dm2: row.try_get(3)?,
            disputed: row.try_get(4)?,
        })
    }
}

/// Hands every over-occupying household of a division to `each`, by village and id, and keeps none.
pub async fn occupiers(conn: &mut PgConnection, division: &str, mut each: impl FnMut(Row<'_>)) -> Result<()> {
    let reading = async {
        let rows = sqlx::query(
            "SELECT p.division_code, p.household_id, h.relief_class, p.over_dm2, p.disputed
             FROM (
                 SELECT household_id, division_code, coalesce(sum(over_dm2), 0)::bigint AS over_dm2, bool_or(disputed) AS disputed
                 FROM parcel WHERE division_code >= $1 AND division_code < $2 GROUP BY division_code, household_id
             ) p
             JOIN household h USING (household_id)
             WHERE p.over_dm2 > 0
             ORDER BY p.division_code, p.household_id",
        )
        .bind(division)
        .bind(super::end(division))
        .fetch(conn);
        rows.try_for_each(|row| future::ready(Row::of(&row).map(&mut each)))
            .await
    };
    // Rows look for the span in which they began to be read, so all of it happens in none.
    unobserved(reading).await
}
