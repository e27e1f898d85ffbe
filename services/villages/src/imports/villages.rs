//! Register `villages`: position and size of villages (村情).

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{codes, place, refusal, values};
use crate::store::{bulletin_clock, division::divisions_lock, division_import, import_check};

/// Register `villages`.
pub struct Villages;

const COLUMNS: &[Column] = &[
    Column::required(
        "code",
        "code of the village, 12 digits; must be in the register of divisions",
    ),
    Column::optional("lng", "longitude in degrees"),
    Column::optional("lat", "latitude in degrees"),
    Column::optional("coord_system", "WGS-84 (default) or GCJ-02, which is converted"),
    Column::optional("groups", "number of villagers' groups or natural villages"),
    Column::optional("registered_households", "households on the register"),
    Column::optional("registered_persons", "persons on the register"),
    Column::optional("resident_persons", "persons who live there"),
    Column::optional("arable_mu", "arable land in mu (亩), at most 4 decimals"),
];

const MOST: i64 = 10_000_000;

#[tonic::async_trait]
impl Register for Villages {
    fn name(&self) -> &'static str {
        "villages"
    }

    fn permission(&self) -> &'static str {
        "villages.divisions.import"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "division_code",
            "longitude",
            "latitude",
            "registered_household_count",
            "registered_person_count",
            "resident_person_count",
            "group_count",
            "arable_dm2",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let code = codes::village(row, "code")?;
        let (longitude, latitude) = place::position(row)?.unzip();
        let count = |column| -> Result<Option<String>, RowError> {
            Ok(row.integer(column, 0..=MOST)?.map(|value: i64| value.to_string()))
        };
        Ok(vec![
            Some(code.into_code()),
            longitude.map(|degrees| degrees.to_string()),
            latitude.map(|degrees| degrees.to_string()),
            count("registered_households")?,
            count("registered_persons")?,
            count("resident_persons")?,
            count("groups")?,
            arable_dm2(row)?.map(|area| area.to_string()),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        divisions_lock(tx).await?;
        let mut errors = duplicates(tx, "division_code").await?;
        errors.extend(refusal::of_divisions(tx, "code", import).await?);
        if !errors.is_empty() {
            return Ok(refusal::refused(errors));
        }
        let staged = import_check::staged_count(tx).await?;
        let now = bulletin_clock::recorded_at(tx).await?;
        let merged = division_import::profiles_merge(tx, import.effective_date, now).await?;
        Ok(refusal::outcome(merged, staged))
    }
}

/// 1 mu is 10,000/15 m², so 200,000/3 dm².
fn arable_dm2(row: &Row<'_>) -> Result<Option<i64>, RowError> {
    let Some(text) = row.optional("arable_mu") else {
        return Ok(None);
    };
    let refused = || {
        row.error(
            "arable_mu",
            "OUT_OF_RANGE",
            "mu from 0 to 10,000,000 with at most 4 decimals",
            "应为 0 至 1000 万亩，最多 4 位小数",
        )
    };
    let (value, decimals) = values::decimal(text).ok_or_else(refused)?;
    let thirds = value.checked_mul(200_000).ok_or_else(refused)?;
    let divisor = 3 * 10_i64.pow(decimals);
    let area = (thirds + divisor / 2) / divisor;
    if area <= MOST * 66_667 {
        Ok(Some(area))
    } else {
        Err(refused())
    }
}
