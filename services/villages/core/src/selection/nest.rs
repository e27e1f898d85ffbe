//! Nested quotas over candidates, and the greedy that fills them.

use std::cmp::Reverse;

use super::{Candidate, Open};

/// A weight of `cost × money + crew days × work` for every candidate; both parts are at least 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    pub money: i128,
    pub work: i128,
}

impl Price {
    /// Only money counts.
    pub const COST: Self = Self { money: 1, work: 0 };
    /// Only crew days count.
    pub const CREW_DAYS: Self = Self { money: 0, work: 1 };

    pub fn of(self, cost: i128, crew_days: i128) -> i128 {
        cost * self.money + crew_days * self.work
    }
}

/// A set that fills the quotas.
#[derive(Debug, Clone)]
pub(super) struct Pick {
    /// Positions of its items, in no order.
    pub items: Vec<usize>,
    pub cost: i128,
    pub crew_days: i128,
}

/// What is still to be decided, and what has been chosen.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    /// Positions of the undecided items, ascending.
    pub free: Vec<usize>,
    /// Villages still to be chosen, by place.
    pub missing: Vec<usize>,
    chosen: Pick,
}

#[derive(Debug)]
pub(super) struct Item {
    /// Position of the candidate.
    candidate: usize,
    /// The smallest place that it lies in.
    pub place: usize,
    pub cost: i128,
    pub crew_days: i128,
}

#[derive(Debug)]
pub(super) struct Place {
    /// The next wider place.
    parent: Option<usize>,
    /// Villages to be chosen in it.
    missing: usize,
}

/// Candidates that lie in a quota, by code, and the places that miss villages, the wider before the narrower.
#[derive(Debug)]
pub(super) struct Nest {
    pub items: Vec<Item>,
    pub places: Vec<Place>,
}

impl Nest {
    pub fn new(candidates: &[Candidate], quotas: &[Open]) -> Self {
        let mut stated: Vec<(&str, usize)> = quotas
            .iter()
            .map(|quota| (quota.division.as_str(), usize::try_from(quota.missing).unwrap_or(0)))
            .filter(|(_, missing)| *missing > 0)
            .collect();
        // Wider places have shorter codes; of quotas for one place the largest holds.
        stated.sort_by_key(|(division, missing)| (division.len(), *division, Reverse(*missing)));
        stated.dedup_by_key(|(division, _)| *division);
        let around = |code: &str| stated.iter().rposition(|(division, _)| code.starts_with(division));
        let place = |at: usize, division: &str, missing: usize| Place {
            parent: stated
                .iter()
                .take(at)
                .rposition(|(wider, _)| division.starts_with(wider)),
            missing,
        };
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by_key(|at| candidates.get(*at).map(|candidate| &candidate.code));
        let item = |at: usize| {
            let candidate = candidates.get(at)?;
            Some(Item {
                candidate: at,
                place: around(&candidate.code)?,
                cost: candidate.cost_fen.into(),
                crew_days: candidate.crew_days_milli.into(),
            })
        };
        Self {
            items: order.into_iter().filter_map(item).collect(),
            places: (0..)
                .zip(&stated)
                .map(|(at, (division, missing))| place(at, division, *missing))
                .collect(),
        }
    }

    /// Nothing decided.
    pub fn undecided(&self) -> Rest {
        Rest {
            free: (0..self.items.len()).collect(),
            missing: self.places.iter().map(|place| place.missing).collect(),
            chosen: Pick {
                items: Vec::new(),
                cost: 0,
                crew_days: 0,
            },
        }
    }

    /// Decides items: those that `take` names are chosen, those that `leave` names are left out.
    pub fn decide(&self, rest: &Rest, take: impl Fn(usize) -> bool, leave: impl Fn(usize) -> bool) -> Rest {
        let mut decided = rest.clone();
        decided.free.retain(|at| !take(*at) && !leave(*at));
        for at in rest.free.iter().copied().filter(|at| take(*at)) {
            for place in self.upward(self.items[at].place) {
                decided.missing[place] = decided.missing[place].saturating_sub(1);
            }
            self.add(&mut decided.chosen, at);
        }
        decided
    }

    fn add(&self, pick: &mut Pick, at: usize) {
        pick.items.push(at);
        pick.cost += self.items[at].cost;
        pick.crew_days += self.items[at].crew_days;
    }

    /// A set with one item in place of another.
    pub fn exchanged(&self, pick: &Pick, out: usize, into: usize) -> Pick {
        let mut exchanged = Pick {
            items: pick.items.iter().copied().filter(|at| *at != out).collect(),
            cost: pick.cost - self.items[out].cost,
            crew_days: pick.crew_days - self.items[out].crew_days,
        };
        self.add(&mut exchanged, into);
        exchanged
    }

    /// A place and all wider ones.
    pub fn upward(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(place), |at| self.places[*at].parent)
    }

    /// Positions of the candidates of a set, by their codes.
    pub fn positions(&self, pick: &Pick) -> Vec<usize> {
        let mut items = pick.items.clone();
        items.sort_unstable();
        items.into_iter().map(|at| self.items[at].candidate).collect()
    }

    /// How many of `items` lie in each place.
    pub fn count(&self, items: impl Iterator<Item = usize>) -> Vec<usize> {
        let mut counts = vec![0; self.places.len()];
        for at in items {
            for place in self.upward(self.items[at].place) {
                counts[place] += 1;
            }
        }
        counts
    }

    /// The set of least weight that fills the quotas and agrees with what is decided; `None` if there is none. Of equal
    /// weights it has the fewest crew days, then the least cost, then the first codes.
    ///
    /// Starts with all and leaves out the heaviest first, wherever no place comes to miss one.
    pub fn pick(&self, rest: &Rest, price: Price) -> Option<Pick> {
        let mut left = self.count(rest.free.iter().copied());
        if left.iter().zip(&rest.missing).any(|(left, missing)| left < missing) {
            return None;
        }
        let weighed = |at: &usize| {
            let item = &self.items[*at];
            (price.of(item.cost, item.crew_days), item.crew_days, item.cost, *at)
        };
        let mut free: Vec<_> = rest.free.iter().map(weighed).collect();
        free.sort_unstable_by(|a, b| b.cmp(a));
        let mut pick = rest.chosen.clone();
        for (.., at) in free {
            let home = self.items[at].place;
            if self.upward(home).all(|place| left[place] > rest.missing[place]) {
                for place in self.upward(home) {
                    left[place] -= 1;
                }
            } else {
                self.add(&mut pick, at);
            }
        }
        Some(pick)
    }
}
