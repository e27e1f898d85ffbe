//! How much lay above the entitlement from which day on.

use std::collections::BTreeMap;

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

/// What is known now of all plots of the households of a village that were billed, by household.
pub async fn known_of_billed(conn: &mut PgConnection, village: &str) -> Result<BTreeMap<String, Vec<Since<String>>>> {
    let rows: Vec<(String, String, Date, i64)> = sqlx::query_as(
        // Household by household, by index: a join may read what is known of every village.
        "SELECT b.household_id, o.parcel_id, o.from_on, o.over_dm2
         FROM (SELECT DISTINCT household_id FROM bill WHERE division_code = $1) b
         CROSS JOIN LATERAL (
             SELECT parcel_id, from_on, over_dm2 FROM occupation
             WHERE household_id = b.household_id AND superseded_at IS NULL OFFSET 0
         ) o",
    )
    .bind(village)
    .fetch_all(conn)
    .await?;
    let mut known: BTreeMap<String, Vec<Since<String>>> = BTreeMap::new();
    for (household, plot, from_on, over_dm2) in rows {
        known.entry(household).or_default().push(Since {
            plot,
            from_on,
            over_dm2,
        });
    }
    Ok(known)
}
