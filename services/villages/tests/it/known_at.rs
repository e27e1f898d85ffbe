//! What was known of divisions and households at an instant stays what it was, whatever is learned later.

use futures::future::join_all;
use kit::{dates, testing::Harness};
use proto::xiangtu::villages::v1::{
    AssignPostRequest, Division, EndAssignmentRequest, GetCadreRequest, GetDivisionRequest, GetGridRequest,
    GetHouseholdRequest, Household, ListAssignmentsRequest, ListCadresRequest, ListDivisionsRequest, ListGridsRequest,
    ListHouseholdsRequest, MergeDivisionsRequest, Post, RenameDivisionRequest,
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tonic::{Response, Status};

use crate::{
    calls::{
        assign_post, change_household_head, end_assignment, get_cadre, get_grid, get_household, list_assignments,
        list_cadres, list_grids, list_households, merge_divisions, merge_households, move_household, rename_division,
    },
    county::{Asks as _, LANKAO, behind, day, divisions, fields, import, reason, request_id},
    grid::{INNER, WEST, draw, draw_and_end, drawn, town},
    household_life::{care, headed, moved},
    household_lineage::merger,
    points::{FIRST, with_points},
    township::{MONDAY, PILOT, SECOND, TOWN, county, division},
};

async fn household(harness: &Harness, at: Option<OffsetDateTime>) -> Result<Household, Status> {
    let request = GetHouseholdRequest {
        name: FIRST.to_owned(),
        as_of: day(2024, 4, 10),
        known_at: at.map(dates::timestamp),
    };
    get_household(harness, LANKAO, request).await
}

async fn village(harness: &Harness, code: &str, at: OffsetDateTime) -> Result<Division, Status> {
    let request = GetDivisionRequest {
        name: division(code),
        as_of: day(2024, 4, 10),
        known_at: Some(dates::timestamp(at)),
    };
    divisions(harness)
        .get_division(harness.ask(LANKAO, request))
        .await
        .map(Response::into_inner)
}

/// All households of a village that a cadre looks after, page by page.
async fn portfolio(harness: &Harness, village: &str, at: OffsetDateTime) -> Vec<String> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListHouseholdsRequest {
            division: division(village),
            cadre: "cadres/pilot-secretary".to_owned(),
            as_of: day(2024, 4, 10),
            known_at: Some(dates::timestamp(at)),
            page_size: 2,
            page_token: token,
            ..ListHouseholdsRequest::default()
        };
        let page = list_households(harness, LANKAO, request).await.expect("a page");
        found.extend(page.households.into_iter().map(|household| household.name));
        token = page.next_page_token;
        if token.is_empty() {
            return found;
        }
    }
}

#[tokio::test]
async fn each_change_is_known_from_its_recording_on_and_never_before() {
    let harness = with_points().await;
    let five = [
        FIRST,
        "households/P2",
        "households/P3",
        "households/P4",
        "households/P5",
    ];
    care(&harness, "pilot-secretary", &five).await;
    let minute = |at: i64| MONDAY + Duration::minutes(at);
    let mut shown = Vec::new();
    for at in [10, 20, 30, 40] {
        harness.kit.clock.set(minute(at));
        match at {
            // Each holds on 10 April.
            20 => {
                let request = headed(&harness, FIRST, "李梅", (4, 9));
                change_household_head(&harness, TOWN, request)
                    .await
                    .map(drop)
                    .expect("changed");
            }
            30 => {
                let request = moved(&harness, FIRST, SECOND, (4, 5));
                move_household(&harness, TOWN, request).await.map(drop).expect("moved");
            }
            40 => {
                let request = merger(&harness, &[FIRST], "households/S1", (4, 10));
                merge_households(&harness, TOWN, request)
                    .await
                    .map(drop)
                    .expect("merged");
            }
            _ => {}
        }
        harness.kit.clock.set(minute(at + 1));
        shown.push((minute(at), household(&harness, Some(minute(at))).await.ok()));
    }
    harness.kit.clock.set(minute(60));
    let place = |found: &Option<Household>| found.as_ref().map(|it| (it.division.clone(), it.head_name.clone()));
    let places: Vec<_> = shown.iter().map(|(_, found)| place(found)).collect();
    let at = |village: &str, head: &str| Some((division(village), head.to_owned()));
    assert_eq!(places, [at(PILOT, "赵**"), at(PILOT, "李**"), at(SECOND, "李**"), None]);
    for (instant, found) in &shown {
        let again = household(&harness, Some(*instant)).await.ok();
        assert_eq!(&again, found, "as known at {instant}");
        // An instant between two changes is answered by the earlier one.
        let between = household(&harness, Some(*instant + Duration::minutes(9))).await.ok();
        assert_eq!(place(&between), place(found), "nine minutes after {instant}");
    }
    assert!(household(&harness, None).await.is_err());
    assert_eq!(portfolio(&harness, PILOT, minute(25)).await, five, "page by page");
    assert_eq!(portfolio(&harness, PILOT, minute(35)).await, five[1..]);
    assert_eq!(portfolio(&harness, SECOND, minute(35)).await, [FIRST]);
    harness.stop().await;
}

#[tokio::test]
async fn names_and_mergers_of_divisions_are_known_from_their_recording_on() {
    let harness = with_points().await;
    harness.kit.clock.set(MONDAY + Duration::hours(1));
    let rename = RenameDivisionRequest {
        name: division(PILOT),
        display_name: "乐器村".to_owned(),
        effective_date: day(2024, 2, 1),
        request_id: request_id(&harness),
        ..RenameDivisionRequest::default()
    };
    rename_division(&harness, TOWN, rename).await.expect("renamed");
    harness.kit.clock.set(MONDAY + Duration::hours(2));
    let merge = MergeDivisionsRequest {
        sources: vec![division(SECOND)],
        target: division(PILOT),
        effective_date: day(2024, 3, 1),
        request_id: request_id(&harness),
        ..MergeDivisionsRequest::default()
    };
    merge_divisions(&harness, TOWN, merge).await.expect("merged");
    harness.kit.clock.set(MONDAY + Duration::hours(3));
    let name = async |minutes: i64| {
        let found = village(&harness, PILOT, MONDAY + Duration::minutes(minutes)).await;
        found.expect("there").display_name
    };
    assert_eq!((name(59).await.as_str(), name(60).await.as_str()), ("徐场村", "乐器村"));
    let listed = async |minutes: i64| {
        let known_at = Some(dates::timestamp(MONDAY + Duration::minutes(minutes)));
        let request = ListDivisionsRequest {
            subtree: division(TOWN),
            as_of: day(2024, 4, 10),
            known_at,
            ..ListDivisionsRequest::default()
        };
        let listed = divisions(&harness)
            .list_divisions(harness.ask(LANKAO, request))
            .await
            .expect("a list");
        let request = ListHouseholdsRequest {
            division: division(PILOT),
            as_of: day(2024, 4, 10),
            known_at,
            page_size: 1_000,
            ..ListHouseholdsRequest::default()
        };
        let households = list_households(&harness, LANKAO, request)
            .await
            .expect("a list")
            .households;
        (listed.into_inner().divisions.len(), households.len())
    };
    assert_eq!(listed(119).await, (4, 60));
    assert_eq!(
        listed(120).await,
        (3, 62),
        "with the households of the village that was merged in"
    );
    harness.stop().await;
}

#[tokio::test]
async fn people_and_their_posts_stay_as_they_were_known() {
    let harness = county().await;
    let before = harness.kit.clock.now();
    harness.kit.clock.advance(Duration::HOUR);
    let post = AssignPostRequest {
        cadre: "cadres/pilot-grid".to_owned(),
        division: division(SECOND),
        post: Post::StationedCadre.into(),
        valid_from: day(2024, 4, 1),
        request_id: request_id(&harness),
    };
    let post = assign_post(&harness, LANKAO, post).await.expect("assigned");
    let register = "cadre_id,name,post,org_code\npilot-grid,赵小志,grid_worker,410225101201\n";
    let report = import(&harness, "cadres", register.as_bytes()).await.expect("a report");
    assert!(report.applied, "{report:?}");
    let between = harness.kit.clock.now();
    harness.kit.clock.advance(Duration::HOUR);
    let end = EndAssignmentRequest {
        name: post.name.clone(),
        valid_until: day(2024, 4, 8),
        request_id: request_id(&harness),
    };
    end_assignment(&harness, LANKAO, end).await.expect("ended");
    for (at, name, posts, until) in [
        (Some(before), "赵水志", 1, None),
        (Some(between), "赵小志", 2, Some(None)),
        (None, "赵小志", 1, Some(day(2024, 4, 8))),
    ] {
        let known_at = at.map(dates::timestamp);
        let get = GetCadreRequest {
            name: post.cadre.clone(),
            as_of: day(2024, 4, 10),
            known_at,
        };
        let cadre = get_cadre(&harness, LANKAO, get).await.expect("there");
        assert_eq!(
            (cadre.display_name.as_str(), cadre.assignments.len()),
            (name, posts),
            "{at:?}"
        );
        let list = ListCadresRequest {
            filter: "post = \"STATIONED_CADRE\"".to_owned(),
            as_of: day(2024, 4, 10),
            known_at,
            ..ListCadresRequest::default()
        };
        let listed = list_cadres(&harness, LANKAO, list).await.expect("a list").cadres;
        assert_eq!(listed.len(), posts - 1, "{at:?}");
        let list = ListAssignmentsRequest {
            division: division(SECOND),
            cadre: post.cadre.clone(),
            known_at,
            ..ListAssignmentsRequest::default()
        };
        let held = list_assignments(&harness, LANKAO, list)
            .await
            .expect("a list")
            .assignments;
        assert_eq!(held.first().map(|it| it.valid_until), until, "{at:?}");
    }
    harness.stop().await;
}

#[tokio::test]
async fn grids_stay_as_they_were_known() {
    let harness = drawn().await;
    let before = harness.kit.clock.now();
    harness.kit.clock.advance(Duration::HOUR);
    let mut grids = town();
    grids[1].display_name = "西片网格".to_owned();
    draw(&harness, (1, 1), grids).await.expect("drawn again");
    let ended = draw_and_end(&harness, (3, 1), Vec::new(), &[INNER])
        .await
        .expect("ended");
    assert_eq!(ended.ended_count, 1);
    for (at, name, count) in [
        (Some(before), format!("网格{WEST}"), 4),
        (None, "西片网格".to_owned(), 3),
    ] {
        let known_at = at.map(dates::timestamp);
        let get = GetGridRequest {
            name: format!("grids/{WEST}"),
            as_of: day(2024, 4, 1),
            known_at,
        };
        assert_eq!(get_grid(&harness, TOWN, get).await.expect("there").display_name, name);
        let list = ListGridsRequest {
            as_of: day(2024, 4, 1),
            known_at,
            ..ListGridsRequest::default()
        };
        assert_eq!(
            list_grids(&harness, TOWN, list).await.expect("a list").grids.len(),
            count,
            "{at:?}"
        );
    }
    harness.stop().await;
}

#[tokio::test]
async fn an_instant_that_was_answered_takes_nothing_in_any_more() {
    let harness = with_points().await;
    // A replica whose clock is ahead asks; the others record at what is an earlier time by theirs.
    harness.kit.clock.set(datetime!(2024-04-01 02:00 UTC));
    let asked = datetime!(2024-04-01 02:00 UTC);
    let before = household(&harness, Some(asked)).await.expect("there");
    harness.kit.clock.set(datetime!(2024-04-01 01:30 UTC));
    let request = headed(&harness, FIRST, "李梅", (4, 9));
    change_household_head(&harness, TOWN, request).await.expect("changed");
    assert_eq!(household(&harness, Some(asked)).await.expect("there"), before);
    harness.stop().await;
}

#[tokio::test]
async fn answers_do_not_change_under_writers() {
    let harness = with_points().await;
    let writers = (1..=20).map(|at| {
        let request = headed(&harness, &format!("households/P{at}"), "李梅", (4, 9));
        change_household_head(&harness, TOWN, request)
    });
    let readers = (0..20).map(|_| async {
        let request = ListHouseholdsRequest {
            head_name: "李梅".to_owned(),
            as_of: day(2024, 4, 10),
            known_at: Some(dates::timestamp(harness.kit.clock.now())),
            ..ListHouseholdsRequest::default()
        };
        list_households(&harness, LANKAO, request)
            .await
            .expect("a list")
            .households
            .len()
    });
    let (written, seen) = tokio::join!(join_all(writers), join_all(readers));
    assert!(written.iter().all(Result::is_ok));
    assert!(
        seen.windows(2).all(|pair| pair[0] == pair[1]),
        "one instant, one answer: {seen:?}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn what_will_be_known_is_not_told_and_pages_belong_to_their_instant() {
    let harness = with_points().await;
    let ahead = household(&harness, Some(MONDAY + Duration::SECOND))
        .await
        .expect_err("not yet");
    assert_eq!(fields(&ahead), ["known_at"]);
    let page = |known_at: OffsetDateTime, token: &str| ListHouseholdsRequest {
        known_at: Some(dates::timestamp(known_at)),
        page_size: 1,
        page_token: token.to_owned(),
        ..ListHouseholdsRequest::default()
    };
    let first = list_households(&harness, LANKAO, page(MONDAY, ""))
        .await
        .expect("a page");
    let other = page(MONDAY - Duration::SECOND, &first.next_page_token);
    let other = list_households(&harness, LANKAO, other)
        .await
        .expect_err("another instant");
    assert_eq!(reason(&other), "PAGE_TOKEN_MISMATCH");
    let clocks = behind(&harness, "SELECT count(*)::text FROM bulletin_clock").await;
    assert_eq!(clocks, ["1"]);
    harness.stop().await;
}
