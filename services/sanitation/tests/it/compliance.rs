//! Villages held to the waste norms.

use std::fmt::Write as _;

use kit::testing::Harness;
use proto::google::r#type::Date;
use proto::xiangtu::sanitation::v1::{
    AssessComplianceRequest, BinComplianceAssessed, ComplianceReport, ComplianceRule, GetComplianceReportRequest,
    ListComplianceReportsRequest, ListStationReportsRequest, StationClass, SummarizeComplianceRequest,
    compliance_service_client::ComplianceServiceClient,
};
use tonic::Code;

use crate::town::{COUNTY, TOWN, events, export, network, of_division, payload, request_id, start, taken, weighings};

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

#[tokio::test]
async fn households_kitchen_waste_and_cleaners_are_held_to_their_norms() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03-0").await;
    let village = village();
    let points = of_division("collection_points", TOWN);
    let point: Vec<&str> = points.lines().nth(1).expect("a point").split(',').collect();
    let (lng, lat) = (point[9], point[10]);
    let hamlets = format!(
        "hamlet_id,village_code,name,households,lng,lat\nH1,{village},东组,40,{lng},{lat}\nH2,{village},远组,60,114.0,34.0\n"
    );
    taken(&harness, "hamlets", &hamlets).await;
    let workers = format!(
        "worker_id,division_code,name,role,since,until\nW1,{village},王桂英,cleaner,2024-01-01,\nW2,{village},赵,cleaner,2024-01-01,2024-02-01\n"
    );
    taken(&harness, "workers", &workers).await;
    let request = GetComplianceReportRequest {
        name: format!("complianceReports/{village}"),
        as_of: Some(march(9)),
    };
    let mut client = ComplianceServiceClient::new(harness.channel.clone());
    let mut seen = async |scope: &str| {
        let answer = client
            .get_compliance_report(harness.request(scope, request.clone()))
            .await;
        answer.expect("a report").into_inner()
    };
    let (found, own) = (seen(TOWN).await, seen(&village).await);
    assert!(
        own.checks
            .iter()
            .any(|check| check.rule() == ComplianceRule::KitchenFrequency && found.checks.contains(check)),
        "a village's officer is told what its township is"
    );
    let check = |rule: ComplianceRule| {
        found
            .checks
            .iter()
            .find(|check| check.rule() == rule)
            .expect("every rule")
    };
    assert_eq!(check(ComplianceRule::HouseholdRadius).missing_count, 60);
    let kitchen = check(ComplianceRule::KitchenFrequency);
    let days = kitchen.found.as_ref().expect("seven days");
    let expected = collected_days(&village);
    assert_eq!((days.numerator, days.denominator), (expected, 7));
    assert_eq!((kitchen.missing_count, kitchen.passed), (7 - expected, expected == 7));
    assert!(check(ComplianceRule::CleanerCount).passed, "no number is asked for");
    assert!(
        check(ComplianceRule::CleanerCount)
            .explanation_zh
            .ends_with("现有 1 人")
    );
    harness.stop().await;
}

/// Days from 2 to 8 March on which the files say that waste was collected in a village.
fn collected_days(village: &str) -> i64 {
    let stops = crate::town::register("trip_stops_30d");
    let stops = stops.lines().filter(|line| line.split(',').nth(2) == Some(village));
    let days: std::collections::BTreeSet<&str> = stops
        .filter_map(|line| line.split(',').nth(3)?.split('T').next())
        .filter(|day| ("2024-03-02"..="2024-03-08").contains(day))
        .collect();
    i64::try_from(days.len()).expect("few")
}

const fn march(day: i32) -> Date {
    Date {
        year: 2024,
        month: 3,
        day,
    }
}

#[tokio::test]
async fn townships_are_summed_up_and_villages_exported() {
    let harness = start().await;
    network(&harness, TOWN).await;
    taken(&harness, "bins", &bins(200)).await;
    let request = SummarizeComplianceRequest {
        division: COUNTY.to_owned(),
        as_of: None,
    };
    let mut client = ComplianceServiceClient::new(harness.channel.clone());
    let summary = client
        .summarize_compliance(harness.request(COUNTY, request))
        .await
        .expect("a summary")
        .into_inner();
    let total = summary.total.expect("a total");
    assert_eq!(summary.townships.len(), 1);
    assert_eq!(summary.townships[0].village_count, total.village_count);
    assert_eq!((total.bin_count, total.compliant_count), (200, 1));
    let count = total
        .rules
        .iter()
        .find(|one| one.rule() == ComplianceRule::BinCount)
        .expect("every rule");
    assert_eq!((count.passed_count, count.missing_count), (1, total.missing_bin_count));
    assert!(total.missing_full_marks_bin_count > total.missing_bin_count);
    let file = export(&harness, COUNTY, "compliance_reports", "")
        .await
        .expect("a file");
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(i64::try_from(lines.len()).expect("few"), total.village_count + 1);
    let line = lines
        .iter()
        .find(|line| line.starts_with(&village()))
        .expect("the village");
    assert!(line.contains(",200,") && line.contains("达标"), "{line}");
    let error = client
        .summarize_compliance(harness.request(
            "410226",
            SummarizeComplianceRequest {
                division: "410226".to_owned(),
                as_of: None,
            },
        ))
        .await
        .expect_err("nothing to serve");
    assert_eq!(error.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn stations_are_held_to_what_comes_in() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03").await;
    let request = ListStationReportsRequest {
        as_of: Some(march(31)),
        ..ListStationReportsRequest::default()
    };
    let mut client = ComplianceServiceClient::new(harness.channel.clone());
    let listed = client
        .list_station_reports(harness.request(COUNTY, request))
        .await
        .expect("reports")
        .into_inner()
        .station_reports;
    assert_eq!(listed.len(), 1, "the plant is no station");
    let report = &listed[0];
    assert_eq!(
        (report.designed_class(), report.needed_class()),
        (StationClass::Small, StationClass::Small)
    );
    let days = report.days_within.as_ref().expect("thirty days");
    assert_eq!(days.denominator, 30);
    assert!(report.mean_kg_per_day > 0 && report.peak_kg_per_day >= report.mean_kg_per_day);
    assert_eq!(report.missing_kg_per_day, (report.peak_kg_per_day - 30_000).max(0));
    assert_eq!(report.passed, days.numerator == days.denominator);
    harness.stop().await;
}
