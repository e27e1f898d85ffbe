//! Hotspots from sighting to the person on duty.

use futures::future::join_all;
use kit::{config::Env, dates, lifecycle::Lifecycle, service, testing::Harness};
use proto::{
    google::r#type::LatLng,
    xiangtu::villages::v1::{
        DutyRule, GetHotspotRequest, Hotspot, HotspotSource, HotspotState, ListHotspotsRequest, LocationRule,
        MergeDivisionsRequest, PlanHotspots, PlanSection, ReportHotspotRequest,
        hotspot_service_client::HotspotServiceClient,
    },
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tonic::{Code, Status, transport::Endpoint};

use crate::{
    calls::{get_hotspot, list_hotspots, merge_divisions, report_hotspot},
    county::{Asks as _, LANKAO, behind, day, fields, import, request_id},
    grid::{LARGE, WEST, at, draw, drawn, town},
    plan_section::plan,
    roster::replace,
    township::{BESIDE, MONDAY, PILOT, SECOND, TOWN, apply, division},
};

/// A sighting by satellite, not yet sent.
pub fn sighting(harness: &Harness, position: LatLng, external_id: &str) -> ReportHotspotRequest {
    ReportHotspotRequest {
        division: division(LANKAO),
        position: Some(position),
        source: HotspotSource::Satellite.into(),
        external_id: external_id.to_owned(),
        request_id: request_id(harness),
        ..ReportHotspotRequest::default()
    }
}

/// Reports a sighting by satellite.
pub async fn report(harness: &Harness, position: LatLng, external_id: &str) -> Hotspot {
    let request = sighting(harness, position, external_id);
    report_hotspot(harness, LANKAO, request).await.expect("taken")
}

/// What was stated about hotspots, in order.
pub async fn events(harness: &Harness) -> Vec<String> {
    behind(
        harness,
        "SELECT type FROM kit.outbox WHERE type ~ '^(hotspot|fixed_source)\\.' ORDER BY id",
    )
    .await
}

fn duty(hotspot: &Hotspot) -> (&str, &str, DutyRule) {
    let duty = hotspot.duty.as_ref().expect("a duty");
    let person = duty.person.as_ref().map_or("", |person| person.cadre.as_str());
    (duty.grid.as_str(), person, duty.duty_rule())
}

#[tokio::test]
async fn a_hotspot_finds_the_person_on_duty_and_is_raised_once() {
    let harness = drawn().await;
    let tomorrow = MONDAY + Duration::DAY;
    replace(&harness, WEST, (MONDAY, tomorrow), &[("pilot-grid", MONDAY, tomorrow)])
        .await
        .expect("a roster");
    let first = report(&harness, at(5, 5), "MOD-1").await;
    let grid = format!("grids/{WEST}");
    assert_eq!(duty(&first), (grid.as_str(), "cadres/pilot-grid", DutyRule::SmallGrid));
    assert_eq!(
        (first.state(), first.counted, first.sighting_count),
        (HotspotState::Raised, false, 1)
    );

    // The same number again, with another position even, is the same sighting; another one nearby joins; one far away or much
    // later does not.
    assert_eq!(report(&harness, at(90, 90), "MOD-1").await, first);
    let joined = report(&harness, at(8, 7), "MOD-2").await;
    assert_eq!((joined.name.as_str(), joined.sighting_count), (first.name.as_str(), 2));
    assert_ne!(report(&harness, at(30, 30), "MOD-3").await.name, first.name);
    harness.kit.clock.advance(Duration::hours(2) + Duration::SECOND);
    assert_ne!(report(&harness, at(5, 5), "MOD-4").await.name, first.name);
    let raised = "hotspot.raised";
    assert_eq!(events(&harness).await, [raised, "hotspot.sighted", raised, raised]);

    let list = ListHotspotsRequest {
        division: division(PILOT),
        from_time: Some(dates::timestamp(MONDAY)),
        until_time: Some(dates::timestamp(MONDAY + Duration::HOUR)),
        filter: "state = \"RAISED\" AND source = \"SATELLITE\" AND cadre = \"pilot-grid\"".to_owned(),
        ..ListHotspotsRequest::default()
    };
    let listed = list_hotspots(&harness, TOWN, list).await.expect("a list").hotspots;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().any(|hotspot| hotspot.name == first.name));
    harness.stop().await;
}

#[tokio::test]
async fn the_plan_says_how_near_sightings_of_one_fire_are() {
    let harness = drawn().await;
    let hotspots = PlanHotspots {
        join_distance_m: 100,
        join_time_s: 60,
    };
    apply(
        &harness,
        PlanSection {
            hotspots: Some(hotspots),
            ..plan()
        },
    )
    .await
    .expect("a plan");
    let first = report(&harness, at(5, 5), "1").await;
    assert_ne!(report(&harness, at(8, 7), "2").await.name, first.name);
    harness.kit.clock.advance(Duration::seconds(60));
    let joined = report(&harness, at(5, 5), "3").await;
    assert_eq!(joined.name, first.name);
    harness.kit.clock.advance(Duration::seconds(60));
    assert_eq!(
        report(&harness, at(5, 5), "4").await.name,
        first.name,
        "a minute after its last sighting"
    );
    harness.kit.clock.advance(Duration::seconds(61));
    assert_ne!(report(&harness, at(5, 5), "5").await.name, first.name);
    let wrong = PlanHotspots {
        join_distance_m: 9,
        ..hotspots
    };
    apply(
        &harness,
        PlanSection {
            hotspots: Some(wrong),
            ..plan()
        },
    )
    .await
    .expect_err("too near");
    harness.stop().await;
}

#[tokio::test]
async fn two_replicas_that_hear_of_one_fire_at_once_raise_it_once() {
    let harness = drawn().await;
    let kit = &harness.kit;
    let mut env = Env::of(harness.variables.clone());
    let second = service::start(
        villages::service(),
        &mut env,
        kit.clock.clone(),
        kit.ids.clone(),
        Lifecycle::new(),
    );
    let second = second.await.expect("a second replica");
    let url = format!("http://{}", second.address);
    let replicas = [
        harness.channel.clone(),
        Endpoint::from_shared(url).expect("a URL").connect_lazy(),
    ];
    let calls = (0..16).map(|n| {
        let number = if n < 8 { "ONE".to_owned() } else { format!("N-{n}") };
        let request = harness.ask(LANKAO, sighting(&harness, at(5, 5 + n % 2), &number));
        let channel = replicas[usize::try_from(n % 2).expect("0 or 1")].clone();
        async move { HotspotServiceClient::new(channel).report_hotspot(request).await }
    });
    let answers: Vec<Hotspot> = join_all(calls)
        .await
        .into_iter()
        .map(|answer| answer.expect("taken").into_inner())
        .collect();
    assert!(answers.iter().all(|hotspot| hotspot.name == answers[0].name));
    let mut expected = vec!["hotspot.raised"];
    expected.extend(["hotspot.sighted"; 8]);
    assert_eq!(events(&harness).await, expected);
    second.stop().await;
    harness.stop().await;
}

#[tokio::test]
async fn outside_every_grid_it_is_taken_all_the_same_and_marked() {
    let harness = drawn().await;
    let positions = format!("code,lng,lat\n{PILOT},114.81,34.81\n{BESIDE}201,115.00,34.85\n");
    let report_of = import(&harness, "villages", positions.as_bytes())
        .await
        .expect("positions");
    assert!(report_of.applied, "{report_of:?}");
    let near = report(&harness, at(210, 50), "1").await;
    let found = near.duty.as_ref().expect("a duty");
    assert_eq!(
        (found.division.as_str(), found.location_rule(), found.grid.as_str()),
        ("divisions/410225102201", LocationRule::NearestVillage, "")
    );
    assert_eq!(duty(&near).1, "cadres/hill-secretary");
    let far = report(&harness, at(900, 900), "2").await;
    let found = far.duty.as_ref().expect("a duty");
    assert_eq!(
        (found.division.as_str(), found.location_rule()),
        ("divisions/410225", LocationRule::CallerDivision)
    );
    assert_eq!(duty(&far), ("", "cadres/county-leader", DutyRule::CountyLeader));
    // An officer of the town who sees it across the border reports it into the town.
    let mine = ReportHotspotRequest {
        division: division(TOWN),
        ..sighting(&harness, at(215, 50), "3")
    };
    let mine = report_hotspot(&harness, TOWN, mine).await.expect("taken");
    assert_eq!(mine.duty.expect("a duty").division, division(PILOT));
    harness.stop().await;
}

#[tokio::test]
async fn a_grid_of_a_merged_village_finds_the_village_it_went_into() {
    let harness = drawn().await;
    let merge = MergeDivisionsRequest {
        sources: vec![division(PILOT)],
        target: division(SECOND),
        effective_date: day(2024, 4, 1),
        request_id: request_id(&harness),
        ..MergeDivisionsRequest::default()
    };
    merge_divisions(&harness, LANKAO, merge).await.expect("merged");
    let hotspot = report(&harness, at(5, 5), "1").await;
    let duty_now = hotspot.duty.as_ref().expect("a duty");
    assert_eq!(
        (duty_now.division.as_str(), duty_now.location_rule()),
        (division(SECOND).as_str(), LocationRule::Grid)
    );
    assert_eq!(duty(&hotspot).1, "cadres/second-secretary");
    // Seen the day before the merger, it lies where it lay then.
    let before = ReportHotspotRequest {
        observe_time: Some(dates::timestamp(datetime!(2024-03-31 15:59 UTC))),
        ..sighting(&harness, at(5, 5), "2")
    };
    let before = report_hotspot(&harness, LANKAO, before).await.expect("taken");
    assert_eq!(before.duty.expect("a duty").division, division(PILOT));
    harness.stop().await;
}

#[tokio::test]
async fn bad_sightings_are_refused_and_no_division_beside_is_reached() {
    let harness = drawn().await;
    let seen_at = |at: OffsetDateTime| Some(dates::timestamp(at));
    let good = || sighting(&harness, at(5, 5), "1");
    let off_the_map = LatLng {
        latitude: 91.0,
        longitude: f64::NAN,
    };
    for (field, bad) in [
        (
            "external_id",
            ReportHotspotRequest {
                external_id: String::new(),
                ..good()
            },
        ),
        ("source", ReportHotspotRequest { source: 0, ..good() }),
        (
            "position",
            ReportHotspotRequest {
                position: None,
                ..good()
            },
        ),
        (
            "position.longitude",
            ReportHotspotRequest {
                position: Some(off_the_map),
                ..good()
            },
        ),
        (
            "coordinate_system",
            ReportHotspotRequest {
                coordinate_system: 9,
                ..good()
            },
        ),
        (
            "observe_time",
            ReportHotspotRequest {
                observe_time: seen_at(MONDAY + Duration::minutes(6)),
                ..good()
            },
        ),
        (
            "observe_time",
            ReportHotspotRequest {
                observe_time: seen_at(MONDAY - Duration::days(8)),
                ..good()
            },
        ),
        (
            "division",
            ReportHotspotRequest {
                division: "divisions/41".to_owned(),
                ..good()
            },
        ),
        (
            "request_id",
            ReportHotspotRequest {
                request_id: String::new(),
                ..good()
            },
        ),
    ] {
        let refused = report_hotspot(&harness, "", bad).await.expect_err(field);
        assert_eq!(fields(&refused), [field]);
    }
    let not_found =
        |answer: Result<Hotspot, Status>| assert_eq!(answer.expect_err("not theirs").code(), Code::NotFound);
    not_found(report_hotspot(&harness, BESIDE, good()).await);
    assert_eq!(events(&harness).await, Vec::<String>::new());

    let hotspot = report(&harness, at(5, 5), "1").await;
    let get = GetHotspotRequest {
        name: hotspot.name.clone(),
    };
    not_found(get_hotspot(&harness, BESIDE, get.clone()).await);
    assert_eq!(get_hotspot(&harness, TOWN, get).await.expect("theirs"), hotspot);
    let beside = list_hotspots(&harness, BESIDE, ListHotspotsRequest::default())
        .await
        .expect("a list");
    assert_eq!(beside.hotspots, []);
    // A number that the county knows elsewhere is not told.
    let known = ReportHotspotRequest {
        division: division(BESIDE),
        ..good()
    };
    not_found(report_hotspot(&harness, BESIDE, known).await);
    assert_eq!(events(&harness).await, ["hotspot.raised"]);
    // A grid drawn later changes nothing of what was found.
    draw(&harness, (4, 1), town()).await.expect("as it is");
    assert_eq!(hotspot.duty.expect("a duty").large_grid, format!("grids/{LARGE}"));
    harness.stop().await;
}
