//! What a village holds by its figures: tiers, scores and places, counted without the service.

use std::collections::BTreeMap;

use time::Date;

use super::plan::{Bound, INDICATORS, ONE_STAR, TIERS};

/// A figure: the later counts, and on one day an inspection before what a village says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    pub date: Date,
    pub inspected: bool,
    /// Per mille for shares.
    pub value: i64,
}

/// Everything that is known of one village.
#[derive(Debug, Default, Clone)]
pub struct Village {
    facts: BTreeMap<&'static str, Fact>,
    /// Fires that count against it.
    pub fires: i64,
}

/// A line of the ledger.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub village: String,
    pub rank: usize,
    pub tier: &'static str,
    pub score_milli: i64,
    pub on_target: bool,
}

impl Village {
    pub fn learn(&mut self, indicator: &'static str, fact: Fact) {
        let known = self.facts.entry(indicator).or_insert(fact);
        *known = (*known).max(fact);
    }

    pub fn value(&self, indicator: &str) -> Option<i64> {
        self.facts.get(indicator).map(|fact| fact.value)
    }

    /// Units missing for a tier and all below it; none where no figure is known.
    pub fn missing(&self, indicator: &str, target: usize) -> Option<i64> {
        let value = self.value(indicator)?;
        let asked = TIERS[..=target].iter().flat_map(|(.., criteria)| *criteria);
        let missing = asked
            .filter(|(asked, _)| *asked == indicator)
            .map(|(_, bound)| match bound {
                Bound::Share(permille) => (permille - value).max(0),
                Bound::Most(most) => (value - most).max(0),
            });
        missing.max()
    }

    /// How many tiers it holds.
    pub fn tiers(&self) -> usize {
        let met = |(indicator, bound): &(&str, Bound)| match (self.value(indicator), bound) {
            (Some(value), Bound::Share(permille)) => value >= *permille,
            (Some(value), Bound::Most(most)) => value <= *most,
            (None, _) => false,
        };
        let by_figures = TIERS
            .iter()
            .take_while(|(.., criteria)| criteria.iter().all(met))
            .count();
        if self.fires > 0 {
            by_figures.min(ONE_STAR)
        } else {
            by_figures
        }
    }

    /// Thousandths of a point: the weight of an indicator by how near its strictest threshold is.
    pub fn score_milli(&self) -> i64 {
        let earned = |(code, _, weight): &(&str, &str, i32)| {
            let criteria = TIERS.iter().rev().flat_map(|(.., criteria)| *criteria);
            let (_, strictest) = criteria.into_iter().find(|(indicator, _)| indicator == code)?;
            let (full, value) = (i64::from(*weight) * 1_000, self.value(code)?);
            Some(match strictest {
                Bound::Share(permille) => full * value.min(*permille) / permille,
                Bound::Most(most) => full * (most + 1) / (value.max(*most) + 1),
            })
        };
        INDICATORS.iter().filter_map(earned).sum()
    }
}

/// Villages by score; of equals, who is on target, then who holds anything, then by code.
pub fn places<'a>(villages: impl Iterator<Item = (&'a String, &'a Village, usize)>) -> Vec<Line> {
    let mut lines: Vec<Line> = villages
        .map(|(code, village, target)| Line {
            village: code.clone(),
            rank: 0,
            tier: village.tiers().checked_sub(1).map_or("", |tier| TIERS[tier].0),
            score_milli: village.score_milli(),
            on_target: village.tiers() > target,
        })
        .collect();
    let worth = |line: &Line| (line.score_milli, line.on_target, !line.tier.is_empty());
    lines.sort_by(|a, b| worth(b).cmp(&worth(a)).then_with(|| a.village.cmp(&b.village)));
    for at in 0..lines.len() {
        let tied = at > 0 && worth(&lines[at - 1]) == worth(&lines[at]);
        lines[at].rank = if tied { lines[at - 1].rank } else { at + 1 };
    }
    lines
}
