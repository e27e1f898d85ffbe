//! A plan of this year and the next that asks for shares of whatever villages are measured by.

use kit::{clock::Clock, dates, id::Ids};
use proto::{
    google::r#type::Date,
    xiangtu::villages::v1::{
        ApplyPlanRequest, IndicatorKind, PlanBatch, PlanCriterion, PlanIndicator, PlanSection, PlanTier,
        plan_service_client::PlanServiceClient,
    },
};

use crate::Suite;

/// Applies a plan to a county, from the first day of this year on: indicators `share_1`, `share_2`, … of equal weight, each of
/// which every tier asks for, tiers ascending as code and threshold.
///
/// # Panics
///
/// If it is refused.
pub async fn apply(suite: &Suite, county: &str, indicators: usize, tiers: &[(&str, &str)]) {
    let codes: Vec<String> = (1..=indicators).map(|n| format!("share_{n}")).collect();
    let indicator = |code: &String| PlanIndicator {
        code: code.clone(),
        display_name: code.clone(),
        unit: "户".to_owned(),
        kind: IndicatorKind::Ratio.into(),
        weight: 5,
        ..PlanIndicator::default()
    };
    let tier = |(rank, (code, threshold)): (i32, &(&str, &str))| PlanTier {
        code: (*code).to_owned(),
        display_name: (*code).to_owned(),
        rank,
        criteria: codes
            .iter()
            .map(|indicator| PlanCriterion {
                indicator: indicator.clone(),
                threshold: (*threshold).to_owned(),
                ..PlanCriterion::default()
            })
            .collect(),
    };
    let year = dates::day_of(Clock::system().now()).year();
    let date = |year, month, day| Some(Date { year, month, day });
    let section = PlanSection {
        code: "current".to_owned(),
        display_name: "乡村振兴工作方案".to_owned(),
        division: format!("divisions/{county}"),
        start_date: date(year, 1, 1),
        end_date: date(year + 1, 12, 31),
        indicators: codes.iter().map(indicator).collect(),
        tiers: (1..).zip(tiers).map(tier).collect(),
        batches: vec![PlanBatch {
            code: "all".to_owned(),
            display_name: "全部".to_owned(),
            target_tier: tiers.first().expect("a tier").0.to_owned(),
            acceptance_date: date(year + 1, 12, 20),
            divisions: Vec::new(),
        }],
        ..PlanSection::default()
    };
    let request = ApplyPlanRequest {
        section: Some(section),
        effective_date: date(year, 1, 1),
        request_id: Ids::random(Clock::system()).next().to_string(),
        ..ApplyPlanRequest::default()
    };
    PlanServiceClient::new(suite.service("villages").channel())
        .apply_plan(suite.request("", request))
        .await
        .expect("a plan");
}
