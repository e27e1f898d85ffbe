//! The temperature of simulated annealing.

use crate::search::net::Net;

/// First and last temperature, in mean costs of the way to a near stop.
const HOT: f64 = 1.0;
const COLD: f64 = 0.025;
/// The first one where windows keep near stops apart: there a small change of a route costs the way to one farther away. A
/// short search begins as hot, since its many first routes have to be joined.
const MELTING: f64 = 4.0;
/// How hot a child begins, compared with an ancestor.
const TEPID: f64 = 0.1;
/// Steps for each stop below which a cooling begins less hot, and how much less at most: heat undoes what a short search
/// cannot make good again.
const HURRIED: f64 = 300.0;
const MILD: f64 = 0.1;

/// A cooling from hot to cold.
pub(crate) struct Heat {
    hot: f64,
    cold: f64,
    /// How much less hot it may begin at most.
    mild: f64,
}

impl Heat {
    pub(crate) fn new(net: &Net<'_>) -> Self {
        let unit = net.near_cost();
        Self {
            hot: unit * if net.is_spread() { MELTING } else { HOT },
            cold: COLD * unit,
            mild: if net.is_spread() { 1.0 } else { MILD },
        }
    }

    /// From hot to cold while `done` goes from 0 to 1.
    pub(crate) fn at(&self, done: f64) -> f64 {
        self.hot * (self.cold / self.hot).powf(done.clamp(0.0, 1.0))
    }

    /// The cooling for a search of so many steps for each stop.
    pub(crate) const fn paced(&self, pace: f64) -> Self {
        Self {
            hot: self.hot * (pace / HURRIED).clamp(self.mild, 1.0),
            ..*self
        }
    }

    /// A child's own cooling, which begins tepid.
    pub(crate) const fn tepid(&self) -> Self {
        Self {
            hot: self.hot * TEPID,
            ..*self
        }
    }
}
