//! Corrections in a row: what was granted and given up between them stays granted and given up, and no more than that.

use proto::xiangtu::homestead::v1::{
    Bill, GrantReliefRequest, ReversePaymentRequest, WriteOffBillRequest,
    adjustment_service_client::AdjustmentServiceClient,
};

use crate::{
    adjustments::{measured, survey},
    discounts::{bill, offered, pay_on},
    world::{VILLAGE, World},
};

async fn relieve(world: &World, household: &str, amount_fen: i64) {
    let request = GrantReliefRequest {
        bill: world.bills_of(household).await.remove(0).name,
        amount_fen: Some(amount_fen),
        resolution: "减免决议".to_owned(),
        request_id: world.key(),
        ..GrantReliefRequest::default()
    };
    let mut client = AdjustmentServiceClient::new(world.channel());
    client.grant_relief(world.request(request)).await.expect("relieved");
}

async fn write_off(world: &World, household: &str, amount_fen: Option<i64>) {
    let request = WriteOffBillRequest {
        bill: world.bills_of(household).await.remove(0).name,
        amount_fen,
        resolution: "核销决议".to_owned(),
        request_id: world.key(),
        ..WriteOffBillRequest::default()
    };
    let mut client = AdjustmentServiceClient::new(world.channel());
    client.write_off_bill(world.request(request)).await.expect("given up");
}

/// The first plot of a household lies `over_m2` above the entitlement, all along; what this posts.
async fn over(world: &World, household: &str, over_m2: i64) -> Vec<i64> {
    let survey = survey(
        world,
        measured(&format!("{household}P1"), 16_700 + over_m2 * 100, over_m2 * 100),
    )
    .await;
    let corrections = survey.expect("surveyed").corrections;
    corrections.iter().map(|correction| correction.posted_fen).collect()
}

/// Charged, remitted, written off and paid on all bills of a household, and its advance.
async fn stands(world: &World, household: &str) -> [i64; 5] {
    let bills = world.bills_of(household).await;
    let sum = |part: fn(&Bill) -> i64| bills.iter().map(part).sum::<i64>();
    [
        sum(|bill| bill.gross_fen - bill.credited_fen),
        sum(|bill| bill.relief_fen + bill.further_relief_fen),
        sum(|bill| bill.written_off_fen),
        sum(|bill| bill.paid_fen),
        world.standing(household).await.1,
    ]
}

#[tokio::test]
async fn relief_that_a_correction_took_back_comes_again_with_the_charge() {
    let world = World::billed().await;
    // 100 m² over cost 64,000 fen, 60 m² 24,000.
    relieve(&world, "A2", 60_000).await;
    assert_eq!(world.standing("A2").await, (4_000, 0));
    assert_eq!(over(&world, "A2", 60).await, [-4_000]);
    assert_eq!(stands(&world, "A2").await, [24_000, 24_000, 0, 0, 0]);
    assert_eq!(over(&world, "A2", 100).await, [4_000]);
    assert_eq!(stands(&world, "A2").await, [64_000, 60_000, 0, 0, 0]);
    let further = world.bills_of("A2").await.remove(1);
    assert_eq!(
        (further.gross_fen, further.relief_fen, further.outstanding_fen),
        (40_000, 36_000, 4_000)
    );
    world.recount().await;
    // Relief granted on a smaller area holds of a larger one, whatever it is in between.
    relieve(&world, "A1", 20_000).await;
    assert_eq!(over(&world, "A1", 30).await, [-4_000]);
    assert_eq!(over(&world, "A1", 100).await, [44_000]);
    assert_eq!(stands(&world, "A1").await, [64_000, 20_000, 0, 0, 0]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_bill_relieved_in_full_is_credited_and_charged_again() {
    let world = World::billed().await;
    relieve(&world, "A1", 24_000).await;
    // 45 m² over cost 12,000: nothing is to be paid, and still the charge falls.
    assert_eq!(over(&world, "A1", 45).await, [0]);
    let bill = world.bills_of("A1").await.remove(0);
    assert_eq!(
        (bill.credited_fen, bill.further_relief_fen, bill.outstanding_fen),
        (12_000, 12_000, 0)
    );
    world.recount().await;
    assert_eq!(over(&world, "A1", 60).await, [0]);
    assert_eq!(stands(&world, "A1").await, [24_000, 24_000, 0, 0, 0]);
    // Beyond what was granted, it is owed.
    assert_eq!(over(&world, "A1", 100).await, [40_000]);
    assert_eq!(world.standing("A1").await, (40_000, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_was_given_up_is_given_up_again_with_the_charge() {
    let world = World::billed().await;
    world.pay(VILLAGE, "A2", 20_000).await.expect("paid");
    write_off(&world, "A2", None).await;
    assert_eq!(stands(&world, "A2").await, [64_000, 0, 44_000, 20_000, 0]);
    assert_eq!(over(&world, "A2", 60).await, [-40_000]);
    assert_eq!(stands(&world, "A2").await, [24_000, 0, 4_000, 20_000, 0]);
    // A slip of the pen, put right: what had been paid is paid, and no more is given up than before.
    assert_eq!(over(&world, "A2", 0).await, [-24_000]);
    assert_eq!(stands(&world, "A2").await, [0, 0, 0, 0, 20_000]);
    assert_eq!(over(&world, "A2", 60).await, [24_000]);
    assert_eq!(stands(&world, "A2").await, [24_000, 0, 4_000, 20_000, 0]);
    assert_eq!(over(&world, "A2", 150).await, [100_000]);
    assert_eq!(stands(&world, "A2").await, [124_000, 0, 44_000, 20_000, 0]);
    assert_eq!(world.standing("A2").await, (60_000, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_was_paid_after_a_write_off_does_not_undo_it() {
    let world = World::billed().await;
    write_off(&world, "A1", Some(10_000)).await;
    world.pay(VILLAGE, "A1", 14_000).await.expect("paid");
    // Of 12,000, 10,000 were given up and 2,000 are paid.
    assert_eq!(over(&world, "A1", 45).await, [-12_000]);
    assert_eq!(stands(&world, "A1").await, [12_000, 0, 10_000, 2_000, 12_000]);
    assert_eq!(over(&world, "A1", 60).await, [12_000]);
    assert_eq!(stands(&world, "A1").await, [24_000, 0, 10_000, 14_000, 0]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_discount_comes_again_while_it_holds() {
    let world = offered().await;
    pay_on(&world, "A2", 57_600, (2025, 3, 1)).await;
    let paid = pay_on(&world, "A1", 21_600, (2025, 3, 1)).await;
    assert_eq!(bill(&world, "A2").await, (6_400, 57_600, 0, 0));
    assert_eq!(bill(&world, "A1").await, (2_400, 21_600, 0, 0));
    assert_eq!(over(&world, "A2", 0).await, [-57_600]);
    assert_eq!(over(&world, "A2", 100).await, [57_600]);
    assert_eq!(stands(&world, "A2").await, [64_000, 6_400, 0, 57_600, 0]);
    // Of a bill that is owed again it is lost.
    let reversal = ReversePaymentRequest {
        name: paid.name,
        reason: "退票".to_owned(),
        request_id: world.key(),
        cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
        effective_date: None,
    };
    let undone = world.payments().reverse_payment(world.request(reversal)).await;
    undone.expect("undone");
    assert_eq!(bill(&world, "A1").await, (0, 0, 24_000, 0));
    assert_eq!(over(&world, "A1", 45).await, [-12_000]);
    assert_eq!(over(&world, "A1", 60).await, [12_000]);
    assert_eq!(stands(&world, "A1").await, [24_000, 0, 0, 0, 0]);
    world.recount().await;
    world.stop().await;
}
