//! The register `households`: what billing needs of each household.

use kit::{
    crypt::{Crypt, Pii},
    db::Tx,
    division::Level,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates, row_error},
};
use proto::xiangtu::homestead::v1::ReliefClass;

use super::{flag, hex, id};
use crate::wire::{ledger::HEAD_NAME, tariff::class_of_register};

/// The register.
pub struct Households {
    pub crypt: Crypt,
}

const COLUMNS: &[Column] = &[
    Column::required("household_id", "Id of the household, 1–64 letters, digits and hyphens"),
    Column::required("village_code", "Code of its village, 12 digits"),
    Column::required("head_name", "Name of its head").personal(),
    Column::required(
        "low_income",
        "1 if it receives the subsistence allowance (低保), else 0",
    ),
    Column::optional(
        "relief_class",
        "Hardship class that applies: low_income (低保), extreme_poverty (五保、特困), disabled (残疾人家庭), martyr_family (烈属); \
         empty means what low_income states. A file without the column leaves other classes as they are",
    ),
    Column::optional(
        "registered_persons",
        "Persons on its register (户籍人口), 0–100; empty means not known. A file without the column leaves it as it is",
    ),
    Column::optional(
        "group_code",
        "Code of its village group, 1–64 letters, digits and hyphens; near is who lives in the same",
    ),
];

#[tonic::async_trait]
impl Register for Households {
    fn name(&self) -> &'static str {
        "households"
    }

    fn permission(&self) -> &'static str {
        "homestead.households.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "household_id",
            "division_code",
            "head_name",
            "head_name_index",
            "relief_class",
            "relief_stated",
            "registered_persons",
            "persons_stated",
            "group_code",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let village = row.division("village_code")?;
        if village.level() != Level::Village {
            return Err(row.error("village_code", "BAD_CODE", "a village, 12 digits", "应为 12 位村级代码"));
        }
        let head = row.required("head_name")?;
        let sealed = self.crypt.seal(HEAD_NAME, &Pii::new(head.to_owned()));
        let sealed = sealed.map_err(|_| row.error("head_name", "NOT_SEALED", "encryption failed", "加密失败"))?;
        let relief = relief(row)?.map(|class| i32::from(class).to_string());
        let persons: Option<i16> = row.integer("registered_persons", 0..=100)?;
        let stated = |column| row.has(column).then(|| "1".to_owned());
        Ok(vec![
            Some(id(row, "household_id")?.to_owned()),
            Some(village.into_code()),
            Some(hex(&sealed)),
            Some(hex(&self.crypt.blind(HEAD_NAME, head))),
            relief,
            stated("relief_class"),
            persons.map(|persons| persons.to_string()),
            stated("registered_persons"),
            row.optional("group_code")
                .map(|_| id(row, "group_code").map(str::to_owned))
                .transpose()?,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut errors = duplicates(tx, "household_id").await?;
        let misplaced: Vec<(i64, String)> = sqlx::query_as(
            "SELECT line, division_code FROM staged WHERE NOT division_code ^@ $1 ORDER BY line LIMIT 200",
        )
        .bind(import.division.code())
        .fetch_all(&mut **tx)
        .await?;
        errors.extend(misplaced.iter().map(|(line, code)| {
            let message = format!("inside {}", import.division);
            row_error(
                *line,
                "village_code",
                code,
                "OUTSIDE_DIVISION",
                &message,
                &format!("须在 {} 之内", import.division),
            )
        }));
        let moved: Vec<(i64, String)> = sqlx::query_as(
            "SELECT s.line, s.household_id FROM staged s JOIN household h USING (household_id)
             WHERE h.division_code <> s.division_code ORDER BY s.line LIMIT 200",
        )
        .fetch_all(&mut **tx)
        .await?;
        errors.extend(moved.iter().map(|(line, household)| {
            let message = "known in another village; its bills stay in that village's book";
            row_error(
                *line,
                "household_id",
                household,
                "HOUSEHOLD_MOVED",
                message,
                "该户已登记在另一村，账目不能随之迁移",
            )
        }));
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        sqlx::query(
            "INSERT INTO book (division_code) SELECT DISTINCT division_code FROM staged ON CONFLICT DO NOTHING",
        )
        .execute(&mut **tx)
        .await?;
        let (inserted, updated, rows): (i64, i64, i64) = sqlx::query_as(
            "WITH merged AS (
                 INSERT INTO household AS h (household_id, division_code, head_name, head_name_index, relief_class,
                                             registered_persons, group_code, valid_from)
                 SELECT s.household_id, s.division_code, decode(s.head_name, 'hex'), decode(s.head_name_index, 'hex'),
                        -- What the file has no column for stays as it was; low_income speaks for its own class only.
                        CASE WHEN s.relief_stated IS NULL AND o.relief_class <> $2 THEN o.relief_class ELSE s.relief_class::smallint END,
                        CASE WHEN s.persons_stated IS NULL THEN o.registered_persons ELSE s.registered_persons::smallint END,
                        coalesce(s.group_code, o.group_code), $1
                 FROM staged s LEFT JOIN household o USING (household_id)
                 ON CONFLICT (household_id) DO UPDATE SET head_name = excluded.head_name, head_name_index = excluded.head_name_index,
                     relief_class = excluded.relief_class, registered_persons = excluded.registered_persons,
                     group_code = excluded.group_code, valid_from = excluded.valid_from
                 WHERE (h.head_name_index, h.relief_class, h.registered_persons, h.group_code)
                     IS DISTINCT FROM (excluded.head_name_index, excluded.relief_class, excluded.registered_persons, excluded.group_code)
                 RETURNING xmax = 0 AS fresh
             )
             SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh), (SELECT count(*) FROM staged) FROM merged",
        )
        .bind(import.effective_date)
        .bind(ReliefClass::LowIncome as i16)
        .fetch_one(&mut **tx)
        .await?;
        Ok(super::outcome(rows, inserted, updated))
    }
}

/// The hardship class that a row states.
fn relief(row: &Row<'_>) -> Result<Option<ReliefClass>, RowError> {
    let low_income = flag(row, "low_income")?;
    let Some(text) = row.optional("relief_class") else {
        return Ok(low_income.then_some(ReliefClass::LowIncome));
    };
    let class = class_of_register(text).ok_or_else(|| {
        row.error(
            "relief_class",
            "UNKNOWN_VALUE",
            "low_income, extreme_poverty, disabled or martyr_family; or empty",
            "取值不在规定范围内",
        )
    })?;
    if class == ReliefClass::LowIncome && !low_income {
        return Err(row.error(
            "relief_class",
            "RELIEF_CONTRADICTS",
            "low_income only where the column low_income is 1",
            "与 low_income 列不一致",
        ));
    }
    Ok(Some(class))
}
