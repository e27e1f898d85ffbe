//! Agreements on instalments: sums to the fen, due dates that move, and what follows when they are not kept.

use proto::xiangtu::homestead::v1::{
    AgeingGroup, AgreeInstalmentsRequest, ArrearsCase, Bill, CancelInstalmentsRequest, GetAgeingReportRequest,
    GetInstalmentPlanRequest, GrantReliefRequest, InstalmentPlan, InstalmentPlanState as State, InstalmentsAgreed,
    InstalmentsDefaulted, ListArrearsRequest, ListInstalmentPlansRequest, ReversePaymentRequest, WriteOffBillRequest,
    adjustment_service_client::AdjustmentServiceClient, instalment_service_client::InstalmentServiceClient,
};
use time::{
    Date,
    macros::{date as day, datetime},
};
use tonic::{Code, Response, Status, transport::Channel};

use crate::{
    adjustments::{measured, survey},
    collection::{draft_on, events},
    limitation::notices,
    world::{COUNTY, SIBLING, VILLAGE, World, date, fields, reason},
};

fn client(world: &World) -> InstalmentServiceClient<Channel> {
    InstalmentServiceClient::new(world.channel())
}

/// Five instalments from the end of March on.
pub fn five(world: &World, household: &str) -> AgreeInstalmentsRequest {
    AgreeInstalmentsRequest {
        household: format!("households/{household}"),
        instalment_count: 5,
        first_due_date: date(2025, 3, 31),
        document: "分期协议 3".to_owned(),
        request_id: world.key(),
        ..AgreeInstalmentsRequest::default()
    }
}

pub async fn agree(world: &World, request: AgreeInstalmentsRequest) -> Result<InstalmentPlan, Status> {
    let answer = client(world).agree_instalments(world.request(request)).await;
    answer.map(Response::into_inner)
}

pub async fn get(world: &World, name: &str) -> InstalmentPlan {
    let request = GetInstalmentPlanRequest { name: name.to_owned() };
    let answer = client(world).get_instalment_plan(world.request(request)).await;
    answer.expect("an agreement").into_inner()
}

async fn cancel(world: &World, name: &str) -> Result<InstalmentPlan, Status> {
    let request = CancelInstalmentsRequest {
        name: name.to_owned(),
        reason: "一次缴清".to_owned(),
        request_id: world.key(),
    };
    let answer = client(world).cancel_instalments(world.request(request)).await;
    answer.map(Response::into_inner)
}

/// Waits until the one bill of a household has this due date.
pub async fn due(world: &World, household: &str, due_date: Option<proto::google::r#type::Date>) -> Bill {
    loop {
        let bill = world.bills_of(household).await.remove(0);
        if bill.due_date == due_date {
            return bill;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn undo(world: &World, payment: &str) {
    let request = ReversePaymentRequest {
        name: payment.to_owned(),
        reason: "退票".to_owned(),
        request_id: world.key(),
        cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
        effective_date: None,
    };
    let answer = world.payments().reverse_payment(world.request(request)).await;
    answer.expect("undone");
}

/// Of the village of A1: what is not due, and what is 31–90 days old.
async fn aged(world: &World, as_of: Date) -> (i64, i64) {
    let request = GetAgeingReportRequest {
        division: format!("divisions/{VILLAGE}"),
        as_of: Some(kit::dates::to_proto(as_of)),
        group_by: AgeingGroup::Village.into(),
    };
    let report = world.ageing().get_ageing_report(world.request(request)).await;
    let row = report.expect("a report").into_inner().rows.remove(0);
    let fen = |bucket: Option<proto::xiangtu::homestead::v1::AgeingBucket>| bucket.expect("a bucket").outstanding_fen;
    (fen(row.not_due), fen(row.days_31_to_90))
}

async fn in_arrears(world: &World, household: &str) -> Option<ArrearsCase> {
    let request = world.request(ListArrearsRequest::default());
    let listed = world.collection().list_arrears(request).await.expect("listed");
    let name = format!("households/{household}");
    listed
        .into_inner()
        .arrears
        .into_iter()
        .find(|case| case.household == name)
}

/// Covered of each instalment.
fn covered(plan: &InstalmentPlan) -> Vec<i64> {
    plan.instalments.iter().map(|one| one.covered_fen).collect()
}

#[tokio::test]
async fn due_dates_follow_what_is_paid() {
    let world = World::billed().await;
    world.pay(VILLAGE, "A2", 2).await.expect("paid");
    let request = AgreeInstalmentsRequest {
        instalment_count: 7,
        ..five(&world, "A2")
    };
    let plan = agree(&world, request.clone()).await.expect("agreed");
    assert_eq!(agree(&world, request).await.expect("a repeat"), plan);
    // 63,998 = 7 · 9,142 + 4.
    let amounts: Vec<_> = plan.instalments.iter().map(|one| one.amount_fen).collect();
    assert_eq!(amounts, [9_143, 9_143, 9_143, 9_143, 9_142, 9_142, 9_142]);
    let days: Vec<_> = plan.instalments.iter().filter_map(|one| one.due_date).collect();
    assert_eq!((Some(days[1]), Some(days[6])), (date(2025, 4, 30), date(2025, 9, 30)));
    assert_eq!(
        (plan.agreed_fen, plan.paid_fen, plan.state()),
        (63_998, 0, State::Active)
    );
    // At once, and limitation goes on from the day of the agreement, not from the new due date.
    let bill = world.bills_of("A2").await.remove(0);
    assert_eq!(
        (bill.due_date, bill.original_due_date, bill.limitation_date),
        (date(2025, 3, 31), date(2024, 12, 31), date(2028, 3, 2))
    );
    assert_eq!(events::<InstalmentsAgreed>(&world, "instalments.agreed").await.len(), 1);

    world.pay(VILLAGE, "A2", 9_142).await.expect("paid");
    let first = get(&world, &plan.name).await;
    assert_eq!((first.next_due_date, covered(&first)[0]), (date(2025, 3, 31), 9_142));
    let second = world.pay(VILLAGE, "A2", 9_144).await.expect("paid");
    let bill = due(&world, "A2", date(2025, 5, 31)).await;
    assert_eq!(bill.original_due_date, date(2024, 12, 31));
    // What is undone uncovers; what is remitted covers.
    undo(&world, &second.name).await;
    due(&world, "A2", date(2025, 3, 31)).await;
    let relief = GrantReliefRequest {
        bill: bill.name.clone(),
        amount_fen: Some(1),
        resolution: "减免决议".to_owned(),
        request_id: world.key(),
        ..GrantReliefRequest::default()
    };
    AdjustmentServiceClient::new(world.channel())
        .grant_relief(world.request(relief))
        .await
        .expect("relieved");
    due(&world, "A2", date(2025, 4, 30)).await;
    let last = world.pay(VILLAGE, "A2", 54_855).await.expect("paid");
    let bill = due(&world, "A2", date(2024, 12, 31)).await;
    assert_eq!((bill.outstanding_fen, bill.original_due_date), (0, None));
    let done = get(&world, &plan.name).await;
    assert_eq!((done.state(), done.end_date), (State::Fulfilled, date(2025, 3, 1)));
    // Even then a bounced payment brings it back.
    undo(&world, &last.name).await;
    due(&world, "A2", date(2025, 4, 30)).await;
    assert_eq!(get(&world, &plan.name).await.state(), State::Active);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn whoever_does_not_keep_it_owes_as_before() {
    let world = World::billed().await;
    let plan = agree(&world, five(&world, "A1")).await.expect("agreed");
    assert_eq!(in_arrears(&world, "A1").await, None);
    draft_on(&world, 3, 1).await;
    assert_eq!(notices(&world, "A1").await.len(), 0);
    assert_eq!(notices(&world, "A6").await.len(), 1);

    world.harness.kit.clock.set(datetime!(2025-04-15 04:00 UTC));
    let late = get(&world, &plan.name).await;
    assert_eq!((late.state(), late.overdue_fen), (State::Active, 4_800));
    assert_eq!(
        in_arrears(&world, "A1").await.expect("late").oldest_due_date,
        date(2025, 3, 31)
    );
    world.harness.kit.clock.set(datetime!(2025-04-16 04:00 UTC));
    assert_eq!(get(&world, &plan.name).await.state(), State::Defaulted);
    let bill = due(&world, "A1", date(2024, 12, 31)).await;
    assert_eq!((bill.original_due_date, bill.limitation_date), (None, date(2028, 3, 2)));
    let broken = events::<InstalmentsDefaulted>(&world, "instalments.defaulted").await;
    let [broken] = broken.as_slice() else {
        panic!("one: {broken:?}")
    };
    assert_eq!(
        (broken.overdue_fen, broken.outstanding_fen, broken.due_date),
        (4_800, 24_000, date(2025, 3, 31))
    );
    assert_eq!(
        in_arrears(&world, "A1").await.expect("late").oldest_due_date,
        date(2024, 12, 31)
    );
    draft_on(&world, 4, 16).await;
    assert_eq!(notices(&world, "A1").await.len(), 1);
    // It stays broken whatever is paid, and does not hinder another one.
    world.pay(VILLAGE, "A1", 4_800).await.expect("paid");
    let broken = get(&world, &plan.name).await;
    assert_eq!((broken.state(), broken.overdue_fen), (State::Defaulted, 0));
    assert_eq!(
        reason(&cancel(&world, &plan.name).await.expect_err("broken")),
        "INSTALMENTS_ENDED"
    );
    let again = AgreeInstalmentsRequest {
        first_due_date: date(2025, 5, 31),
        ..five(&world, "A1")
    };
    assert_eq!(agree(&world, again).await.expect("agreed").agreed_fen, 19_200);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_past_day_is_aged_by_the_due_dates_that_held_then() {
    let world = World::billed().await;
    world.harness.kit.clock.set(datetime!(2025-03-03 04:00 UTC));
    // A1, A2, A3 and A6 owe 124,000, all due on the last day of 2024.
    let plan = agree(&world, five(&world, "A1")).await.expect("agreed");
    assert_eq!(aged(&world, day!(2025 - 03 - 03)).await, (24_000, 100_000));
    world.harness.kit.clock.set(datetime!(2025-03-10 04:00 UTC));
    assert_eq!(
        cancel(&world, &plan.name).await.expect("cancelled").state(),
        State::Cancelled
    );
    world.harness.kit.clock.set(datetime!(2025-03-12 04:00 UTC));
    for (on, expected) in [
        (day!(2025 - 03 - 02), (0, 124_000)),
        (day!(2025 - 03 - 03), (24_000, 100_000)),
        (day!(2025 - 03 - 09), (24_000, 100_000)),
        (day!(2025 - 03 - 10), (0, 124_000)),
        (day!(2025 - 03 - 12), (0, 124_000)),
    ] {
        assert_eq!(aged(&world, on).await, expected, "{on}");
    }
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn one_agreement_for_bills_that_are_owed() {
    let world = World::billed().await;
    let refused = async |request| agree(&world, request).await.expect_err("refused");
    let bill = |of: &str| {
        let of = of.to_owned();
        let world = &world;
        async move { world.bills_of(&of).await.remove(0).name }
    };
    let foreign = AgreeInstalmentsRequest {
        bills: vec![bill("A2").await],
        ..five(&world, "A1")
    };
    assert_eq!(refused(foreign).await.code(), Code::NotFound);
    let fields_of = refused(AgreeInstalmentsRequest {
        instalment_count: 1,
        ..five(&world, "A1")
    });
    assert_eq!(fields(&fields_of.await), ["instalment_count"]);
    let hidden = world.request_in(SIBLING, five(&world, "A1"));
    let hidden = client(&world).agree_instalments(hidden).await.expect_err("outside");
    assert_eq!(hidden.code(), Code::NotFound);
    world.pay(VILLAGE, "A6", 23_999).await.expect("paid");
    assert_eq!(fields(&refused(five(&world, "A6")).await), ["instalment_count"]);
    world.pay(VILLAGE, "A6", 1).await.expect("paid");
    assert_eq!(reason(&refused(five(&world, "A6")).await), "NOTHING_OWED");
    let settled = AgreeInstalmentsRequest {
        bills: vec![bill("A6").await],
        ..five(&world, "A6")
    };
    assert_eq!(reason(&refused(settled).await), "NOTHING_OWED");

    let named = AgreeInstalmentsRequest {
        bills: vec![bill("A1").await],
        instalment_count: 0,
        first_due_date: None,
        due_dates: [date(2025, 3, 1), date(2025, 5, 1)].into_iter().flatten().collect(),
        grace_days: Some(0),
        ..five(&world, "A1")
    };
    let plan = agree(&world, named).await.expect("agreed");
    assert_eq!((plan.instalments.len(), plan.grace_days), (2, 0));
    assert_eq!(reason(&refused(five(&world, "A1")).await), "INSTALMENTS_ACTIVE");
    cancel(&world, &plan.name).await.expect("cancelled");
    assert_eq!(world.bills_of("A1").await.remove(0).due_date, date(2024, 12, 31));
    let second = agree(&world, five(&world, "A1")).await.expect("agreed on the same day");
    assert_eq!(world.bills_of("A1").await.remove(0).due_date, date(2025, 3, 31));
    let list = async |state: State, division: &str| {
        let request = ListInstalmentPlansRequest {
            division: division.to_owned(),
            filter: "household = A1".to_owned(),
            state: state.into(),
            ..ListInstalmentPlansRequest::default()
        };
        let listed = client(&world).list_instalment_plans(world.request(request)).await;
        let plans = listed.expect("listed").into_inner().instalment_plans;
        plans.into_iter().map(|plan| plan.name).collect::<Vec<_>>()
    };
    assert_eq!(
        list(State::Unspecified, COUNTY).await,
        [plan.name.clone(), second.name.clone()]
    );
    assert_eq!(list(State::Active, COUNTY).await, [second.name]);
    assert_eq!(list(State::Cancelled, COUNTY).await, [plan.name]);
    assert!(
        list(State::Unspecified, &format!("divisions/{SIBLING}"))
            .await
            .is_empty()
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_is_corrected_or_written_off_covers_and_what_is_added_is_due_by_itself() {
    let world = World::billed().await;
    // 64,000 = 5 · 12,800.
    let plan = agree(&world, five(&world, "A2")).await.expect("agreed");
    let bill = world.bills_of("A2").await.remove(0).name;
    let write_off = async |amount_fen: Option<i64>| {
        let request = WriteOffBillRequest {
            bill: bill.clone(),
            amount_fen,
            resolution: "核销决议".to_owned(),
            request_id: world.key(),
            ..WriteOffBillRequest::default()
        };
        let mut client = AdjustmentServiceClient::new(world.channel());
        client
            .write_off_bill(world.request(request))
            .await
            .expect("written off");
    };
    write_off(Some(12_800)).await;
    due(&world, "A2", date(2025, 4, 30)).await;
    // 60 m² cost 24,000: 40,000 less.
    survey(&world, measured("A2P1", 22_700, 6_000)).await.expect("surveyed");
    due(&world, "A2", date(2025, 7, 31)).await;
    let now = get(&world, &plan.name).await;
    assert_eq!(covered(&now), [12_800, 12_800, 12_800, 12_800, 1_600]);
    assert_eq!((now.paid_fen, now.state()), (52_800, State::Active));
    // And 100 m² again: a bill beside the agreement.
    survey(&world, measured("A2P1", 26_700, 10_000))
        .await
        .expect("surveyed");
    let bills = world.bills_of("A2").await;
    let added = bills
        .iter()
        .find(|bill| !bill.corrects.is_empty())
        .expect("a further bill");
    assert_eq!((added.outstanding_fen, added.due_date), (40_000, date(2025, 3, 31)));
    assert_eq!(
        (added.original_due_date, get(&world, &plan.name).await.paid_fen),
        (None, 52_800)
    );
    write_off(None).await;
    let first = due(&world, "A2", date(2024, 12, 31)).await;
    assert_eq!((first.name, first.outstanding_fen), (bill.clone(), 0));
    assert_eq!(get(&world, &plan.name).await.state(), State::Fulfilled);
    world.recount().await;
    world.stop().await;
}
