//! Public notices: only who has come to that step, frozen, and taken down line by line.

use proto::xiangtu::homestead::v1::{
    DraftPublicNoticeRequest, GetPublicNoticeRequest, ListPublicNoticesRequest, PublicNotice, PublicNoticeLineState,
    RecordServedNoticeRequest, RecordVisitRequest,
};
use time::macros::datetime;
use tonic::{Code, Response, Status};

use crate::{
    collection::draft_on,
    ladder::{dunned, instant},
    limitation::notices,
    objections::{file, filing},
    visits::{visit, visiting},
    world::{SIBLING, VILLAGE, World, date, fields, reason},
};

fn posting(world: &World) -> DraftPublicNoticeRequest {
    DraftPublicNoticeRequest {
        division: VILLAGE.to_owned(),
        from_date: date(2025, 4, 6),
        last_date: date(2025, 4, 12),
        validate_only: false,
        request_id: world.key(),
    }
}

async fn post(world: &World, request: DraftPublicNoticeRequest) -> Result<PublicNotice, Status> {
    let answer = world.public_notices().draft_public_notice(world.request(request)).await;
    answer.map(Response::into_inner)
}

async fn get(world: &World, name: &str) -> PublicNotice {
    let request = GetPublicNoticeRequest { name: name.to_owned() };
    let notice = world.public_notices().get_public_notice(world.request(request)).await;
    notice.expect("there").into_inner()
}

/// On 5 April: A1, A2, A3 and A6 of the village have come to the step.
async fn at_the_step() -> World {
    let world = dunned().await;
    for (month, day) in [(3, 1), (3, 15), (3, 29)] {
        draft_on(&world, month, day).await;
    }
    world.harness.kit.clock.set(datetime!(2025-04-05 04:00 UTC));
    for (household, cadre) in [("A1", "K1"), ("A2", "K1"), ("A3", "K2"), ("A6", "K2")] {
        let made = RecordVisitRequest {
            visit_time: instant(3, 30, 10),
            ..visiting(&world, household, cadre)
        };
        visit(&world, made).await.expect("recorded");
    }
    assert_eq!(draft_on(&world, 4, 5).await.notice_count, 4);
    world
}

#[tokio::test]
async fn nobody_is_posted_before_the_step() {
    let world = dunned().await;
    for (month, day) in [(3, 1), (3, 15), (3, 29)] {
        draft_on(&world, month, day).await;
    }
    world.harness.kit.clock.set(datetime!(2025-04-05 04:00 UTC));
    assert_eq!(
        reason(&post(&world, posting(&world)).await.expect_err("nobody")),
        "NOBODY_TO_POST"
    );
    world.stop().await;
}

#[tokio::test]
async fn what_is_posted_is_frozen_and_taken_down_line_by_line() {
    let world = at_the_step().await;
    file(&world, filing(&world, "A6")).await.expect("filed");
    let dry = DraftPublicNoticeRequest {
        validate_only: true,
        ..posting(&world)
    };
    let dry = post(&world, dry).await.expect("answered");
    assert_eq!((dry.name.as_str(), dry.notice_number, dry.line_count), ("", 0, 3));
    let request = posting(&world);
    let posted = post(&world, request.clone()).await.expect("posted");
    assert_eq!(post(&world, request).await.expect("a repeat"), posted);
    let lines: Vec<_> = posted
        .lines
        .iter()
        .map(|line| {
            (
                line.household.as_str(),
                line.head_name_masked.as_str(),
                line.overdue_fen,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("households/A2", "李**", 64_000),
            ("households/A1", "赵**", 24_000),
            ("households/A3", "萧**", 12_000),
        ]
    );
    assert_eq!((posted.notice_number, posted.overdue_fen), (1, 100_000));
    assert_eq!(get(&world, &posted.name).await, posted);

    world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    world.pay(VILLAGE, "A2", 4_000).await.expect("paid in part");
    file(&world, filing(&world, "A3")).await.expect("filed");
    let now = get(&world, &posted.name).await;
    let states: Vec<_> = now
        .lines
        .iter()
        .map(|line| (line.state(), line.overdue_fen, line.settled_fen))
        .collect();
    assert_eq!(
        states,
        [
            (PublicNoticeLineState::Posted, 64_000, 4_000),
            (PublicNoticeLineState::Paid, 24_000, 24_000),
            (PublicNoticeLineState::Objected, 12_000, 0),
        ]
    );
    let second = post(&world, posting(&world)).await.expect("posted");
    assert_eq!(
        (second.notice_number, second.line_count, second.overdue_fen),
        (2, 1, 60_000)
    );
    let list = ListPublicNoticesRequest::default();
    let listed = world
        .public_notices()
        .list_public_notices(world.request(list.clone()))
        .await;
    let listed = listed.expect("listed").into_inner().public_notices;
    assert_eq!(
        listed.iter().map(|notice| notice.notice_number).collect::<Vec<_>>(),
        [1, 2]
    );
    let elsewhere = world
        .public_notices()
        .list_public_notices(world.request_in(SIBLING, list))
        .await;
    assert!(elsewhere.expect("listed").into_inner().public_notices.is_empty());
    let hidden = GetPublicNoticeRequest { name: posted.name };
    let hidden = world
        .public_notices()
        .get_public_notice(world.request_in(SIBLING, hidden))
        .await;
    assert_eq!(hidden.expect_err("outside").code(), Code::NotFound);
    world.stop().await;
}

#[tokio::test]
async fn postings_have_bounds_and_are_no_service() {
    let world = at_the_step().await;
    let good = || posting(&world);
    for (field, bad) in [
        (
            "from_date",
            DraftPublicNoticeRequest {
                from_date: date(2025, 4, 4),
                ..good()
            },
        ),
        (
            "from_date",
            DraftPublicNoticeRequest {
                from_date: None,
                ..good()
            },
        ),
        (
            "last_date",
            DraftPublicNoticeRequest {
                last_date: date(2025, 4, 5),
                ..good()
            },
        ),
        (
            "last_date",
            DraftPublicNoticeRequest {
                last_date: date(2025, 7, 6),
                ..good()
            },
        ),
        (
            "division",
            DraftPublicNoticeRequest {
                division: "410225001".to_owned(),
                ..good()
            },
        ),
    ] {
        assert_eq!(fields(&post(&world, bad).await.expect_err(field)), [field]);
    }
    let served = RecordServedNoticeRequest {
        name: notices(&world, "A1").await.remove(3),
        service_method: 1,
        serve_time: instant(4, 5, 10),
        proof: "张贴照片".to_owned(),
        delivery_event: String::new(),
        request_id: world.key(),
    };
    let refused = world.collection().record_served_notice(world.request(served)).await;
    assert_eq!(reason(&refused.expect_err("a poster")), "NOTICE_NOT_SERVABLE");
    world.stop().await;
}
