//! Compliance: core → contract.

use kit::dates;
use proto::xiangtu::{
    sanitation::v1::{
        BinComplianceAssessed, ComplianceCheck, ComplianceReport, ComplianceRule, ComplianceRuleSum, ComplianceSum,
        StationReport,
    },
    r#type::v1::Ratio,
};
use sanitation_core::{
    compliance::{self, Check, Report, Rule},
    norms::Share,
};
use time::Date;
use uuid::Uuid;

use super::{names, network};
use crate::store::{areas::Area, facilities::Facility, facts::Facts};

pub fn to_rule(rule: ComplianceRule) -> Option<Rule> {
    match rule {
        ComplianceRule::Unspecified => None,
        ComplianceRule::BinCount => Some(Rule::BinCount),
        ComplianceRule::BinSealed => Some(Rule::BinSealed),
        ComplianceRule::CartRadius => Some(Rule::CartRadius),
        ComplianceRule::MotorRadius => Some(Rule::MotorRadius),
        ComplianceRule::PointRadius => Some(Rule::PointRadius),
        ComplianceRule::PointVolume => Some(Rule::PointVolume),
        ComplianceRule::HouseholdRadius => Some(Rule::HouseholdRadius),
        ComplianceRule::KitchenFrequency => Some(Rule::KitchenFrequency),
        ComplianceRule::CleanerCount => Some(Rule::CleanerCount),
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
        Rule::HouseholdRadius => ComplianceRule::HouseholdRadius,
        Rule::KitchenFrequency => ComplianceRule::KitchenFrequency,
        Rule::CleanerCount => ComplianceRule::CleanerCount,
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
        found: check.found.map(ratio),
        passed: check.passed,
        missing_count: check.missing,
        explanation_zh: check.text.zh,
        explanation: check.text.en,
        farthest_m: check.farthest_m,
    }
}

fn ratio(share: Share) -> Ratio {
    Ratio {
        numerator: share.numerator,
        denominator: share.denominator,
    }
}

/// The sum over no village of a division.
pub fn nothing(division: &str) -> ComplianceSum {
    ComplianceSum {
        division: names::division(division),
        ..ComplianceSum::default()
    }
}

/// Adds a village to `sum`.
pub fn add(sum: &mut ComplianceSum, area: &Area, report: &Report) {
    sum.village_count += 1;
    sum.compliant_count += i64::from(report.compliant);
    sum.full_marks_count += i64::from(report.bins >= report.full_marks_bins);
    sum.household_count += area.household_count;
    sum.bin_count += report.bins;
    sum.missing_bin_count += (report.required_bins - report.bins).max(0);
    sum.missing_full_marks_bin_count += (report.full_marks_bins - report.bins).max(0);
    for check in &report.checks {
        let rule = from_rule(check.rule);
        let at = sum.rules.iter().position(|one| one.rule() == rule);
        let at = at.unwrap_or_else(|| {
            sum.rules.push(ComplianceRuleSum {
                rule: rule.into(),
                ..ComplianceRuleSum::default()
            });
            sum.rules.len() - 1
        });
        let one = &mut sum.rules[at];
        one.held_count += i64::from(check.found.is_some());
        one.passed_count += i64::from(check.found.is_some() && check.passed);
        one.missing_count += check.missing;
    }
}

/// The report of a transfer station.
pub fn station(row: Facility, report: compliance::StationReport) -> StationReport {
    StationReport {
        name: format!("stationReports/{}", row.facility_id),
        facility: names::facility(&row.facility_id),
        division: names::division(&row.division_code),
        display_name: row.display_name,
        capacity_kg_per_day: row.capacity_kg_per_day,
        designed_class: network::station_class(report.designed).into(),
        needed_class: network::station_class(report.needed).into(),
        mean_kg_per_day: report.mean_kg,
        peak_kg_per_day: report.peak_kg,
        days_within: report.within.map(ratio),
        missing_kg_per_day: report.missing_kg,
        passed: report.passed,
        explanations_zh: vec![report.load.zh, report.class.zh],
        explanations: vec![report.load.en, report.class.en],
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
