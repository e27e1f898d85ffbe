//! Register `division_list`: the whole official list of what lies below a division, as it is published each year. What the
//! register has and the list lacks ends.

use std::collections::{BTreeMap, BTreeSet};

use kit::{
    db::Tx,
    error::Result,
    id::Ids,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates, row_error},
};
use villages_core::succession::{Change, ChangeKind, Flaw, Place, Reused, Stated, ends, succeed};

use super::{
    codes,
    divisions::{self, announce, either, renames},
    names, refusal, succession,
};
use crate::store::{
    bulletin_clock,
    division::divisions_lock,
    division_import, import_check,
    succession::{divisions_standing, successions_on},
    succession_import::{self, ListedRow},
};

/// Register `division_list`.
pub struct DivisionList {
    /// Ids of lineage edges.
    pub ids: Ids,
}

const LISTED: usize = divisions::COLUMNS.len();
const SUCCESSOR: Column = Column::optional(
    "successor_code",
    "only in a row of a division that ends: the code in this list of what follows it, or none",
);
const COLUMNS: [Column; LISTED + 2] = {
    let mut columns = [SUCCESSOR; LISTED + 2];
    let (listed, _) = columns.split_at_mut(LISTED);
    listed.copy_from_slice(divisions::COLUMNS);
    columns[LISTED + 1] = Column::optional("继任代码", "as successor_code");
    columns
};

#[tonic::async_trait]
impl Register for DivisionList {
    fn name(&self) -> &'static str {
        "division_list"
    }

    fn permission(&self) -> &'static str {
        "villages.divisions.import"
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["code", "parent_code", "name", "level", "kind", "successor_code"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let column = either(row, "code", "行政区划代码");
        let code = codes::down_to_village(row, column)?;
        let successor = either(row, "successor_code", "继任代码");
        let Some(text) = row.optional(successor) else {
            let mut values: Vec<_> = divisions::stage(row)?.into();
            values.push(None);
            return Ok(values);
        };
        let name = either(row, "name", "名称");
        let name = row.optional(name).map(|_| names::name(row, name, 100)).transpose()?;
        let successor = match text {
            "none" | "无" => String::new(),
            _ => codes::of_level(row, successor, &code)?.into_code(),
        };
        Ok(vec![
            Some(code.into_code()),
            None,
            name.map(str::to_owned),
            None,
            None,
            Some(successor),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let (division, date) = (import.division.code(), import.effective_date);
        divisions_lock(tx).await?;
        let now = bulletin_clock::recorded_at(tx).await?;
        let mut errors = duplicates(tx, "code").await?;
        errors.extend(refusal::outside(
            import_check::codes_elsewhere(tx, division).await?,
            "code",
            import,
        ));
        if !errors.is_empty() {
            return Ok(refusal::refused(errors));
        }
        let staged = import_check::staged_count(tx).await?;
        let rows = succession_import::listed_rows(tx, division).await?;
        let list: Vec<Place<'_>> = rows.iter().filter(|row| row.successor.is_none()).map(place).collect();
        let lines: BTreeMap<&str, i64> = rows.iter().map(|row| (row.code.as_str(), row.line)).collect();
        let standing = divisions_standing(tx, division, date).await?;
        let codes: BTreeSet<&str> = list.iter().map(|place| place.code).collect();
        // A list of what lies below a division need not name that division.
        let register = standing.iter().map(succession::place);
        let register: Vec<Place<'_>> = register
            .filter(|place| place.code != division || codes.contains(division))
            .collect();
        let above = standing.iter().any(|row| row.code == division);
        errors.extend(loose(&list, &lines, import, above));
        errors.extend(missing_levels(&register, &list, import));
        let done = successions_on(tx, division, date).await?;
        let done = done.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        let stated = stated(&rows, &register, &codes, &done);
        errors.extend(stated.as_ref().err().into_iter().flatten().cloned());
        let Ok(stated) = stated else {
            return Ok(refusal::refused(errors));
        };
        if !errors.is_empty() {
            return Ok(refusal::refused(errors));
        }
        let found = succeed(&register, &list, &stated);
        errors.extend(found.reused.iter().map(|reused| given_again(reused, &lines)));
        let line = |code: &str| (lines.get(code).copied().unwrap_or_default(), "code");
        let judged = succession::judge(tx, import, found, Vec::new(), line).await?;
        errors.extend(judged.errors.iter().cloned());
        if !errors.is_empty() {
            let refused = refusal::refused(errors);
            return Ok(Outcome {
                diff: Some(judged.diff),
                ..refused
            });
        }
        succession_import::keep_listed(tx, division).await?;
        let merged = division_import::divisions_merge(tx, date, now).await?;
        renames(tx, &self.ids, date, now).await?;
        let ended = judged.carry_out(tx, import, &self.ids, now).await?;
        let mut outcome = refusal::outcome(merged, staged - i64::try_from(stated.len()).unwrap_or_default());
        outcome.updated += ended;
        outcome.diff = Some(judged.diff);
        announce(tx, "division.imported", self.name(), import, &outcome);
        Ok(outcome)
    }
}

fn place(row: &ListedRow) -> Place<'_> {
    Place {
        code: &row.code,
        parent: &row.parent,
        name: &row.name,
    }
}

/// Rows whose parent the list lacks. `above` tells whether the division of the import is in force.
fn loose(list: &[Place<'_>], lines: &BTreeMap<&str, i64>, import: &Import, above: bool) -> Vec<RowError> {
    let division = import.division.code();
    let codes: BTreeSet<&str> = list.iter().map(|place| place.code).collect();
    let rows = list.iter().filter(|place| {
        place.code != division && !codes.contains(place.parent) && (place.parent != division || !above)
    });
    let rows = rows.map(|place| {
        (
            lines.get(place.code).copied().unwrap_or_default(),
            place.parent.to_owned(),
        )
    });
    refusal::orphans(rows.collect(), "parent_code", import).collect()
}

/// Levels that the register has and the list lacks altogether: it was cut, or is another list.
fn missing_levels(register: &[Place<'_>], list: &[Place<'_>], import: &Import) -> Vec<RowError> {
    let digits = |places: &[Place<'_>]| -> BTreeSet<usize> {
        let below = places.iter().filter(|place| place.code != import.division.code());
        below.map(|place| place.code.len()).collect()
    };
    let missing = &digits(register) - &digits(list);
    let error = |digits: &usize| {
        let message = format!("the whole list: the register has divisions of {digits} digits, and the list has none");
        let message_zh = format!("名录不完整：登记簿中有 {digits} 位代码的区划，名录中没有");
        row_error(0, "code", "", "LEVEL_MISSING", &message, &message_zh)
    };
    missing.iter().map(error).collect()
}

/// What the rows of divisions that end state, without what is done already.
fn stated<'a>(
    rows: &'a [ListedRow],
    register: &[Place<'a>],
    listed: &BTreeSet<&str>,
    done: &BTreeSet<(&'a str, &'a str)>,
) -> Result<Vec<Stated<'a>>, Vec<RowError>> {
    let standing: BTreeMap<&str, Place<'a>> = register.iter().map(|place| (place.code, *place)).collect();
    let (mut stated, mut errors) = (Vec::new(), Vec::new());
    for row in rows {
        let Some(successor) = &row.successor else { continue };
        let change = Change {
            line: row.line,
            kind: if successor.is_empty() {
                ChangeKind::Abolished
            } else {
                ChangeKind::Merged
            },
            old: &row.code,
            old_name: &row.name,
            new: Place {
                code: successor,
                parent: "",
                name: "",
            },
        };
        if !successor.is_empty() && !listed.contains(successor.as_str()) {
            errors.push(refusal::flawed(&change, &Flaw::NoSuccessor, &LIST));
            continue;
        }
        match ends(&standing, done, &change) {
            Ok(true) => stated.push(Stated {
                old: change.old,
                new: (!successor.is_empty()).then_some(change.new.code),
            }),
            Ok(false) => {}
            Err(flaw) => errors.push(refusal::flawed(&change, &flaw, &LIST)),
        }
    }
    if errors.is_empty() { Ok(stated) } else { Err(errors) }
}

const LIST: refusal::Columns = refusal::Columns {
    old_code: "code",
    old_name: "name",
    new_code: "successor_code",
};

/// Two divisions cannot be told apart by a code that went from one to the other on one day.
fn given_again(reused: &Reused<'_>, lines: &BTreeMap<&str, i64>) -> RowError {
    let given = &reused.given;
    let message = format!(
        "a code of one division: until the day before it is {}, which this list has as {}; if they are two divisions, state the \
         changes in the register division_changes on two days, and if not, by rows of kind renamed and added",
        given.before, reused.elsewhere
    );
    let message_zh = format!(
        "该代码此前属于“{}”，名录中“{}”的代码为 {}，同日不得另给他人；请在 division_changes 中分日列明",
        given.before, given.before, reused.elsewhere
    );
    let line = lines.get(given.code).copied().unwrap_or_default();
    row_error(line, "code", given.code, "CODE_REUSED", &message, &message_zh)
}
