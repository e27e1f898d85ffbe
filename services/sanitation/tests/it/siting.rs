//! Hamlets, and where bins and collection points are proposed.

use std::fmt::Write as _;

use kit::testing::Harness;
use proto::xiangtu::sanitation::v1::{
    BinLevel, ComplianceRule, GetComplianceReportRequest, GetHamletRequest, GetSitingProposalGeojsonRequest,
    GetSitingProposalRequest, ListHamletsRequest, ListSitingProposalsRequest, Settlement, SitingBasis, SitingProposal,
    SitingReason, SummarizeSitingRequest, compliance_service_client::ComplianceServiceClient,
    hamlet_service_client::HamletServiceClient, siting_service_client::SitingServiceClient,
};
use tonic::Code;

use crate::town::{self, COUNTY, TOWN, import, network, register, start, taken};

const VILLAGE: &str = "410225108299";
const HAMLETS: &str = "hamlet_id,village_code,name,households,settlement,lng,lat";

/// A village of three hamlets: at its point, a kilometre north, two kilometres south. Bins stand at the first two.
async fn village(harness: &Harness) {
    network(harness, TOWN).await;
    let area = "code,name,registered_households,resident_persons,groups,lng,lat";
    taken(
        harness,
        "villages",
        &format!("{area}\n{VILLAGE},新村,185,600,3,116.0,34.8\n"),
    )
    .await;
    let point = "cp_id,village_code,kind,capacity_l,bins,daily_kg,access_max_gross_t,window_open,window_close,lng,lat";
    taken(
        harness,
        "collection_points",
        &format!("{point}\nP1,{VILLAGE},bin_group,1440,6,90,,05:30,09:00,116.0,34.8\n"),
    )
    .await;
    let bin = "bin_id,village_code,volume_l,sealed,households_served,lng,lat,cp_id";
    let mut bins = format!("{bin}\n");
    for (number, lat) in (1..).zip([34.8, 34.8, 34.8, 34.8, 34.8085, 34.809]) {
        writeln!(bins, "B{number},{VILLAGE},240,1,30,116.0,{lat},P1").expect("a text takes all");
    }
    taken(harness, "bins", &bins).await;
    taken(harness, "hamlets", &hamlets()).await;
}

fn hamlets() -> String {
    format!(
        "{HAMLETS}\nH1,{VILLAGE},东组,100,,116,34.8\nH2,{VILLAGE},北组,60,scattered,116,34.8085\nH3,{VILLAGE},南组,25,clustered,116,34.782\n"
    )
}

async fn proposal(harness: &Harness, scope: &str, level: BinLevel) -> Result<SitingProposal, tonic::Status> {
    let request = GetSitingProposalRequest {
        name: format!("sitingProposals/{VILLAGE}"),
        level: level.into(),
        ..GetSitingProposalRequest::default()
    };
    let mut client = SitingServiceClient::new(harness.channel.clone());
    let answer = client.get_siting_proposal(harness.request(scope, request)).await;
    answer.map(tonic::Response::into_inner)
}

async fn export(harness: &Harness, register: &str) -> String {
    town::export(harness, TOWN, register, "").await.expect("a file")
}

#[tokio::test]
async fn hamlets_come_in_again_and_out_without_effect() {
    let harness = start().await;
    village(&harness).await;
    assert_eq!(taken(&harness, "hamlets", &hamlets()).await.unchanged_count, 3);
    assert_eq!(export(&harness, "hamlets").await, hamlets());
    let moved = hamlets().replace(",60,", ",61,");
    assert_eq!(taken(&harness, "hamlets", &moved).await.updated_count, 1);
    let cases = [
        (
            format!("H4,{VILLAGE},西组,-1,,116.0,34.8"),
            "households",
            "OUT_OF_RANGE",
        ),
        (
            format!("H4,{VILLAGE},西组,1,dense,116.0,34.8"),
            "settlement",
            "UNKNOWN_KIND",
        ),
        (
            format!("H4,{TOWN}999,西组,1,,116.0,34.8"),
            "village_code",
            "UNKNOWN_VILLAGE",
        ),
        (format!("H4,{VILLAGE},西组,1,,190,34.8"), "lng", "OUT_OF_RANGE"),
    ];
    for (row, column, reason) in cases {
        let report = import(&harness, "hamlets", &format!("{HAMLETS}\n{row}\n")).await;
        let error = &report.errors[0];
        assert_eq!(
            (report.applied, error.column.as_str(), error.reason.as_str()),
            (false, column, reason),
            "{row}"
        );
    }
    let mut client = HamletServiceClient::new(harness.channel.clone());
    let get = |scope: &str| {
        let name = "hamlets/H3".to_owned();
        harness.request(scope, GetHamletRequest { name })
    };
    let hamlet = client.get_hamlet(get(TOWN)).await.expect("a hamlet").into_inner();
    assert_eq!(
        (hamlet.settlement(), hamlet.household_count),
        (Settlement::Clustered, 25)
    );
    let error = client.get_hamlet(get("410225104")).await.expect_err("of a sibling");
    assert_eq!(error.code(), Code::NotFound);
    let request = ListHamletsRequest {
        filter: "household_count > 50".to_owned(),
        ..ListHamletsRequest::default()
    };
    let listed = client
        .list_hamlets(harness.request(TOWN, request))
        .await
        .expect("hamlets");
    assert_eq!(listed.into_inner().hamlets.len(), 2);
    harness.stop().await;
}

#[tokio::test]
async fn what_is_proposed_and_set_up_meets_the_norms() {
    let harness = start().await;
    village(&harness).await;
    let found = proposal(&harness, TOWN, BinLevel::Unspecified)
        .await
        .expect("a proposal");
    assert_eq!(
        (found.basis(), found.bin_count, found.required_bin_count),
        (SitingBasis::Hamlets, 6, 19)
    );
    assert_eq!(
        (found.missing_bin_count, found.new_bin_count, found.new_point_count),
        (13, 13, 2)
    );
    assert_eq!((found.least_new_bin_count, found.least_new_point_count), (13, 2));
    let told: Vec<_> = found
        .sites
        .iter()
        .map(|site| {
            (
                site.collection_point.as_str(),
                site.joining_bin_count,
                site.new_bin_count,
                site.reason(),
            )
        })
        .collect();
    let expected = [
        ("collectionPoints/P1", 0, 6, SitingReason::BinCount),
        ("", 2, 4, SitingReason::PointRadius),
        ("", 0, 3, SitingReason::PointRadius),
    ];
    assert_eq!(told, expected);
    assert_eq!(found.sites[2].assignments[0].hamlet, "hamlets/H3");
    assert!(
        found.sites[2].needs_motor && !found.sites[1].needs_motor,
        "2 km and 1 km from the point"
    );

    let full = proposal(&harness, TOWN, BinLevel::FullMarks).await.expect("a proposal");
    assert_eq!((full.new_bin_count, full.least_new_bin_count), (16 + 10 + 5, 31));

    let points = export(&harness, "proposed_points").await;
    let of_village = |file: &str| town::only(file, |line| line.contains(VILLAGE));
    assert_eq!(of_village(&points).lines().count(), 1 + 3, "{points}");
    taken(&harness, "collection_points", &points).await;
    let bins = export(&harness, "proposed_bins").await;
    let report = taken(&harness, "bins", &bins).await;
    assert_eq!(report.updated_count, 2, "two bins belong to another point now");
    for level in ["proposed_points", "proposed_bins"] {
        assert_eq!(
            export(&harness, level).await.lines().count(),
            1,
            "{level}: nothing is left to do"
        );
    }
    let done = proposal(&harness, TOWN, BinLevel::Required).await.expect("a proposal");
    assert_eq!((done.new_bin_count, done.new_point_count, done.bin_count), (0, 0, 19));
    let request = GetComplianceReportRequest {
        name: format!("complianceReports/{VILLAGE}"),
        as_of: None,
    };
    let mut compliance = ComplianceServiceClient::new(harness.channel.clone());
    let report = compliance
        .get_compliance_report(harness.request(TOWN, request))
        .await
        .expect("a report")
        .into_inner();
    let met = |rule| report.checks.iter().any(|check| check.rule() == rule && check.passed);
    assert!(report.compliant && met(ComplianceRule::PointRadius) && met(ComplianceRule::CartRadius));
    harness.stop().await;
}

#[tokio::test]
async fn proposals_are_shown_to_their_division_and_bad_requests_are_named() {
    let harness = start().await;
    village(&harness).await;
    let error = proposal(&harness, "410225104", BinLevel::Required)
        .await
        .expect_err("of a sibling");
    assert_eq!(error.code(), Code::NotFound);
    let mut client = SitingServiceClient::new(harness.channel.clone());
    let request = GetSitingProposalRequest {
        name: format!("sitingProposals/{VILLAGE}"),
        max_bins_per_point: 1_001,
        ..GetSitingProposalRequest::default()
    };
    let error = client
        .get_siting_proposal(harness.request(TOWN, request))
        .await
        .expect_err("too many");
    assert!(error.message().contains("max_bins_per_point"), "{error:?}");
    let request = GetSitingProposalGeojsonRequest {
        name: format!("sitingProposals/{VILLAGE}"),
        ..GetSitingProposalGeojsonRequest::default()
    };
    let map = client
        .get_siting_proposal_geojson(harness.request(TOWN, request))
        .await
        .expect("a map")
        .into_inner()
        .geojson;
    let map: serde_json::Value = serde_json::from_str(&map).expect("JSON");
    let features = map["features"].as_array().expect("features");
    let lines = features.iter().filter(|one| one["geometry"]["type"] == "LineString");
    assert_eq!((features.len(), lines.count()), (6, 3));
    harness.stop().await;
}

#[tokio::test]
async fn a_county_is_proposed_for_in_one_call() {
    let harness = start().await;
    for name in ["villages", "transfer_stations", "collection_points"] {
        taken(&harness, name, &register(name)).await;
    }
    taken(&harness, "hamlets", &groups()).await;
    let mut client = SitingServiceClient::new(harness.channel.clone());
    let request = SummarizeSitingRequest {
        division: COUNTY.to_owned(),
        ..SummarizeSitingRequest::default()
    };
    let begun = std::time::Instant::now();
    let summary = client
        .summarize_siting(harness.request(COUNTY, request))
        .await
        .expect("a summary")
        .into_inner();
    let total = summary.total.expect("a total");
    println!("{:?}: {total:?}", begun.elapsed());
    // 16 townships and 6 special areas.
    assert_eq!((total.village_count, summary.townships.len()), (469, 22));
    assert_eq!((total.household_count, total.unserved_household_count), (285_775, 0));
    assert!(total.new_bin_count >= total.missing_bin_count && total.proven_count > 440);
    assert!(total.least_new_bin_count <= total.new_bin_count);
    // The list of a township adds up to its sum.
    let request = ListSitingProposalsRequest {
        division: format!("divisions/{TOWN}"),
        page_size: 1_000,
        ..ListSitingProposalsRequest::default()
    };
    let listed = client
        .list_siting_proposals(harness.request(COUNTY, request))
        .await
        .expect("proposals")
        .into_inner()
        .siting_proposals;
    let town = summary
        .townships
        .iter()
        .find(|one| one.division.ends_with(TOWN))
        .expect("the town");
    let bins: i64 = listed.iter().map(|one| one.new_bin_count).sum();
    assert_eq!(
        (town.new_bin_count, town.village_count),
        (bins, i64::try_from(listed.len()).expect("few"))
    );
    harness.stop().await;
}

/// Every villagers' group as a hamlet somewhere around its village.
fn groups() -> String {
    let centres: std::collections::HashMap<String, (f64, f64)> = register("villages")
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let degrees = |at: usize| cells[at].parse().expect("degrees");
            (cells[0].to_owned(), (degrees(4), degrees(5)))
        })
        .collect();
    let mut file = format!("{HAMLETS}\n");
    let mut chance = 1_u64;
    let mut shift = || {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        #[expect(clippy::cast_precision_loss, reason = "a few hundred metres")]
        let part = (chance >> 44) as f64 / f64::from(1_u32 << 20) - 0.5;
        part * 0.02
    };
    for line in register("groups").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (lng, lat) = centres[cells[1]];
        let (lng, lat) = (lng + shift(), lat + shift());
        writeln!(file, "{},{},{},55,,{lng:.6},{lat:.6}", cells[0], cells[1], cells[3]).expect("a text takes all");
    }
    file
}
