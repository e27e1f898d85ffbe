//! How much lay above the entitlement from which day on.

use homestead_core::occupation::Since;
use sqlx::{PgConnection, Result};
use time::{Date, OffsetDateTime};

/// What is known now of all plots of a household.
pub async fn known(conn: &mut PgConnection, household_id: &str) -> Result<Vec<Since<String>>> {
    let rows: Vec<(String, Date, i64)> = sqlx::query_as(
        "SELECT parcel_id, from_on, over_dm2 FROM occupation WHERE household_id = $1 AND superseded_at IS NULL
         ORDER BY parcel_id, from_on",
    )
    .bind(household_id)
    .fetch_all(conn)
    .await?;
    let since = |(plot, from_on, over_dm2)| Since {
        plot,
        from_on,
        over_dm2,
    };
    Ok(rows.into_iter().map(since).collect())
}

/// From `from_on` on, a plot of a household lies `over_dm2` above the entitlement.
pub async fn occupy(
    conn: &mut PgConnection,
    (parcel_id, household_id, village): (&str, &str, &str),
    over_dm2: i64,
    from_on: Date,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query("SELECT occupy(ARRAY[$1], ARRAY[$2], ARRAY[$3], ARRAY[$4::bigint], $5, $6)")
        .bind(parcel_id)
        .bind(household_id)
        .bind(village)
        .bind(over_dm2)
        .bind(from_on)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Households of a village of whose plots something became known when or after their bills were issued or last put right.
pub async fn outdated(conn: &mut PgConnection, village: &str) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT DISTINCT b.household_id FROM bill b JOIN occupation o USING (household_id)
         WHERE b.division_code = $1 AND b.corrects IS NULL AND o.superseded_at IS NULL AND o.recorded_at >= greatest(
             b.created_at, (SELECT max(r.recorded_at) FROM reassessment r WHERE r.bill_id = b.id))
         ORDER BY 1",
    )
    .bind(village)
    .fetch_all(conn)
    .await
}
