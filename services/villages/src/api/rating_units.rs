//! Figures that villages owe to their natural villages.

use std::collections::HashMap;

use kit::error::Result;
use sqlx::PgConnection;
use time::Date;
use villages_core::{
    fraction::Fraction,
    plan::Plan,
    rating::Facts,
    two_level::{Unit, UnitFigure},
};

use super::rating_run::source;
use crate::store::{
    rating_facts::At,
    unit_figures::{self, UnitRow},
};

/// A natural village with its figures by indicator.
struct Known {
    code: String,
    display_name: String,
    /// It is in force; else it was a part of a village that was merged in.
    stands: bool,
    figures: Vec<(String, UnitFigure)>,
}

/// What follows from the natural villages of each village of a division; empty where the plan counts nothing by them.
pub(super) async fn facts(
    conn: &mut PgConnection,
    plan: &Plan,
    division: &str,
    at: At,
    pace_from: Date,
) -> Result<HashMap<String, Facts>> {
    let indicators: Vec<(usize, &str)> = plan
        .indicators
        .iter()
        .enumerate()
        .filter(|(_, indicator)| indicator.two_level.is_some())
        .map(|(at, indicator)| (at, indicator.code.as_str()))
        .collect();
    if indicators.is_empty() {
        return Ok(HashMap::new());
    }
    let codes: Vec<&str> = indicators.iter().map(|(_, code)| *code).collect();
    let rows = unit_figures::unit_figures(conn, division, &codes, at, pace_from).await?;
    let mut villages: HashMap<String, Vec<Known>> = HashMap::new();
    for row in rows {
        add(villages.entry(row.village_code.clone()).or_default(), row);
    }
    let counted = |units: Vec<Known>| {
        let mut facts = Facts::default();
        for (position, code) in &indicators {
            let units = units.iter().map(|known| unit(plan, *position, code, known));
            facts.count(plan, *position, units.collect());
        }
        facts
    };
    let counted = villages.into_iter().map(|(village, units)| (village, counted(units)));
    Ok(counted.collect())
}

/// Rows of natural villages in force come first. One of a village that was merged in, registered again under its name, is the
/// same one; its figures go on to count.
fn add(units: &mut Vec<Known>, row: UnitRow) {
    let figure = row.indicator.clone().zip(figure(&row));
    let same = |unit: &Known| {
        unit.code == row.unit_code || (row.ended && unit.stands && unit.display_name == row.display_name)
    };
    if let Some(unit) = units.iter_mut().find(|unit| same(unit)) {
        unit.figures.extend(figure);
        return;
    }
    units.push(Known {
        code: row.unit_code,
        display_name: row.display_name,
        stands: !row.ended,
        figures: figure.into_iter().collect(),
    });
}

fn unit(plan: &Plan, indicator: usize, code: &str, known: &Known) -> Unit {
    let mut unit = Unit {
        code: known.code.clone(),
        display_name: known.display_name.clone(),
        figure: None,
    };
    for (of, figure) in &known.figures {
        if of == code {
            unit.offer(plan, indicator, figure.clone());
        }
    }
    unit
}

/// `None` for a natural village without a figure, or with one that is no share.
fn figure(row: &UnitRow) -> Option<UnitFigure> {
    let share = |deducted: Option<bool>, numerator: Option<i64>, whole: Option<i64>| {
        let is_let_out = deducted?;
        Some(if is_let_out {
            None
        } else {
            Some(Fraction::new(numerator?, whole?)?)
        })
    };
    let date = row.as_of_date?;
    let earlier = share(row.earlier_deducted, row.earlier_numerator, row.earlier_whole);
    Some(UnitFigure {
        id: row.measurement_id?.as_u128(),
        date,
        source: source(row.source.as_deref()?),
        share: share(row.unit_deducted, row.numerator, row.whole)?,
        earlier: row.earlier_date.zip(earlier).filter(|(earlier, _)| *earlier < date),
    })
}
