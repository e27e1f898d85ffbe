//! The register `parcel_ledger`: the table of plots (宗地) of the national ledger of homesteads, with its own headings.

use homestead_core::money;
use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates, row_error},
};

use super::{
    homesteads::{occupy, square_metres},
    id,
};

/// The register.
pub struct ParcelLedger;

const PARCEL: &str = "宗地代码";
const HOUSEHOLD: &str = "农户编号";
const AREA: &str = "宗地面积";
const OVER: &str = "超占面积";
const APPROVED: &str = "批准面积";
const REGISTERED: &str = "确权登记面积";
/// Areas and amounts that follow from the books.
const DERIVED_AREAS: [&str; 2] = ["有偿使用面积", "退出面积"];
const DERIVED_AMOUNTS: [&str; 2] = ["有偿使用费用", "退出补偿金额"];

const COLUMNS: &[Column] = &[
    Column::required(PARCEL, "Id of the plot; imported before with register homesteads"),
    Column::required(HOUSEHOLD, "Id of the household that holds it, as the plot states it"),
    Column::required(
        AREA,
        "Surveyed area in m², at most two decimals; empty while not surveyed",
    ),
    Column::required(
        APPROVED,
        "Approved area in m², at most two decimals; empty if not known",
    ),
    Column::required(
        REGISTERED,
        "Area of the registered right in m², at most two decimals; empty if none is registered",
    ),
    Column::required(
        OVER,
        "Over-occupied area in m², at most 宗地面积; empty exactly where 宗地面积 is",
    ),
    Column::optional(
        DERIVED_AREAS[0],
        "In m², at most two decimals; follows from the books, so it is not kept",
    ),
    Column::optional(
        DERIVED_AMOUNTS[0],
        "In yuan, at most two decimals; follows from the books, so it is not kept",
    ),
    Column::optional(
        DERIVED_AREAS[1],
        "In m², at most two decimals; follows from the books, so it is not kept",
    ),
    Column::optional(
        DERIVED_AMOUNTS[1],
        "In yuan, at most two decimals; follows from the books, so it is not kept",
    ),
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
        &[
            "parcel_id",
            "household_id",
            "area_dm2",
            "over_dm2",
            "approved_dm2",
            "registered_dm2",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let (area, over) = (square_metres(row, AREA)?, square_metres(row, OVER)?);
        match (area, over) {
            (Some(area), Some(over)) if over > area => {
                return Err(row.error(
                    OVER,
                    "OVER_EXCEEDS_AREA",
                    "at most 宗地面积",
                    "超占面积不得大于宗地面积",
                ));
            }
            (Some(_), None) => {
                return Err(row.error(
                    OVER,
                    "MISSING_VALUE",
                    "required where 宗地面积 is given",
                    "有宗地面积时不能为空",
                ));
            }
            (None, Some(_)) => {
                return Err(row.error(
                    AREA,
                    "MISSING_VALUE",
                    "required where 超占面积 is given",
                    "有超占面积时不能为空",
                ));
            }
            _ => {}
        }
        for column in DERIVED_AREAS {
            square_metres(row, column)?;
        }
        for column in DERIVED_AMOUNTS {
            if row
                .optional(column)
                .is_some_and(|text| money::fen(text).is_none_or(|fen| fen < 0))
            {
                let message = "yuan, at most two decimals, for example 240.00";
                return Err(row.error(column, "BAD_AMOUNT", message, "应为元，最多两位小数，例如 240.00"));
            }
        }
        let text = |value: Option<i64>| value.map(|value| value.to_string());
        Ok(vec![
            Some(id(row, PARCEL)?.to_owned()),
            Some(id(row, HOUSEHOLD)?.to_owned()),
            text(area),
            text(over),
            text(square_metres(row, APPROVED)?),
            text(square_metres(row, REGISTERED)?),
        ])
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
        occupy(tx, import).await?;
        // What changes is kept as it was, whatever columns it has.
        sqlx::query(
            "INSERT INTO parcel_past
             SELECT (jsonb_populate_record(NULL::parcel_past, to_jsonb(p) || jsonb_build_object('superseded_at', $1::timestamptz))).*
             FROM parcel p JOIN staged s USING (parcel_id)
             WHERE (p.area_dm2, p.over_dm2, p.approved_dm2, p.registered_dm2)
                 IS DISTINCT FROM (s.area_dm2::bigint, s.over_dm2::bigint, s.approved_dm2::bigint, s.registered_dm2::bigint)",
        )
        .bind(tx.now())
        .execute(&mut **tx)
        .await?;
        let (updated, rows): (i64, i64) = sqlx::query_as(
            "WITH merged AS (
                 UPDATE parcel p SET area_dm2 = s.area_dm2::bigint, over_dm2 = s.over_dm2::bigint,
                     approved_dm2 = s.approved_dm2::bigint, registered_dm2 = s.registered_dm2::bigint, valid_from = $1
                 FROM staged s
                 WHERE p.parcel_id = s.parcel_id AND (p.area_dm2, p.over_dm2, p.approved_dm2, p.registered_dm2)
                     IS DISTINCT FROM (s.area_dm2::bigint, s.over_dm2::bigint, s.approved_dm2::bigint, s.registered_dm2::bigint)
                 RETURNING 1
             )
             SELECT (SELECT count(*) FROM merged), (SELECT count(*) FROM staged)",
        )
        .bind(import.effective_date)
        .fetch_one(&mut **tx)
        .await?;
        Ok(super::outcome(rows, 0, updated))
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
