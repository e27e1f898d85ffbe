//! Rates the villages of a division: two set-based reads, then the pure rules.

use std::collections::HashMap;

use kit::error::Result;
use sqlx::PgConnection;
use villages_core::{
    calendar::offset,
    document::Source,
    plan::Plan,
    rating::{self, Facts, Figure, PACE_DAYS, Rating},
};

use crate::store::rating_facts::{self, At, FigureRow};

/// A village with its figures and its rating.
pub(super) struct Rated {
    /// Code.
    pub code: String,
    /// Name on that day.
    pub display_name: String,
    /// What is known.
    pub facts: Facts,
    /// What follows from it.
    pub rating: Rating,
}

impl Rated {
    /// Code of the tier held; empty for none.
    pub(super) fn tier<'a>(&self, plan: &'a Plan) -> &'a str {
        self.rating
            .tier
            .and_then(|tier| plan.tiers.get(tier))
            .map_or("", |tier| tier.code.as_str())
    }

    /// Whether the tier of its batch is reached.
    pub(super) fn on_target(&self) -> bool {
        self.rating
            .target
            .is_some_and(|target| self.rating.tier >= Some(target))
    }
}

/// A village with its figures.
pub(super) struct Known {
    /// Code.
    pub code: String,
    /// Name on that day.
    pub display_name: String,
    /// What is known.
    pub facts: Facts,
}

/// The rated villages of a division with their figures, by code.
pub(super) async fn known(conn: &mut PgConnection, plan: &Plan, division: &str, at: At) -> Result<Vec<Known>> {
    let villages = rating_facts::divisions_named(conn, division, "VILLAGE", at).await?;
    let indicators: Vec<&str> = plan
        .indicators
        .iter()
        .map(|indicator| indicator.code.as_str())
        .collect();
    let figures = rating_facts::figures(conn, division, &indicators, at, offset(at.date, -PACE_DAYS)).await?;
    let positions: HashMap<&str, usize> = indicators.iter().copied().zip(0..).collect();
    let mut facts: HashMap<String, Facts> = HashMap::with_capacity(villages.len());
    for row in figures {
        if let Some(position) = positions.get(row.indicator.as_str()) {
            let figure = figure(&row);
            facts
                .entry(row.division_code)
                .or_default()
                .offer(plan, *position, figure);
        }
    }
    let known = |village: rating_facts::Named| Known {
        facts: facts.remove(&village.division_code).unwrap_or_default(),
        code: village.division_code,
        display_name: village.display_name,
    };
    Ok(villages
        .into_iter()
        .filter(|village| plan.rates(&village.division_code))
        .map(known)
        .collect())
}

/// Rates the villages of a division, by code.
pub(super) async fn rate(conn: &mut PgConnection, plan: &Plan, division: &str, at: At) -> Result<Vec<Rated>> {
    let rated = |Known {
                     code,
                     display_name,
                     facts,
                 }: Known| {
        let rating = rating::rate(plan, &code, &facts, at.date);
        Rated {
            code,
            display_name,
            facts,
            rating,
        }
    };
    Ok(known(conn, plan, division, at).await?.into_iter().map(rated).collect())
}

/// Villages by tier: first those without, then by position of the tier.
pub(super) fn by_tier(plan: &Plan, rated: &[Rated]) -> Vec<i64> {
    let mut counts = vec![0; plan.tiers.len() + 1];
    for village in rated {
        if let Some(count) = counts.get_mut(village.rating.tier.map_or(0, |tier| tier + 1)) {
            *count += 1;
        }
    }
    counts
}

fn figure(row: &FigureRow) -> Figure {
    Figure {
        id: row.measurement_id.as_u128(),
        date: row.as_of_date,
        source: match row.source.as_str() {
            "INSPECTION" => Source::Inspection,
            "SYSTEM" => Source::System,
            _ => Source::SelfReport,
        },
        numerator: row.numerator,
        whole: row.whole,
        earlier: (row.earlier_date < row.as_of_date).then_some((row.earlier_date, row.earlier_numerator)),
    }
}
