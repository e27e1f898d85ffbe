//! A list of changes, one a row, as the list of divisions that they make of the register.

use std::collections::{BTreeMap, BTreeSet};

use super::{Place, Stated};

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// `new` begins.
    Added,
    /// `old` ends; `new` follows it if it is given, otherwise what the names say.
    Removed,
    /// `old` has another name.
    Renamed,
    /// `old` goes on as `new`, a code that was not there.
    Recoded,
    /// `old` ends and goes into `new`.
    Merged,
    /// `new` is cut out of `old`, which goes on unless another row ends it.
    Split,
    /// `old` ends and nothing follows it.
    Abolished,
}

/// One row. What a row does not give is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// Line of the file.
    pub line: i64,
    /// What it says.
    pub kind: ChangeKind,
    /// Code before.
    pub old: &'a str,
    /// Name before; the register must say the same.
    pub old_name: &'a str,
    /// The division from now on, without a name where it keeps the one it has.
    pub new: Place<'a>,
}

/// A division cut out of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// The one it was cut out of, as it was.
    pub old: Place<'a>,
    /// The new one.
    pub new: Place<'a>,
}

/// The register as the rows make it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revised<'a> {
    /// All divisions that are then in force.
    pub list: Vec<Place<'a>>,
    /// What rows say of those that end.
    pub stated: Vec<Stated<'a>>,
    /// What is cut out.
    pub parts: Vec<Part<'a>>,
    /// Number of rows that change something.
    pub effective: usize,
}

/// Why a row is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw<'a> {
    /// The old code is not in force, and did not end on this day in this way.
    Unknown,
    /// The register has another name.
    Name(&'a str),
    /// The new code is in force, under this name.
    InUse(&'a str),
    /// The row of this line ends the old code too.
    EndsTwice(i64),
    /// The row of this line gives the new code another name.
    NamedTwice(i64),
    /// The division of the new code ends by the row of this line, and its code cannot be given to another one on the same day.
    Reused(i64),
    /// The division above the new one is not in force.
    Orphan,
    /// The successor is neither in force nor begun by the file.
    NoSuccessor,
    /// Divisions below the one that ends go on: the first of them, and how many there are.
    Below(&'a str, usize),
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flawed<'a> {
    /// The row.
    pub change: Change<'a>,
    /// Why.
    pub flaw: Flaw<'a>,
}

/// Whether a row that ends a division does so, or is done already. `done` holds what ended on this day and into what, empty for
/// nothing.
pub fn ends<'a>(
    standing: &BTreeMap<&'a str, Place<'a>>,
    done: &BTreeSet<(&'a str, &'a str)>,
    change: &Change<'a>,
) -> Result<bool, Flaw<'a>> {
    if let Some(before) = standing.get(change.old) {
        let same = change.old_name.is_empty() || change.old_name == before.name;
        return if same { Ok(true) } else { Err(Flaw::Name(before.name)) };
    }
    let into = change.new.code;
    let anything = change.kind == ChangeKind::Removed && into.is_empty();
    let is_done = done
        .iter()
        .any(|(old, new)| *old == change.old && (anything || *new == into));
    if is_done { Ok(false) } else { Err(Flaw::Unknown) }
}

/// Applies rows to the register, or names each row that is refused. `top` is the division whose parent lies outside; for `done`
/// see [`ends`].
pub fn revise<'a>(
    register: &[Place<'a>],
    changes: &[Change<'a>],
    done: &BTreeSet<(&'a str, &'a str)>,
    top: &str,
) -> Result<Revised<'a>, Vec<Flawed<'a>>> {
    let mut revision = Revision {
        standing: register.iter().map(|place| (place.code, *place)).collect(),
        list: register.iter().map(|place| (place.code, *place)).collect(),
        done,
        ended: BTreeMap::new(),
        named: BTreeMap::new(),
        revised: Revised::default(),
        flaws: Vec::new(),
    };
    let effective: Vec<&Change<'a>> = changes.iter().filter(|change| revision.end(change)).collect();
    for change in &effective {
        revision.name(change);
    }
    for change in &effective {
        revision.hold(change, top);
    }
    let Revision {
        list,
        mut revised,
        mut flaws,
        ..
    } = revision;
    if flaws.is_empty() {
        revised.list = list.into_values().collect();
        revised.effective = effective.len();
        return Ok(revised);
    }
    flaws.sort_by_key(|flawed| flawed.change.line);
    Err(flaws)
}

struct Revision<'d, 'a> {
    standing: BTreeMap<&'a str, Place<'a>>,
    list: BTreeMap<&'a str, Place<'a>>,
    done: &'d BTreeSet<(&'a str, &'a str)>,
    /// Line of the row that ends each code.
    ended: BTreeMap<&'a str, i64>,
    /// Line of the row that gives each code its name.
    named: BTreeMap<&'a str, i64>,
    revised: Revised<'a>,
    flaws: Vec<Flawed<'a>>,
}

impl<'a> Revision<'_, 'a> {
    fn refuse(&mut self, change: &Change<'a>, flaw: Flaw<'a>) -> bool {
        self.flaws.push(Flawed { change: *change, flaw });
        false
    }

    /// Ends what a row ends; false if the row changes nothing.
    fn end(&mut self, change: &Change<'a>) -> bool {
        let new = change.new.code;
        match change.kind {
            ChangeKind::Added => return self.standing.get(new).is_none_or(|known| known.name != change.new.name),
            ChangeKind::Renamed => {
                let Some(known) = self.standing.get(change.old).copied() else {
                    return self.refuse(change, Flaw::Unknown);
                };
                let same = change.old_name.is_empty() || change.old_name == known.name;
                return known.name != change.new.name && (same || self.refuse(change, Flaw::Name(known.name)));
            }
            ChangeKind::Split => {
                return !self.done.contains(&(change.old, new))
                    && match ends(&self.standing, self.done, change) {
                        Ok(_) => true,
                        Err(flaw) => self.refuse(change, flaw),
                    };
            }
            ChangeKind::Removed | ChangeKind::Recoded | ChangeKind::Merged | ChangeKind::Abolished => {}
        }
        match ends(&self.standing, self.done, change) {
            Ok(true) => {}
            Ok(false) => return false,
            Err(flaw) => return self.refuse(change, flaw),
        }
        if let Some(line) = self.ended.insert(change.old, change.line) {
            return self.refuse(change, Flaw::EndsTwice(line));
        }
        self.list.remove(change.old);
        if change.kind == ChangeKind::Abolished || !new.is_empty() {
            self.revised.stated.push(Stated {
                old: change.old,
                new: (!new.is_empty()).then_some(new),
            });
        }
        true
    }

    /// Gives the new code of a row its name.
    fn name(&mut self, change: &Change<'a>) {
        let new = change.new;
        if new.name.is_empty() {
            return;
        }
        if let Some(line) = self.ended.get(new.code) {
            let flaw = Flaw::Reused(*line);
            self.refuse(change, flaw);
            return;
        }
        let standing = self.standing.get(new.code).copied();
        let begins = matches!(change.kind, ChangeKind::Added | ChangeKind::Recoded | ChangeKind::Split);
        if let (true, Some(known)) = (begins, standing) {
            self.refuse(change, Flaw::InUse(known.name));
            return;
        }
        if let Some(line) = self.named.insert(new.code, change.line)
            && self.list.get(new.code).is_some_and(|named| named.name != new.name)
        {
            self.refuse(change, Flaw::NamedTwice(line));
            return;
        }
        self.list.insert(
            new.code,
            Place {
                parent: standing.map_or(new.parent, |known| known.parent),
                ..new
            },
        );
        if let (ChangeKind::Split, Some(old)) = (change.kind, self.standing.get(change.old)) {
            self.revised.parts.push(Part { old: *old, new });
        }
    }

    /// Checks that what a row leaves hangs together.
    fn hold(&mut self, change: &Change<'a>, top: &str) {
        let new = change.new;
        if !new.code.is_empty() && !self.list.contains_key(new.code) {
            // A code that ends was refused with its cause, if the row names it.
            let flaw = self
                .ended
                .get(new.code)
                .map_or(Flaw::NoSuccessor, |line| Flaw::Reused(*line));
            if new.name.is_empty() {
                self.refuse(change, flaw);
            }
        } else if !new.code.is_empty() && new.code != top && !self.list.contains_key(new.parent) {
            self.refuse(change, Flaw::Orphan);
        }
        if self.ended.get(change.old) == Some(&change.line) {
            let left: Vec<&'a str> = self
                .list
                .range(change.old..)
                .map(|(code, _)| *code)
                .take_while(|code| code.starts_with(change.old))
                .collect();
            if let Some(first) = left.first() {
                let flaw = Flaw::Below(first, left.len());
                self.refuse(change, flaw);
            }
        }
    }
}
