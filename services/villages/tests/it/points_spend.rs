//! Goods, redemption, reversal, and the account of a household that has ended.

use futures::future::join_all;
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    CreatePointGoodsRequest, ListPointGoodsRequest, MovePointAccountRequest, PointEntry, PointEntryKind, PointGoods,
    RedeemPointsRequest, ReversePointEntryRequest, StockPointGoodsRequest,
};
use time::macros::datetime;
use tonic::{Code, Status};

use crate::{
    calls::{
        create_point_goods, end_household, list_point_goods, merge_households, move_point_account, redeem_points,
        reverse_point_entry, stock_point_goods,
    },
    county::{LANKAO, behind, day, fields, reason, request_id},
    household_life::ended,
    household_lineage::merger,
    points::{FIRST, account, award, entries, with_points},
    township::{BESIDE, PILOT, SECOND, TOWN, division},
};

async fn shop(harness: &Harness, at: &str, price_points: i64, stock_count: i32) -> PointGoods {
    let request = CreatePointGoodsRequest {
        goods: Some(PointGoods {
            division: division(at),
            display_name: "洗衣粉 500 克".to_owned(),
            price_points,
            stock_count,
            ..PointGoods::default()
        }),
        request_id: request_id(harness),
    };
    create_point_goods(harness, TOWN, request).await.expect("goods")
}

fn redemption(harness: &Harness, household: &str, goods: &PointGoods, goods_count: i32) -> RedeemPointsRequest {
    RedeemPointsRequest {
        household: household.to_owned(),
        goods: goods.name.clone(),
        goods_count,
        request_id: request_id(harness),
    }
}

async fn redeem(
    harness: &Harness,
    household: &str,
    goods: &PointGoods,
    goods_count: i32,
) -> Result<PointEntry, Status> {
    redeem_points(harness, PILOT, redemption(harness, household, goods, goods_count)).await
}

async fn reverse(harness: &Harness, entry: &PointEntry) -> Result<PointEntry, Status> {
    let request = ReversePointEntryRequest {
        name: entry.name.clone(),
        reason: "误记".to_owned(),
        request_id: request_id(harness),
    };
    reverse_point_entry(harness, TOWN, request).await
}

async fn stock(harness: &Harness, goods: &PointGoods) -> i32 {
    let listed = list_point_goods(harness, PILOT, ListPointGoodsRequest::default())
        .await
        .expect("a list");
    let found = listed.point_goods.into_iter().find(|it| it.name == goods.name);
    found.expect("offered to the village").stock_count
}

#[tokio::test]
async fn of_fifty_households_one_gets_the_last_piece() {
    let harness = with_points().await;
    let goods = shop(&harness, TOWN, 10, 1).await;
    let households: Vec<String> = (1..=50).map(|at| format!("households/P{at}")).collect();
    join_all(
        households
            .iter()
            .map(|household| award(&harness, household, "clean_yard")),
    )
    .await;
    let outcomes = join_all(
        households
            .iter()
            .map(|household| redeem(&harness, household, &goods, 1)),
    )
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, "GOODS_SOLD_OUT")
        );
    }
    assert_eq!(stock(&harness, &goods).await, 0);
    let sums = behind(
        &harness,
        "SELECT sum(points)::text FROM point_entries WHERE kind IN ('AWARD', 'REDEEM')",
    )
    .await;
    assert_eq!(sums, ["490"]);
    harness.stop().await;
}

#[tokio::test]
async fn fifty_redemptions_of_one_household_spend_what_it_has() {
    let harness = with_points().await;
    let goods = shop(&harness, TOWN, 4, 100).await;
    award(&harness, FIRST, "clean_yard").await;
    let outcomes = join_all((0..50).map(|_| redeem(&harness, FIRST, &goods, 1))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(reason(&refused), "POINTS_SHORT");
    }
    assert_eq!(
        stock(&harness, &goods).await,
        98,
        "a refused redemption takes nothing out of stock"
    );
    assert_eq!(account(&harness, FIRST, None).await.available_points, 2);
    harness.stop().await;
}

#[tokio::test]
async fn a_reversed_redemption_returns_points_with_their_days_and_goods_once() {
    let harness = with_points().await;
    let goods = shop(&harness, TOWN, 6, 3).await;
    award(&harness, FIRST, "clean_yard").await;
    award(&harness, FIRST, "volunteer").await;
    let spent = redeem(&harness, FIRST, &goods, 2).await.expect("redeemed");
    assert_eq!(
        (spent.points, spent.goods_count, stock(&harness, &goods).await),
        (-12, 2, 1)
    );
    harness.kit.clock.set(datetime!(2024-05-01 01:00 UTC));
    let outcomes = join_all((0..10).map(|_| reverse(&harness, &spent))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(reason(refused), "POINT_ENTRY_REVERSED");
    }
    let back = outcomes.into_iter().find_map(Result::ok).expect("one");
    assert_eq!(
        (back.points, back.reverses.as_str(), stock(&harness, &goods).await),
        (12, spent.name.as_str(), 3)
    );
    let lots = account(&harness, FIRST, None).await.lots;
    let lots: Vec<_> = lots
        .iter()
        .map(|lot| (lot.points, lot.earn_date, lot.expire_date))
        .collect();
    assert_eq!(
        lots,
        [(10, day(2024, 4, 1), day(2025, 4, 1)), (5, day(2024, 4, 1), None)]
    );
    let shown = entries(&harness, FIRST).await;
    assert_eq!(shown[2].reversed_by, back.name);
    assert_eq!(
        reason(&reverse(&harness, &back).await.expect_err("final")),
        "POINT_ENTRY_FINAL"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_reversed_award_frees_its_cap_and_what_was_spent_is_owed() {
    let harness = with_points().await;
    let goods = shop(&harness, TOWN, 15, 3).await;
    let mut awards = Vec::new();
    for _ in 0..4 {
        awards.push(award(&harness, FIRST, "volunteer").await);
    }
    redeem(&harness, FIRST, &goods, 1).await.expect("redeemed");
    for entry in &awards[..2] {
        assert_eq!(reverse(&harness, entry).await.expect("reversed").points, -5);
    }
    let after = account(&harness, FIRST, None).await;
    assert_eq!(
        (after.balance_points, after.owed_points, after.available_points),
        (-5, 5, 0)
    );
    award(&harness, FIRST, "volunteer").await;
    assert_eq!(account(&harness, FIRST, None).await.balance_points, 0);
    harness.stop().await;
}

#[tokio::test]
async fn goods_are_those_of_the_village_or_above_and_only_their_own_officers_change_them() {
    let harness = with_points().await;
    award(&harness, FIRST, "clean_yard").await;
    let elsewhere = shop(&harness, SECOND, 1, 5).await;
    let request = redemption(&harness, FIRST, &elsewhere, 1);
    let refused = redeem_points(&harness, TOWN, request)
        .await
        .expect_err("of another village");
    assert_eq!(reason(&refused), "GOODS_ELSEWHERE");
    let unseen = redeem(&harness, FIRST, &elsewhere, 1).await.expect_err("of a sibling");
    assert_eq!(unseen.code(), Code::NotFound);

    let goods = shop(&harness, TOWN, 2, 5).await;
    let change = StockPointGoodsRequest {
        name: goods.name.clone(),
        change_count: -5,
        price_points: Some(3),
        closed: Some(true),
        reason: "盘点".to_owned(),
        etag: goods.etag.clone(),
        request_id: request_id(&harness),
    };
    for scope in [PILOT, BESIDE] {
        let refused = stock_point_goods(&harness, scope, change.clone())
            .await
            .expect_err("not theirs");
        assert_eq!(refused.code(), Code::NotFound);
    }
    let changed = stock_point_goods(&harness, TOWN, change.clone())
        .await
        .expect("changed");
    assert_eq!(
        (changed.stock_count, changed.price_points, changed.closed),
        (0, 3, true)
    );
    let again = StockPointGoodsRequest {
        request_id: request_id(&harness),
        ..change
    };
    let stale = stock_point_goods(&harness, TOWN, again.clone())
        .await
        .expect_err("changed since");
    assert_eq!(stale.code(), Code::Aborted);
    let less = StockPointGoodsRequest {
        etag: String::new(),
        ..again
    };
    assert_eq!(
        reason(&stock_point_goods(&harness, TOWN, less).await.expect_err("below 0")),
        "GOODS_SOLD_OUT"
    );
    assert_eq!(
        reason(&redeem(&harness, FIRST, &goods, 1).await.expect_err("closed")),
        "GOODS_CLOSED"
    );
    let none = redeem(&harness, FIRST, &goods, 0).await.expect_err("none");
    assert_eq!(fields(&none), ["goods_count"]);
    harness.stop().await;
}

#[tokio::test]
async fn the_account_of_an_ended_household_stays_readable_and_moves_to_its_successor() {
    let harness = with_points().await;
    award(&harness, FIRST, "clean_yard").await;
    award(&harness, FIRST, "volunteer").await;
    let moved = |from: &str, to: &str| MovePointAccountRequest {
        household: from.to_owned(),
        successor: to.to_owned(),
        resolution: "户籍合并".to_owned(),
        request_id: request_id(&harness),
    };
    let stands = move_point_account(&harness, LANKAO, moved(FIRST, "households/S1"))
        .await
        .expect_err("still there");
    assert_eq!(reason(&stands), "HOUSEHOLD_STANDS");
    let ends = end_household(&harness, TOWN, ended(&harness, "households/P9", (5, 1)));
    ends.await.expect("ended");
    for into in ["households/P10", "households/S1"] {
        let from = if into == "households/S1" {
            "households/P10"
        } else {
            FIRST
        };
        let request = merger(&harness, &[from], into, if from == FIRST { (5, 1) } else { (5, 2) });
        merge_households(&harness, TOWN, request).await.expect("merged");
    }
    harness.kit.clock.set(datetime!(2024-06-01 01:00 UTC));
    let kept = account(&harness, FIRST, None).await;
    assert_eq!((kept.balance_points, kept.household_ended), (15, true));
    let goods = shop(&harness, TOWN, 1, 1).await;
    assert_eq!(
        reason(&redeem(&harness, FIRST, &goods, 1).await.expect_err("ended")),
        "HOUSEHOLD_ENDED"
    );
    for (to, expected) in [("households/P9", "HOUSEHOLD_ENDED"), (FIRST, "INVALID_FIELD")] {
        let refused = move_point_account(&harness, LANKAO, moved(FIRST, to))
            .await
            .expect_err(to);
        assert_eq!(reason(&refused), expected);
    }

    award(&harness, "households/S1", "litter").await;
    let answer = move_point_account(&harness, LANKAO, moved(FIRST, "households/S1"))
        .await
        .expect("moved");
    let entries: Vec<_> = answer
        .point_entries
        .iter()
        .map(|entry| (entry.household.as_str(), entry.kind(), entry.points, entry.expire_date))
        .collect();
    let expected = [
        (FIRST, PointEntryKind::Move, -15, None),
        ("households/S1", PointEntryKind::Move, 10, day(2025, 4, 1)),
        ("households/S1", PointEntryKind::Move, 5, None),
    ];
    assert_eq!(entries, expected);
    assert_eq!(answer.account.expect("an account").balance_points, 0);
    assert_eq!(account(&harness, FIRST, None).await.balance_points, 0);
    let empty = move_point_account(&harness, LANKAO, moved(FIRST, "households/S1"))
        .await
        .expect_err("empty");
    assert_eq!(reason(&empty), "POINT_ACCOUNT_EMPTY");
    harness.stop().await;
}
