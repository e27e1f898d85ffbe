//! A province of 40 counties with 500 villages each, its plan of 60 criteria, and three months of figures.

use kit::{clock::Clock, id::Ids};
use proto::xiangtu::villages::v1::{
    ApplyPlanRequest, IndicatorKind, PlanBatch, PlanCriterion, PlanIndicator, PlanSection, PlanTier,
    plan_service_client::PlanServiceClient,
};
use tests::{Suite, village::date};

/// The real county.
pub const LANKAO: &str = "410225";
/// Counties of the province.
pub const COUNTIES: usize = 40;
const INDICATORS: usize = 20;

/// Code of the n-th county.
pub fn county(n: usize) -> String {
    format!("4203{:02}", n + 1)
}

/// Fills the register and the figures of all villages, those of the real county too.
pub fn statements() -> Vec<String> {
    let divisions = |code: &str, parent: &str, level: &str, kind: &str, from: &str| {
        format!(
            "INSERT INTO divisions (division_code, parent_code, display_name, level, kind, valid_from, known_from)
             SELECT {code}, {parent}, '第' || n || '号', '{level}', '{kind}', '2024-01-01', '2024-01-01' FROM {from}"
        )
    };
    let counties = format!("generate_series(1, {COUNTIES}) n");
    let townships = format!("generate_series(0, {COUNTIES} * 20 - 1) n");
    let villages = format!("generate_series(0, {COUNTIES} * 500 - 1) n");
    let of_county = "'4203' || lpad((n / 20 + 1)::text, 2, '0')";
    let of_town = "'4203' || lpad((n / 500 + 1)::text, 2, '0') || (101 + n % 500 / 25)";
    vec![
        divisions("'4203' || lpad(n::text, 2, '0')", "NULL", "COUNTY", "COUNTY", &counties),
        divisions(&format!("{of_county} || (101 + n % 20)"), of_county, "TOWNSHIP", "TOWN", &townships),
        divisions(&format!("{of_town} || (201 + n % 25)"), of_town, "VILLAGE", "VILLAGE", &villages),
        format!(
            "INSERT INTO measurements (measurement_id, division_code, indicator, as_of_date, source, revision, numerator,
                 denominator, reporter, recorded_at)
             SELECT gen_random_uuid(), d.division_code, 'share_' || i, day, 'SELF_REPORT', 1,
                 600 + abs(hashtext(d.division_code || i)) % 380 + 10 * extract(month FROM day)::int, 1010, 'bench', '2024-04-01'
             FROM divisions d, generate_series(1, {INDICATORS}) i,
                 unnest('{{2024-01-31,2024-02-29,2024-03-31}}'::date[]) day
             WHERE d.level = 'VILLAGE'"
        ),
    ]
}

/// Applies the plan to a county: three tiers, each of which asks for a share of every indicator.
pub async fn apply(suite: &Suite, county: &str) {
    let codes: Vec<String> = (1..=INDICATORS).map(|n| format!("share_{n}")).collect();
    let indicators = codes.iter().map(|code| PlanIndicator {
        code: code.clone(),
        display_name: code.clone(),
        unit: "户".to_owned(),
        kind: IndicatorKind::Ratio.into(),
        weight: 5,
        ..PlanIndicator::default()
    });
    let tier = |(at, (code, threshold)): (usize, (&str, &str))| PlanTier {
        code: code.to_owned(),
        display_name: code.to_owned(),
        rank: i32::try_from(at).expect("few") + 1,
        criteria: codes
            .iter()
            .map(|indicator| PlanCriterion {
                indicator: indicator.clone(),
                threshold: threshold.to_owned(),
                ..PlanCriterion::default()
            })
            .collect(),
    };
    let tiers = [("compliant", "61%"), ("one_star", "65%"), ("two_star", "80%")];
    let section = PlanSection {
        code: "2024-2026".to_owned(),
        display_name: "乡村振兴工作方案".to_owned(),
        division: format!("divisions/{county}"),
        start_date: Some(date(1, 1)),
        end_date: Some(date(12, 31)),
        indicators: indicators.collect(),
        tiers: tiers.into_iter().enumerate().map(tier).collect(),
        batches: vec![PlanBatch {
            code: "all".to_owned(),
            display_name: "全部".to_owned(),
            target_tier: "one_star".to_owned(),
            acceptance_date: Some(date(12, 20)),
            divisions: Vec::new(),
        }],
        ..PlanSection::default()
    };
    let request = ApplyPlanRequest {
        section: Some(section),
        effective_date: Some(date(1, 1)),
        request_id: Ids::random(Clock::system()).next().to_string(),
        ..ApplyPlanRequest::default()
    };
    PlanServiceClient::new(suite.service("villages").channel())
        .apply_plan(suite.request("", request))
        .await
        .expect("a plan");
}
