//! A judged criterion in words.

use crate::{
    document::{Comparison, IndicatorKind, Terrain},
    plan::{Criterion, Plan},
};

use super::{Figure, Judged, Outcome};

/// One statement in two languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// The threshold that was applied, for example `≥ 70%`.
pub fn threshold_text(criterion: &Criterion, terrain: Terrain) -> String {
    let sign = match criterion.comparison {
        Comparison::AtLeast => "≥ ",
        Comparison::AtMost => "≤ ",
    };
    [sign, criterion.threshold(terrain).text()].concat()
}

/// A figure as text: `319/412`, `3`, `yes`.
pub fn value_text(kind: IndicatorKind, figure: &Figure) -> String {
    match (kind, figure.whole) {
        (IndicatorKind::Ratio, Some(whole)) => format!("{}/{whole}", figure.numerator),
        (IndicatorKind::YesNo, _) => if figure.numerator > 0 { "yes" } else { "no" }.to_owned(),
        _ => figure.numerator.to_string(),
    }
}

/// Says how a criterion stands and what is missing.
pub fn statement(plan: &Plan, judged: &Judged, figure: Option<&Figure>) -> Statement {
    let indicator = plan.indicators.get(judged.indicator);
    let unit = indicator.map_or("", |indicator| indicator.unit.as_str());
    let kind = indicator.map_or(IndicatorKind::Count, |indicator| indicator.kind);
    let criterion = plan
        .tiers
        .get(judged.tier)
        .and_then(|tier| tier.criteria.get(judged.criterion));
    let more = criterion.is_none_or(|criterion| criterion.comparison == Comparison::AtLeast);
    let missing = judged.missing.unwrap_or(0);
    let whole = figure
        .and_then(|figure| figure.whole)
        .filter(|_| kind == IndicatorKind::Ratio);
    let (en, zh) = match (judged.outcome, kind, whole) {
        (Outcome::NoData, ..) => ("no figure".to_owned(), "无数据".to_owned()),
        (Outcome::Pass, ..) => ("holds".to_owned(), "达标".to_owned()),
        (Outcome::Fail, IndicatorKind::YesNo, _) if more => ("not done yet".to_owned(), "尚未完成".to_owned()),
        (Outcome::Fail, IndicatorKind::YesNo, _) => ("must not be".to_owned(), "须予消除".to_owned()),
        (Outcome::Fail, _, Some(whole)) if more => (
            format!("{missing} more {unit} of {whole}"),
            format!("还差 {missing} {unit}（共 {whole} {unit}）"),
        ),
        (Outcome::Fail, _, Some(whole)) => (
            format!("{missing} {unit} of {whole} too many"),
            format!("还需减少 {missing} {unit}（共 {whole} {unit}）"),
        ),
        (Outcome::Fail, _, None) if more => (format!("{missing} more {unit}"), format!("还差 {missing} {unit}")),
        (Outcome::Fail, _, None) => (
            format!("{missing} {unit} too many"),
            format!("还需减少 {missing} {unit}"),
        ),
    };
    Statement { en, zh }
}
