//! Plots.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::Date;

/// A plot as it is stored; the numbers of enumerations are those of the contract.
#[derive(Debug, FromRow)]
pub struct Parcel {
    pub parcel_id: String,
    pub household_id: String,
    pub division_code: String,
    pub parcel_number: i32,
    pub area_dm2: Option<i64>,
    pub over_dm2: Option<i64>,
    pub entitled_dm2: i64,
    pub period: i16,
    pub cause: i16,
    pub r#use: i16,
    pub certified: bool,
    pub disputed: bool,
    pub valid_from: Date,
    pub approved_dm2: Option<i64>,
    pub registered_dm2: Option<i64>,
}

const SELECT: &str = "SELECT parcel_id, household_id, division_code, parcel_number, area_dm2, over_dm2, entitled_dm2, period, cause, use,
    certified, disputed, valid_from, approved_dm2, registered_dm2 FROM parcel WHERE true";

/// Gets a plot.
pub async fn parcel_get(conn: &mut PgConnection, parcel_id: &str) -> Result<Option<Parcel>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND parcel_id = ").push_bind(parcel_id.to_owned());
    query.build_query_as().fetch_optional(conn).await
}

/// The plots of a household, by number.
pub async fn parcels_of(conn: &mut PgConnection, household_id: &str) -> Result<Vec<Parcel>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND household_id = ").push_bind(household_id.to_owned());
    query.push(" ORDER BY parcel_number");
    query.build_query_as().fetch_all(conn).await
}

/// Plots of a division after (village, id), by village and id.
pub async fn parcel_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<Parcel>> {
    let mut query = QueryBuilder::new(SELECT);
    super::within(&mut query, division);
    filter.push(&mut query);
    if let Some((village, parcel)) = after {
        query
            .push(" AND (division_code, parcel_id) > (")
            .push_bind(village.to_owned());
        query.push(", ").push_bind(parcel.to_owned()).push(")");
    }
    query.push(" ORDER BY division_code, parcel_id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
