//! Register `divisions`: the official list.

use kit::{
    db::Tx,
    division::{Division, Level},
    error::Result,
    id::Ids,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};
use proto::xiangtu::villages::v1::{DivisionRenamed, RegisterImported};
use time::{Date, OffsetDateTime};

use super::{codes, names, refusal, values};
use crate::{
    store::{bulletin_clock, division::divisions_lock, division_import, import_check},
    wire,
    words::KINDS,
};

/// Register `divisions`. Rows above the division of the import only say where it lies and are not stored.
pub struct Divisions {
    /// Ids of lineage edges.
    pub ids: Ids,
}

pub(super) const COLUMNS: &[Column] = &[
    Column::required(
        "code",
        "code of 6, 9, 12 or 15 digits, or filled with zeros to 12; required unless 行政区划代码",
    )
    .unless("行政区划代码"),
    Column::required("name", "name, 1–100 characters; required unless 名称").unless("名称"),
    Column::optional("level", "1 province to 5 village, 6 group; must agree with the code"),
    Column::optional("parent_code", "code of the division above; must agree with the code"),
    Column::optional(
        "kind",
        "province, prefecture, county, subdistrict, town, township, quasi_township, community, village, virtual or group; \
         empty: by the digits of the code",
    ),
    Column::optional("行政区划代码", "as code"),
    Column::optional("名称", "as name"),
    Column::optional("级别", "as level"),
    Column::optional("上级代码", "as parent_code"),
];

#[tonic::async_trait]
impl Register for Divisions {
    fn name(&self) -> &'static str {
        "divisions"
    }

    fn permission(&self) -> &'static str {
        "villages.divisions.import"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["code", "parent_code", "name", "level", "kind"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        Ok(stage(row)?.into())
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        merge(tx, import, &self.ids, self.name()).await
    }
}

/// Code, parent, name, level and kind of a row.
pub(super) fn stage(row: &Row<'_>) -> Result<[Option<String>; 5], RowError> {
    let code = codes::division(row, either(row, "code", "行政区划代码"))?;
    let name = names::name(row, either(row, "name", "名称"), 100)?;
    level(row, &code)?;
    let parent = parent(row, &code)?;
    let kind = match values::word(row, "kind", KINDS)? {
        Some(kind) if fits(kind, code.level()) => kind,
        Some(_) => {
            return Err(row.error(
                "kind",
                "KIND_MISMATCH",
                "a kind of the level of the code",
                "类别与代码级别不符",
            ));
        }
        None => wire::division::kind_by_digits(&code),
    };
    let level = wire::division::level_name(code.level());
    let values = [
        Some(code.code()),
        parent.as_deref(),
        Some(name),
        Some(level),
        Some(kind),
    ];
    Ok(values.map(|value| value.map(str::to_owned)))
}

/// Merges staged divisions, of this register or of the groups.
pub(super) async fn merge(tx: &mut Tx, import: &Import, ids: &Ids, register: &str) -> Result<Outcome> {
    let (division, date) = (import.division.code(), import.effective_date);
    divisions_lock(tx).await?;
    let now = bulletin_clock::recorded_at(tx).await?;
    let mut errors = duplicates(tx, "code").await?;
    errors.extend(refusal::outside(
        import_check::codes_elsewhere(tx, division).await?,
        "code",
        import,
    ));
    errors.extend(refusal::orphans(
        division_import::parents_unknown(tx, division, date).await?,
        "parent_code",
        import,
    ));
    if !errors.is_empty() {
        return Ok(refusal::refused(errors));
    }
    let staged = import_check::staged_count(tx).await?;
    division_import::drop_ancestors(tx, division).await?;
    let merged = division_import::divisions_merge(tx, date, now).await?;
    renames(tx, ids, date, now).await?;
    let outcome = refusal::outcome(merged, staged);
    announce(tx, "division.imported", register, import, &outcome);
    Ok(outcome)
}

/// Adds an edge for each division that the merge before renamed, and tells the other services.
pub(super) async fn renames(tx: &mut Tx, ids: &Ids, date: Date, now: OffsetDateTime) -> Result<()> {
    for edge in division_import::renames_insert(tx, || ids.next(), date, now).await? {
        let subject = wire::division::name(&edge.division_code);
        let event = DivisionRenamed {
            edge: Some(wire::lineage::edge(&edge)),
        };
        tx.emit("division.renamed", &edge.division_code, &subject, &event);
    }
    Ok(())
}

/// Tells the other services that a register changed.
pub(super) fn announce(tx: &mut Tx, event_type: &str, register: &str, import: &Import, outcome: &Outcome) {
    if outcome.inserted + outcome.updated == 0 {
        return;
    }
    let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    let event = RegisterImported {
        register: register.to_owned(),
        division: import.division.name(),
        effective_date: Some(kit::dates::to_proto(import.effective_date)),
        inserted_count: count(outcome.inserted),
        updated_count: count(outcome.updated),
    };
    tx.emit(event_type, import.division.code(), &import.division.name(), &event);
}

/// The one of two columns that the row fills; if none, the one that the file has.
pub(super) fn either(row: &Row<'_>, english: &'static str, chinese: &'static str) -> &'static str {
    if row.optional(english).is_none() && (row.optional(chinese).is_some() || !row.has(english)) {
        chinese
    } else {
        english
    }
}

fn level(row: &Row<'_>, code: &Division) -> Result<(), RowError> {
    let column = either(row, "level", "级别");
    let by_code = wire::division::level_number(code.level());
    match row.integer(column, 1..=6)? {
        Some(given) if given != by_code => Err(row.error(
            column,
            "LEVEL_MISMATCH",
            &format!("{by_code}, the level of code {code}"),
            &format!("应为 {by_code}，与代码 {code} 的级别一致"),
        )),
        _ => Ok(()),
    }
}

fn parent(row: &Row<'_>, code: &Division) -> Result<Option<String>, RowError> {
    let column = either(row, "parent_code", "上级代码");
    let by_code = code.parent();
    if row.optional(column).is_some() {
        let given = codes::division(row, column)?;
        if by_code.as_ref() != Some(&given) {
            let expected = by_code.as_ref().map_or("nothing", Division::code);
            return Err(row.error(
                column,
                "PARENT_MISMATCH",
                &format!("{expected}: the code of a parent begins the code of its child {code}"),
                &format!("应为 {expected}：上级代码是下级代码 {code} 的前缀"),
            ));
        }
    }
    Ok(by_code.map(Division::into_code))
}

fn fits(kind: &str, level: Level) -> bool {
    let of = match kind {
        "PROVINCE" => Level::Province,
        "PREFECTURE" => Level::Prefecture,
        "COUNTY" => Level::County,
        "STREET" | "TOWN" | "TOWNSHIP" | "QUASI_TOWNSHIP" => Level::Township,
        "GROUP" => Level::Group,
        _ => Level::Village,
    };
    of == level
}
