//! Register `villages`: position and size of villages (村情).

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout},
};
use sqlx::PgConnection;

use super::{cell, page_of};
use crate::store::division::DivisionRow;

/// Register `villages`. Positions are WGS-84.
pub struct Villages;

const LAYOUT: Layout = Layout {
    name: "villages",
    permission: "villages.divisions.read",
    disclosure: None,
    columns: &[
        Column::plain("code"),
        Column::plain("lng"),
        Column::plain("lat"),
        Column::plain("groups"),
        Column::plain("registered_households"),
        Column::plain("registered_persons"),
        Column::plain("resident_persons"),
        Column::plain("arable_mu"),
    ],
};

#[tonic::async_trait]
impl Extract for Villages {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        // Where there is no profile, there is no first day of it to compare.
        let rows = page_of(conn, export, "level = VILLAGE AND profile_from >= 1000-01-01", after).await?;
        let line = |row: DivisionRow| {
            vec![
                row.division_code,
                cell(row.longitude),
                cell(row.latitude),
                cell(row.group_count),
                cell(row.registered_household_count),
                cell(row.registered_person_count),
                cell(row.resident_person_count),
                cell(row.arable_dm2.map(mu)),
            ]
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

/// Square decimetres in mu to four decimals: 1 mu is 200,000/3 dm².
fn mu(area_dm2: i64) -> String {
    let parts = (i128::from(area_dm2) * 3 + 10) / 20;
    format!("{}.{:04}", parts / 10_000, parts % 10_000)
}
