//! The rating of a village: a pure function of the plan, the figures known and the day.

mod project;
mod score;
mod series;
mod words;

use time::Date;

use crate::{
    calendar::offset,
    document::{Comparison, IndicatorKind, Source, Terrain},
    fraction::Fraction,
    plan::{Criterion, Plan},
    threshold::Threshold,
    two_level::{self, Count, Unit},
};

pub use project::ProjectError;
pub use series::{Recorded, Series};
pub use words::{Statement, statement, threshold_text, value_text};

/// Days back from the rated day over which the pace is measured.
pub const PACE_DAYS: i64 = 90;

/// The figure of one village and indicator that counts on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Identity of the measurement; `None` where natural villages are counted.
    pub id: Option<u128>,
    /// Day that it describes.
    pub date: Date,
    /// Where it comes from.
    pub source: Source,
    /// Counted part.
    pub numerator: i64,
    /// Counted whole less the deductible; `None` for a plain count.
    pub whole: Option<i64>,
    /// Day and counted part of the first figure within [`PACE_DAYS`] before the rated day, from the same source.
    pub earlier: Option<(Date, i64)>,
}

/// The figures of one village, by position of the indicator.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    figures: Vec<Option<Figure>>,
    counts: Vec<Count>,
}

/// Whether a criterion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// No usable figure is known.
    NoData,
}

/// One criterion against the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Position of the tier.
    pub tier: usize,
    /// Position of the criterion in the tier.
    pub criterion: usize,
    /// Position of the indicator.
    pub indicator: usize,
    /// Whether it holds.
    pub outcome: Outcome,
    /// Units still to gain or to lose; `None` without a figure.
    pub missing: Option<i64>,
    /// Earliest day on which it holds at the present pace.
    pub feasible: Option<Date>,
}

/// What separates a village from its next tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distance {
    /// Position of the tier.
    pub tier: usize,
    /// Criteria of it and of those below that do not hold.
    pub missing_criteria: usize,
    /// Of those, criteria without a figure.
    pub unknown_criteria: usize,
    /// Vetoes that bar it.
    pub vetoes: usize,
    /// Earliest day at the present pace; `None` if it cannot be told.
    pub feasible: Option<Date>,
}

/// The rating of one village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// Position of the highest tier held.
    pub tier: Option<usize>,
    /// Score in thousandths of a point.
    pub score_milli: i64,
    /// Score without a gap.
    pub score_full_milli: i64,
    /// Every criterion of every tier, in order of the plan.
    pub criteria: Vec<Judged>,
    /// Positions of the vetoes that stand.
    pub vetoes: Vec<usize>,
    /// Distance to the next tier; `None` at the highest.
    pub next: Option<Distance>,
    /// Position of the tier that the village's batch is to reach.
    pub target: Option<usize>,
}

impl Facts {
    /// Takes a figure if it counts for its indicator and no better one was offered: the latest date counts, and on one
    /// date an inspection before the system before a self-report.
    pub fn offer(&mut self, plan: &Plan, indicator: usize, figure: Figure) {
        let Some(asked) = plan.indicators.get(indicator) else {
            return;
        };
        if !asked.takes(figure.source) {
            return;
        }
        if self.figures.len() <= indicator {
            self.figures.resize(plan.indicators.len(), None);
        }
        if let Some(slot) = self.figures.get_mut(indicator) {
            let better = |held: &Figure| (figure.date, figure.source) > (held.date, held.source);
            if slot.as_ref().is_none_or(better) {
                *slot = Some(figure);
            }
        }
    }

    /// Takes what follows from the natural villages for an indicator that the plan counts by them.
    pub fn count(&mut self, plan: &Plan, indicator: usize, units: Vec<Unit>) {
        let Some(threshold) = two_level::threshold(plan, indicator) else {
            return;
        };
        let count = two_level::count(threshold, indicator, units);
        if let Some(figure) = count.figure(threshold) {
            self.offer(plan, indicator, figure);
        }
        self.counts.push(count);
    }

    /// The figure that counts for an indicator.
    pub fn figure(&self, indicator: usize) -> Option<&Figure> {
        self.figures.get(indicator)?.as_ref()
    }

    /// How indicators counted by natural villages come to their values.
    pub fn counts(&self) -> &[Count] {
        &self.counts
    }
}

impl Figure {
    /// Its value as an indicator of `kind`; `None` if it does not fit the kind.
    pub(crate) fn value(&self, kind: IndicatorKind) -> Option<Fraction> {
        match kind {
            IndicatorKind::Ratio => Fraction::new(self.numerator, self.whole?),
            IndicatorKind::Count => Some(Fraction::whole(self.numerator)),
            IndicatorKind::YesNo => Some(Fraction::whole(self.numerator.min(1))),
        }
    }
}

/// Rates one village.
pub fn rate(plan: &Plan, village: &str, facts: &Facts, as_of: Date) -> Rating {
    let terrain = plan.terrain(village);
    let mut criteria = Vec::with_capacity(plan.tiers.iter().map(|tier| tier.criteria.len()).sum());
    for (tier, standard) in plan.tiers.iter().enumerate() {
        for (number, criterion) in standard.criteria.iter().enumerate() {
            let (outcome, missing) = judge(plan, criterion, terrain, facts);
            let feasible = match (outcome, missing, facts.figure(criterion.indicator)) {
                (Outcome::Fail, Some(missing), Some(figure)) => feasible(figure, criterion.comparison, missing, as_of),
                _ => None,
            };
            criteria.push(Judged {
                tier,
                criterion: number,
                indicator: criterion.indicator,
                outcome,
                missing,
                feasible,
            });
        }
    }
    let vetoes = standing(plan, facts);
    let failed = criteria
        .iter()
        .filter(|judged| judged.outcome != Outcome::Pass)
        .map(|judged| judged.tier);
    let barred = vetoes
        .iter()
        .filter_map(|at| plan.vetoes.get(*at))
        .map(|veto| veto.bars_from);
    let first_lost = failed.chain(barred).min().unwrap_or(plan.tiers.len());
    Rating {
        tier: first_lost.checked_sub(1),
        score_milli: score::of(plan, terrain, facts),
        score_full_milli: score::full(plan),
        next: (first_lost < plan.tiers.len()).then(|| distance(plan, first_lost, &criteria, &vetoes)),
        target: plan.batch(village).map(|batch| batch.target),
        criteria,
        vetoes,
    }
}

/// Units that `criterion` still misses on these figures; `None` without a usable figure.
pub fn missing(plan: &Plan, criterion: &Criterion, village: &str, facts: &Facts) -> Option<i64> {
    judge(plan, criterion, plan.terrain(village), facts).1
}

fn judge(plan: &Plan, criterion: &Criterion, terrain: Terrain, facts: &Facts) -> (Outcome, Option<i64>) {
    let known = plan
        .indicators
        .get(criterion.indicator)
        .zip(facts.figure(criterion.indicator));
    let value = known.and_then(|(indicator, figure)| figure.value(indicator.kind));
    let Some(value) = value else {
        return (Outcome::NoData, None);
    };
    let threshold = criterion.threshold(terrain).value;
    let missing = if holds(value, criterion.comparison, threshold) {
        0
    } else {
        let (have, whole) = (value.numerator(), value.denominator());
        match criterion.comparison {
            Comparison::AtLeast => threshold.units_reaching(whole) - have,
            Comparison::AtMost => have - threshold.units_within(whole),
        }
    };
    (if missing == 0 { Outcome::Pass } else { Outcome::Fail }, Some(missing))
}

pub(crate) fn holds(value: Fraction, comparison: Comparison, threshold: Fraction) -> bool {
    match comparison {
        Comparison::AtLeast => value >= threshold,
        Comparison::AtMost => value <= threshold,
    }
}

fn standing(plan: &Plan, facts: &Facts) -> Vec<usize> {
    let stands = |veto: &crate::plan::Veto| {
        let kind = plan.indicators.get(veto.indicator)?.kind;
        let value = facts.figure(veto.indicator)?.value(kind)?;
        let threshold: &Threshold = &veto.threshold;
        Some(holds(value, veto.comparison, threshold.value))
    };
    (0..)
        .zip(&plan.vetoes)
        .filter(|(_, veto)| stands(veto) == Some(true))
        .map(|(at, _)| at)
        .collect()
}

/// The pace of the figure carried on: from its own day, but never before the day after the rated one.
fn feasible(figure: &Figure, comparison: Comparison, missing: i64, as_of: Date) -> Option<Date> {
    let (since, before) = figure.earlier?;
    let days = (figure.date - since).whole_days();
    let gained = match comparison {
        Comparison::AtLeast => figure.numerator - before,
        Comparison::AtMost => before - figure.numerator,
    };
    if days <= 0 || gained <= 0 {
        return None;
    }
    let needed = (i128::from(missing) * i128::from(days) + i128::from(gained) - 1) / i128::from(gained);
    // Beyond a century nobody plans.
    let needed = i64::try_from(needed).ok().filter(|needed| *needed <= 36_525)?;
    Some(offset(figure.date, needed).max(offset(as_of, 1)))
}

fn distance(plan: &Plan, next: usize, criteria: &[Judged], vetoes: &[usize]) -> Distance {
    let open = || {
        criteria
            .iter()
            .filter(|judged| judged.tier <= next && judged.outcome != Outcome::Pass)
    };
    let bars = |at: &&usize| plan.vetoes.get(**at).is_some_and(|veto| veto.bars_from <= next);
    let vetoes = vetoes.iter().filter(bars).count();
    // One criterion that cannot be told makes the whole untold.
    let latest = open()
        .map(|judged| judged.feasible)
        .reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)))
        .flatten();
    Distance {
        tier: next,
        missing_criteria: open().count(),
        unknown_criteria: open().filter(|judged| judged.outcome == Outcome::NoData).count(),
        vetoes,
        feasible: latest.filter(|_| vetoes == 0),
    }
}

#[cfg(test)]
mod tests;
