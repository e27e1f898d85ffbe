//! League tables: places, ties and quotas.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AbolishDivisionRequest, GetLeagueTableRequest, LeagueTable, Measurement, RateVillagesRequest,
};
use tonic::{Code, Status};

use crate::{
    calls::{get_league_table, rate_villages},
    county::{Asks as _, LANKAO, day, divisions, fields, reason, request_id},
    plan_section::{plan, quota},
    township::{BESIDE, FAR, HILL, PILOT, SECOND, THIRD, TOWN, code, division, figure, record, under},
};

const ON: (i32, i32, i32) = (2024, 3, 31);

fn figures(village: &str, toilets: i64, lanes: i64, danger: i64, co_op: i64) -> Vec<Measurement> {
    vec![
        figure(village, "toilet", ON, toilets, Some(100)),
        figure(village, "lane", ON, lanes, Some(100)),
        figure(village, "danger", ON, danger, None),
        figure(village, "co_op", ON, co_op, None),
    ]
}

async fn rate(harness: &Harness) {
    let request = RateVillagesRequest {
        division: division(LANKAO),
        ..RateVillagesRequest::default()
    };
    rate_villages(harness, LANKAO, request).await.expect("rated");
}

async fn table(harness: &Harness, code: &str, as_of: (i32, i32, i32)) -> Result<LeagueTable, Status> {
    let request = GetLeagueTableRequest {
        division: division(code),
        as_of: day(as_of.0, as_of.1, as_of.2),
        ..GetLeagueTableRequest::default()
    };
    get_league_table(harness, code, request).await
}

fn places(table: &LeagueTable) -> Vec<(i32, &str, i64)> {
    let entries = table.entries.iter();
    entries
        .map(|it| (it.rank, code(&it.division), it.mean_score_milli))
        .collect()
}

#[tokio::test]
async fn equal_scores_are_placed_by_target_then_by_any_tier_then_together() {
    let harness = under(plan()).await;
    // All earn 40 points. The pilot holds a tier but not its target, the third reached its target, the second holds none.
    let mut all = figures(PILOT, 90, 60, 0, 0);
    all.extend(figures(SECOND, 90, 30, 0, 1));
    all.extend(figures(THIRD, 90, 60, 0, 0));
    // Both lie in hills, where half of the lanes suffice, and both hold one star.
    all.extend(figures(HILL, 90, 50, 0, 1));
    all.extend(figures(FAR, 90, 100, 0, 1));
    record(&harness, all).await;
    rate(&harness).await;
    let town = table(&harness, TOWN, (2024, 4, 1)).await.expect("a table");
    assert_eq!(
        places(&town),
        [(1, THIRD, 40_000), (2, PILOT, 40_000), (3, SECOND, 40_000)]
    );
    let beside = table(&harness, BESIDE, (2024, 4, 1)).await.expect("a table");
    assert_eq!(places(&beside), [(1, HILL, 45_000), (1, FAR, 45_000)]);
    let county = table(&harness, LANKAO, (2024, 4, 1)).await.expect("a table");
    assert_eq!(places(&county), [(1, BESIDE, 45_000), (2, TOWN, 40_000)]);
    let last = &county.entries[1];
    assert_eq!(
        (last.display_name.as_str(), last.village_count, last.on_target_count),
        ("堌阳镇", 3, 1)
    );
    let tiers: Vec<i32> = last.tiers.iter().map(|tier| tier.village_count).collect();
    assert_eq!(tiers, [0, 2, 1]);
    let untimely = table(&harness, LANKAO, (2024, 3, 31)).await.expect("before any rating");
    assert_eq!(untimely.entries, []);
    harness.stop().await;
}

#[tokio::test]
async fn ties_leave_a_gap_and_quotas_count_who_holds_the_tier_or_more() {
    let mut section = plan();
    section.quotas.push(quota("compliant", 2024, "divisions/410225101", 1));
    section.quotas.push(quota("one_star", 2024, "", 1));
    section.quotas.push(quota("one_star", 2025, "", 2));
    let harness = under(section).await;
    let mut all = figures(PILOT, 90, 60, 0, 1);
    all.extend(figures(SECOND, 70, 60, 2, 0));
    all.extend(figures(THIRD, 90, 60, 0, 1));
    all.extend(figures(HILL, 70, 50, 2, 0));
    record(&harness, all).await;
    rate(&harness).await;
    let town = table(&harness, TOWN, (2024, 4, 1)).await.expect("a table");
    let ranks: Vec<_> = places(&town).into_iter().map(|(rank, code, _)| (rank, code)).collect();
    assert_eq!(ranks, [(1, PILOT), (1, THIRD), (3, SECOND)]);
    let standing = |table: &LeagueTable| -> Vec<(String, String, i32, i32, i32)> {
        let status = |it: &proto::xiangtu::villages::v1::QuotaStatus| {
            (
                it.tier.clone(),
                it.display_name.clone(),
                it.goal_count,
                it.held_count,
                it.missing_count,
            )
        };
        table.quotas.iter().map(status).collect()
    };
    let row = |tier: &str, name: &str, goal, held, missing| (tier.to_owned(), name.to_owned(), goal, held, missing);
    assert_eq!(standing(&town), [row("compliant", "堌阳镇", 1, 3, 0)]);
    let county = table(&harness, LANKAO, (2024, 4, 1)).await.expect("a table");
    assert_eq!(
        standing(&county),
        [
            row("compliant", "兰考县", 4, 4, 0),
            row("compliant", "堌阳镇", 1, 3, 0),
            row("one_star", "兰考县", 1, 2, 0)
        ]
    );
    let next_year = table(&harness, LANKAO, (2025, 1, 1)).await.expect("a table");
    assert_eq!(standing(&next_year), [row("one_star", "兰考县", 2, 2, 0)]);
    harness.stop().await;
}

#[tokio::test]
async fn who_is_gone_stands_in_no_table_and_only_counties_and_townships_have_one() {
    let harness = under(plan()).await;
    record(&harness, figures(HILL, 90, 50, 0, 1)).await;
    rate(&harness).await;
    let abolish = AbolishDivisionRequest {
        name: division(FAR),
        effective_date: day(2024, 4, 2),
        request_id: request_id(&harness),
        ..AbolishDivisionRequest::default()
    };
    divisions(&harness)
        .abolish_division(harness.ask(LANKAO, abolish))
        .await
        .expect("abolished");
    let with = table(&harness, BESIDE, (2024, 4, 1)).await.expect("a table");
    assert_eq!(with.entries.len(), 2);
    let without = table(&harness, BESIDE, (2024, 4, 2)).await.expect("a table");
    assert_eq!(places(&without), [(1, HILL, 45_000)]);
    let village = table(&harness, PILOT, (2024, 4, 1)).await.expect_err("a village");
    assert_eq!(
        (village.code(), fields(&village)),
        (Code::InvalidArgument, vec!["division".to_owned()])
    );
    let early = table(&harness, TOWN, (2023, 12, 31)).await.expect_err("no plan yet");
    assert_eq!(reason(&early), "NO_PLAN");
    harness.stop().await;
}
