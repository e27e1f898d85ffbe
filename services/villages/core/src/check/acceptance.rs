//! How villages are accepted.

use super::indicator;
use crate::{
    document::{Document, IndicatorKind},
    problem::Problems,
};

pub(super) fn check(document: &Document, problems: &mut Problems) {
    let rules = &document.acceptance;
    let mut range = |field: &str, value: i32, least: i32, most: i32| {
        if !(least..=most).contains(&value) {
            problems.add(
                format_args!("acceptance.{field}"),
                "OUT_OF_RANGE",
                format!("{least} to {most}"),
                format!("须在 {least} 到 {most} 之间"),
            );
        }
    };
    range("confidence_permille", rules.confidence_permille, 800, 999);
    range("sample_household_count", rules.sample_household_count, 0, 1_000);
    if let Some(error) = rules.tolerated_error_permille {
        range("tolerated_error_permille", error, 20, 500);
    }
    range("inspector_count", rules.inspector_count, 1, 10);
    range("tolerated_failure_count", rules.tolerated_failure_count, 0, 100);
    range("publicity_days", rules.publicity_days, 1, 60);
    range("validity_years", rules.validity_years, 1, 10);
    if rules.sample_household_count > 0 && rules.tolerated_error_permille.is_some() {
        problems.add(
            "acceptance.tolerated_error_permille",
            "SAMPLE_SIZE_TWICE",
            "either a number of households or a tolerated error decides the sample",
            "抽查户数与容许误差只能规定一项",
        );
    }
    for (at, code) in rules.household_indicators.iter().enumerate() {
        let path = format!("acceptance.household_indicators[{at}]");
        match indicator(document, code) {
            None => problems.add(
                path,
                "UNKNOWN_INDICATOR",
                format!("{code} is no indicator of the plan"),
                format!("方案中没有指标 {code}"),
            ),
            Some(found) if found.kind != IndicatorKind::Ratio => problems.add(
                path,
                "NOT_BY_HOUSEHOLD",
                format!("{code} is no ratio, so that it cannot be counted by household"),
                format!("指标 {code} 不是比率，不能按户抽查"),
            ),
            Some(_) if rules.household_indicators.iter().take(at).any(|other| other == code) => problems.add(
                path,
                "DUPLICATE_CODE",
                format!("{code} is listed twice"),
                format!("指标 {code} 重复"),
            ),
            Some(_) => {}
        }
    }
}
