//! The register `parcel_ledger`: the table of plots (宗地) of the national ledger of homesteads, with its own headings.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates, row_error},
};

use super::{
    id,
    ledger_figures::{APPROVED, AREA, CHARGED, FEE, OVER, REGISTERED, REWARD, STAGED, VACATED, areas, state},
};

/// The register.
pub struct ParcelLedger;

const PARCEL: &str = "宗地代码";
const HOUSEHOLD: &str = "农户编号";

const COLUMNS: &[Column] = &[
    Column::required(PARCEL, "Id of the plot; imported before with register homesteads"),
    Column::required(HOUSEHOLD, "Id of the household that holds it, as the plot states it"),
    AREA,
    APPROVED,
    REGISTERED,
    OVER,
    CHARGED,
    FEE,
    VACATED,
    REWARD,
];

#[tonic::async_trait]
impl Register for ParcelLedger {
    fn name(&self) -> &'static str {
        "parcel_ledger"
    }

    fn permission(&self) -> &'static str {
        "homestead.parcels.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["parcel_id", "household_id", STAGED[0], STAGED[1], STAGED[2], STAGED[3]]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let mut staged = vec![Some(id(row, PARCEL)?.to_owned()), Some(id(row, HOUSEHOLD)?.to_owned())];
        staged.extend(areas(row)?);
        Ok(staged)
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut errors = duplicates(tx, "parcel_id").await?;
        for error in &mut errors {
            PARCEL.clone_into(&mut error.column);
        }
        errors.extend(contradictions(tx, import).await?);
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        let rows = sqlx::query_scalar("SELECT count(*) FROM staged")
            .fetch_one(&mut **tx)
            .await?;
        Ok(super::outcome(rows, 0, state(tx, import).await?))
    }
}

/// Plots that are unknown or outside, and plots of another household.
async fn contradictions(tx: &mut Tx, import: &Import) -> Result<Vec<RowError>> {
    let rows: Vec<(i64, String, String, Option<String>, bool)> = sqlx::query_as(
        "SELECT s.line, s.parcel_id, s.household_id, p.household_id, coalesce(p.division_code ^@ $1, false)
         FROM staged s LEFT JOIN parcel p USING (parcel_id)
         WHERE p.household_id IS DISTINCT FROM s.household_id OR NOT p.division_code ^@ $1 ORDER BY s.line LIMIT 200",
    )
    .bind(import.division.code())
    .fetch_all(&mut **tx)
    .await?;
    let error = |(line, parcel, household, holder, inside): (i64, String, String, Option<String>, bool)| match holder {
        None => row_error(
            line,
            PARCEL,
            &parcel,
            "UNKNOWN_PARCEL",
            "a plot imported before with register homesteads",
            "宗地不存在，请先导入宅基地登记",
        ),
        Some(_) if !inside => row_error(
            line,
            PARCEL,
            &parcel,
            "OUTSIDE_DIVISION",
            &format!("a plot inside {}", import.division),
            &format!("须为 {} 之内的宗地", import.division),
        ),
        Some(holder) => row_error(
            line,
            HOUSEHOLD,
            &household,
            "OTHER_HOUSEHOLD",
            &format!("{holder}, who holds the plot"),
            &format!("该宗地的农户编号为 {holder}"),
        ),
    };
    Ok(rows.into_iter().map(error).collect())
}
