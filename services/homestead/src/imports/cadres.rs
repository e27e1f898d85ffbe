//! The register `cadres`: who can answer for households.

use kit::{
    crypt::{Crypt, Pii},
    db::Tx,
    division::Level,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates, row_error},
};

use super::{hex, id};
use crate::wire::ledger::CADRE_NAME;

/// The register.
pub struct Cadres {
    pub crypt: Crypt,
}

const COLUMNS: &[Column] = &[
    Column::required("cadre_id", "Id of the cadre, 1–64 letters, digits and hyphens"),
    Column::required("name", "Name").personal(),
    Column::required("post", "Post, for example village_secretary; 1–40 characters"),
    Column::required(
        "org_code",
        "Code of the village, township or county office; filled with zeros or not",
    ),
];

/// Longest post, in characters.
const LONGEST_POST: usize = 40;

#[tonic::async_trait]
impl Register for Cadres {
    fn name(&self) -> &'static str {
        "cadres"
    }

    fn permission(&self) -> &'static str {
        "homestead.cadres.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["cadre_id", "division_code", "name", "name_index", "post"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let office = row.division("org_code")?;
        if !matches!(office.level(), Level::County | Level::Township | Level::Village) {
            return Err(row.error(
                "org_code",
                "BAD_CODE",
                "a county, township or village",
                "应为县、乡镇或村级代码",
            ));
        }
        let post = row.required("post")?;
        if post.chars().count() > LONGEST_POST {
            return Err(row.error("post", "TOO_LONG", "at most 40 characters", "最多 40 个字"));
        }
        let name = row.required("name")?;
        let sealed = self.crypt.seal(CADRE_NAME, &Pii::new(name.to_owned()));
        let sealed = sealed.map_err(|_| row.error("name", "NOT_SEALED", "encryption failed", "加密失败"))?;
        Ok(vec![
            Some(id(row, "cadre_id")?.to_owned()),
            Some(office.into_code()),
            Some(hex(&sealed)),
            Some(hex(&self.crypt.blind(CADRE_NAME, name))),
            Some(post.to_owned()),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut errors = duplicates(tx, "cadre_id").await?;
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
                "org_code",
                code,
                "OUTSIDE_DIVISION",
                &message,
                &format!("须在 {} 之内", import.division),
            )
        }));
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        let (inserted, updated, rows): (i64, i64, i64) = sqlx::query_as(
            "WITH merged AS (
                 INSERT INTO cadre AS c (cadre_id, division_code, name, name_index, post, valid_from)
                 SELECT cadre_id, division_code, decode(name, 'hex'), decode(name_index, 'hex'), post, $1 FROM staged
                 ON CONFLICT (cadre_id) DO UPDATE SET division_code = excluded.division_code, name = excluded.name,
                     name_index = excluded.name_index, post = excluded.post, valid_from = excluded.valid_from
                 WHERE (c.division_code, c.name_index, c.post) IS DISTINCT FROM (excluded.division_code, excluded.name_index, excluded.post)
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
