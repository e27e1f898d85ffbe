//! What the tables of the national ledger state, household by household.

use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::Date;
use uuid::Uuid;

/// A household and the name of its head, sealed.
#[derive(Debug, FromRow)]
pub struct Home {
    pub household_id: String,
    pub division_code: String,
    pub head_name: Vec<u8>,
}

/// A plot as the register states it of a day.
#[derive(Debug, FromRow)]
pub struct Plot {
    pub parcel_id: String,
    pub household_id: String,
    pub division_code: String,
    pub parcel_number: i32,
    pub area_dm2: Option<i64>,
    pub over_dm2: Option<i64>,
    pub approved_dm2: Option<i64>,
    pub registered_dm2: Option<i64>,
}

/// What a household is charged on a day.
#[derive(Debug, FromRow)]
pub struct Fee {
    pub household_id: String,
    /// The tariff that its bill of the day quotes.
    pub tariff_id: Uuid,
    pub fee_fen: i64,
}

/// What was given back of a plot, and granted for it.
#[derive(Debug, FromRow)]
pub struct Vacated {
    pub household_id: String,
    pub parcel_id: String,
    pub vacated_dm2: i64,
    pub reward_fen: i64,
}

/// Households of a division after `after`, by id.
pub async fn homes(conn: &mut PgConnection, division: &str, after: Option<&str>, limit: i64) -> Result<Vec<Home>> {
    let mut query = QueryBuilder::new("SELECT household_id, division_code, head_name FROM household WHERE true");
    super::within(&mut query, division);
    if let Some(after) = after {
        query.push(" AND household_id > ").push_bind(after.to_owned());
    }
    query.push(" ORDER BY household_id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Ids of plots of a division after `after`, in order.
pub async fn plot_ids(conn: &mut PgConnection, division: &str, after: Option<&str>, limit: i64) -> Result<Vec<String>> {
    let mut query = QueryBuilder::new("SELECT parcel_id FROM parcel WHERE true");
    super::within(&mut query, division);
    if let Some(after) = after {
        query.push(" AND parcel_id > ").push_bind(after.to_owned());
    }
    query.push(" ORDER BY parcel_id LIMIT ").push_bind(limit);
    query.build_query_scalar().fetch_all(conn).await
}

/// Of each plot what was recorded last of what holds on the day.
const ON_DAY: &str = "SELECT DISTINCT ON (parcel_id) * FROM (
        SELECT parcel_id, household_id, division_code, parcel_number, area_dm2, over_dm2, approved_dm2, registered_dm2, valid_from,
               'infinity'::timestamptz AS superseded_at
        FROM parcel
        UNION ALL
        SELECT parcel_id, household_id, division_code, parcel_number, area_dm2, over_dm2, approved_dm2, registered_dm2, valid_from,
               superseded_at
        FROM parcel_past
    ) x WHERE valid_from <= $2 AND parcel_id = ANY ($1) ORDER BY parcel_id, superseded_at DESC";

/// These plots as the register states them of `day`, by id; without those that it did not know then.
pub async fn plots(conn: &mut PgConnection, ids: &[String], day: Date) -> Result<Vec<Plot>> {
    sqlx::query_as(ON_DAY).bind(ids).bind(day).fetch_all(conn).await
}

/// The plots that `households` had on `day`, by id.
pub async fn plots_of(conn: &mut PgConnection, households: &[String], day: Date) -> Result<Vec<Plot>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT parcel_id FROM parcel WHERE household_id = ANY ($1)
         UNION SELECT parcel_id FROM parcel_past WHERE household_id = ANY ($1)",
    )
    .bind(households)
    .fetch_all(&mut *conn)
    .await?;
    let mut plots = plots(conn, &ids, day).await?;
    // A plot of then may have had another holder.
    let of: std::collections::BTreeSet<&str> = households.iter().map(String::as_str).collect();
    plots.retain(|plot| of.contains(plot.household_id.as_str()));
    Ok(plots)
}

/// Of those of `households` that bills charge for `day`: what they charge in all, after relief and corrections until then.
pub async fn fees(conn: &mut PgConnection, households: &[String], day: Date) -> Result<Vec<Fee>> {
    sqlx::query_as(
        "SELECT b.household_id, (array_agg(b.tariff_id ORDER BY b.corrects NULLS FIRST))[1] AS tariff_id,
             sum(CASE WHEN t.debit = 1 AND t.credit IN (2, 3) THEN t.amount_fen
                      WHEN t.credit = 1 AND t.debit IN (2, 3) THEN -t.amount_fen ELSE 0 END)::bigint AS fee_fen
         FROM bill b JOIN journal_entry e ON e.household_id = b.household_id
             JOIN transfer t ON t.entry_id = e.id AND t.bill_id = b.id
         WHERE b.household_id = ANY ($1) AND b.from_on <= $2 AND $2 < b.until_on AND e.effective_on <= $2
         GROUP BY b.household_id",
    )
    .bind(households)
    .bind(day)
    .fetch_all(conn)
    .await
}

/// What `households` gave back until `day`, plot by plot.
pub async fn vacated(conn: &mut PgConnection, households: &[String], day: Date) -> Result<Vec<Vacated>> {
    sqlx::query_as(
        "SELECT household_id, parcel_id, sum(vacated_dm2)::bigint AS vacated_dm2, sum(reward_fen)::bigint AS reward_fen
         FROM vacating WHERE household_id = ANY ($1) AND vacated_on <= $2 GROUP BY household_id, parcel_id",
    )
    .bind(households)
    .bind(day)
    .fetch_all(conn)
    .await
}
