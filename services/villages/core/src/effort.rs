//! What it takes to lift a village to a tier.

use std::collections::BTreeMap;

use crate::{
    plan::Plan,
    rating::{Outcome, Rating},
    selection::{MOST_COST_FEN, MOST_CREW_DAYS_MILLI},
};

/// What one unit of an indicator takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitCost {
    /// Money in fen, ≥ 0.
    pub cost_fen: i64,
    /// Work in thousandths of a crew day, ≥ 0.
    pub crew_days_milli: i64,
}

/// Missing units of one indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Position of the indicator.
    pub indicator: usize,
    /// Units to gain, or to lose where less is better.
    pub units: i64,
    /// Money in fen.
    pub cost_fen: i64,
    /// Work in thousandths of a crew day.
    pub crew_days_milli: i64,
}

/// All that a village misses, in order of the plan's indicators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effort {
    /// One for each indicator.
    pub items: Vec<Item>,
    /// Money in fen, at most [`MOST_COST_FEN`].
    pub cost_fen: i64,
    /// Work in thousandths of a crew day, at most [`MOST_CREW_DAYS_MILLI`].
    pub crew_days_milli: i64,
}

/// Why no effort can be stated; the first that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bar {
    /// Vetoes that bar the tier, by position.
    Veto(Vec<usize>),
    /// Indicators without a figure, by position.
    NoFigure(Vec<usize>),
    /// Indicators whose cost is not given, by position.
    NoUnitCost(Vec<usize>),
    /// More than the most that a village may take; indicators concerned, by position.
    BeyondMeasure(Vec<usize>),
}

/// What a village with this rating needs to hold `tier`: for each indicator the most units that a criterion of the tier or
/// of a lower one misses, which are enough for all of them. `costs` is by position of the indicator.
pub fn effort(plan: &Plan, rating: &Rating, tier: usize, costs: &[Option<UnitCost>]) -> Result<Effort, Bar> {
    let bars = |at: &usize| plan.vetoes.get(*at).is_some_and(|veto| veto.bars_from <= tier);
    let vetoes: Vec<usize> = rating.vetoes.iter().copied().filter(bars).collect();
    if !vetoes.is_empty() {
        return Err(Bar::Veto(vetoes));
    }
    let mut missing: BTreeMap<usize, Option<i64>> = BTreeMap::new();
    for judged in &rating.criteria {
        if judged.tier <= tier && judged.outcome != Outcome::Pass {
            let most = missing.entry(judged.indicator).or_insert(judged.missing);
            *most = most.zip(judged.missing).map(|(a, b)| a.max(b));
        }
    }
    let unknown: Vec<usize> = of(&missing, |_, units| units.is_none());
    if !unknown.is_empty() {
        return Err(Bar::NoFigure(unknown));
    }
    let cost = |indicator: usize| costs.get(indicator).copied().flatten();
    let unpriced = of(&missing, |indicator, _| cost(indicator).is_none());
    if !unpriced.is_empty() {
        return Err(Bar::NoUnitCost(unpriced));
    }
    let items = missing.iter().filter_map(|(indicator, units)| {
        let (units, cost) = ((*units)?, cost(*indicator)?);
        Some(Item {
            indicator: *indicator,
            units,
            cost_fen: units.saturating_mul(cost.cost_fen),
            crew_days_milli: units.saturating_mul(cost.crew_days_milli),
        })
    });
    let mut effort = Effort::default();
    for item in items {
        effort.cost_fen = effort.cost_fen.saturating_add(item.cost_fen);
        effort.crew_days_milli = effort.crew_days_milli.saturating_add(item.crew_days_milli);
        effort.items.push(item);
    }
    if effort.cost_fen > MOST_COST_FEN || effort.crew_days_milli > MOST_CREW_DAYS_MILLI {
        return Err(Bar::BeyondMeasure(missing.into_keys().collect()));
    }
    Ok(effort)
}

fn of(missing: &BTreeMap<usize, Option<i64>>, keep: impl Fn(usize, &Option<i64>) -> bool) -> Vec<usize> {
    let kept = missing.iter().filter(|(indicator, units)| keep(**indicator, units));
    kept.map(|(indicator, _)| *indicator).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::{
        rating::rate,
        sample::{VILLAGES, facts, plan},
    };

    const EACH: Option<UnitCost> = Some(UnitCost {
        cost_fen: 10,
        crew_days_milli: 3,
    });

    fn needed(figures: &[(i64, Option<i64>)], tier: usize, costs: &[Option<UnitCost>]) -> Result<Effort, Bar> {
        let plan = plan();
        let rating = rate(&plan, VILLAGES[0], &facts(&plan, figures), date!(2024 - 04 - 01));
        effort(&plan, &rating, tier, costs)
    }

    #[test]
    fn an_indicator_counts_once_at_its_most() {
        // Both tiers ask for toilets, for 70 and for 90 of a hundred, and for at most 2 and 0 dangerous houses.
        let figures = [(50, Some(100)), (20, Some(100)), (5, None), (1, None)];
        let units = |effort: &Effort| -> Vec<(usize, i64)> {
            effort.items.iter().map(|item| (item.indicator, item.units)).collect()
        };
        let star = needed(&figures, 1, &[EACH; 5]).expect("known and priced");
        assert_eq!(units(&star), [(0, 40), (2, 5)]);
        assert_eq!((star.cost_fen, star.crew_days_milli), (450, 135));
        let compliant = needed(&figures, 0, &[EACH; 5]).expect("known and priced");
        assert_eq!(units(&compliant), [(0, 20), (2, 3)]);
    }

    #[test]
    fn says_why_not() {
        let burnt = [(50, Some(100)), (20, Some(100)), (5, None), (1, None), (1, None)];
        assert_eq!(needed(&burnt, 1, &[EACH; 5]), Err(Bar::Veto(vec![0])));
        // The veto bars from one star on.
        assert!(needed(&burnt, 0, &[EACH; 5]).is_ok());
        assert_eq!(needed(&burnt[..1], 0, &[EACH; 5]), Err(Bar::NoFigure(vec![1, 2])));
        assert_eq!(needed(&burnt, 0, &[None, EACH]), Err(Bar::NoUnitCost(vec![0, 2])));
        let dear = Some(UnitCost {
            cost_fen: i64::MAX,
            crew_days_milli: 0,
        });
        assert_eq!(
            needed(&burnt, 0, &[dear, EACH, EACH]),
            Err(Bar::BeyondMeasure(vec![0, 2]))
        );
    }
}
