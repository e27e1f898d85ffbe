//! How much lay above the entitlement from which day on.

use std::collections::BTreeMap;

use homestead_core::{occupation::Since, plot::State};
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

/// A plot with the household that holds it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub parcel_id: &'a str,
    pub household_id: &'a str,
    pub village: &'a str,
}

/// What is known now of a plot with its household.
pub async fn states(conn: &mut PgConnection, place: Place<'_>) -> Result<Vec<State>> {
    let rows: Vec<(Date, i64, Option<Date>)> = sqlx::query_as(
        "SELECT from_on, over_dm2, measured_on FROM occupation
         WHERE (household_id, parcel_id) = ($1, $2) AND superseded_at IS NULL ORDER BY from_on",
    )
    .bind(place.household_id)
    .bind(place.parcel_id)
    .fetch_all(conn)
    .await?;
    let state = |(from_on, over_dm2, measured_on)| State {
        from_on,
        over_dm2,
        measured_on,
    };
    Ok(rows.into_iter().map(state).collect())
}

/// From `from_on` on, a plot lies `over_dm2` above the entitlement with its household, and nobody else has it; so it was
/// measured on `measured_on`.
pub async fn occupy(
    conn: &mut PgConnection,
    place: Place<'_>,
    over_dm2: i64,
    from_on: Date,
    measured_on: Date,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query("SELECT occupy(ARRAY[$1], ARRAY[$2], ARRAY[$3], ARRAY[$4::bigint], $5, $6, $7)")
        .bind(place.parcel_id)
        .bind(place.household_id)
        .bind(place.village)
        .bind(over_dm2)
        .bind(from_on)
        .bind(now)
        .bind(measured_on)
        .execute(conn)
        .await?;
    Ok(())
}

/// Of the days from `from_on` on, `states` is what is known now of a plot with its household.
pub async fn restate(
    conn: &mut PgConnection,
    place: Place<'_>,
    from_on: Date,
    states: &[State],
    now: OffsetDateTime,
) -> Result<()> {
    let states = || states.iter().filter(|state| state.from_on >= from_on);
    let begins: Vec<Date> = states().map(|state| state.from_on).collect();
    let overs: Vec<i64> = states().map(|state| state.over_dm2).collect();
    let measured: Vec<Option<Date>> = states().map(|state| state.measured_on).collect();
    sqlx::query(
        "UPDATE occupation SET superseded_at = $4
         WHERE (household_id, parcel_id) = ($1, $2) AND from_on >= $3 AND superseded_at IS NULL AND NOT EXISTS (
             SELECT FROM unnest($5::date[], $6::bigint[], $7::date[]) AS s (from_on, over_dm2, measured_on)
             WHERE (occupation.from_on, occupation.over_dm2) = (s.from_on, s.over_dm2)
               AND occupation.measured_on IS NOT DISTINCT FROM s.measured_on
         )",
    )
    .bind(place.household_id)
    .bind(place.parcel_id)
    .bind(from_on)
    .bind(now)
    .bind(&begins)
    .bind(&overs)
    .bind(&measured)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO occupation (household_id, parcel_id, division_code, from_on, over_dm2, measured_on, recorded_at)
         SELECT $1, $2, $3, s.*, $4 FROM unnest($5::date[], $6::bigint[], $7::date[]) AS s (from_on, over_dm2, measured_on)
         WHERE NOT EXISTS (
             SELECT FROM occupation o
             WHERE (o.household_id, o.parcel_id, o.from_on) = ($1, $2, s.from_on) AND o.superseded_at IS NULL
         )",
    )
    .bind(place.household_id)
    .bind(place.parcel_id)
    .bind(place.village)
    .bind(now)
    .bind(&begins)
    .bind(&overs)
    .bind(&measured)
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
