//! Carries out what a newer official list makes of the register.

use std::collections::{BTreeMap, BTreeSet};

use kit::{
    db::Tx,
    error::Result,
    id::Ids,
    import::{Import, ImportDiff, RowError, row_error},
};
use proto::xiangtu::villages::v1::{DivisionAbolished, DivisionMerged, DivisionSplit};
use time::OffsetDateTime;
use villages_core::succession::{Candidate, Fate, Part, Place, Succession};

use crate::{
    store::{
        lineage::{self, LineageRow},
        succession::{self, HeldRow, PlaceRow},
    },
    wire,
};

/// Most edges of one event.
const MOST_EDGES: usize = 50;

/// Borrows a row.
pub(super) fn place(row: &PlaceRow) -> Place<'_> {
    Place {
        code: &row.code,
        parent: &row.parent,
        name: &row.name,
    }
}

/// What an import does, and why it is refused, if it is.
pub(super) struct Judged<'a> {
    succession: Succession<'a>,
    parts: Vec<Part<'a>>,
    /// For a person to read.
    pub diff: ImportDiff,
    /// Divisions that would be lost with what they hold, and changes put before later ones.
    pub errors: Vec<RowError>,
}

/// Judges what would happen. `line` gives the line of a code in the file and its column.
pub(super) async fn judge<'a>(
    tx: &mut Tx,
    import: &Import,
    succession: Succession<'a>,
    parts: Vec<Part<'a>>,
    line: impl Fn(&str) -> (i64, &'static str),
) -> Result<Judged<'a>> {
    let date = import.effective_date;
    let open: BTreeMap<&str, (&Place<'a>, &Vec<Candidate<'a>>)> = succession
        .ended
        .iter()
        .filter_map(|ended| match &ended.fate {
            Fate::Open(candidates) => Some((ended.place.code, (&ended.place, candidates))),
            Fate::Follows { .. } | Fate::Nothing => None,
        })
        .collect();
    let codes: Vec<&str> = open.keys().copied().collect();
    let held = succession::divisions_held(tx, &codes, date).await?;
    let undecided = held.iter().filter_map(|held| {
        let (place, candidates) = open.get(held.code.as_str())?;
        let (at, column) = line(place.code);
        Some(undecided(at, column, held, place, candidates))
    });
    let mut errors: Vec<RowError> = undecided.collect();

    let changed = succession.added.iter().map(|place| place.code);
    let changed: Vec<&str> = changed
        .chain(succession.renamed.iter().map(|renamed| renamed.code))
        .collect();
    let ended: Vec<&str> = succession.ended.iter().map(|ended| ended.place.code).collect();
    for code in succession::divisions_changing_from(tx, &changed, &ended, date).await? {
        let (at, column) = line(&code);
        let message = format!("a division that does not begin, change or end on {date} or later already");
        let message_zh = format!("该区划或其下级在 {date} 当日或之后已有变更");
        errors.push(row_error(
            at,
            column,
            &code,
            "DIVISION_LATER_CHANGE",
            &message,
            &message_zh,
        ));
    }
    let held: BTreeSet<&str> = held.iter().map(|held| held.code.as_str()).collect();
    Ok(Judged {
        diff: wire::succession::diff(&succession, &parts, &held),
        succession,
        parts,
        errors,
    })
}

impl Judged<'_> {
    /// Ends what ends, and tells how everything descends. Gives the number of divisions that ended.
    pub(super) async fn carry_out(&self, tx: &mut Tx, import: &Import, ids: &Ids, now: OffsetDateTime) -> Result<u64> {
        let ended: Vec<&str> = self.succession.ended.iter().map(|ended| ended.place.code).collect();
        succession::divisions_end(tx, &ended, import.effective_date, now).await?;
        let edge = |old: &Place<'_>, new: Option<&Place<'_>>, kind: &str| LineageRow {
            id: ids.next(),
            division_code: old.code.to_owned(),
            successor_code: new.map(|new| new.code.to_owned()),
            kind: kind.to_owned(),
            effective_date: import.effective_date,
            predecessor_display_name: old.name.to_owned(),
            successor_display_name: new.map(|new| new.name.to_owned()),
        };
        let (mut merged, mut abolished) = (BTreeMap::<&str, Vec<LineageRow>>::new(), Vec::new());
        for ended in &self.succession.ended {
            match &ended.fate {
                Fate::Follows { successor, .. } => {
                    let edge = edge(&ended.place, Some(successor), "MERGED");
                    merged.entry(successor.code).or_default().push(edge);
                }
                Fate::Nothing | Fate::Open(_) => abolished.push(edge(&ended.place, None, "ABOLISHED")),
            }
        }
        let mut split = BTreeMap::<&str, Vec<LineageRow>>::new();
        for part in &self.parts {
            let edge = edge(&part.old, Some(&part.new), "SPLIT");
            split.entry(part.old.code).or_default().push(edge);
        }
        announce(tx, &merged, &split, &ended, &abolished);
        let edges: Vec<LineageRow> = merged
            .into_values()
            .chain(split.into_values())
            .flatten()
            .chain(abolished)
            .collect();
        for some in edges.chunks(1_000) {
            lineage::lineage_insert(tx, some, now).await?;
        }
        Ok(u64::try_from(ended.len()).unwrap_or(u64::MAX))
    }
}

/// States to the others what single calls would state, in events of bounded size.
fn announce(
    tx: &mut Tx,
    merged: &BTreeMap<&str, Vec<LineageRow>>,
    split: &BTreeMap<&str, Vec<LineageRow>>,
    ended: &[&str],
    abolished: &[LineageRow],
) {
    for (target, edges) in merged {
        let name = wire::division::name(target);
        for edges in edges.chunks(MOST_EDGES) {
            let event = DivisionMerged {
                target: name.clone(),
                edges: wire::lineage::edges(edges),
            };
            tx.emit("division.merged", target, &name, &event);
        }
    }
    for (source, edges) in split {
        let name = wire::division::name(source);
        for edges in edges.chunks(MOST_EDGES) {
            let event = DivisionSplit {
                source: name.clone(),
                edges: wire::lineage::edges(edges),
                kept: ended.binary_search(source).is_err(),
            };
            tx.emit("division.split", source, &name, &event);
        }
    }
    for edge in abolished {
        let event = DivisionAbolished {
            edge: Some(wire::lineage::edge(edge)),
        };
        let name = wire::division::name(&edge.division_code);
        tx.emit("division.abolished", &edge.division_code, &name, &event);
    }
}

fn undecided(line: i64, column: &str, held: &HeldRow, place: &Place<'_>, candidates: &[Candidate<'_>]) -> RowError {
    let named: Vec<String> = candidates
        .iter()
        .map(|found| format!("{} {} ({} ‰)", found.place.code, found.place.name, found.similarity))
        .collect();
    let HeldRow {
        households,
        groups,
        tasks,
        ..
    } = held;
    let message = format!(
        "a successor of {}, which holds {households} households, {groups} natural villages and {tasks} open tasks: {}; state it",
        place.name,
        if named.is_empty() {
            "no name is alike".to_owned()
        } else {
            format!("perhaps {}", named.join(", "))
        },
    );
    let message_zh = format!(
        "{} 有 {households} 户、{groups} 个自然村（组）、{tasks} 项未完成任务，须指明继任区划；{}",
        place.name,
        if named.is_empty() {
            "无名称相近者".to_owned()
        } else {
            format!("可能为 {}", named.join("、"))
        },
    );
    row_error(line, column, place.code, "SUCCESSOR_UNDECIDED", &message, &message_zh)
}
