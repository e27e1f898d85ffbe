//! Giving households that have nobody to cadres.

use super::{Household, Left, Load, Terms};

/// Who gets whom, and who finds nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shared {
    /// Household and cadre.
    pub given: Vec<(String, String)>,
    /// Household and why it has none.
    pub left: Vec<(String, Left)>,
}

/// Gives each of `households` to one of `cadres`, the largest amount first, equal amounts by id. Of the cadres who may meet it
/// and are not full, those count whose amount lies within the tolerance of the least; among them one who has households of its
/// group comes first, then the least amount, the fewest households, the id. The outcome does not depend on the order of the
/// arguments.
pub fn share(households: &[Household], cadres: &[Load], terms: &Terms) -> Shared {
    let mut loads = cadres.to_vec();
    let mut queue: Vec<&Household> = households.iter().collect();
    queue.sort_unstable_by(|a, b| b.amount_fen.cmp(&a.amount_fen).then_with(|| a.id.cmp(&b.id)));
    let total = |sum: i64, amount: i64| sum.saturating_add(amount);
    let owed = households.iter().map(|household| household.amount_fen).fold(0, total);
    let held = cadres.iter().map(|load| load.amount_fen).fold(0, total);
    let tolerance_fen = terms.tolerance_fen(total(owed, held), cadres.len());
    let mut shared = Shared::default();
    for household in queue {
        match choose(household, &loads, terms, tolerance_fen) {
            Ok(at) => {
                if let Some(load) = loads.get_mut(at) {
                    load.add(household);
                    shared.given.push((household.id.clone(), load.cadre.clone()));
                }
            }
            Err(left) => shared.left.push((household.id.clone(), left)),
        }
    }
    shared
}

/// The place of the cadre who gets `household`.
pub(super) fn choose(household: &Household, loads: &[Load], terms: &Terms, tolerance_fen: i64) -> Result<usize, Left> {
    let meeting = || {
        loads
            .iter()
            .enumerate()
            .filter(|(_, load)| !household.recused.contains(&load.cadre))
    };
    let free = || meeting().filter(|(_, load)| !terms.full(load));
    let Some(least) = free().map(|(_, load)| load.amount_fen).min() else {
        return Err(match (loads.is_empty(), meeting().next().is_none()) {
            (true, _) => Left::NoCadre,
            (false, true) => Left::AllRecused,
            (false, false) => Left::AllFull,
        });
    };
    let within = free().filter(|(_, load)| load.amount_fen <= least.saturating_add(tolerance_fen));
    within
        .min_by_key(|(_, load)| (!load.is_near(household), load.amount_fen, load.households, &load.cadre))
        .map(|(at, _)| at)
        .ok_or(Left::NoCadre)
}
