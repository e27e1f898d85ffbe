//! Indicators counted by natural villages: which of them count, and the village's figure that follows.
//!
//! A natural village counts when its own share reaches the plan's threshold; the village's value is those that count over all
//! less those let out (生活污水治理率: 60 % of households, after the ministry's assessment plan).

use time::Date;

use crate::{
    document::{IndicatorKind, Source},
    fraction::Fraction,
    plan::Plan,
    rating::Figure,
};

/// What is known of one natural village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFigure {
    /// Identity of the measurement.
    pub id: u128,
    /// Day that it describes.
    pub date: Date,
    /// Where it comes from.
    pub source: Source,
    /// Its share; `None` where it is let out.
    pub share: Option<Fraction>,
    /// Day and share of its first figure within the pace's days, from the same source.
    pub earlier: Option<(Date, Option<Fraction>)>,
}

/// One natural village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Code, 15 digits.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// The figure that counts for it.
    pub figure: Option<UnitFigure>,
}

/// What one natural village contributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contribution {
    /// It counts.
    Counts,
    /// It misses so many of its units.
    Misses(i64),
    /// No figure is known, so it does not count.
    NoData,
    /// It is let out.
    Deducted,
}

/// How a village comes to its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Position of the indicator.
    pub indicator: usize,
    /// Natural villages that count.
    pub counted: i64,
    /// All less those let out.
    pub all: i64,
    /// Each with what it contributes, in the order given.
    pub units: Vec<(Unit, Contribution)>,
}

impl Unit {
    /// Takes a figure if it counts for the indicator and no better one was offered; see [`crate::rating::Facts::offer`].
    pub fn offer(&mut self, plan: &Plan, indicator: usize, figure: UnitFigure) {
        let takes = plan
            .indicators
            .get(indicator)
            .is_some_and(|asked| asked.takes(figure.source));
        let better = |held: &UnitFigure| (figure.date, figure.source) > (held.date, held.source);
        if takes && self.figure.as_ref().is_none_or(better) {
            self.figure = Some(figure);
        }
    }
}

/// Counts the natural villages of one village.
pub fn count(threshold: Fraction, indicator: usize, units: Vec<Unit>) -> Count {
    let judged = units.into_iter().map(|unit| {
        let figure = unit.figure.as_ref();
        let contribution = figure.map_or(Contribution::NoData, |figure| contribution(threshold, figure.share));
        (unit, contribution)
    });
    let units: Vec<(Unit, Contribution)> = judged.collect();
    let number = |of: fn(Contribution) -> bool| {
        let found = units.iter().filter(|(_, contribution)| of(*contribution)).count();
        i64::try_from(found).unwrap_or(i64::MAX)
    };
    Count {
        indicator,
        counted: number(|it| it == Contribution::Counts),
        all: number(|it| it != Contribution::Deducted),
        units,
    }
}

impl Count {
    /// The village's figure: as of its youngest part, from the weakest of their sources, with the count at the first figures
    /// within the pace's days. `None` where nothing is known, or nothing is left to count.
    pub fn figure(&self, threshold: Fraction) -> Option<Figure> {
        let known = || self.units.iter().filter_map(|(unit, _)| unit.figure.as_ref());
        let date = known().map(|figure| figure.date).max()?;
        let source = known().map(|figure| figure.source).min()?;
        if self.all == 0 {
            return None;
        }
        let since = known().filter_map(|figure| figure.earlier).map(|(date, _)| date).min();
        let first = |figure: &UnitFigure| figure.earlier.map_or(figure.share, |(_, share)| share);
        let before = known().filter(|figure| contribution(threshold, first(figure)) == Contribution::Counts);
        let before = i64::try_from(before.count()).unwrap_or(i64::MAX);
        Some(Figure {
            id: None,
            date,
            source,
            numerator: self.counted,
            whole: Some(self.all),
            earlier: since.filter(|since| *since < date).map(|since| (since, before)),
        })
    }
}

/// The share from which a natural village counts; `None` for an indicator of the village as a whole.
pub fn threshold(plan: &Plan, indicator: usize) -> Option<Fraction> {
    let two_level = plan.indicators.get(indicator)?.two_level.as_ref()?;
    let share = crate::threshold::Threshold::parse(IndicatorKind::Ratio, &two_level.unit_threshold);
    share.ok().map(|share| share.value)
}

/// By the share of a figure, which has none where the natural village is let out.
fn contribution(threshold: Fraction, share: Option<Fraction>) -> Contribution {
    match share {
        None => Contribution::Deducted,
        Some(share) if share >= threshold => Contribution::Counts,
        Some(share) => Contribution::Misses(threshold.units_reaching(share.denominator()) - share.numerator()),
    }
}

#[cfg(test)]
mod tests;
