//! Register `households`.

use kit::{
    crypt::{Crypt, mask},
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
    filter::Filter,
};
use sqlx::PgConnection;

use super::{cell, yes_no};
use crate::{
    store::{
        household::{HouseholdQuery, HouseholdRow, households_list},
        lineage::with_merged,
    },
    wire::household::{HEAD_NAME, ID_NUMBER, PHONE},
    words::{GRADES, STATUS, TOILETS, Words, word},
};

/// Register `households`, those too that stand in villages merged into the division. Positions are WGS-84.
pub struct Households {
    /// Opens what is sealed.
    pub crypt: Crypt,
}

const LAYOUT: Layout = Layout {
    name: "households",
    permission: "villages.households.read",
    disclosure: Some("villages.households.disclose"),
    columns: &[
        Column::plain("household_id"),
        Column::plain("village_code"),
        Column::plain("group_code"),
        Column::personal("head_name"),
        Column::personal("phone"),
        Column::personal("id_number"),
        Column::plain("address"),
        Column::plain("lng"),
        Column::plain("lat"),
        Column::plain("registered_persons"),
        Column::plain("resident_persons"),
        Column::plain("status"),
        Column::plain("low_income"),
        Column::plain("toilet"),
        Column::plain("sewage_connected"),
        Column::plain("house_grade"),
        Column::plain("five_beauty"),
    ],
};

#[tonic::async_trait]
impl Extract for Households {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let divisions = with_merged(conn, &export.division, export.as_of, None).await?;
        let list = HouseholdQuery {
            divisions: &divisions,
            head_name: None,
            phone: None,
            id_number: None,
            cadre: None,
            date: export.as_of,
            known_at: None,
            after,
            limit: PAGE,
        };
        let rows = households_list(conn, &list, &Filter::default()).await?;
        rows.into_iter().map(|row| self.line(row, export.disclosed)).collect()
    }
}

impl Households {
    fn line(&self, row: HouseholdRow, disclosed: bool) -> Result<Vec<String>> {
        let open = |label: &str, sealed: Option<Vec<u8>>, mask: fn(&str) -> String| -> Result<String> {
            let Some(sealed) = sealed else { return Ok(String::new()) };
            let value = self.crypt.open(label, &sealed)?;
            Ok(if disclosed {
                value.expose().clone()
            } else {
                mask(value.expose())
            })
        };
        let known = |words: Words, name: Option<String>| name.map_or(Ok(String::new()), |name| word(words, &name));
        Ok(vec![
            row.household_id,
            row.division_code,
            cell(row.group_code),
            open(HEAD_NAME, Some(row.head_name), mask::name)?,
            open(PHONE, row.phone, mask::phone)?,
            open(ID_NUMBER, row.id_number, mask::id_number)?,
            cell(row.address),
            cell(row.longitude),
            cell(row.latitude),
            row.registered_person_count.to_string(),
            row.resident_person_count.to_string(),
            word(STATUS, &row.residence_status)?,
            yes_no(row.low_income),
            known(TOILETS, row.toilet)?,
            yes_no(row.sewage_connected),
            known(GRADES, row.house_grade)?,
            yes_no(row.five_beauty_courtyard),
        ])
    }
}
