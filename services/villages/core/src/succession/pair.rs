//! Finds what follows a division that ends.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{Candidate, Fate, MOST_CANDIDATES, Place, Renamed, Stated, similarity, stem};

/// Least likeness of a candidate below the same parent.
const LEAST: u16 = 600;
/// Likeness of equal stems elsewhere in the county.
const ELSEWHERE: u16 = 900;

/// Where a round looks, and what has to be equal.
#[derive(Clone, Copy)]
struct Round {
    /// Below the same parent or what follows it; otherwise among the new ones of the county.
    near: bool,
    /// The whole name; otherwise its stem.
    whole: bool,
}

/// The surest first: where two names have one stem, the whole name tells them apart.
const ROUNDS: [Round; 4] = [
    Round {
        near: true,
        whole: true,
    },
    Round {
        near: true,
        whole: false,
    },
    Round {
        near: false,
        whole: true,
    },
    Round {
        near: false,
        whole: false,
    },
];

/// What follows what.
pub(super) struct Pairs<'p, 'a> {
    standing: &'p BTreeMap<&'a str, Place<'a>>,
    listed: &'p BTreeMap<&'a str, Place<'a>>,
    /// Listed divisions by parent.
    below: BTreeMap<&'a str, Vec<Place<'a>>>,
    /// New divisions by county and stem.
    new: BTreeMap<(&'a str, &'a str), Vec<Place<'a>>>,
    stated: BTreeMap<&'a str, Option<&'a str>>,
    found: BTreeMap<&'a str, Place<'a>>,
    /// Those that follow one by its name.
    taken: BTreeSet<&'a str>,
    /// How many go into each.
    into: BTreeMap<&'a str, usize>,
}

impl<'p, 'a> Pairs<'p, 'a> {
    /// Finds all pairs, parents before what lies below them.
    pub(super) fn find(
        standing: &'p BTreeMap<&'a str, Place<'a>>,
        listed: &'p BTreeMap<&'a str, Place<'a>>,
        stated: &[Stated<'a>],
    ) -> Self {
        let mut pairs = Self {
            standing,
            listed,
            below: BTreeMap::new(),
            new: BTreeMap::new(),
            stated: stated.iter().map(|stated| (stated.old, stated.new)).collect(),
            found: BTreeMap::new(),
            taken: BTreeSet::new(),
            into: BTreeMap::new(),
        };
        for place in listed.values() {
            pairs.below.entry(place.parent).or_default().push(*place);
            if !standing.contains_key(place.code) {
                let key = (county(place), stem(place.code, place.name));
                pairs.new.entry(key).or_default().push(*place);
            }
        }
        for successor in stated.iter().filter_map(|stated| listed.get(stated.new?)) {
            *pairs.into.entry(successor.code).or_default() += 1;
        }
        let mut levels: BTreeMap<usize, Vec<Place<'a>>> = BTreeMap::new();
        for place in standing.values() {
            if !listed.contains_key(place.code) {
                levels.entry(place.code.len()).or_default().push(*place);
            }
        }
        for ended in levels.values() {
            for round in ROUNDS {
                pairs.look(round, ended);
            }
        }
        pairs
    }

    /// What becomes of a division that ends.
    pub(super) fn fate(&self, place: &Place<'a>) -> Fate<'a> {
        let stated = self.stated.get(place.code);
        let successor = match stated {
            Some(None) => return Fate::Nothing,
            Some(Some(new)) => self.listed.get(new),
            None => self.found.get(place.code),
        };
        successor.map_or_else(
            || Fate::Open(self.candidates(place)),
            |successor| Fate::Follows {
                successor: *successor,
                stated: stated.is_some(),
                recoded: !self.standing.contains_key(successor.code) && self.into.get(successor.code) == Some(&1),
            },
        )
    }

    /// The code under which the division goes on whose code was given to another one: a sibling that has its name only now.
    pub(super) fn gone_to(&self, given: &Renamed<'a>) -> Option<&'a str> {
        let (before, after) = (stem(given.code, given.before), stem(given.code, given.after));
        let parent = self.listed.get(given.code)?.parent;
        let elsewhere = self.below.get(parent)?.iter().find(|place| {
            let had = self.standing.get(place.code).map(|had| stem(had.code, had.name));
            place.code.len() == given.code.len()
                && place.code != given.code
                && stem(place.code, place.name) == before
                && had != Some(before)
        })?;
        (before != after).then_some(elsewhere.code)
    }

    /// Pairs those that are the only ones of each other.
    fn look(&mut self, round: Round, ended: &[Place<'a>]) {
        let mut claims: BTreeMap<(&'a str, &'a str), Vec<&Place<'a>>> = BTreeMap::new();
        for place in ended.iter().filter(|place| !self.found.contains_key(place.code)) {
            let area = if round.near {
                self.parent(place)
            } else {
                Some(county(place))
            };
            if let Some(area) = area {
                let name = if round.whole {
                    place.name
                } else {
                    stem(place.code, place.name)
                };
                claims.entry((area, name)).or_default().push(place);
            }
        }
        for ((area, name), places) in claims {
            let [old] = places[..] else { continue };
            // What is stated of one leaves another one of that name in question.
            if self.stated.contains_key(old.code) {
                continue;
            }
            if let Some(place) = self.only(round, old, area, name) {
                self.found.insert(old.code, place);
                self.taken.insert(place.code);
                *self.into.entry(place.code).or_default() += 1;
            }
        }
    }

    /// The only one in an area that a round pairs with `old`.
    fn only(&self, round: Round, old: &Place<'a>, area: &str, name: &str) -> Option<Place<'a>> {
        let own = stem(old.code, old.name);
        let near = |parent: &str| self.free(self.below.get(parent), own);
        // Where several nearby are in question, none elsewhere is any surer.
        if !round.near && self.parent(old).is_some_and(|parent| near(parent).next().is_some()) {
            return None;
        }
        let places = if round.near {
            self.below.get(area)
        } else {
            self.new.get(&(area, own))
        };
        let mut free = self
            .free(places, own)
            .filter(|place| place.code.len() == old.code.len() && (!round.whole || place.name == name));
        let first = free.next();
        first.filter(|_| free.next().is_none())
    }

    /// Those that have a stem and follow nothing by its name yet.
    fn free(&self, places: Option<&Vec<Place<'a>>>, own: &str) -> impl Iterator<Item = Place<'a>> {
        let places = places.into_iter().flatten().copied();
        places.filter(move |place| stem(place.code, place.name) == own && !self.taken.contains(place.code))
    }

    /// What may follow, the likeliest first.
    fn candidates(&self, place: &Place<'a>) -> Vec<Candidate<'a>> {
        let own = stem(place.code, place.name);
        let near = self.parent(place).and_then(|parent| self.below.get(parent));
        let near = near.into_iter().flatten().filter_map(|place| {
            let similarity = similarity(own, stem(place.code, place.name));
            let unchanged = self.standing.get(place.code).is_some_and(|had| had.name == place.name);
            let least = if unchanged { 1_000 } else { LEAST };
            (similarity >= least).then_some(Candidate {
                place: *place,
                similarity,
            })
        });
        let mut candidates: Vec<Candidate<'a>> = near.collect();
        for far in self.new.get(&(county(place), own)).into_iter().flatten() {
            if !candidates.iter().any(|near| near.place.code == far.code) {
                candidates.push(Candidate {
                    place: *far,
                    similarity: ELSEWHERE,
                });
            }
        }
        candidates.retain(|candidate| candidate.place.code.len() == place.code.len());
        candidates.sort_by_key(|candidate| (Reverse(candidate.similarity), candidate.place.code));
        candidates.truncate(MOST_CANDIDATES);
        candidates
    }

    /// The parent of a division that ends, or what follows the parent; `None` where nothing does.
    fn parent(&self, place: &Place<'a>) -> Option<&'a str> {
        if self.listed.contains_key(place.parent) || !self.standing.contains_key(place.parent) {
            return Some(place.parent);
        }
        match self.stated.get(place.parent) {
            Some(stated) => *stated,
            None => self.found.get(place.parent).map(|found| found.code),
        }
    }
}

/// The county that a code lies in; for a county itself its own code, which no other one has.
fn county<'a>(place: &Place<'a>) -> &'a str {
    place.code.get(..6).unwrap_or(place.code)
}
