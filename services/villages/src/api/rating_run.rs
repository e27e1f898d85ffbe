//! Rates the villages of a division: a few set-based reads, then the pure rules.

use std::collections::HashMap;

use kit::error::Result;
use rayon::prelude::*;
use sqlx::PgConnection;
use time::Date;
use villages_core::{
    calendar::offset,
    document::Source,
    plan::Plan,
    rating::{self, Facts, PACE_DAYS, Rating, Recorded, Series},
};

use super::rating_units;
use crate::store::{
    rating_facts::{self, At, FigureRow},
    recode,
};

/// A village with its figures and its rating.
pub(super) struct Rated {
    /// Code.
    pub code: String,
    /// Name on that day.
    pub display_name: String,
    /// Codes that it had before, the latest first.
    pub formers: Vec<String>,
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
    /// Codes that it had before, the latest first.
    pub formers: Vec<String>,
    /// What is known.
    pub facts: Facts,
}

/// The rated villages of a division with their figures, by code.
pub(super) async fn known(conn: &mut PgConnection, plan: &Plan, division: &str, at: At) -> Result<Vec<Known>> {
    let villages = rating_facts::divisions_named(conn, division, "VILLAGE", at).await?;
    let mut formers = recode::former_codes(conn, division, at).await?;
    let pace_from = offset(at.date, -PACE_DAYS);
    let mut facts = rating_units::facts(conn, plan, division, at, pace_from).await?;
    let sought = Sought::of(plan);
    for (village, series) in sought
        .series(conn, division, !formers.is_empty(), at, pace_from)
        .await?
    {
        let known = facts.entry(village).or_default();
        for (source, figures) in SOURCES.into_iter().zip(series) {
            for (positions, series) in sought.positions.iter().zip(figures) {
                for position in positions {
                    if let Some(figure) = series.figure(source) {
                        known.offer(plan, *position, figure);
                    }
                }
            }
        }
    }
    let known = |village: rating_facts::Named| Known {
        facts: facts.remove(&village.division_code).unwrap_or_default(),
        formers: formers.remove(&village.division_code).unwrap_or_default(),
        code: village.division_code,
        display_name: village.display_name,
    };
    Ok(villages
        .into_iter()
        .filter(|village| plan.rates(&village.division_code))
        .map(known)
        .collect())
}

/// Rates a village.
pub(super) fn rated(plan: &Plan, village: Known, date: Date) -> Rated {
    Rated {
        rating: rating::rate(plan, &village.code, &village.facts, date),
        code: village.code,
        display_name: village.display_name,
        formers: village.formers,
        facts: village.facts,
    }
}

/// Rates the villages of a division, by code.
pub(super) async fn rate(conn: &mut PgConnection, plan: &Plan, division: &str, at: At) -> Result<Vec<Rated>> {
    let known = known(conn, plan, division, at).await?;
    let rated = known.into_par_iter().map(|village| rated(plan, village, at.date));
    Ok(rated.collect())
}

/// Villages by tier: first those without, then by position of the tier.
pub(super) fn by_tier<'a>(plan: &Plan, rated: impl IntoIterator<Item = &'a Rated>) -> Vec<i64> {
    let mut counts = vec![0; plan.tiers.len() + 1];
    for village in rated {
        if let Some(count) = counts.get_mut(village.rating.tier.map_or(0, |tier| tier + 1)) {
            *count += 1;
        }
    }
    counts
}

/// Where figures come from.
const SOURCES: [Source; 3] = [Source::SelfReport, Source::System, Source::Inspection];

/// What figures are recorded under, each with the positions of the indicators that are measured so: several may be known under
/// one origin.
struct Sought<'a> {
    names: Vec<&'a str>,
    positions: Vec<Vec<usize>>,
}

/// Figures of one village by source and name.
type OfVillage = [Vec<Series>; SOURCES.len()];

impl<'a> Sought<'a> {
    fn of(plan: &'a Plan) -> Self {
        let mut sought = Self {
            names: Vec::new(),
            positions: Vec::new(),
        };
        let of_villages = plan.indicators.iter().enumerate();
        for (position, indicator) in of_villages.filter(|(_, it)| it.two_level.is_none()) {
            let name = indicator.measured_as();
            if let Some(at) = sought.names.iter().position(|known| *known == name) {
                sought.positions[at].push(position);
            } else {
                sought.names.push(name);
                sought.positions.push(vec![position]);
            }
        }
        sought
    }

    /// Recorded figures by village, also under codes that it had before.
    async fn series(
        &self,
        conn: &mut PgConnection,
        division: &str,
        has_formers: bool,
        at: At,
        pace_from: Date,
    ) -> Result<Vec<(String, OfVillage)>> {
        let none = || SOURCES.map(|_| vec![Series::default(); self.names.len()]);
        let places: HashMap<&str, usize> = self.names.iter().copied().zip(0..).collect();
        let (mut villages, mut positions): (Vec<(String, OfVillage)>, HashMap<String, usize>) = Default::default();
        let mut take = |row: FigureRow<'_>| {
            let village = positions.get(row.division_code).copied().unwrap_or_else(|| {
                positions.insert(row.division_code.to_owned(), villages.len());
                villages.push((row.division_code.to_owned(), none()));
                villages.len() - 1
            });
            let recorded = Recorded {
                id: row.measurement_id.as_u128(),
                date: row.as_of_date,
                revision: row.revision,
                numerator: row.numerator,
                whole: row.whole,
            };
            let series = villages.get_mut(village).map(|(_, series)| series);
            let source = SOURCES.iter().position(|it| *it == source(row.source));
            let of_source = series.zip(source).and_then(|(series, at)| series.get_mut(at));
            let series = of_source
                .zip(places.get(row.indicator))
                .and_then(|(series, at)| series.get_mut(*at));
            if let Some(series) = series {
                series.take(recorded, pace_from);
            }
        };
        rating_facts::figures(conn, division, &self.names, at, &mut take).await?;
        if has_formers {
            // Of one day the figure under the present code came first, and counts.
            rating_facts::former_figures(conn, division, &self.names, at, &mut take).await?;
        }
        Ok(villages)
    }
}

/// A source as it is kept.
pub(super) fn source(name: &str) -> Source {
    match name {
        "INSPECTION" => Source::Inspection,
        "SYSTEM" => Source::System,
        _ => Source::SelfReport,
    }
}
