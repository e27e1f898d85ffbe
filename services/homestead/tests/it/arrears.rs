//! The work list of collectors.

use proto::xiangtu::homestead::v1::{
    ArrearsCase, ArrearsHold, DunningStage, ListArrearsRequest, RecordVisitRequest, RunBillingRequest, VisitOutcome,
};
use time::macros::datetime;

use crate::{
    collection::draft_on,
    ladder::{dunned, instant},
    objections::{file, filing},
    visits::{visit, visiting},
    world::{SIBLING, VILLAGE, World, date, year_2024},
};

async fn list(world: &World, request: ListArrearsRequest) -> (Vec<ArrearsCase>, String) {
    let listed = world.collection().list_arrears(world.request(request)).await;
    let listed = listed.expect("listed").into_inner();
    (listed.arrears, listed.next_page_token)
}

async fn all(world: &World) -> Vec<ArrearsCase> {
    list(world, ListArrearsRequest::default()).await.0
}

fn households(cases: &[ArrearsCase]) -> Vec<&str> {
    cases
        .iter()
        .map(|case| case.household.trim_start_matches("households/"))
        .collect()
}

fn of<'a>(cases: &'a [ArrearsCase], household: &str) -> &'a ArrearsCase {
    let name = format!("households/{household}");
    cases.iter().find(|case| case.household == name).expect("on the list")
}

#[tokio::test]
async fn the_nearest_day_comes_first_then_the_largest_amount() {
    let world = World::billed().await;
    // A part payment gives A2 more time than the others have.
    world.pay(VILLAGE, "A2", 4_000).await.expect("paid");
    let cases = all(&world).await;
    assert_eq!(households(&cases), ["A1", "A6", "B1", "B2", "A3", "A2"]);
    let first = &cases[0];
    assert_eq!(
        (first.overdue_fen, first.barred_fen, first.cadre.as_str()),
        (24_000, 0, "cadres/K1")
    );
    assert_eq!(
        (first.oldest_due_date, first.limitation_date),
        (date(2024, 12, 31), date(2028, 1, 1))
    );
    assert_eq!(cases[5].limitation_date, date(2028, 3, 2));

    let mut paged = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListArrearsRequest {
            page_size: 2,
            page_token,
            ..ListArrearsRequest::default()
        };
        let (cases, next) = list(&world, request).await;
        assert!(cases.len() <= 2);
        paged.extend(cases);
        page_token = next;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, cases);
    let mine = ListArrearsRequest {
        cadre: "cadres/K2".to_owned(),
        ..ListArrearsRequest::default()
    };
    assert_eq!(households(&list(&world, mine).await.0), ["A6", "A3"]);
    let there = ListArrearsRequest {
        division: SIBLING.to_owned(),
        ..ListArrearsRequest::default()
    };
    assert_eq!(households(&list(&world, there).await.0), ["B1", "B2"]);
    let scoped = world.request_in(SIBLING, ListArrearsRequest::default());
    let scoped = world
        .collection()
        .list_arrears(scoped)
        .await
        .expect("listed")
        .into_inner();
    assert_eq!(households(&scoped.arrears), ["B1", "B2"]);
    world.stop().await;
}

#[tokio::test]
async fn barred_claims_come_last_unless_newer_ones_can_be_lost() {
    let world = World::billed().await;
    let year_2025 = RunBillingRequest {
        division: SIBLING.to_owned(),
        from_date: date(2025, 1, 1),
        until_date: date(2026, 1, 1),
        due_date: date(2025, 12, 31),
        ..year_2024()
    };
    world.bill(year_2025).await.expect("billed");
    world.harness.kit.clock.set(datetime!(2028-06-01 04:00 UTC));
    let cases = all(&world).await;
    assert_eq!(households(&cases), ["B1", "B2", "A2", "A1", "A6", "A3"]);
    assert_eq!((cases[0].overdue_fen, cases[0].barred_fen), (48_000, 24_000));
    assert_eq!(
        (cases[0].limitation_date, cases[2].limitation_date),
        (date(2029, 1, 1), date(2028, 1, 1))
    );
    assert_eq!(cases[2].barred_fen, cases[2].overdue_fen);
    world.stop().await;
}

#[tokio::test]
async fn each_case_says_what_comes_next_and_what_it_waits_for() {
    let world = dunned().await;
    let fresh = all(&world).await;
    let a1 = of(&fresh, "A1");
    assert_eq!(
        (a1.last_stage(), a1.next_stage()),
        (DunningStage::Unspecified, DunningStage::Reminder)
    );
    assert_eq!(
        (a1.next_stage_date, a1.hold()),
        (date(2025, 1, 7), ArrearsHold::Unspecified)
    );
    draft_on(&world, 3, 1).await;
    let promised = RecordVisitRequest {
        outcome: VisitOutcome::Promised.into(),
        promise_date: date(2025, 3, 20),
        promise_fen: 12_000,
        ..visiting(&world, "A1", "K1")
    };
    let promised = visit(&world, promised).await.expect("recorded");
    world.pay(VILLAGE, "A1", 5_000).await.expect("paid");
    let objection = file(&world, filing(&world, "A2")).await.expect("filed");
    world.pay(VILLAGE, "A3", 11_500).await.expect("paid");

    let cases = all(&world).await;
    let a1 = of(&cases, "A1");
    assert_eq!(
        (a1.last_stage(), a1.last_stage_date),
        (DunningStage::Reminder, date(2025, 3, 1))
    );
    assert_eq!(
        (a1.next_stage(), a1.next_stage_date),
        (DunningStage::Notice, date(2025, 3, 15))
    );
    let promise = a1.promise.as_ref().expect("a promise");
    assert_eq!(
        (promise.visit.as_str(), promise.amount_fen, promise.paid_fen),
        (promised.name.as_str(), 12_000, 5_000)
    );
    assert_eq!(
        (promise.date, a1.last_visit_time),
        (date(2025, 3, 20), instant(3, 1, 10))
    );
    let a2 = of(&cases, "A2");
    assert_eq!((a2.hold(), a2.next_stage_date), (ArrearsHold::Objection, None));
    assert_eq!(
        (a2.objection.as_str(), a2.next_stage()),
        (objection.name.as_str(), DunningStage::Notice)
    );
    assert_eq!(of(&cases, "A3").hold(), ArrearsHold::Small);

    for (month, day) in [(3, 15), (3, 29)] {
        draft_on(&world, month, day).await;
    }
    let cases = all(&world).await;
    let a1 = of(&cases, "A1");
    assert_eq!(
        (a1.last_stage(), a1.next_stage(), a1.hold()),
        (DunningStage::Visit, DunningStage::PublicNotice, ArrearsHold::Visit)
    );
    world.stop().await;
}

#[tokio::test]
async fn without_rules_the_list_still_stands() {
    let world = World::billed().await;
    let mut section = crate::world::section();
    section.dunning = None;
    world.apply(section).await.expect("applied");
    assert!(all(&world).await.iter().all(|case| case.hold() == ArrearsHold::NoRules));
    world.stop().await;
}
