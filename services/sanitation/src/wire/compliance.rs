//! Compliance: core → contract.

use kit::dates;
use proto::xiangtu::{
    sanitation::v1::{BinComplianceAssessed, ComplianceCheck, ComplianceReport, ComplianceRule},
    r#type::v1::Ratio,
};
use sanitation_core::compliance::{Check, Report, Rule};
use time::Date;
use uuid::Uuid;

use super::names;
use crate::store::{areas::Area, facts::Facts};

pub fn to_rule(rule: ComplianceRule) -> Option<Rule> {
    match rule {
        ComplianceRule::Unspecified => None,
        ComplianceRule::BinCount => Some(Rule::BinCount),
        ComplianceRule::BinSealed => Some(Rule::BinSealed),
        ComplianceRule::CartRadius => Some(Rule::CartRadius),
        ComplianceRule::MotorRadius => Some(Rule::MotorRadius),
        ComplianceRule::PointRadius => Some(Rule::PointRadius),
        ComplianceRule::PointVolume => Some(Rule::PointVolume),
    }
}

pub fn from_rule(rule: Rule) -> ComplianceRule {
    match rule {
        Rule::BinCount => ComplianceRule::BinCount,
        Rule::BinSealed => ComplianceRule::BinSealed,
        Rule::CartRadius => ComplianceRule::CartRadius,
        Rule::MotorRadius => ComplianceRule::MotorRadius,
        Rule::PointRadius => ComplianceRule::PointRadius,
        Rule::PointVolume => ComplianceRule::PointVolume,
    }
}

/// The report of a village that has `points` collection points, by the norms of version `plan`.
pub fn report(area: &Area, report: Report, points: i64, plan: Option<Uuid>, as_of: Date) -> ComplianceReport {
    ComplianceReport {
        name: format!("complianceReports/{}", area.division_code),
        division: names::division(&area.division_code),
        display_name: area.display_name.clone(),
        as_of: Some(dates::to_proto(as_of)),
        household_count: area.household_count,
        bin_count: report.bins,
        required_bin_count: report.required_bins,
        full_marks_bin_count: report.full_marks_bins,
        bin_marks_permille: permille(report.marks_permille),
        collection_point_count: points,
        compliant: report.compliant,
        checks: report.checks.into_iter().map(check).collect(),
        plan: plan.map(names::plan).unwrap_or_default(),
    }
}

fn check(check: Check) -> ComplianceCheck {
    ComplianceCheck {
        rule: from_rule(check.rule).into(),
        found: check.found.map(|share| Ratio {
            numerator: share.numerator,
            denominator: share.denominator,
        }),
        passed: check.passed,
        missing_count: check.missing,
        explanation_zh: check.text.zh,
        explanation: check.text.en,
        farthest_m: check.farthest_m,
    }
}

/// The facts of a village as other services hear of them.
pub fn assessed(facts: &Facts, as_of: Date) -> BinComplianceAssessed {
    BinComplianceAssessed {
        division: names::division(&facts.division_code),
        as_of: Some(dates::to_proto(as_of)),
        household_count: facts.households,
        bin_count: facts.bins,
        required_bin_count: facts.required_bins,
        full_marks_bin_count: facts.full_marks_bins,
        sealed_bin_count: facts.sealed_bins,
        bin_marks_permille: permille(facts.marks_permille),
        compliant: facts.compliant,
    }
}

fn permille(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(1_000)
}
