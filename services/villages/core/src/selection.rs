//! The cheapest set of villages that fills nested quotas within a limit of crew days.
//!
//! What fills the quotas with no village to spare are the bases of a matroid: quotas are nested, so the villages that may be
//! left out are the independent sets of a laminar matroid. Without a limit of crew days the greedy of `nest` is therefore
//! exact. With one, `relax` puts a price on crew days, which yields a lower bound, and `search` branches until the bound
//! meets the best set found.

mod improve;
mod nest;
mod relax;
mod search;
mod swap;

use nest::{Nest, Pick, Price};

/// Most money that one village may take, in fen; sums over all villages of a county stay exact.
pub const MOST_COST_FEN: i64 = 100_000_000_000_000;
/// Most work that one village may take, in thousandths of a crew day.
pub const MOST_CREW_DAYS_MILLI: i64 = 1_000_000_000_000;

/// A village that could be lifted to the tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its code.
    pub code: String,
    /// Money that it takes, 0 to [`MOST_COST_FEN`].
    pub cost_fen: i64,
    /// Work that it takes, 0 to [`MOST_CREW_DAYS_MILLI`].
    pub crew_days_milli: i64,
}

/// What a quota still misses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Code of the division.
    pub division: String,
    /// Villages missing; 0 or less asks for nothing.
    pub missing: i64,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most work in all, in thousandths of a crew day; `None` is without limit.
    pub crew_days_milli: Option<i64>,
    /// Most steps of the search.
    pub steps: u32,
}

/// What is known of the sets that fill the quotas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Least cost, whatever the crew days.
    pub cheapest_cost: i128,
    /// Fewest crew days, whatever the cost.
    pub fewest_crew_days: i128,
    /// The best set found within the limit of crew days; `None` if there is none.
    pub best: Option<Chosen>,
    /// No set within the limit of crew days costs less; `None` if there is no such set.
    pub lower_bound: Option<i128>,
}

/// A set of villages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Positions of the candidates, by their codes.
    pub villages: Vec<usize>,
    /// Money that they take.
    pub cost: i128,
    /// Work that they take.
    pub crew_days: i128,
}

impl Selection {
    /// Whether no set within the limit is cheaper than the best.
    pub fn proven(&self) -> bool {
        self.best.as_ref().map(|best| best.cost) == self.lower_bound && self.best.is_some()
    }
}

/// Chooses; `None` if a quota misses more villages than it has candidates.
///
/// The best set is the cheapest. Where crew days do not bind, it is of the cheapest the one with the fewest crew days, and of
/// those the first by codes.
pub fn select(candidates: &[Candidate], quotas: &[Open], limits: Limits) -> Option<Selection> {
    let nest = Nest::new(candidates, quotas);
    let all = nest.undecided();
    let cheapest = nest.pick(&all, Price::COST)?;
    let quickest = nest.pick(&all, Price::CREW_DAYS)?;
    let (cheapest_cost, fewest_crew_days) = (cheapest.cost, quickest.crew_days);
    let (best, lower_bound) = match limits.crew_days_milli.map(i128::from) {
        Some(limit) if fewest_crew_days > limit => (None, None),
        Some(limit) if cheapest.crew_days > limit => {
            let found = search::search(&nest, limit, quickest, limits.steps);
            (Some(found.best), Some(found.lower_bound))
        }
        _ => (Some(cheapest), Some(cheapest_cost)),
    };
    let chosen = |pick: Pick| Chosen {
        villages: nest.positions(&pick),
        cost: pick.cost,
        crew_days: pick.crew_days,
    };
    Some(Selection {
        cheapest_cost,
        fewest_crew_days,
        best: best.map(chosen),
        lower_bound,
    })
}

#[cfg(test)]
mod tests;
