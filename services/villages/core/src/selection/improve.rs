//! Better sets nearby: a good set early spares most of the search.

use super::{
    nest::{Nest, Pick, Rest},
    swap::Exchange,
};

/// Exchanges one village for another as long as that keeps the limit and costs less than `best`; `None` if it never does.
/// `pick` itself may break the limit.
pub(super) fn improve(nest: &Nest, rest: &Rest, pick: &Pick, limit: i128, mut best: i128) -> Option<Pick> {
    let mut improved: Option<Pick> = None;
    while let Some(better) = exchange(nest, rest, improved.as_ref().unwrap_or(pick), limit, best) {
        best = better.cost;
        improved = Some(better);
    }
    improved
}

/// The cheapest set one exchange away that keeps the limit and costs less than `best`.
fn exchange(nest: &Nest, rest: &Rest, pick: &Pick, limit: i128, mut best: i128) -> Option<Pick> {
    let view = Exchange::new(nest, rest, pick);
    let outside: Vec<usize> = view.free(false).collect();
    let mut found = None;
    for out in view.free(true) {
        let place = view.bound(out);
        let left = &nest.items[out];
        let (cost, crew_days) = (pick.cost - left.cost, pick.crew_days - left.crew_days);
        for into in &outside {
            let taken = &nest.items[*into];
            let total = cost + taken.cost;
            if total < best
                && crew_days + taken.crew_days <= limit
                && place.is_none_or(|place| nest.upward(taken.place).any(|at| at == place))
            {
                best = total;
                found = Some((out, *into));
            }
        }
    }
    found.map(|(out, into)| nest.exchanged(pick, out, into))
}
