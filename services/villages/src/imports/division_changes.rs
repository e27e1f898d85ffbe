//! Register `division_changes`: what changes among divisions, one change a row, as ministries publish it.

use std::collections::BTreeMap;

use kit::{
    db::Tx,
    division::Division,
    error::Result,
    id::Ids,
    import::{Column, Import, Outcome, Register, Row, RowError},
};
use villages_core::succession::{Change, ChangeKind, Place, revise, succeed};

use super::{
    codes,
    divisions::{announce, renames},
    names, refusal, succession, values,
};
use crate::{
    store::{
        bulletin_clock,
        division::divisions_lock,
        import_check,
        succession::{Begun, divisions_begin, divisions_standing, successions_on},
        succession_import::{self, ChangeRow},
    },
    wire,
};

/// Register `division_changes`.
pub struct DivisionChanges {
    /// Ids of lineage edges.
    pub ids: Ids,
}

const COLUMNS: &[Column] = &[
    Column::required(
        "change",
        "added; removed: followed by new_code, or by what has its name; renamed; recoded: goes on as new_code; merged into \
         new_code; split: new_code is cut out of it; abolished: nothing follows it",
    ),
    Column::required("old_code", "code before; empty for added"),
    Column::optional("old_name", "name before; the register must say the same"),
    Column::required("new_code", "code from the effective date on; empty for abolished"),
    Column::required(
        "new_name",
        "name from the effective date on; may be empty where new_code keeps its name",
    ),
];

const KINDS: &[(&str, &str)] = &[
    ("added", "ADDED"),
    ("removed", "REMOVED"),
    ("renamed", "RENAMED"),
    ("recoded", "RECODED"),
    ("merged", "MERGED"),
    ("split", "SPLIT"),
    ("abolished", "ABOLISHED"),
];

const LINES: refusal::Columns = refusal::Columns {
    old_code: "old_code",
    old_name: "old_name",
    new_code: "new_code",
};

#[tonic::async_trait]
impl Register for DivisionChanges {
    fn name(&self) -> &'static str {
        "division_changes"
    }

    fn permission(&self) -> &'static str {
        "villages.divisions.import"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["change", "old_code", "old_name", "new_code", "new_parent", "new_name"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let change = values::given(row, "change", values::word(row, "change", KINDS)?)?;
        let added = change == "ADDED";
        let old = if added {
            empty(row, "old_code")?
        } else {
            Some(codes::down_to_village(row, "old_code")?)
        };
        let new = new_code(row, change, old.as_ref())?;
        let named = matches!(change, "ADDED" | "RENAMED" | "RECODED" | "SPLIT");
        let name = |column, needed: bool| match row.optional(column) {
            None if !needed => Ok(None),
            _ => names::name(row, column, 100).map(|name| Some(name.to_owned())),
        };
        let parent = new.as_ref().and_then(Division::parent).map(Division::into_code);
        Ok(vec![
            Some(change.to_owned()),
            old.map(Division::into_code),
            name("old_name", false)?,
            new.map(Division::into_code),
            parent,
            name("new_name", named)?,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let (division, date) = (import.division.code(), import.effective_date);
        divisions_lock(tx).await?;
        let now = bulletin_clock::recorded_at(tx).await?;
        let mut errors = Vec::new();
        for column in ["old_code", "new_code"] {
            let elsewhere = import_check::column_outside(tx, column, division).await?;
            errors.extend(refusal::outside(elsewhere, column, import));
        }
        if !errors.is_empty() {
            return Ok(refusal::refused(errors));
        }
        let rows = succession_import::change_rows(tx).await?;
        let changes: Vec<Change<'_>> = rows.iter().filter_map(change).collect();
        let standing = divisions_standing(tx, division, date).await?;
        let register: Vec<Place<'_>> = standing.iter().map(succession::place).collect();
        let done = successions_on(tx, division, date).await?;
        let done = done.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        let revised = match revise(&register, &changes, &done, division) {
            Ok(revised) => revised,
            Err(flaws) => {
                let flaws = flaws
                    .iter()
                    .map(|flawed| refusal::flawed(&flawed.change, &flawed.flaw, &LINES));
                return Ok(refusal::refused(flaws.collect()));
            }
        };
        // Each row says what is meant, so that a code given again needs no guess: it was refused.
        let found = succeed(&register, &revised.list, &revised.stated);
        let begun = begun(
            &found.added,
            found.renamed.iter().map(|renamed| (renamed.code, renamed.after)),
        );
        let lines: BTreeMap<&str, (i64, &'static str)> = changes
            .iter()
            .flat_map(|change| {
                [
                    (change.new.code, (change.line, "new_code")),
                    (change.old, (change.line, "old_code")),
                ]
            })
            .collect();
        let line = |code: &str| lines.get(code).copied().unwrap_or((0, "old_code"));
        let judged = succession::judge(tx, import, found, revised.parts, line).await?;
        if !judged.errors.is_empty() {
            let refused = refusal::refused(judged.errors);
            return Ok(Outcome {
                diff: Some(judged.diff),
                ..refused
            });
        }
        let merged = divisions_begin(tx, &begun, date, now).await?;
        renames(tx, &self.ids, date, now).await?;
        let ended = judged.carry_out(tx, import, &self.ids, now).await?;
        let outcome = Outcome {
            inserted: merged.inserted,
            updated: merged.updated + ended,
            unchanged: u64::try_from(rows.len() - revised.effective).unwrap_or_default(),
            diff: Some(judged.diff),
            ..Outcome::default()
        };
        announce(tx, "division.imported", self.name(), import, &outcome);
        Ok(outcome)
    }
}

/// A column that says nothing of this kind of change.
fn empty(row: &Row<'_>, column: &str) -> Result<Option<Division>, RowError> {
    if row.optional(column).is_some() {
        return Err(row.error(column, "NOT_EMPTY", "nothing for this kind of change", "此类变更应为空"));
    }
    Ok(None)
}

/// The new code of a row; for a new name it is the old one and may be left out.
fn new_code(row: &Row<'_>, change: &str, old: Option<&Division>) -> Result<Option<Division>, RowError> {
    let given = row.optional("new_code").is_some();
    let Some(old) = old else {
        return codes::down_to_village(row, "new_code").map(Some);
    };
    match change {
        "ABOLISHED" => empty(row, "new_code"),
        "REMOVED" if !given => Ok(None),
        "RENAMED" => {
            if given && &codes::division(row, "new_code")? != old {
                let message = "the old code or nothing; another code is recoded or merged";
                return Err(row.error(
                    "new_code",
                    "CODE_CHANGES",
                    message,
                    "更名不变更代码；变更代码请用 recoded 或 merged",
                ));
            }
            Ok(Some(old.clone()))
        }
        _ => codes::of_level(row, "new_code", old).map(Some),
    }
}

fn change(row: &ChangeRow) -> Option<Change<'_>> {
    let kind = match row.change.as_str() {
        "ADDED" => ChangeKind::Added,
        "REMOVED" => ChangeKind::Removed,
        "RENAMED" => ChangeKind::Renamed,
        "RECODED" => ChangeKind::Recoded,
        "MERGED" => ChangeKind::Merged,
        "SPLIT" => ChangeKind::Split,
        "ABOLISHED" => ChangeKind::Abolished,
        _ => return None,
    };
    Some(Change {
        line: row.line,
        kind,
        old: &row.old_code,
        old_name: &row.old_name,
        new: Place {
            code: &row.new_code,
            parent: &row.new_parent,
            name: &row.new_name,
        },
    })
}

/// What begins, as its code says, and what has another name.
fn begun<'a>(added: &[Place<'a>], renamed: impl Iterator<Item = (&'a str, &'a str)>) -> Begun<'a> {
    let mut begun = Begun::default();
    for place in added {
        let code = Division::parse("code", place.code).ok();
        begun.codes.push(place.code);
        begun.names.push(place.name);
        begun
            .parents
            .push(Some(place.parent.to_owned()).filter(|parent| !parent.is_empty()));
        begun
            .levels
            .push(code.as_ref().map(|code| wire::division::level_name(code.level())));
        begun.kinds.push(code.as_ref().map(wire::division::kind_by_digits));
    }
    for (code, name) in renamed {
        begun.codes.push(code);
        begun.names.push(name);
        begun.parents.push(None);
        begun.levels.push(None);
        begun.kinds.push(None);
    }
    begun
}
