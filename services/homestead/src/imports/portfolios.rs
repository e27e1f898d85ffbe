//! The register `portfolios`: which cadre answers for which household. The file of homesteads serves as it is.

use homestead_core::area;
use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, row_error},
};

use super::id;

/// The register.
pub struct Portfolios;

const COLUMNS: &[Column] = &[
    Column::required("household_id", "Id of the household; imported before"),
    Column::required(
        "cadre_id",
        "Id of the cadre; imported before. Rows without one assign nobody",
    ),
    Column::optional(
        "over_m2",
        "Over-occupied area in m². Where rows name several cadres for a household, the one with the largest area answers for it",
    ),
];

#[tonic::async_trait]
impl Register for Portfolios {
    fn name(&self) -> &'static str {
        "portfolios"
    }

    fn permission(&self) -> &'static str {
        "homestead.portfolios.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["household_id", "cadre_id", "weight"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let household = id(row, "household_id")?;
        let cadre = row.optional("cadre_id").map(|_| id(row, "cadre_id")).transpose()?;
        let weight = row.optional("over_m2").map_or(Ok(0), area::parse_m2);
        let weight = weight
            .map_err(|error| row.error("over_m2", "BAD_AREA", &error.to_string(), "应为平方米数，最多两位小数"))?;
        Ok(vec![
            Some(household.to_owned()),
            cadre.map(str::to_owned),
            Some(weight.to_string()),
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
        sqlx::query(
            "CREATE TEMP TABLE chosen ON COMMIT DROP AS
             SELECT DISTINCT ON (household_id) household_id, cadre_id, h.division_code
             FROM (SELECT household_id, cadre_id, sum(weight::bigint) AS weight FROM staged WHERE cadre_id IS NOT NULL
                   GROUP BY household_id, cadre_id) s
             JOIN household h USING (household_id)
             ORDER BY household_id, weight DESC, cadre_id",
        )
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "INSERT INTO portfolio_past (household_id, division_code, cadre_id, from_on, until_on)
             SELECT p.household_id, p.division_code, p.cadre_id, p.from_on, $1
             FROM portfolio p JOIN chosen c USING (household_id) WHERE p.cadre_id <> c.cadre_id AND p.from_on < $1",
        )
        .bind(import.effective_date)
        .execute(&mut **tx)
        .await?;
        let (inserted, updated, rows): (i64, i64, i64) = sqlx::query_as(
            "WITH merged AS (
                 INSERT INTO portfolio AS p (household_id, division_code, cadre_id, from_on)
                 SELECT household_id, division_code, cadre_id, $1 FROM chosen
                 ON CONFLICT (household_id) DO UPDATE SET cadre_id = excluded.cadre_id, from_on = greatest(p.from_on, excluded.from_on)
                 WHERE p.cadre_id <> excluded.cadre_id
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

/// Rows whose household or cadre is unknown, or whose cadre does not serve the household's village or must not meet it.
async fn contradictions(tx: &mut Tx, import: &Import) -> Result<Vec<RowError>> {
    let households: Vec<(i64, String)> = sqlx::query_as(
        "SELECT s.line, s.household_id FROM staged s LEFT JOIN household h USING (household_id)
         WHERE s.cadre_id IS NOT NULL AND (h.household_id IS NULL OR NOT h.division_code ^@ $1) ORDER BY s.line LIMIT 200",
    )
    .bind(import.division.code())
    .fetch_all(&mut **tx)
    .await?;
    let cadres: Vec<(i64, String)> = sqlx::query_as(
        "SELECT s.line, s.cadre_id FROM staged s JOIN household h USING (household_id)
         LEFT JOIN cadre c ON c.cadre_id = s.cadre_id AND h.division_code ^@ c.division_code
         WHERE s.cadre_id IS NOT NULL AND c.cadre_id IS NULL ORDER BY s.line LIMIT 200",
    )
    .fetch_all(&mut **tx)
    .await?;
    let recused: Vec<(i64, String)> = sqlx::query_as(
        "SELECT s.line, s.cadre_id FROM staged s JOIN recusal r USING (household_id, cadre_id)
         WHERE r.relation <> 'none' ORDER BY s.line LIMIT 200",
    )
    .fetch_all(&mut **tx)
    .await?;
    let households = households.iter().map(|(line, household)| {
        let message = format!("a household inside {} imported before", import.division);
        row_error(
            *line,
            "household_id",
            household,
            "UNKNOWN_HOUSEHOLD",
            &message,
            "农户不存在或不在本区划之内，请先导入农户",
        )
    });
    let cadres = cadres.iter().map(|(line, cadre)| {
        let message = "a cadre of the household's village, township or county, imported before";
        row_error(
            *line,
            "cadre_id",
            cadre,
            "UNKNOWN_CADRE",
            message,
            "干部不存在或不在该村、乡镇、县任职，请先导入干部",
        )
    });
    let recused = recused.iter().map(|(line, cadre)| {
        let message = "a cadre who may meet the household; see the register recusals";
        row_error(
            *line,
            "cadre_id",
            cadre,
            "RECUSED",
            message,
            "该干部与该户存在近亲属关系，应当回避",
        )
    });
    Ok(households.chain(cadres).chain(recused).collect())
}
