//! What a household has in advance settles what it owes at once, from wherever it comes, and goes back the same way.

use proto::xiangtu::homestead::v1::{
    AccountAdjusted, Entry, EntryKind, GetStatementRequest, GrantReliefRequest, LedgerCheck, Payment, ReversalCause,
    ReversePaymentRequest, WaterfallKey as Key, adjustment_service_client::AdjustmentServiceClient,
};
use sqlx::AssertSqlSafe;
use time::macros::datetime;

use crate::{
    adjustments::{measured, survey},
    collection::events,
    discounts::{a_tenth, settled},
    waterfall::{four_bills, plan, three_years},
    world::{VILLAGE, World, date, payment, section, tariff, year_2024},
};

/// Paid and outstanding of every bill of A1.
async fn bills(world: &World) -> Vec<(i64, i64)> {
    let bills = world.bills_of("A1").await;
    bills.iter().map(|bill| (bill.paid_fen, bill.outstanding_fen)).collect()
}

async fn relieve(world: &World, bill: &str, amount_fen: i64) -> Entry {
    let request = GrantReliefRequest {
        bill: bill.to_owned(),
        amount_fen: Some(amount_fen),
        resolution: "减免决议".to_owned(),
        effective_date: date(2025, 3, 2),
        request_id: world.key(),
    };
    let mut client = AdjustmentServiceClient::new(world.channel());
    let granted = client.grant_relief(world.request(request)).await;
    granted.expect("granted").into_inner()
}

async fn undo(world: &World, payment: &Payment) {
    let request = ReversePaymentRequest {
        name: payment.name.clone(),
        request_id: world.key(),
        reason: "退票".to_owned(),
        cause: ReversalCause::Dishonoured.into(),
        effective_date: None,
    };
    let undone = world.payments().reverse_payment(world.request(request)).await;
    undone.expect("undone");
}

async fn statement(world: &World) -> Vec<Entry> {
    let request = GetStatementRequest {
        household: "households/A1".to_owned(),
        ..GetStatementRequest::default()
    };
    let statement = world.ledger().get_statement(world.request(request)).await;
    statement.expect("a statement").into_inner().entries
}

#[tokio::test]
async fn relief_on_a_paid_bill_settles_the_next_one_and_says_so() {
    let world = three_years().await;
    world.harness.kit.clock.set(datetime!(2025-03-10 04:00 UTC));
    let paid = world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    let granted = relieve(&world, &paid.allocations[0].bill, 10_000).await;
    assert_eq!(bills(&world).await, [(14_000, 0), (10_000, 14_000), (0, 24_000)]);
    assert_eq!(world.standing("A1").await, (38_000, 0));
    // Right behind the relief and because of it, on the day on which it was recorded.
    let entries = statement(&world).await;
    let settlement = entries.last().expect("entries");
    assert_eq!(
        (
            settlement.kind(),
            settlement.entry_number,
            settlement.document.as_str(),
            settlement.effective_date
        ),
        (
            EntryKind::Settlement,
            granted.entry_number + 1,
            granted.name.as_str(),
            date(2025, 3, 10)
        )
    );
    let bill = &world.bills_of("A1").await[1].name;
    let sides = settlement.postings.iter();
    let sides: Vec<_> = sides
        .map(|side| (side.account, side.amount_fen, side.bill.as_str()))
        .collect();
    assert_eq!(sides, [(6, 10_000, bill.as_str()), (1, -10_000, bill.as_str())]);
    let told: Vec<AccountAdjusted> = events(&world, "account.adjusted").await;
    let told: Vec<_> = told.iter().map(|event| (event.kind(), event.amount_fen)).collect();
    assert_eq!(told, [(EntryKind::Settlement, 10_000), (EntryKind::Relief, 20_000)]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn it_goes_by_the_order_of_the_plan() {
    let (world, [y22, y23, ..]) = four_bills().await;
    world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    let agreed_first = plan(&[Key::AgreementFirst, Key::DueDate], false);
    world.apply(agreed_first).await.expect("applied");
    world.harness.kit.clock.set(datetime!(2025-03-10 04:00 UTC));
    relieve(&world, &y22, 5_000).await;
    let paid: Vec<_> = world
        .bills_of("A1")
        .await
        .into_iter()
        .filter(|bill| bill.paid_fen > 0)
        .map(|bill| (bill.name, bill.paid_fen))
        .collect();
    assert_eq!(paid, [(y22, 19_000), (y23, 5_000)]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn credits_of_one_correction_pay_what_it_corrects_next() {
    let world = three_years().await;
    world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    // Nothing is charged any more: what was paid for 2022 settles 2023, comes back from there, settles 2024 and comes back too.
    let nothing = survey(&world, measured("A1P1", 16_700, 0)).await.expect("surveyed");
    assert_eq!(nothing.corrections.len(), 3);
    assert_eq!(bills(&world).await, [(0, 0); 3]);
    assert_eq!(world.standing("A1").await, (0, 24_000));
    world.recount().await;
    // A part of it is charged again, and the advance pays that first.
    let larger = measured("A1P1", 22_700, 6_000);
    survey(&world, larger).await.expect("surveyed");
    assert_eq!(world.standing("A1").await, (48_000, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_payment_undone_leaves_no_advance_beside_its_bills() {
    let world = three_years().await;
    let first = world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    let second = world.pay(VILLAGE, "A1", 53_000).await.expect("paid");
    assert_eq!(world.standing("A1").await, (0, 5_000));
    undo(&world, &first).await;
    assert_eq!(bills(&world).await, [(5_000, 19_000), (24_000, 0), (24_000, 0)]);
    assert_eq!(world.standing("A1").await, (19_000, 0));
    world.recount().await;
    // With the other payment goes what it settled by way of the advance.
    undo(&world, &second).await;
    assert_eq!(bills(&world).await, [(0, 24_000); 3]);
    assert_eq!(world.standing("A1").await, (72_000, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_money_settled_by_way_of_an_advance_is_undone_there() {
    let world = three_years().await;
    world.harness.kit.clock.set(datetime!(2025-03-10 04:00 UTC));
    let names: Vec<_> = world.bills_of("A1").await.into_iter().map(|bill| bill.name).collect();
    let cheque = world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    let named = Payment {
        bill: names[2].clone(),
        ..payment(VILLAGE, "A1", 24_000)
    };
    world.record(world.key(), named).await.expect("paid");
    relieve(&world, &names[0], 10_000).await;
    assert_eq!(bills(&world).await, [(14_000, 0), (10_000, 14_000), (24_000, 0)]);
    // The bill of 2024 was paid by other money and stays so, although the order would undo it first.
    undo(&world, &cheque).await;
    assert_eq!(bills(&world).await, [(0, 14_000), (0, 24_000), (24_000, 0)]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn one_discount_earns_the_next() {
    let world = World::registered().await;
    let mut plan = section();
    plan.tariffs = vec![tariff(2023), tariff(2024)];
    for tariff in &mut plan.tariffs {
        tariff.discount = Some(a_tenth());
    }
    world.apply(plan).await.expect("applied");
    for year in [2023, 2024] {
        let mut request = year_2024();
        (request.from_date, request.until_date) = (date(year, 1, 1), date(year + 1, 1, 1));
        request.due_date = date(year, 12, 31);
        world.bill(request).await.expect("billed");
    }
    // 600 fen short of 90 % of the second bill, but the discount on the first makes 2,400 of an advance.
    world.pay(VILLAGE, "A1", 45_000).await.expect("paid");
    settled(&world).await;
    assert_eq!(bills(&world).await, [(21_600, 0), (21_600, 0)]);
    assert_eq!(world.standing("A1").await, (0, 1_800));
    world.recount().await;
    world.stop().await;
}

/// What the migration does at its end.
fn migration() -> &'static str {
    let file = include_str!("../../migrations/0095_settlement.sql");
    &file[file.rfind("DO $$").expect("a block")..]
}

#[tokio::test]
async fn what_lay_idle_before_is_found_and_settled() {
    let world = three_years().await;
    world.harness.kit.clock.set(datetime!(2025-03-10 04:00 UTC));
    let paid = world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    let mut owner = world.owner().await;
    let source: String = sqlx::query_scalar("SELECT pg_get_functiondef('settle_advance'::regproc)")
        .fetch_one(&mut owner)
        .await
        .expect("a function");
    let begin = source.find("DECLARE").expect("a body");
    let idle = format!("{}BEGIN RETURN NULL; END $function$", &source[..begin]);
    let mut run = async |sql: &str| {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut owner).await;
        done.unwrap_or_else(|error| panic!("{error}: {sql}"));
    };
    run(&idle).await;
    relieve(&world, &paid.allocations[0].bill, 10_000).await;
    assert_eq!(world.standing("A1").await, (48_000, 10_000));
    let findings = world.verify().await.findings;
    let told: Vec<_> = findings
        .iter()
        .map(|finding| (finding.check(), finding.subject.as_str(), finding.found))
        .collect();
    assert_eq!(told, [(LedgerCheck::AdvancesSettleBills, "households/A1", 10_000)]);
    run(&source).await;
    run(migration()).await;
    assert_eq!(bills(&world).await, [(14_000, 0), (10_000, 14_000), (0, 24_000)]);
    assert_eq!(world.standing("A1").await, (38_000, 0));
    world.recount().await;
    world.stop().await;
}
