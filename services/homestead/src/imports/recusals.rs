//! The register `recusals`: which cadre must not meet which household (近亲属回避).

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, row_error},
};

use super::id;

/// The register.
pub struct Recusals;

const COLUMNS: &[Column] = &[
    Column::required("cadre_id", "Id of the cadre; imported before"),
    Column::required("household_id", "Id of the household; imported before"),
    Column::required(
        "relation",
        "What the cadre is to it: spouse, parent, child, sibling, grandparent, grandchild, in_law or other; none ends the recusal",
    ),
];

const RELATIONS: [&str; 9] = [
    "spouse",
    "parent",
    "child",
    "sibling",
    "grandparent",
    "grandchild",
    "in_law",
    "other",
    "none",
];

#[tonic::async_trait]
impl Register for Recusals {
    fn name(&self) -> &'static str {
        "recusals"
    }

    fn permission(&self) -> &'static str {
        "homestead.portfolios.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["cadre_id", "household_id", "relation"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let relation = row.required("relation")?;
        if !RELATIONS.contains(&relation) {
            return Err(row.error(
                "relation",
                "UNKNOWN_VALUE",
                "one of the values that the column's description names",
                "取值不在规定范围内",
            ));
        }
        Ok(vec![
            Some(id(row, "cadre_id")?.to_owned()),
            Some(id(row, "household_id")?.to_owned()),
            Some(relation.to_owned()),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let errors = contradictions(tx, import).await?;
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        let (inserted, updated, rows): (i64, i64, i64) = sqlx::query_as(
            "WITH merged AS (
                 INSERT INTO recusal AS r (household_id, cadre_id, division_code, relation, valid_from)
                 SELECT s.household_id, s.cadre_id, h.division_code, s.relation, $1 FROM staged s JOIN household h USING (household_id)
                 ON CONFLICT (household_id, cadre_id) DO UPDATE SET relation = excluded.relation, valid_from = excluded.valid_from
                 WHERE r.relation <> excluded.relation
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

/// Rows whose household or cadre is unknown or outside, and pairs that come twice.
async fn contradictions(tx: &mut Tx, import: &Import) -> Result<Vec<RowError>> {
    let households: Vec<(i64, String)> = sqlx::query_as(
        "SELECT s.line, s.household_id FROM staged s LEFT JOIN household h USING (household_id)
         WHERE h.household_id IS NULL OR NOT h.division_code ^@ $1 ORDER BY s.line LIMIT 200",
    )
    .bind(import.division.code())
    .fetch_all(&mut **tx)
    .await?;
    let cadres: Vec<(i64, String)> = sqlx::query_as(
        "SELECT s.line, s.cadre_id FROM staged s LEFT JOIN cadre c USING (cadre_id)
         WHERE c.cadre_id IS NULL ORDER BY s.line LIMIT 200",
    )
    .fetch_all(&mut **tx)
    .await?;
    let twice: Vec<(i64, String)> = sqlx::query_as(
        "SELECT line, household_id FROM (
             SELECT line, household_id, row_number() OVER (PARTITION BY household_id, cadre_id ORDER BY line) AS n FROM staged
         ) s WHERE n > 1 ORDER BY line LIMIT 200",
    )
    .fetch_all(&mut **tx)
    .await?;
    let refused =
        |rows: Vec<(i64, String)>, column: &'static str, reason: &'static str, message: &str, message_zh: &str| {
            rows.iter()
                .map(|(line, value)| row_error(*line, column, value, reason, message, message_zh))
                .collect::<Vec<_>>()
        };
    let inside = format!("a household inside {} imported before", import.division);
    let mut errors = refused(
        households,
        "household_id",
        "UNKNOWN_HOUSEHOLD",
        &inside,
        "农户不存在或不在本区划之内，请先导入农户",
    );
    errors.extend(refused(
        cadres,
        "cadre_id",
        "UNKNOWN_CADRE",
        "a cadre imported before",
        "干部不存在，请先导入干部",
    ));
    errors.extend(refused(
        twice,
        "household_id",
        "DUPLICATE",
        "each pair of cadre and household once",
        "同一干部与农户重复",
    ));
    Ok(errors)
}
