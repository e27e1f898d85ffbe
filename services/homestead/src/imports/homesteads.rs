//! The register `homesteads`: plots with their surveyed and over-occupied areas.

use homestead_core::area::{self, AreaError};
use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates, row_error},
};

use super::{flag, id};
use crate::wire::parcel::{cause_of_register, period_of_register, use_of_register};

/// The register.
pub struct Homesteads;

const COLUMNS: &[Column] = &[
    Column::required("parcel_id", "Id of the plot, 1–64 letters, digits and hyphens"),
    Column::required("household_id", "Id of the household that holds it; imported before"),
    Column::required("parcel_no", "Number of the plot within the household, 1–99"),
    Column::required(
        "area_m2",
        "Surveyed area in m², at most two decimals; empty while not surveyed",
    ),
    Column::required("quota_m2", "Legal entitlement in m², at most two decimals"),
    Column::required(
        "over_m2",
        "Over-occupied area in m², at most the area; empty exactly where area_m2 is",
    ),
    Column::required(
        "period",
        "When it was taken into use: pre1982, 1982_1986, 1987_1998 or 1999_on",
    ),
    Column::required(
        "cause",
        "Why it is too large: extension, multi_parcel, non_member, history, subdivided_household, inheritance; or empty",
    ),
    Column::required("use", "occupied, idle or ruin"),
    Column::required("certificate", "1 if a land certificate was issued, else 0"),
    Column::required(
        "disputed",
        "1 while an objection to the survey is open, else 0; stays 1 while one is open here",
    ),
];

#[tonic::async_trait]
impl Register for Homesteads {
    fn name(&self) -> &'static str {
        "homesteads"
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
            "parcel_number",
            "area_dm2",
            "over_dm2",
            "entitled_dm2",
            "period",
            "cause",
            "use",
            "certified",
            "disputed",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let (area, over) = (square_metres(row, "area_m2")?, square_metres(row, "over_m2")?);
        match (area, over) {
            (Some(area), Some(over)) if over > area => {
                return Err(row.error(
                    "over_m2",
                    "OVER_EXCEEDS_AREA",
                    "at most area_m2",
                    "超占面积不得大于实测面积",
                ));
            }
            (Some(_), None) => {
                return Err(row.error(
                    "over_m2",
                    "MISSING_VALUE",
                    "required where area_m2 is given",
                    "有实测面积时不能为空",
                ));
            }
            (None, Some(_)) => {
                return Err(row.error(
                    "area_m2",
                    "MISSING_VALUE",
                    "required where over_m2 is given",
                    "有超占面积时不能为空",
                ));
            }
            _ => {}
        }
        let number = row.integer("parcel_no", 1..=99)?.map_or_else(
            || row.required("parcel_no").map(str::to_owned),
            |n: i32| Ok(n.to_string()),
        )?;
        row.required("quota_m2")?;
        let entitled = square_metres(row, "quota_m2")?;
        let known = |column: &str, number: Option<i32>| {
            let error = || {
                row.error(
                    column,
                    "UNKNOWN_VALUE",
                    "one of the values that the column's description names",
                    "取值不在规定范围内",
                )
            };
            number.map(|number| number.to_string()).ok_or_else(error)
        };
        let text = |column| row.optional(column).unwrap_or_default();
        Ok(vec![
            Some(id(row, "parcel_id")?.to_owned()),
            Some(id(row, "household_id")?.to_owned()),
            Some(number),
            area.map(|area| area.to_string()),
            over.map(|over| over.to_string()),
            entitled.map(|entitled| entitled.to_string()),
            Some(known("period", period_of_register(text("period")).map(i32::from))?),
            Some(known("cause", cause_of_register(text("cause")).map(i32::from))?),
            Some(known("use", use_of_register(text("use")).map(i32::from))?),
            Some(flag(row, "certificate")?.to_string()),
            Some(flag(row, "disputed")?.to_string()),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut errors = duplicates(tx, "parcel_id").await?;
        errors.extend(contradictions(tx, import).await?);
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        occupy(tx, import).await?;
        // A register written before an objection was raised does not settle it.
        sqlx::query(
            "UPDATE staged SET disputed = 'true'
             WHERE parcel_id IN (SELECT parcel_id FROM objection WHERE (state = 1 OR awaits_survey) AND parcel_id IS NOT NULL)",
        )
        .execute(&mut **tx)
        .await?;
        // What changes is kept as it was, whatever columns it has.
        sqlx::query(
            "INSERT INTO parcel_past
             SELECT (jsonb_populate_record(NULL::parcel_past, to_jsonb(p) || jsonb_build_object('superseded_at', $1::timestamptz))).*
             FROM parcel p JOIN staged s USING (parcel_id)
             WHERE (p.household_id, p.parcel_number, p.area_dm2, p.over_dm2, p.entitled_dm2, p.period, p.cause, p.use, p.certified, p.disputed)
                 IS DISTINCT FROM (s.household_id, s.parcel_number::integer, s.area_dm2::bigint, s.over_dm2::bigint, s.entitled_dm2::bigint,
                                   s.period::smallint, s.cause::smallint, s.use::smallint, s.certified::boolean, s.disputed::boolean)",
        )
        .bind(tx.now())
        .execute(&mut **tx)
        .await?;
        let (inserted, updated, rows): (i64, i64, i64) = sqlx::query_as(
            "WITH merged AS (
                 INSERT INTO parcel AS p (parcel_id, household_id, division_code, parcel_number, area_dm2, over_dm2, entitled_dm2,
                                          period, cause, use, certified, disputed, valid_from)
                 SELECT s.parcel_id, s.household_id, h.division_code, s.parcel_number::integer, s.area_dm2::bigint, s.over_dm2::bigint,
                        s.entitled_dm2::bigint, s.period::smallint, s.cause::smallint, s.use::smallint, s.certified::boolean,
                        s.disputed::boolean, $1
                 FROM staged s JOIN household h USING (household_id)
                 ON CONFLICT (parcel_id) DO UPDATE SET household_id = excluded.household_id, division_code = excluded.division_code,
                     parcel_number = excluded.parcel_number, area_dm2 = excluded.area_dm2, over_dm2 = excluded.over_dm2,
                     entitled_dm2 = excluded.entitled_dm2, period = excluded.period, cause = excluded.cause, use = excluded.use,
                     certified = excluded.certified, disputed = excluded.disputed, valid_from = excluded.valid_from
                 WHERE (p.household_id, p.parcel_number, p.area_dm2, p.over_dm2, p.entitled_dm2, p.period, p.cause, p.use, p.certified, p.disputed)
                     IS DISTINCT FROM (excluded.household_id, excluded.parcel_number, excluded.area_dm2, excluded.over_dm2,
                                       excluded.entitled_dm2, excluded.period, excluded.cause, excluded.use, excluded.certified, excluded.disputed)
                 RETURNING xmax = 0 AS fresh
             )
             SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh), (SELECT count(*) FROM staged) FROM merged",
        )
        .bind(import.effective_date)
        .fetch_one(&mut **tx)
        .await?;
        Ok(super::outcome(rows, inserted, updated))
    }
}

/// Keeps from which day on how much is over-occupied, for the plots of which that changes.
pub(super) async fn occupy(tx: &mut Tx, import: &Import) -> Result<()> {
    let now = tx.now();
    sqlx::query(
        "SELECT occupy(array_agg(s.parcel_id), array_agg(s.household_id), array_agg(h.division_code),
                       array_agg(coalesce(s.over_dm2::bigint, 0)), $1, $2)
         FROM staged s JOIN household h USING (household_id) LEFT JOIN parcel p USING (parcel_id)
         WHERE (p.household_id, coalesce(p.over_dm2, 0)) IS DISTINCT FROM (s.household_id, coalesce(s.over_dm2::bigint, 0))
         HAVING count(*) > 0",
    )
    .bind(import.effective_date)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// An area in m²; `None` where the column is empty.
pub(super) fn square_metres(row: &Row<'_>, column: &str) -> Result<Option<i64>, RowError> {
    let refused = |error: AreaError| {
        let (reason, message_zh) = match error {
            AreaError::Malformed => ("BAD_AREA", "应为平方米数，最多两位小数，例如 173.70"),
            AreaError::Negative => ("NEGATIVE", "不得为负数"),
            AreaError::TooFine => ("TOO_FINE", "最多两位小数"),
            AreaError::TooLarge => ("OUT_OF_RANGE", "不得超过 1,000,000.00 平方米"),
        };
        row.error(column, reason, &error.to_string(), message_zh)
    };
    row.optional(column)
        .map(|text| area::parse_m2(text).map_err(refused))
        .transpose()
}

/// Rows whose household is unknown or outside, and plots that share a number.
async fn contradictions(tx: &mut Tx, import: &Import) -> Result<Vec<RowError>> {
    let unknown: Vec<(i64, String, bool)> = sqlx::query_as(
        "SELECT s.line, s.household_id, h.household_id IS NOT NULL FROM staged s LEFT JOIN household h USING (household_id)
         WHERE h.household_id IS NULL OR NOT h.division_code ^@ $1 ORDER BY s.line LIMIT 200",
    )
    .bind(import.division.code())
    .fetch_all(&mut **tx)
    .await?;
    let shared: Vec<(i64, String)> = sqlx::query_as(
        "SELECT line, parcel_number FROM (
             SELECT line, parcel_number, parcel_id, household_id,
                    row_number() OVER (PARTITION BY household_id, parcel_number ORDER BY line) AS n FROM staged
         ) s
         WHERE n > 1 OR EXISTS (
             SELECT FROM parcel p WHERE p.household_id = s.household_id AND p.parcel_number = s.parcel_number::integer
             AND p.parcel_id <> s.parcel_id AND NOT EXISTS (SELECT FROM staged t WHERE t.parcel_id = p.parcel_id)
         ) ORDER BY line LIMIT 200",
    )
    .fetch_all(&mut **tx)
    .await?;
    let unknown = unknown.iter().map(|(line, household, known)| {
        if *known {
            let message = format!("a household inside {}", import.division);
            row_error(
                *line,
                "household_id",
                household,
                "OUTSIDE_DIVISION",
                &message,
                &format!("须为 {} 之内的农户", import.division),
            )
        } else {
            row_error(
                *line,
                "household_id",
                household,
                "UNKNOWN_HOUSEHOLD",
                "a household imported before",
                "农户不存在，请先导入农户",
            )
        }
    });
    let shared = shared.iter().map(|(line, number)| {
        let message = "another plot of the household has this number";
        row_error(
            *line,
            "parcel_no",
            number,
            "DUPLICATE_NUMBER",
            message,
            "该户另一宗地已使用此序号",
        )
    });
    Ok(unknown.chain(shared).collect())
}
