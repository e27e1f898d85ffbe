//! Visits, and what waits for them.

use proto::xiangtu::homestead::v1::{
    ArrearsStageEntered, DraftDunningNoticesRequest, DunningStage, ListVisitsRequest, RecordVisitRequest, Visit,
    VisitOutcome,
};
use time::macros::datetime;
use tonic::{Code, Response, Status};

use crate::{
    collection::{draft, draft_on, events},
    ladder::{dunned, instant},
    world::{SIBLING, World, date, fields, reason},
};

pub fn visiting(world: &World, household: &str, cadre: &str) -> RecordVisitRequest {
    RecordVisitRequest {
        household: format!("households/{household}"),
        cadre: format!("cadres/{cadre}"),
        visit_time: instant(3, 1, 10),
        outcome: VisitOutcome::Absent.into(),
        promise_date: None,
        promise_fen: 0,
        text: String::new(),
        request_id: world.key(),
    }
}

pub async fn visit(world: &World, request: RecordVisitRequest) -> Result<Visit, Status> {
    let answer = world.collection().record_visit(world.request(request)).await;
    answer.map(Response::into_inner)
}

#[tokio::test]
async fn visits_are_kept_as_they_were() {
    let world = World::billed().await;
    let promised = RecordVisitRequest {
        outcome: VisitOutcome::Promised.into(),
        promise_date: date(2025, 3, 20),
        promise_fen: 12_000,
        text: " 秋收后付清 ".to_owned(),
        ..visiting(&world, "A1", "K1")
    };
    let first = visit(&world, promised.clone()).await.expect("recorded");
    assert_eq!((first.text.as_str(), first.promise_fen), ("秋收后付清", 12_000));
    assert_eq!(visit(&world, promised).await.expect("a repeat"), first);
    let second = visit(&world, visiting(&world, "A3", "T1")).await.expect("recorded");
    let list = |filter: &str| ListVisitsRequest {
        filter: filter.to_owned(),
        ..ListVisitsRequest::default()
    };
    let listed = world.collection().list_visits(world.request(list(""))).await;
    assert_eq!(listed.expect("listed").into_inner().visits, [first.clone(), second]);
    let listed = world.collection().list_visits(world.request(list("cadre = K1"))).await;
    assert_eq!(listed.expect("listed").into_inner().visits, [first]);
    let elsewhere = world
        .collection()
        .list_visits(world.request_in(SIBLING, list("")))
        .await;
    assert!(elsewhere.expect("listed").into_inner().visits.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn nobody_is_visited_at_night_in_the_future_or_by_strangers() {
    let world = World::billed().await;
    let good = || visiting(&world, "A1", "K1");
    for hour in [21, 23, 0, 7] {
        let night = RecordVisitRequest {
            visit_time: instant(2, 20, hour),
            ..good()
        };
        assert_eq!(
            reason(&visit(&world, night).await.expect_err("at night")),
            "NIGHT_CONTACT"
        );
    }
    for hour in [8, 20] {
        let day = RecordVisitRequest {
            visit_time: instant(2, 20, hour),
            ..good()
        };
        visit(&world, day).await.expect("by day");
    }
    let promised = RecordVisitRequest {
        outcome: VisitOutcome::Promised.into(),
        promise_date: date(2025, 3, 20),
        promise_fen: 12_000,
        ..good()
    };
    for (field, bad) in [
        (
            "visit_time",
            RecordVisitRequest {
                visit_time: instant(3, 1, 13),
                ..good()
            },
        ),
        (
            "visit_time",
            RecordVisitRequest {
                visit_time: None,
                ..good()
            },
        ),
        ("outcome", RecordVisitRequest { outcome: 0, ..good() }),
        (
            "cadre",
            RecordVisitRequest {
                cadre: "K1".to_owned(),
                ..good()
            },
        ),
        (
            "text",
            RecordVisitRequest {
                text: "长".repeat(501),
                ..good()
            },
        ),
        (
            "text",
            RecordVisitRequest {
                outcome: VisitOutcome::Other.into(),
                ..good()
            },
        ),
        (
            "promise_date",
            RecordVisitRequest {
                promise_date: date(2025, 2, 28),
                ..promised.clone()
            },
        ),
        (
            "promise_fen",
            RecordVisitRequest {
                promise_fen: 0,
                ..promised.clone()
            },
        ),
        (
            "promise_fen",
            RecordVisitRequest {
                promise_fen: 1,
                ..good()
            },
        ),
        (
            "promise_date",
            RecordVisitRequest {
                promise_date: date(2025, 3, 20),
                ..good()
            },
        ),
    ] {
        let bad = RecordVisitRequest {
            request_id: world.key(),
            ..bad
        };
        assert_eq!(fields(&visit(&world, bad).await.expect_err(field)), [field]);
    }
    let stranger = visit(&world, visiting(&world, "A1", "L1"))
        .await
        .expect_err("of another village");
    assert_eq!(stranger.code(), Code::NotFound);
    let hidden = world.collection().record_visit(world.request_in(SIBLING, good())).await;
    assert_eq!(hidden.expect_err("outside").code(), Code::NotFound);
    let pair = "cadre_id,household_id,relation\nK1,A1,sibling\n";
    assert!(world.import("recusals", pair).await.applied);
    assert_eq!(reason(&visit(&world, good()).await.expect_err("a relative")), "RECUSED");
    world.stop().await;
}

#[tokio::test]
async fn after_a_visit_nothing_comes_until_it_is_recorded() {
    let world = dunned().await;
    // A visit before the step is not the visit of the step.
    visit(&world, visiting(&world, "A1", "K1")).await.expect("recorded");
    for (month, day) in [(3, 1), (3, 15), (3, 29)] {
        assert_eq!(draft_on(&world, month, day).await.notice_count, 6);
    }
    let waits = draft_on(&world, 4, 5).await;
    assert_eq!((waits.notice_count, waits.waiting_count), (0, 6));
    let made = RecordVisitRequest {
        visit_time: instant(3, 29, 10),
        ..visiting(&world, "A1", "K1")
    };
    visit(&world, made).await.expect("recorded");
    let next = draft_on(&world, 4, 5).await;
    assert_eq!(
        (next.notice_count, next.stages[0].stage()),
        (1, DunningStage::PublicNotice)
    );
    world.stop().await;
}

#[tokio::test]
async fn events_say_when_people_may_be_told() {
    let world = World::billed().await;
    // Half past ten at night: not before the morning.
    world.harness.kit.clock.set(datetime!(2025-03-01 14:30 UTC));
    let notices = draft(&world, DraftDunningNoticesRequest::default()).await;
    notices.expect("drafted");
    let told = events::<ArrearsStageEntered>(&world, "arrears.stage_entered")
        .await
        .remove(0);
    let morning = Some(kit::dates::timestamp(datetime!(2025-03-02 00:00 UTC)));
    assert_eq!(told.not_before, morning);
    assert_eq!((told.contact_from_hour, told.contact_until_hour), (8, 21));
    world.stop().await;
}
