//! Points of households as of a day and in lists; helpers of the other files about points.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    ApplyPointRulesRequest, AwardPointsRequest, FindPointRulesRequest, GetPointAccountRequest, GetPointLeagueRequest,
    GetPointRulesRequest, ListPointEntriesRequest, ListPointRulesRequest, MergeDivisionsRequest, PointAccount,
    PointEntry, PointEntryKind, PointItem, PointPeriod, PointRules, Post,
};
use time::macros::datetime;
use tonic::{Code, Status};

use crate::{
    calls::{
        apply_point_rules, award_points, find_point_rules, get_point_account, get_point_league, get_point_rules,
        list_point_entries, list_point_rules, merge_divisions,
    },
    county::{LANKAO, behind, day, fields, import, reason, request_id},
    township::{BESIDE, MONDAY, PILOT, SECOND, TOWN, county, division},
};

/// The first household of the pilot village.
pub const FIRST: &str = "households/P1";

const COLUMNS: &str = "household_id,village_code,head_name,registered_persons,resident_persons,status,low_income,\
                       sewage_connected,five_beauty";

/// An item without a cap.
pub fn item(code: &str, points: i64, expiry_months: i32) -> PointItem {
    PointItem {
        code: code.to_owned(),
        display_name: "庭院整洁".to_owned(),
        points,
        expiry_months,
        ..PointItem::default()
    }
}

/// Rules from 1 January 2024 on.
pub fn rules(division: &str, items: Vec<PointItem>) -> PointRules {
    PointRules {
        division: format!("divisions/{division}"),
        resolution: "村民会议决议〔2024〕1号".to_owned(),
        effective_date: day(2024, 1, 1),
        items,
        ..PointRules::default()
    }
}

/// The usual items: clean yards for a year, volunteers for ever, at most 20 points a month, waste thrown away, and what the
/// secretary alone awards.
pub fn usual() -> Vec<PointItem> {
    vec![
        item("clean_yard", 10, 12),
        PointItem {
            cap_points: 20,
            cap_period: PointPeriod::Month.into(),
            ..item("volunteer", 5, 0)
        },
        item("litter", -15, 0),
        PointItem {
            award_posts: vec![Post::VillageSecretary.into(), Post::TownshipLeader.into()],
            ..item("model", 8, 0)
        },
    ]
}

/// Applies rules.
pub async fn apply(harness: &Harness, rules: PointRules) -> Result<PointRules, Status> {
    let request = ApplyPointRulesRequest {
        rules: Some(rules),
        request_id: request_id(harness),
        ..ApplyPointRulesRequest::default()
    };
    apply_point_rules(harness, LANKAO, request).await
}

/// The county of five villages with 60 households in the pilot village and two in the second, under the usual rules.
pub async fn with_points() -> Harness {
    let harness = county().await;
    let of = |prefix: &str, count: usize, village: &str| {
        let row = |at| format!("{prefix}{at},{village},赵水志,4,3,resident,0,1,0\n");
        (1..=count).map(row).collect::<String>()
    };
    let file = format!("{COLUMNS}\n{}{}", of("P", 60, PILOT), of("S", 2, SECOND));
    let report = import(&harness, "households", file.as_bytes())
        .await
        .expect("households");
    assert!(report.applied, "{report:?}");
    apply(&harness, rules(TOWN, usual())).await.expect("rules");
    harness
}

/// An occurrence of today, not yet sent.
pub fn occurrence(harness: &Harness, household: &str, item: &str) -> AwardPointsRequest {
    AwardPointsRequest {
        household: household.to_owned(),
        item: item.to_owned(),
        request_id: request_id(harness),
        ..AwardPointsRequest::default()
    }
}

/// Awards an item today.
pub async fn award(harness: &Harness, household: &str, item: &str) -> PointEntry {
    award_points(harness, TOWN, occurrence(harness, household, item))
        .await
        .expect(item)
}

/// The account of a household as of a day; none for today.
pub async fn account(harness: &Harness, household: &str, on: Option<(i32, i32, i32)>) -> PointAccount {
    let request = GetPointAccountRequest {
        name: format!("{household}/pointAccount"),
        as_of: on.and_then(|(year, month, at)| day(year, month, at)),
    };
    get_point_account(harness, LANKAO, request).await.expect("an account")
}

/// Entries of a household, oldest first.
pub async fn entries(harness: &Harness, household: &str) -> Vec<PointEntry> {
    let request = ListPointEntriesRequest {
        household: household.to_owned(),
        page_size: 1_000,
        ..ListPointEntriesRequest::default()
    };
    let mut found = list_point_entries(harness, LANKAO, request)
        .await
        .expect("a list")
        .point_entries;
    found.sort_by_key(|entry| entry.number);
    found
}

async fn league(harness: &Harness, scope: &str, village: &str) -> Vec<(i32, String, i64)> {
    let request = GetPointLeagueRequest {
        division: division(village),
        page_size: 1_000,
        ..GetPointLeagueRequest::default()
    };
    let rows = get_point_league(harness, scope, request).await.expect("a list").rows;
    assert!(
        rows.iter()
            .all(|row| row.head_name.ends_with("**") && row.head_name.chars().count() == 3)
    );
    rows.into_iter()
        .map(|row| (row.rank, row.household, row.earned_points))
        .collect()
}

#[tokio::test]
async fn points_expire_after_their_last_day_without_anybody_booking_it() {
    let harness = with_points().await;
    harness.kit.clock.set(datetime!(2024-03-31 01:00 UTC));
    let leap = AwardPointsRequest {
        occurrence_date: day(2024, 2, 29),
        ..occurrence(&harness, FIRST, "clean_yard")
    };
    let entry = award_points(&harness, TOWN, leap).await.expect("awarded");
    assert_eq!((entry.expire_date, entry.points), (day(2025, 2, 28), 10));
    harness.kit.clock.set(datetime!(2024-12-31 15:59 UTC));
    let last = award(&harness, FIRST, "clean_yard").await;
    assert_eq!(
        (last.entry_date, last.expire_date),
        (day(2024, 12, 31), day(2025, 12, 31))
    );
    let balance = async |on| {
        let account = account(&harness, FIRST, Some(on)).await;
        (
            account.balance_points,
            account.unbooked_expired_points,
            account.entry_count,
        )
    };
    assert_eq!(
        balance((2024, 12, 30)).await,
        (10, 0, 1),
        "by what was booked until then"
    );
    assert_eq!(balance((2025, 2, 28)).await, (20, 0, 2));
    assert_eq!(balance((2025, 3, 1)).await, (10, 10, 2));
    assert_eq!(balance((2025, 12, 31)).await, (10, 10, 2));
    assert_eq!(balance((2026, 1, 1)).await, (0, 20, 2));

    harness.kit.clock.set(datetime!(2025-06-01 01:00 UTC));
    award(&harness, FIRST, "volunteer").await;
    let booked = entries(&harness, FIRST).await;
    let kinds: Vec<_> = booked.iter().map(|entry| (entry.kind(), entry.points)).collect();
    let expected = [
        (PointEntryKind::Award, 10),
        (PointEntryKind::Award, 10),
        (PointEntryKind::Expire, -10),
        (PointEntryKind::Award, 5),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(balance((2025, 6, 1)).await, (15, 0, 4));
    assert_eq!(
        balance((2025, 3, 1)).await,
        (10, 10, 2),
        "a day of the past stays as it was"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_village_follows_the_nearest_rules_in_effect() {
    let harness = with_points().await;
    let own = PointRules {
        effective_date: day(2024, 4, 1),
        ..rules(PILOT, vec![item("clean_yard", 3, 0)])
    };
    let own = apply(&harness, own).await.expect("rules of the village");
    let find = |village: &str, on| FindPointRulesRequest {
        division: division(village),
        as_of: on,
    };
    let found = async |village: &str, on| {
        let found = find_point_rules(&harness, LANKAO, find(village, on)).await;
        found.map(|rules| rules.name).map_err(|status| reason(&status))
    };
    let town = format!("divisions/{TOWN}/pointRules/1");
    assert_eq!(found(PILOT, None).await, Ok(own.name.clone()));
    assert_eq!(found(PILOT, day(2024, 3, 31)).await, Ok(town.clone()));
    assert_eq!(found(SECOND, None).await, Ok(town.clone()));
    assert_eq!(found(SECOND, day(2023, 12, 31)).await, Err("NO_POINT_RULES".to_owned()));
    assert_eq!(award(&harness, FIRST, "clean_yard").await.points, 3);
    assert_eq!(award(&harness, "households/S1", "clean_yard").await.points, 10);

    let next = PointRules {
        effective_date: day(2024, 3, 1),
        ..rules(PILOT, vec![item("clean_yard", 4, 0)])
    };
    assert_eq!(
        reason(&apply(&harness, next).await.expect_err("before the version before")),
        "POINT_RULES_ORDER"
    );
    let get = |name: &str| GetPointRulesRequest { name: name.to_owned() };
    get_point_rules(&harness, PILOT, get(&town))
        .await
        .expect("it concerns the village");
    let refused = get_point_rules(&harness, BESIDE, get(&town))
        .await
        .expect_err("of another township");
    assert_eq!(refused.code(), Code::NotFound);
    let listed = list_point_rules(&harness, PILOT, ListPointRulesRequest::default())
        .await
        .expect("a list");
    assert_eq!(
        listed.point_rules.iter().map(|it| &it.name).collect::<Vec<_>>(),
        [&town, &own.name]
    );
    harness.stop().await;
}

#[tokio::test]
async fn wrong_rules_name_every_field_and_change_nothing() {
    let harness = with_points().await;
    let bad = vec![
        item("Clean", 0, 0),
        PointItem {
            cap_points: 9,
            cap_period: PointPeriod::Year.into(),
            ..item("twice", 10, 0)
        },
        item("twice", -1, 3),
    ];
    let refused = apply(&harness, rules(PILOT, bad)).await.expect_err("wrong");
    let expected = [
        "rules.items[0].code",
        "rules.items[0].points",
        "rules.items[1].cap_points",
        "rules.items[2].code",
        "rules.items[2].expiry_months",
    ];
    assert_eq!(
        (refused.code(), fields(&refused)),
        (Code::InvalidArgument, expected.map(str::to_owned).to_vec())
    );
    for (field, wrong) in [
        ("rules.items", rules(PILOT, Vec::new())),
        ("rules.division", rules("410225101201001", usual())),
        (
            "rules.effective_date",
            PointRules {
                effective_date: None,
                ..rules(PILOT, usual())
            },
        ),
        (
            "rules.resolution",
            PointRules {
                resolution: String::new(),
                ..rules(PILOT, usual())
            },
        ),
    ] {
        assert_eq!(fields(&apply(&harness, wrong).await.expect_err(field)), [field]);
    }
    let unknown = apply(&harness, rules("410225101999", usual()))
        .await
        .expect_err("no such village");
    assert_eq!(unknown.code(), Code::NotFound);
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM point_rules").await, ["1"]);
    harness.stop().await;
}

#[tokio::test]
async fn the_public_list_ranks_what_was_earned_and_follows_a_merged_village() {
    let harness = with_points().await;
    for _ in 0..2 {
        award(&harness, "households/P7", "volunteer").await;
    }
    award(&harness, "households/P3", "clean_yard").await;
    award(&harness, "households/S2", "litter").await;
    let rows = league(&harness, PILOT, PILOT).await;
    assert_eq!(rows.len(), 60);
    assert_eq!(rows[0], (1, "households/P3".to_owned(), 10));
    assert_eq!(rows[1], (1, "households/P7".to_owned(), 10));
    assert_eq!((rows[2].0, rows[2].2), (3, 0));

    let merge = MergeDivisionsRequest {
        sources: vec![division(SECOND)],
        target: division(PILOT),
        effective_date: day(2024, 4, 1),
        request_id: request_id(&harness),
        ..MergeDivisionsRequest::default()
    };
    merge_divisions(&harness, LANKAO, merge).await.expect("merged");
    let own = rules(PILOT, vec![item("clean_yard", 2, 0)]);
    apply(&harness, own).await.expect("rules of the village that goes on");
    let kept = account(&harness, "households/S2", None).await;
    assert_eq!((kept.balance_points, kept.household_ended), (-15, false));
    assert_eq!(
        award(&harness, "households/S2", "clean_yard").await.points,
        2,
        "the rules of the village it is in now"
    );
    let rows = league(&harness, TOWN, PILOT).await;
    assert_eq!(rows.len(), 62);
    assert_eq!(rows[61], (62, "households/S2".to_owned(), -13));
    let page = GetPointLeagueRequest {
        division: division(PILOT),
        page_size: 1,
        ..GetPointLeagueRequest::default()
    };
    let first = get_point_league(&harness, TOWN, page.clone()).await.expect("a page");
    let second = GetPointLeagueRequest {
        page_token: first.next_page_token,
        ..page
    };
    let second = get_point_league(&harness, TOWN, second).await.expect("a page");
    assert_eq!(
        (first.rows[0].household.as_str(), second.rows[0].household.as_str()),
        ("households/P3", "households/P7")
    );
    harness.kit.clock.set(MONDAY + time::Duration::days(365));
    assert!(
        league(&harness, TOWN, PILOT).await.iter().all(|row| row.2 == 0),
        "another year"
    );
    harness.stop().await;
}
