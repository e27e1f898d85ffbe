//! Villages held to the waste norms.

use std::fmt::Write as _;

use kit::testing::Harness;
use proto::xiangtu::sanitation::v1::{
    AssessComplianceRequest, BinComplianceAssessed, ComplianceReport, ComplianceRule, GetComplianceReportRequest,
    ListComplianceReportsRequest, compliance_service_client::ComplianceServiceClient,
};
use tonic::Code;

use crate::town::{COUNTY, TOWN, events, network, of_division, payload, request_id, start, taken};

/// Bins for the first village of the town, all at its first collection point.
fn bins(number: usize) -> String {
    let points = of_division("collection_points", TOWN);
    let point: Vec<&str> = points.lines().nth(1).expect("a point").split(',').collect();
    let (id, village, lng, lat) = (point[0], point[1], point[9], point[10]);
    let mut text = "bin_id,village_code,volume_l,sealed,households_served,lng,lat,cp_id\n".to_owned();
    for index in 0..number {
        let sealed = u8::from(index > 0);
        writeln!(text, "B{index:04},{village},240,{sealed},7,{lng},{lat},{id}").expect("a text takes all");
    }
    text
}

fn village() -> String {
    let points = of_division("collection_points", TOWN);
    let line = points.lines().nth(1).expect("a point").to_owned();
    line.split(',').nth(1).expect("a village").to_owned()
}

async fn report(harness: &Harness, scope: &str, village: &str) -> Result<ComplianceReport, tonic::Status> {
    let request = GetComplianceReportRequest {
        name: format!("complianceReports/{village}"),
        as_of: None,
    };
    let mut client = ComplianceServiceClient::new(harness.channel.clone());
    client
        .get_compliance_report(harness.request(scope, request))
        .await
        .map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_report_tells_what_is_missing() {
    let harness = start().await;
    network(&harness, TOWN).await;
    taken(&harness, "bins", &bins(30)).await;
    let village = village();
    let found = report(&harness, TOWN, &village).await.expect("a report");
    let required = (found.household_count + 9) / 10;
    assert_eq!((found.bin_count, found.required_bin_count), (30, required));
    assert!(required > 30 && !found.compliant && found.bin_marks_permille == 0);
    let check = |rule: ComplianceRule| {
        found
            .checks
            .iter()
            .find(|check| check.rule() == rule)
            .expect("every rule")
    };
    assert_eq!(check(ComplianceRule::BinCount).missing_count, required - 30);
    assert_eq!(
        check(ComplianceRule::BinCount).explanation_zh,
        format!(
            "户数 {}，需垃圾桶 {required} 只（每 10 户 1 只），现有 30 只，缺 {} 只",
            found.household_count,
            required - 30
        )
    );
    assert_eq!(check(ComplianceRule::BinSealed).missing_count, 1);
    assert!(check(ComplianceRule::CartRadius).passed && check(ComplianceRule::PointRadius).passed);
    assert_eq!(found.plan, "", "no plan is applied: the source plan's norms hold");

    let error = report(&harness, "410225104", &village).await.expect_err("of a sibling");
    assert_eq!(error.code(), Code::NotFound);
    assert_eq!(
        report(&harness, COUNTY, "410225108999").await.expect_err("none").code(),
        Code::NotFound
    );
    harness.stop().await;
}

#[tokio::test]
async fn facts_are_told_when_they_change_and_only_then() {
    let harness = start().await;
    network(&harness, TOWN).await;
    taken(&harness, "bins", &bins(30)).await;
    let mut client = ComplianceServiceClient::new(harness.channel.clone());
    let mut assess = async |number: u8| {
        let request = AssessComplianceRequest {
            division: format!("divisions/{TOWN}"),
            as_of: None,
            request_id: request_id(number),
        };
        client
            .assess_compliance(harness.request(TOWN, request))
            .await
            .expect("an answer")
            .into_inner()
    };
    let first = assess(1).await;
    assert!(first.village_count > 10 && first.emitted_count == first.village_count);
    assert_eq!(assess(1).await, first, "the same id answers the first result");
    assert_eq!(assess(2).await.emitted_count, 0);
    taken(&harness, "bins", &bins(31)).await;
    assert_eq!(assess(3).await.emitted_count, 1);
    let told = events(&harness, "bin_compliance.assessed").await;
    assert_eq!(i64::try_from(told.len()).expect("few"), first.village_count + 1);
    let last: BinComplianceAssessed = payload(told.last().expect("one"));
    assert_eq!(
        (last.division, last.bin_count, last.sealed_bin_count),
        (format!("divisions/{}", village()), 31, 30)
    );
    harness.stop().await;
}

#[tokio::test]
async fn the_list_agrees_with_the_single_report() {
    let harness = start().await;
    network(&harness, TOWN).await;
    taken(&harness, "bins", &bins(200)).await;
    let request = ListComplianceReportsRequest {
        division: format!("divisions/{TOWN}"),
        page_size: 1_000,
        ..ListComplianceReportsRequest::default()
    };
    let mut client = ComplianceServiceClient::new(harness.channel.clone());
    let all = client
        .list_compliance_reports(harness.request(TOWN, request))
        .await
        .expect("reports")
        .into_inner()
        .compliance_reports;
    for found in all.iter().take(3).chain(all.iter().filter(|found| found.bin_count > 0)) {
        let village = found.division.trim_start_matches("divisions/");
        assert_eq!(report(&harness, TOWN, village).await.expect("a report"), *found);
    }
    assert!(
        all.iter()
            .any(|found| found.compliant && found.bin_marks_permille >= 600)
    );
    harness.stop().await;
}
