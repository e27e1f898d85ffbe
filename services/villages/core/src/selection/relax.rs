//! The lower bound: crew days at the price at which the limit is just kept.

use super::nest::{Nest, Pick, Price, Rest};

/// What the relaxation says of all sets that agree with the decisions made.
pub(super) enum Relaxed {
    /// None fills the quotas within the limit, or none is cheaper than the best known.
    Closed,
    /// The cheapest of them keeps the limit.
    Solved(Pick),
    /// There may be something better than the best known.
    Open(Bound),
}

/// The best price with what it yields.
pub(super) struct Bound {
    /// No set within the limit costs less.
    pub cost: i128,
    pub price: Price,
    /// The set of least weight at this price.
    pub pick: Pick,
    /// The cheaper neighbour, which breaks the limit.
    pub cheap: Pick,
    /// The quicker neighbour, which keeps it.
    pub quick: Pick,
}

/// The least cost that a weight allows, rounded up to whole fen.
pub(super) fn cost_at(price: Price, weight: i128, limit: i128) -> i128 {
    let spare = weight - price.work * limit;
    -(-spare).div_euclid(price.money)
}

/// Each step takes the price at which the two neighbours weigh the same. A set that weighs less replaces one of them; if
/// there is none, no other price gives a better bound. Sets within the limit are offered to `better`.
pub(super) fn relax(nest: &Nest, rest: &Rest, limit: i128, best: i128, mut better: impl FnMut(&Pick)) -> Relaxed {
    let Some(mut cheap) = nest.pick(rest, Price::COST) else {
        return Relaxed::Closed;
    };
    if cheap.cost >= best {
        return Relaxed::Closed;
    }
    if cheap.crew_days <= limit {
        return Relaxed::Solved(cheap);
    }
    let Some(mut quick) = nest
        .pick(rest, Price::CREW_DAYS)
        .filter(|quick| quick.crew_days <= limit)
    else {
        return Relaxed::Closed;
    };
    loop {
        // Both differences are positive: `cheap` has of the least cost the fewest days, and only `quick` keeps the limit.
        let price = Price {
            money: cheap.crew_days - quick.crew_days,
            work: quick.cost - cheap.cost,
        };
        let Some(pick) = nest.pick(rest, price) else {
            return Relaxed::Closed;
        };
        let weight = price.of(pick.cost, pick.crew_days);
        let cost = cost_at(price, weight, limit);
        if cost >= best {
            return Relaxed::Closed;
        }
        if weight >= price.of(cheap.cost, cheap.crew_days) {
            better(&quick);
            return Relaxed::Open(Bound {
                cost,
                price,
                pick,
                cheap,
                quick,
            });
        }
        if pick.crew_days > limit {
            cheap = pick;
        } else {
            better(&pick);
            quick = pick;
        }
    }
}
