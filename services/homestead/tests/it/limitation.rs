//! When claims become time-barred, and what starts the years anew.

use proto::xiangtu::homestead::v1::{
    ListDunningNoticesRequest, ListServedNoticesRequest, MediationOutcome, NoticeServiceMethod, RecordMediationRequest,
    RecordServedNoticeRequest, ReversePaymentRequest, ServedNotice,
};
use sqlx::Connection as _;
use time::macros::datetime;
use tonic::{Code, Response, Status};

use crate::{
    collection::draft_on,
    ladder::instant,
    world::{SIBLING, VILLAGE, World, date, fields, reason},
};

/// The day on which the one bill of a household is barred, as year, month and day.
pub async fn barred(world: &World, household: &str) -> (i32, i32, i32) {
    let bill = world.bills_of(household).await.remove(0);
    let day = bill.limitation_date.expect("a date");
    (day.year, day.month, day.day)
}

/// The notices of a household.
pub async fn notices(world: &World, household: &str) -> Vec<String> {
    let request = ListDunningNoticesRequest {
        filter: format!("household = {household}"),
        ..ListDunningNoticesRequest::default()
    };
    let listed = world.dunning().list_dunning_notices(world.request(request)).await;
    let notices = listed.expect("listed").into_inner().dunning_notices;
    notices.into_iter().map(|notice| notice.name).collect()
}

fn serving(world: &World, name: &str) -> RecordServedNoticeRequest {
    RecordServedNoticeRequest {
        name: name.to_owned(),
        service_method: NoticeServiceMethod::ByHand.into(),
        serve_time: instant(3, 1, 10),
        proof: "回执 17".to_owned(),
        delivery_event: String::new(),
        request_id: world.key(),
    }
}

async fn serve(world: &World, request: RecordServedNoticeRequest) -> Result<ServedNotice, Status> {
    let answer = world.collection().record_served_notice(world.request(request)).await;
    answer.map(Response::into_inner)
}

pub fn agreement(world: &World, household: &str) -> RecordMediationRequest {
    RecordMediationRequest {
        household: format!("households/{household}"),
        mediation_date: date(2025, 3, 1),
        mediator: "村调解委员会".to_owned(),
        parties: vec!["户主".to_owned(), "村集体".to_owned()],
        outcome: MediationOutcome::Agreed.into(),
        agreed_fen: 24_000,
        last_date: date(2028, 12, 31),
        text: String::new(),
        request_id: world.key(),
    }
}

#[tokio::test]
async fn a_served_notice_starts_the_years_anew() {
    let world = World::billed().await;
    assert_eq!(barred(&world, "A1").await, (2028, 1, 1));
    draft_on(&world, 3, 1).await;
    let notice = notices(&world, "A1").await.remove(0);

    let night = RecordServedNoticeRequest {
        serve_time: instant(3, 1, 7),
        ..serving(&world, &notice)
    };
    assert_eq!(
        reason(&serve(&world, night.clone()).await.expect_err("at night")),
        "NIGHT_CONTACT"
    );
    for (field, bad) in [
        (
            "serve_time",
            RecordServedNoticeRequest {
                serve_time: instant(2, 28, 10),
                ..serving(&world, &notice)
            },
        ),
        (
            "serve_time",
            RecordServedNoticeRequest {
                serve_time: instant(3, 1, 13),
                ..serving(&world, &notice)
            },
        ),
        (
            "proof",
            RecordServedNoticeRequest {
                proof: " ".to_owned(),
                ..serving(&world, &notice)
            },
        ),
        (
            "service_method",
            RecordServedNoticeRequest {
                service_method: 9,
                ..serving(&world, &notice)
            },
        ),
        (
            "delivery_event",
            RecordServedNoticeRequest {
                delivery_event: "17".to_owned(),
                ..serving(&world, &notice)
            },
        ),
    ] {
        assert_eq!(fields(&serve(&world, bad).await.expect_err(field)), [field]);
    }
    assert_eq!(barred(&world, "A1").await, (2028, 1, 1), "nothing refused counts");

    let request = serving(&world, &notice);
    let served = serve(&world, request.clone()).await.expect("served");
    let bill = world.bills_of("A1").await.remove(0).name;
    assert_eq!((&served.bills, served.recorder.as_str()), (&vec![bill], "officer"));
    assert_eq!(serve(&world, request).await.expect("a repeat"), served);
    assert_eq!(barred(&world, "A1").await, (2028, 3, 2));
    assert_eq!(barred(&world, "A2").await, (2028, 1, 1));
    let twice = RecordServedNoticeRequest {
        service_method: NoticeServiceMethod::Post.into(),
        ..serving(&world, &notice)
    };
    assert_eq!(reason(&serve(&world, twice).await.expect_err("twice")), "NOTICE_SERVED");

    let hidden = world.request_in(SIBLING, serving(&world, &notices(&world, "A2").await[0]));
    let hidden = world
        .collection()
        .record_served_notice(hidden)
        .await
        .expect_err("outside");
    assert_eq!(hidden.code(), Code::NotFound);
    let list = ListServedNoticesRequest {
        filter: format!("dunning_notice = \"{}\"", notice.trim_start_matches("dunningNotices/")),
        ..ListServedNoticesRequest::default()
    };
    let listed = world.collection().list_served_notices(world.request(list)).await;
    assert_eq!(listed.expect("listed").into_inner().served_notices, [served]);
    // The post comes when it comes.
    let posted = RecordServedNoticeRequest {
        service_method: NoticeServiceMethod::Post.into(),
        ..night
    };
    let posted = RecordServedNoticeRequest {
        name: notices(&world, "A2").await.remove(0),
        request_id: world.key(),
        ..posted
    };
    serve(&world, posted).await.expect("posted");
    world.stop().await;
}

#[tokio::test]
async fn a_part_payment_counts_until_it_is_reversed() {
    let world = World::billed().await;
    let paid = world.pay(VILLAGE, "A1", 100).await.expect("paid");
    assert_eq!(barred(&world, "A1").await, (2028, 3, 2));
    let reversal = ReversePaymentRequest {
        name: paid.name,
        reason: "误记".to_owned(),
        request_id: world.key(),
        cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
        effective_date: None,
    };
    world
        .payments()
        .reverse_payment(world.request(reversal))
        .await
        .expect("reversed");
    assert_eq!(barred(&world, "A1").await, (2028, 1, 1));
    world.stop().await;
}

#[tokio::test]
async fn what_was_overdue_on_the_day_counts_whatever_was_paid_since() {
    let world = World::billed().await;
    draft_on(&world, 3, 1).await;
    let notice = notices(&world, "A1").await.remove(0);
    world.harness.kit.clock.set(datetime!(2025-03-10 04:00 UTC));
    let paid = world.pay(VILLAGE, "A1", 24_000).await.expect("paid in full");
    let served = serve(&world, serving(&world, &notice))
        .await
        .expect("served before that");
    assert_eq!(served.bills.len(), 1);
    let later = RecordServedNoticeRequest {
        serve_time: instant(3, 10, 10),
        name: notices(&world, "A2").await.remove(0),
        ..serving(&world, &notice)
    };
    assert_eq!(serve(&world, later).await.expect("served").bills.len(), 1);
    let reversal = ReversePaymentRequest {
        name: paid.name,
        reason: "退票".to_owned(),
        request_id: world.key(),
        cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
        effective_date: None,
    };
    world
        .payments()
        .reverse_payment(world.request(reversal))
        .await
        .expect("reversed");
    // The payment of the 10th does not count any more; the notice of the 1st does.
    assert_eq!(barred(&world, "A1").await, (2028, 3, 2));
    assert_eq!(barred(&world, "A2").await, (2028, 3, 11));
    world.stop().await;
}

#[tokio::test]
async fn once_barred_only_an_agreement_revives() {
    let world = World::billed().await;
    draft_on(&world, 3, 1).await;
    world.harness.kit.clock.set(datetime!(2028-02-01 04:00 UTC));
    let late = RecordServedNoticeRequest {
        serve_time: Some(kit::dates::timestamp(datetime!(2028-02-01 02:00 UTC))),
        ..serving(&world, &notices(&world, "A1").await[0])
    };
    serve(&world, late).await.expect("served too late");
    world.pay(VILLAGE, "A1", 100).await.expect("paid too late");
    assert_eq!(barred(&world, "A1").await, (2028, 1, 1));
    let agreed = RecordMediationRequest {
        mediation_date: date(2028, 2, 1),
        ..agreement(&world, "A1")
    };
    let agreed = world.collection().record_mediation(world.request(agreed)).await;
    assert_eq!(agreed.expect("agreed").into_inner().bills.len(), 1);
    assert_eq!(barred(&world, "A1").await, (2031, 2, 2));
    world.stop().await;
}

#[tokio::test]
async fn records_are_never_changed() {
    let world = World::billed().await;
    draft_on(&world, 3, 1).await;
    serve(&world, serving(&world, &notices(&world, "A1").await[0]))
        .await
        .expect("served");
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    for table in [
        "limitation_event",
        "served_notice",
        "visit",
        "mediation",
        "public_notice",
        "public_notice_line",
    ] {
        let change = sqlx::AssertSqlSafe(format!("DELETE FROM {table}"));
        let refused = sqlx::query(change).execute(&mut conn).await.expect_err(table);
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    world.stop().await;
}
