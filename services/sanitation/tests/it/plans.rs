//! The plan section: contradictions, effect, versions.

use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        ApplyPlanRequest, BinNorm, ComplianceRule, DiffPlanRequest, GetComplianceReportRequest, GetPlanRequest,
        ListPlansRequest, PlanSection, ValidatePlanRequest, compliance_service_client::ComplianceServiceClient,
        plan_service_client::PlanServiceClient,
    },
};
use tonic::Code;

use crate::town::{COUNTY, TOWN, network, request_id, start};

fn section(per_bin: i64, full_marks: i64) -> Option<PlanSection> {
    Some(PlanSection {
        bins: Some(BinNorm {
            households_per_bin: per_bin,
            households_per_bin_full_marks: full_marks,
        }),
        ..PlanSection::default()
    })
}

const fn april(day: i32) -> Option<Date> {
    Some(Date {
        year: 2024,
        month: 4,
        day,
    })
}

#[tokio::test]
async fn every_contradiction_is_named_and_nothing_applied() {
    let harness = start().await;
    let mut client = PlanServiceClient::new(harness.channel.clone());
    let mut bad = section(5, 10).expect("a section");
    bad.required = vec![ComplianceRule::Unspecified.into()];
    let request = ValidatePlanRequest {
        division: COUNTY.to_owned(),
        section: Some(bad.clone()),
    };
    let problems = client
        .validate_plan(harness.request(COUNTY, request))
        .await
        .expect("problems");
    let found: Vec<_> = problems
        .into_inner()
        .problems
        .into_iter()
        .map(|p| (p.path, p.reason))
        .collect();
    let expected = [
        ("required[0]", "UNKNOWN_RULE"),
        ("bins.households_per_bin_full_marks", "WRONG_ORDER"),
    ];
    assert_eq!(
        found,
        expected.map(|(path, reason)| (path.to_owned(), reason.to_owned()))
    );

    let apply = |division: &str, section: Option<PlanSection>| ApplyPlanRequest {
        division: division.to_owned(),
        section,
        effective_date: april(1),
        request_id: String::new(),
    };
    let error = client
        .apply_plan(harness.request(COUNTY, apply(COUNTY, Some(bad))))
        .await
        .expect_err("contradictions");
    assert_eq!(error.code(), Code::InvalidArgument);
    let error = client
        .apply_plan(harness.request(COUNTY, apply(COUNTY, None)))
        .await
        .expect_err("no section");
    assert_eq!(error.code(), Code::InvalidArgument);
    let village = apply("410225108200", section(10, 5));
    let error = client
        .apply_plan(harness.request(COUNTY, village))
        .await
        .expect_err("no plan of a village");
    assert_eq!(error.code(), Code::InvalidArgument);
    let error = client
        .apply_plan(harness.request("410225104", apply(TOWN, section(10, 5))))
        .await
        .expect_err("a sibling");
    assert_eq!(error.code(), Code::NotFound);
    let plans = client
        .list_plans(harness.request(COUNTY, ListPlansRequest::default()))
        .await
        .expect("plans");
    assert_eq!(plans.into_inner().plans, []);
    harness.stop().await;
}

#[tokio::test]
async fn versions_hold_from_their_day_and_the_township_goes_first() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let mut client = PlanServiceClient::new(harness.channel.clone());
    let mut apply = async |division: &str, per_bin: i64, day: i32, number: u8| {
        let request = ApplyPlanRequest {
            division: division.to_owned(),
            section: section(per_bin, 5),
            effective_date: april(day),
            request_id: request_id(number),
        };
        client
            .apply_plan(harness.request(COUNTY, request))
            .await
            .expect("a version")
            .into_inner()
    };
    let first = apply(COUNTY, 10, 1, 1).await;
    assert_eq!(
        (first.version, apply(COUNTY, 10, 1, 1).await.name),
        (1, first.name.clone())
    );
    assert_eq!(
        apply(COUNTY, 10, 5, 2).await.name,
        first.name,
        "an equal section adds nothing"
    );
    assert_eq!(apply(COUNTY, 8, 10, 3).await.version, 2);
    let town = apply(TOWN, 6, 20, 4).await;

    let mut compliance = ComplianceServiceClient::new(harness.channel.clone());
    let mut required = async |day: i32| {
        let request = GetComplianceReportRequest {
            name: "complianceReports/410225108200".to_owned(),
            as_of: april(day),
        };
        let report = compliance
            .get_compliance_report(harness.request(TOWN, request))
            .await
            .expect("a report")
            .into_inner();
        (report.household_count, report.required_bin_count, report.plan)
    };
    let (households, at_ten, plan) = required(9).await;
    assert_eq!((at_ten, plan), ((households + 9) / 10, first.name.clone()));
    assert_eq!(required(10).await.1, (households + 7) / 8);
    assert_eq!(
        required(20).await,
        (households, (households + 5) / 6, town.name.clone())
    );

    let mut plans = PlanServiceClient::new(harness.channel.clone());
    let get = GetPlanRequest {
        name: first.name.clone(),
    };
    let seen = plans
        .get_plan(harness.request(TOWN, get))
        .await
        .expect("a county's plan binds its townships")
        .into_inner();
    assert_eq!(
        seen.section
            .and_then(|section| section.routing)
            .map(|routing| routing.stop_s),
        Some(60)
    );
    let get = GetPlanRequest { name: town.name };
    let error = plans
        .get_plan(harness.request("410225104", get))
        .await
        .expect_err("a sibling's");
    assert_eq!(error.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn the_effect_is_counted_before() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let mut client = PlanServiceClient::new(harness.channel.clone());
    let mut lax = section(1_000, 5).expect("a section");
    lax.required = vec![ComplianceRule::BinSealed.into()];
    let request = DiffPlanRequest {
        division: TOWN.to_owned(),
        section: Some(lax),
        effective_date: april(1),
    };
    let diff = client
        .diff_plan(harness.request(TOWN, request))
        .await
        .expect("a difference")
        .into_inner();
    let paths: Vec<&str> = diff.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["bins.households_per_bin", "required"]);
    // No village has a bin; without bins all of them close.
    assert_eq!(diff.compliant_before_count, 0);
    assert!(diff.compliant_after_count > 10);
    assert_eq!(diff.changes[0].affected_count, Some(diff.compliant_after_count));
    harness.stop().await;
}
