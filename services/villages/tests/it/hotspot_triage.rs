//! What is done about a hotspot: response times, judgement, memory of fixed sources.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AcknowledgeHotspotRequest, ArriveAtHotspotRequest, EndFixedSourceRequest, ExonerateHotspotRequest, FixedSource,
    GetHotspotRequest, Hotspot, HotspotState, ListFixedSourcesRequest, ListGridStatisticsRequest, TriageHotspotRequest,
};
use time::Duration;
use tonic::{Code, Status};

use crate::{
    calls::{
        acknowledge_hotspot, arrive_at_hotspot, end_fixed_source, exonerate_hotspot, get_hotspot, list_fixed_sources,
        list_grid_statistics, triage_hotspot,
    },
    county::{day, fields, reason, request_id},
    grid::{EAST, WEST, at, drawn},
    hotspot::{events, report},
    township::{BESIDE, TOWN},
};

/// A judgement, not yet sent.
pub fn judgement(harness: &Harness, hotspot: &Hotspot, verdict: HotspotState) -> TriageHotspotRequest {
    TriageHotspotRequest {
        name: hotspot.name.clone(),
        verdict: verdict.into(),
        text: "现场核查".to_owned(),
        evidence: vec!["photos/17".to_owned()],
        request_id: request_id(harness),
        ..TriageHotspotRequest::default()
    }
}

/// Judges a hotspot.
pub async fn triage(harness: &Harness, hotspot: &Hotspot, verdict: HotspotState) -> Result<Hotspot, Status> {
    triage_hotspot(harness, TOWN, judgement(harness, hotspot, verdict)).await
}

/// Exonerates those who answer for a hotspot.
pub async fn exonerate(harness: &Harness, hotspot: &Hotspot) -> Result<Hotspot, Status> {
    let request = ExonerateHotspotRequest {
        name: hotspot.name.clone(),
        reason: "外来人员纵火，已报案".to_owned(),
        evidence: vec!["公安立案决定书".to_owned()],
        request_id: request_id(harness),
        ..ExonerateHotspotRequest::default()
    };
    exonerate_hotspot(harness, TOWN, request).await
}

async fn acknowledge(harness: &Harness, hotspot: &Hotspot) -> Result<Hotspot, Status> {
    let request = AcknowledgeHotspotRequest {
        name: hotspot.name.clone(),
        cadre: "cadres/pilot-grid".to_owned(),
        request_id: request_id(harness),
        ..AcknowledgeHotspotRequest::default()
    };
    acknowledge_hotspot(harness, TOWN, request).await
}

async fn arrive(harness: &Harness, hotspot: &Hotspot) -> Result<Hotspot, Status> {
    let request = ArriveAtHotspotRequest {
        name: hotspot.name.clone(),
        request_id: request_id(harness),
        ..ArriveAtHotspotRequest::default()
    };
    arrive_at_hotspot(harness, TOWN, request).await
}

#[tokio::test]
async fn the_clock_runs_from_the_duty_and_nothing_resets_it() {
    let harness = drawn().await;
    let wait = |seconds| harness.kit.clock.advance(Duration::seconds(seconds));
    let hotspot = report(&harness, at(5, 5), "1").await;
    wait(90);
    let answered = acknowledge(&harness, &hotspot).await.expect("answered");
    assert_eq!(
        (answered.state(), answered.acknowledge_s),
        (HotspotState::Acknowledged, Some(90))
    );
    wait(600);
    arrive(&harness, &hotspot).await.expect("there");
    let again = acknowledge(&harness, &hotspot).await.expect_err("answered already");
    assert_eq!(
        (again.code(), reason(&again).as_str()),
        (Code::FailedPrecondition, "HOTSPOT_STATE")
    );
    wait(300);
    triage(&harness, &hotspot, HotspotState::Burning).await.expect("judged");
    wait(86_400);
    report(&harness, at(5, 5), "later").await;
    let silent = TriageHotspotRequest {
        text: String::new(),
        ..judgement(&harness, &hotspot, HotspotState::False)
    };
    let silent = triage_hotspot(&harness, TOWN, silent).await.expect_err("why?");
    assert_eq!(fields(&silent), ["text"]);
    triage(&harness, &hotspot, HotspotState::False)
        .await
        .expect("corrected");
    let get = GetHotspotRequest {
        name: hotspot.name.clone(),
    };
    let now = get_hotspot(&harness, TOWN, get).await.expect("a hotspot");
    assert_eq!(
        (now.acknowledge_s, now.arrive_s, now.triage_s),
        (Some(90), Some(690), Some(990))
    );
    let actions: Vec<_> = now
        .entries
        .iter()
        .map(|entry| (entry.number, entry.verdict()))
        .collect();
    let (none, burning, mistaken) = (HotspotState::Unspecified, HotspotState::Burning, HotspotState::False);
    assert_eq!(actions, [(1, none), (2, none), (3, burning), (4, mistaken)]);
    let who = now.entries[0]
        .person
        .as_ref()
        .map(|person| person.display_name.as_str());
    assert_eq!(who, Some("赵水志"));

    let stale = TriageHotspotRequest {
        etag: hotspot.etag.clone(),
        ..judgement(&harness, &now, burning)
    };
    assert_eq!(
        triage_hotspot(&harness, TOWN, stale).await.expect_err("stale").code(),
        Code::Aborted
    );
    let same = triage(&harness, &now, mistaken).await.expect_err("as it stands");
    assert_eq!(reason(&same), "HOTSPOT_STATE");
    let unproved = TriageHotspotRequest {
        evidence: vec![],
        ..judgement(&harness, &now, burning)
    };
    assert_eq!(
        fields(&triage_hotspot(&harness, TOWN, unproved).await.expect_err("no evidence")),
        ["evidence"]
    );
    let beside = triage_hotspot(&harness, BESIDE, judgement(&harness, &now, burning)).await;
    assert_eq!(beside.expect_err("not theirs").code(), Code::NotFound);
    assert_eq!(
        reason(&exonerate(&harness, &now).await.expect_err("nothing stands")),
        "HOTSPOT_STATE"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_fixed_source_is_remembered_told_without_urgency_and_counts_only_by_a_persons_word() {
    let harness = drawn().await;
    let chimney = report(&harness, at(5, 5), "1").await;
    let bare = triage(&harness, &chimney, HotspotState::FixedSource)
        .await
        .expect_err("which?");
    assert_eq!(fields(&bare), ["fixed_source"]);
    let source = FixedSource {
        display_name: "第二砖厂烟囱".to_owned(),
        radius_m: 300,
        ..FixedSource::default()
    };
    let judged = TriageHotspotRequest {
        fixed_source: Some(source),
        ..judgement(&harness, &chimney, HotspotState::FixedSource)
    };
    let judged = triage_hotspot(&harness, TOWN, judged).await.expect("remembered");
    let name = judged.entries[0].fixed_source.clone();

    // 200 m away it is matched, even at once: a judged hotspot is not joined. 700 m away it is not.
    let suspected = report(&harness, at(7, 5), "2").await;
    assert_eq!(
        (suspected.suspected_fixed_source.as_str(), suspected.counted),
        (name.as_str(), false)
    );
    let urgent = report(&harness, at(13, 5), "3").await;
    assert_eq!(urgent.suspected_fixed_source, "");
    let confirmed = triage(&harness, &suspected, HotspotState::FixedSource)
        .await
        .expect("the same chimney");
    assert_eq!(
        (confirmed.entries[0].fixed_source.as_str(), confirmed.counted),
        (name.as_str(), false)
    );
    let burning = report(&harness, at(6, 5), "4").await;
    assert!(!burning.suspected_fixed_source.is_empty() && !burning.counted);
    let burning = triage(&harness, &burning, HotspotState::Burning)
        .await
        .expect("straw after all");
    assert!(burning.counted);
    let stated = events(&harness).await;
    let raised: Vec<_> = stated.iter().filter(|event| *event != "hotspot.triaged").collect();
    assert_eq!(
        raised,
        [
            "hotspot.raised",
            "hotspot.suspected",
            "hotspot.raised",
            "hotspot.suspected"
        ]
    );
    let list = ListFixedSourcesRequest {
        as_of: day(2024, 4, 1),
        ..ListFixedSourcesRequest::default()
    };
    let sources = list_fixed_sources(&harness, TOWN, list.clone())
        .await
        .expect("a list")
        .fixed_sources;
    assert_eq!((sources.len(), sources[0].match_count), (1, 2));
    assert_eq!(
        list_fixed_sources(&harness, BESIDE, list.clone())
            .await
            .expect("a list")
            .fixed_sources,
        []
    );

    harness.kit.clock.advance(Duration::DAY);
    let end = EndFixedSourceRequest {
        name,
        reason: "已拆除".to_owned(),
        request_id: request_id(&harness),
        ..EndFixedSourceRequest::default()
    };
    let ended = end_fixed_source(&harness, TOWN, end.clone()).await.expect("ended");
    assert_eq!(ended.valid_until, day(2024, 4, 2));
    let twice = EndFixedSourceRequest {
        request_id: request_id(&harness),
        ..end
    };
    assert_eq!(
        reason(&end_fixed_source(&harness, TOWN, twice).await.expect_err("ended")),
        "FIXED_SOURCE_ENDED"
    );
    assert_eq!(report(&harness, at(5, 5), "5").await.suspected_fixed_source, "");
    harness.stop().await;
}

#[tokio::test]
async fn a_fixed_source_that_never_was_one_is_forgotten() {
    let harness = drawn().await;
    let hotspot = report(&harness, at(5, 5), "1").await;
    let source = FixedSource {
        display_name: "烟囱".to_owned(),
        radius_m: 300,
        ..FixedSource::default()
    };
    let judged = TriageHotspotRequest {
        fixed_source: Some(source),
        ..judgement(&harness, &hotspot, HotspotState::FixedSource)
    };
    triage_hotspot(&harness, TOWN, judged).await.expect("remembered");
    triage(&harness, &hotspot, HotspotState::False)
        .await
        .expect("there is no chimney");
    assert_eq!(report(&harness, at(5, 5), "2").await.suspected_fixed_source, "");
    harness.stop().await;
}

#[tokio::test]
async fn the_year_is_counted_by_grid_and_person() {
    let harness = drawn().await;
    let west = report(&harness, at(5, 5), "1").await;
    harness.kit.clock.advance(Duration::seconds(45));
    acknowledge(&harness, &west).await.expect("answered");
    triage(&harness, &west, HotspotState::Burning).await.expect("judged");
    let second = report(&harness, at(40, 90), "2").await;
    let second = triage(&harness, &second, HotspotState::Burning).await.expect("judged");
    exonerate(&harness, &second).await.expect("exonerated");
    report(&harness, at(75, 50), "3").await;
    let list = ListGridStatisticsRequest::default();
    let rows = list_grid_statistics(&harness, TOWN, list.clone())
        .await
        .expect("rows")
        .statistics;
    let counted: Vec<_> = rows
        .iter()
        .map(|row| {
            let person = row.person.as_ref().map_or("", |person| person.display_name.as_str());
            (
                row.grid.clone(),
                person,
                row.raised_count,
                row.counted_count,
                row.exonerated_count,
                row.open_count,
            )
        })
        .collect();
    let (west, east) = (format!("grids/{WEST}"), format!("grids/{EAST}"));
    assert_eq!(counted, [(west, "王礼孝", 2, 1, 1, 0), (east, "孙富富", 1, 0, 0, 1)]);
    assert_eq!(
        (
            rows[0].acknowledged_count,
            rows[0].acknowledge_total_s,
            rows[0].arrived_count
        ),
        (1, 45, 0)
    );
    let before = ListGridStatisticsRequest {
        until_date: day(2024, 4, 1),
        ..list.clone()
    };
    assert_eq!(
        list_grid_statistics(&harness, TOWN, before)
            .await
            .expect("rows")
            .statistics,
        []
    );
    assert_eq!(
        list_grid_statistics(&harness, BESIDE, list)
            .await
            .expect("rows")
            .statistics,
        []
    );
    harness.stop().await;
}
