//! Rates the villages of a division: a few set-based reads, then the pure rules.

use std::collections::HashMap;

use kit::error::Result;
use sqlx::{PgConnection, postgres::PgRow};
use time::Date;
use villages_core::{
    calendar::offset,
    document::Source,
    plan::Plan,
    rating::{self, Facts, PACE_DAYS, Rating, Recorded, Series},
};

use super::rating_units;
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
    let pace_from = offset(at.date, -PACE_DAYS);
    let mut facts = rating_units::facts(conn, plan, division, at, pace_from).await?;
    // Several indicators may be known under one origin.
    let mut positions: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, indicator) in plan
        .indicators
        .iter()
        .enumerate()
        .filter(|(_, it)| it.two_level.is_none())
    {
        positions.entry(indicator.measured_as()).or_default().push(at);
    }
    let asked: Vec<&str> = positions.keys().copied().collect();
    let rows = rating_facts::figures(conn, division, &asked, at).await?;
    for (village, series) in series(&rows, pace_from)? {
        let known = facts.entry(village.to_owned()).or_default();
        for ((indicator, source), series) in series {
            for position in positions.get(indicator).into_iter().flatten() {
                if let Some(figure) = series.figure(source) {
                    known.offer(plan, *position, figure);
                }
            }
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

/// By indicator and source.
type OfVillage<'a> = HashMap<(&'a str, Source), Series>;

/// Recorded figures by village.
fn series(rows: &[PgRow], pace_from: Date) -> Result<HashMap<&str, OfVillage<'_>>> {
    let mut villages: HashMap<&str, OfVillage<'_>> = HashMap::new();
    for row in rows {
        let row = FigureRow::of(row)?;
        let recorded = Recorded {
            id: row.measurement_id.as_u128(),
            date: row.as_of_date,
            revision: row.revision,
            numerator: row.numerator,
            whole: row.whole,
        };
        let village = villages.entry(row.division_code).or_default();
        let series = village.entry((row.indicator, source(row.source))).or_default();
        series.take(recorded, pace_from);
    }
    Ok(villages)
}

/// A source as it is kept.
pub(super) fn source(name: &str) -> Source {
    match name {
        "INSPECTION" => Source::Inspection,
        "SYSTEM" => Source::System,
        _ => Source::SelfReport,
    }
}
