//! What a newer official list makes of the register: what begins, what has another name, and into what goes that which ends.
//!
//! A division that ends is followed by the one of its level whose name has the same stem, if each is the only one of the other:
//! first below the same parent, or what follows that parent, then elsewhere in the county among the codes that are new. What
//! remains is for a person to state. The answer does not depend on the order of what is given.

mod names;
mod pair;
mod revise;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use names::{similarity, stem};
pub use revise::{Change, ChangeKind, Flaw, Flawed, Part, Revised, ends, revise};

/// A division of the register or of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Code; its length is its level.
    pub code: &'a str,
    /// Code of the division above; empty where there is none.
    pub parent: &'a str,
    /// Name.
    pub name: &'a str,
}

/// What a person states of a division that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stated<'a> {
    /// Its code.
    pub old: &'a str,
    /// Code of what follows it; `None` if nothing does.
    pub new: Option<&'a str>,
}

/// What happens to the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession<'a> {
    /// What begins, by code.
    pub added: Vec<Place<'a>>,
    /// What has another name, by code.
    pub renamed: Vec<Renamed<'a>>,
    /// What ends, by code.
    pub ended: Vec<Ended<'a>>,
    /// Codes that the list gives to another division, which nothing may follow, by code.
    pub reused: Vec<Reused<'a>>,
}

/// A division that keeps its code under another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renamed<'a> {
    /// Its code.
    pub code: &'a str,
    /// Name before.
    pub before: &'a str,
    /// Name from now on.
    pub after: &'a str,
}

/// A division that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended<'a> {
    /// As it was.
    pub place: Place<'a>,
    /// What becomes of it.
    pub fate: Fate<'a>,
}

/// What becomes of a division that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate<'a> {
    /// Another one follows it, as a person stated or as the names say.
    Follows {
        /// The other one.
        successor: Place<'a>,
        /// A person stated it.
        stated: bool,
        /// It is new, and only this one goes into it: the same division under another code.
        recoded: bool,
    },
    /// Nothing follows it, as a person stated.
    Nothing,
    /// Not decided: what comes into question, the likeliest first, at most [`MOST_CANDIDATES`].
    Open(Vec<Candidate<'a>>),
}

/// What comes into question as a successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The division.
    pub place: Place<'a>,
    /// How alike the names are, 600–1,000 ‰.
    pub similarity: u16,
}

/// A code whose division goes on under another code, while the list gives it to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reused<'a> {
    /// The code with both names.
    pub given: Renamed<'a>,
    /// Code under which the old name goes on.
    pub elsewhere: &'a str,
}

/// Most candidates that are named.
pub const MOST_CANDIDATES: usize = 3;

/// Compares the register with a list of the same divisions. `stated` names divisions that the list lacks, and successors of
/// their level that it has; both without repetitions.
pub fn succeed<'a>(register: &[Place<'a>], list: &[Place<'a>], stated: &[Stated<'a>]) -> Succession<'a> {
    let standing: BTreeMap<&str, Place<'a>> = register.iter().map(|place| (place.code, *place)).collect();
    let listed: BTreeMap<&str, Place<'a>> = list.iter().map(|place| (place.code, *place)).collect();
    let added: Vec<Place<'a>> = listed
        .values()
        .filter(|place| !standing.contains_key(place.code))
        .copied()
        .collect();
    let renamed = listed.values().filter_map(|place| {
        let before = standing.get(place.code).filter(|before| before.name != place.name)?;
        Some(Renamed {
            code: place.code,
            before: before.name,
            after: place.name,
        })
    });
    let renamed: Vec<Renamed<'a>> = renamed.collect();
    let pairs = pair::Pairs::find(&standing, &listed, stated);
    let ended = standing.values().filter(|place| !listed.contains_key(place.code));
    let ended = ended
        .map(|place| Ended {
            place: *place,
            fate: pairs.fate(place),
        })
        .collect();
    let reused = renamed.iter().filter_map(|given| {
        let elsewhere = pairs.gone_to(given)?;
        Some(Reused {
            given: *given,
            elsewhere,
        })
    });
    Succession {
        reused: reused.collect(),
        added,
        renamed,
        ended,
    }
}
