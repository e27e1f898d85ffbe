//! What a newer official list changes, as a report.

use std::collections::BTreeSet;

use proto::xiangtu::transfer::v1::{
    ImportCandidate, ImportChange, ImportChangeCount, ImportChangeKind as Kind, ImportDecision as Decision, ImportDiff,
};
use villages_core::succession::{Candidate, Ended, Fate, Part, Place, Renamed, Succession, similarity, stem};

/// Most changes of a kind that are reported.
const MOST: usize = 500;

/// The changes of an import. `held` are the codes of what holds something that needs a successor.
pub fn diff(succession: &Succession<'_>, parts: &[Part<'_>], held: &BTreeSet<&str>) -> ImportDiff {
    let follows = succession.ended.iter().filter_map(|ended| match ended.fate {
        Fate::Follows { successor, .. } => Some(successor.code),
        Fate::Nothing | Fate::Open(_) => None,
    });
    let derived: BTreeSet<&str> = follows.chain(parts.iter().map(|part| part.new.code)).collect();
    let added = succession.added.iter().filter(|place| !derived.contains(place.code));
    let mut changes: Vec<ImportChange> = added
        .map(|place| change(Kind::Added, Decision::Unspecified, None, Some(place)))
        .chain(succession.renamed.iter().map(renamed))
        .chain(succession.ended.iter().map(|end| ended(end, held)))
        .chain(parts.iter().map(split))
        .collect();
    changes.sort_by(|one, other| {
        let key = |change: &ImportChange| (change.kind, change.old_code.clone(), change.new_code.clone());
        key(one).cmp(&key(other))
    });
    let counts = changes
        .chunk_by(|one, other| one.kind == other.kind)
        .map(|kind| ImportChangeCount {
            kind: kind[0].kind,
            count: i64::try_from(kind.len()).unwrap_or(i64::MAX),
        })
        .collect();
    let changes = changes
        .chunk_by(|one, other| one.kind == other.kind)
        .flat_map(|kind| kind.iter().take(MOST).cloned());
    ImportDiff {
        counts,
        changes: changes.collect(),
    }
}

fn change(kind: Kind, decision: Decision, old: Option<&Place<'_>>, new: Option<&Place<'_>>) -> ImportChange {
    let text = |place: Option<&Place<'_>>| {
        place
            .map(|place| (place.code.to_owned(), place.name.to_owned()))
            .unwrap_or_default()
    };
    let ((old_code, old_display_name), (new_code, new_display_name)) = (text(old), text(new));
    let alike = old
        .zip(new)
        .map(|(old, new)| similarity(stem(old.code, old.name), stem(new.code, new.name)));
    ImportChange {
        kind: kind.into(),
        old_code,
        old_display_name,
        new_code,
        new_display_name,
        similarity_permille: alike.unwrap_or_default().into(),
        decision: decision.into(),
        candidates: Vec::new(),
    }
}

fn renamed(renamed: &Renamed<'_>) -> ImportChange {
    let named = |name| Place {
        code: renamed.code,
        parent: "",
        name,
    };
    let (before, after) = (named(renamed.before), named(renamed.after));
    change(Kind::Renamed, Decision::Unspecified, Some(&before), Some(&after))
}

fn split(part: &Part<'_>) -> ImportChange {
    change(Kind::Split, Decision::Stated, Some(&part.old), Some(&part.new))
}

fn ended(ended: &Ended<'_>, held: &BTreeSet<&str>) -> ImportChange {
    let old = Some(&ended.place);
    match &ended.fate {
        Fate::Follows {
            successor,
            stated,
            recoded,
        } => {
            let kind = if *recoded { Kind::Recoded } else { Kind::Merged };
            let decision = if *stated { Decision::Stated } else { Decision::Name };
            change(kind, decision, old, Some(successor))
        }
        Fate::Nothing => change(Kind::Abolished, Decision::Stated, old, None),
        Fate::Open(candidates) if held.contains(ended.place.code) => ImportChange {
            candidates: candidates.iter().map(candidate).collect(),
            ..change(Kind::Undecided, Decision::Unspecified, old, None)
        },
        Fate::Open(_) => change(Kind::Abolished, Decision::Empty, old, None),
    }
}

fn candidate(candidate: &Candidate<'_>) -> ImportCandidate {
    ImportCandidate {
        code: candidate.place.code.to_owned(),
        display_name: candidate.place.name.to_owned(),
        similarity_permille: candidate.similarity.into(),
    }
}
