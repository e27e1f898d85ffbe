//! The register `household_ledger`: the table of households (农户) of the national ledger of homesteads, with its own headings.
//!
//! Its areas are totals. Of a household with one plot they state that plot; of others they are held against the sum of the plots
//! that are known, since no total says which plot has changed.

use homestead_core::area::m2;
use kit::{
    crypt::Crypt,
    db::Tx,
    division::Level,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates, row_error},
};
use sqlx::FromRow;

use super::{
    hex, id,
    ledger_figures::{APPROVED, AREA, CHARGED, FEE, OVER, REGISTERED, REWARD, STAGED, VACATED, areas, state},
};
use crate::wire::ledger::HEAD_NAME;

/// The register.
pub struct HouseholdLedger {
    pub crypt: Crypt,
}

const HOUSEHOLD: &str = "农户编号";
const VILLAGE: &str = "村代码";
const HEAD: &str = "户主姓名";
const PLOTS: &str = "宗地数";

const COLUMNS: &[Column] = &[
    Column::required(
        HOUSEHOLD,
        "Id of the household; imported before with register households",
    ),
    Column::required(VILLAGE, "Code of its village, 12 digits, as the household states it"),
    Column::optional(
        HEAD,
        "Name of its head, as the household states it; empty if not stated",
    )
    .personal(),
    Column::required(PLOTS, "How many plots it has, 0–99, as register homesteads states them"),
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
impl Register for HouseholdLedger {
    fn name(&self) -> &'static str {
        "household_ledger"
    }

    fn permission(&self) -> &'static str {
        "homestead.parcels.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "household_id",
            "division_code",
            "head_name_index",
            "plots",
            // Where it is the only plot.
            "parcel_id",
            STAGED[0],
            STAGED[1],
            STAGED[2],
            STAGED[3],
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let village = row.division(VILLAGE)?;
        if village.level() != Level::Village {
            return Err(row.error(VILLAGE, "BAD_CODE", "a village, 12 digits", "应为 12 位村级代码"));
        }
        row.required(PLOTS)?;
        let plots: Option<i64> = row.integer(PLOTS, 0..=99)?;
        let mut staged = vec![
            Some(id(row, HOUSEHOLD)?.to_owned()),
            Some(village.into_code()),
            row.optional(HEAD).map(|head| hex(&self.crypt.blind(HEAD_NAME, head))),
            plots.map(|plots| plots.to_string()),
            None,
        ];
        staged.extend(areas(row)?);
        Ok(staged)
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut errors = duplicates(tx, "household_id").await?;
        for error in &mut errors {
            HOUSEHOLD.clone_into(&mut error.column);
        }
        let contradictions: Vec<Stated> = sqlx::query_as(CONTRADICTIONS)
            .bind(import.division.code())
            .fetch_all(&mut **tx)
            .await?;
        errors.extend(contradictions.iter().map(|stated| stated.error(import)));
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        let rows = sqlx::query_scalar("SELECT count(*) FROM staged")
            .fetch_one(&mut **tx)
            .await?;
        for sql in [
            "UPDATE staged s SET parcel_id = p.parcel_id FROM parcel p WHERE p.household_id = s.household_id AND s.plots = '1'",
            "DELETE FROM staged WHERE parcel_id IS NULL",
        ] {
            sqlx::query(sql).execute(&mut **tx).await?;
        }
        Ok(super::outcome(rows, 0, state(tx, import).await?))
    }
}

/// Rows that cannot be true of the household that is known, with what is known of it.
const CONTRADICTIONS: &str = "
    SELECT s.line, s.household_id, s.division_code, s.plots::bigint, h.division_code AS known_division,
           coalesce(h.division_code ^@ $1, false) AS inside,
           coalesce(decode(s.head_name_index, 'hex') = h.head_name_index, s.head_name_index IS NULL) AS same_head,
           k.plots AS known_plots, ARRAY[s.area_dm2, s.over_dm2, s.approved_dm2, s.registered_dm2]::bigint[] AS areas,
           k.areas AS known_areas
    FROM staged s LEFT JOIN household h USING (household_id) CROSS JOIN LATERAL (
        SELECT count(*) AS plots,
               ARRAY[sum(area_dm2), sum(over_dm2), sum(approved_dm2), sum(registered_dm2)]::bigint[] AS areas
        FROM parcel p WHERE p.household_id = s.household_id
    ) k
    WHERE h.household_id IS NULL OR NOT h.division_code ^@ $1 OR h.division_code <> s.division_code
        OR decode(s.head_name_index, 'hex') <> h.head_name_index OR k.plots <> s.plots::bigint
        OR k.plots <> 1 AND k.areas <> ARRAY[s.area_dm2, s.over_dm2, s.approved_dm2, s.registered_dm2]::bigint[]
    ORDER BY s.line LIMIT 200";

#[derive(FromRow)]
struct Stated {
    line: i64,
    household_id: String,
    division_code: String,
    plots: i64,
    known_division: Option<String>,
    inside: bool,
    same_head: bool,
    known_plots: i64,
    areas: Vec<Option<i64>>,
    known_areas: Vec<Option<i64>>,
}

impl Stated {
    fn error(&self, import: &Import) -> RowError {
        let error = |column, value: &str, reason, message: &str, message_zh: &str| {
            row_error(self.line, column, value, reason, message, message_zh)
        };
        let Some(village) = &self.known_division else {
            return error(
                HOUSEHOLD,
                &self.household_id,
                "UNKNOWN_HOUSEHOLD",
                "a household imported before with register households",
                "农户不存在，请先导入农户登记",
            );
        };
        if !self.inside {
            return error(
                HOUSEHOLD,
                &self.household_id,
                "OUTSIDE_DIVISION",
                &format!("a household inside {}", import.division),
                &format!("须为 {} 之内的农户", import.division),
            );
        }
        if *village != self.division_code {
            return error(
                VILLAGE,
                &self.division_code,
                "OTHER_VILLAGE",
                &format!("{village}, where the household is known"),
                &format!("该户登记在 {village}"),
            );
        }
        if !self.same_head {
            return error(
                HEAD,
                "***",
                "OTHER_HEAD",
                "the name that register households states; import that first if it has changed",
                "与农户登记中的户主姓名不一致；如有变更，请先导入农户登记",
            );
        }
        if self.plots != self.known_plots {
            return error(
                PLOTS,
                &self.plots.to_string(),
                "OTHER_PLOTS",
                &format!("{}, the plots that register homesteads states", self.known_plots),
                &format!("宅基地登记中该户有 {} 宗", self.known_plots),
            );
        }
        let m2 = |area: Option<i64>| area.map(m2).unwrap_or_default();
        let columns = [AREA, OVER, APPROVED, REGISTERED].into_iter();
        let different = columns
            .zip(self.areas.iter().zip(&self.known_areas))
            .find(|(_, (stated, known))| stated != known);
        let (column, stated, known) = different.map_or((AREA, None, None), |(column, (stated, known))| {
            (column, *stated, *known)
        });
        let (known, known_zh) = match known {
            Some(_) => (m2(known), m2(known)),
            None => ("empty".to_owned(), "空".to_owned()),
        };
        let plots = self.known_plots;
        error(
            column.name,
            &m2(stated),
            "OTHER_TOTAL",
            &format!("{known}, the sum of its {plots} plots; state the areas of each plot with register parcel_ledger"),
            &format!("该户 {plots} 宗合计为 {known_zh}；请用宗地台账（parcel_ledger）逐宗填报"),
        )
    }
}
