//! What it costs to decide one candidate the other way: the best single exchange.

use super::nest::{Nest, Pick, Price, Rest};

/// A free item with what becomes of the weight if it is decided the other way.
pub(super) struct Swap {
    pub item: usize,
    /// Whether the set of least weight has it.
    pub inside: bool,
    /// Weight added by taking it out, or in; `None` if that is impossible.
    pub added: Option<i128>,
}

/// A set among the free items, and which of them may change places.
pub(super) struct Exchange<'a> {
    nest: &'a Nest,
    rest: &'a Rest,
    chosen: Vec<bool>,
    counts: Vec<usize>,
}

impl<'a> Exchange<'a> {
    pub fn new(nest: &'a Nest, rest: &'a Rest, pick: &Pick) -> Self {
        let mut chosen = vec![false; nest.items.len()];
        for at in &pick.items {
            chosen[*at] = true;
        }
        let counts = nest.count(rest.free.iter().copied().filter(|at| chosen[*at]));
        Self {
            nest,
            rest,
            chosen,
            counts,
        }
    }

    /// Free items inside the set, or outside.
    pub fn free(&self, inside: bool) -> impl Iterator<Item = usize> + '_ {
        let free = self.rest.free.iter().copied();
        free.filter(move |at| self.chosen[*at] == inside)
    }

    /// The narrowest place that would miss the item; whoever replaces it must lie there.
    pub fn bound(&self, item: usize) -> Option<usize> {
        let mut places = self.nest.upward(self.nest.items[item].place);
        places.find(|place| self.counts[*place] <= self.rest.missing[*place])
    }

    /// The swaps of all free items. The set must be of least weight among those that agree with what is decided; after one
    /// forced change the least weight is one exchange away.
    pub fn swaps(&self, price: Price) -> Vec<Swap> {
        let nest = self.nest;
        let weight = |at: usize| price.of(nest.items[at].cost, nest.items[at].crew_days);
        let mut heaviest_inside: Vec<Option<i128>> = vec![None; nest.places.len()];
        for at in self.free(true) {
            if let Some(place) = self.bound(at) {
                heaviest_inside[place] = heaviest_inside[place].max(Some(weight(at)));
            }
        }
        let mut lightest_outside: Vec<Option<i128>> = vec![None; nest.places.len()];
        for at in self.free(false) {
            for place in nest.upward(nest.items[at].place) {
                let lightest = &mut lightest_outside[place];
                *lightest = Some(lightest.map_or(weight(at), |other| other.min(weight(at))));
            }
        }
        let out = |at: usize| Some(lightest_outside[self.bound(at)?]? - weight(at));
        let into = |at: usize| {
            let places = nest.upward(nest.items[at].place);
            let relieved = places.filter_map(|place| heaviest_inside[place]).max();
            Some(weight(at) - relieved.unwrap_or(0))
        };
        let swap = |item: usize| Swap {
            item,
            inside: self.chosen[item],
            added: if self.chosen[item] { out(item) } else { into(item) },
        };
        self.rest.free.iter().copied().map(swap).collect()
    }
}
