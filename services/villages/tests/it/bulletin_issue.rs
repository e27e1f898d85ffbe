//! Issuing bulletins: once, not before time, for townships and counties, at the edges of the calendar.

use futures::future::join_all;
use proto::xiangtu::villages::v1::{
    GetBulletinRequest, IssueBulletinRequest, ListBulletinsRequest, PlanSection, PlanTaskTemplate,
};
use time::macros::datetime;
use tonic::Code;

use crate::{
    calls::{get_bulletin, issue_bulletin, list_bulletins},
    county::{LANKAO, behind, day, fields, reason, request_id},
    plan_section::{bins, plan},
    township::{
        BESIDE, PILOT, SECOND_MONDAY, THIRD_MONDAY, TOWN, at_work, code, division, generate, identical, issue, report,
        task, under,
    },
};

const KEPT: &str = "SELECT 'bulletin' FROM bulletins UNION ALL SELECT 'miss' FROM misses
    UNION ALL SELECT 'step' FROM ladder_steps UNION ALL SELECT 'event' FROM kit.outbox WHERE type LIKE 'bulletin.%'
    UNION ALL SELECT 'audit' FROM kit.audit WHERE action = 'issue' UNION ALL SELECT 'clock' FROM bulletin_clock
    WHERE known_at IS NOT NULL UNION ALL SELECT 'answer' FROM kit.idempotency WHERE method LIKE '%IssueBulletin'";

#[tokio::test]
async fn a_week_has_one_bulletin_however_often_it_is_asked_for() {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(SECOND_MONDAY);
    let request = IssueBulletinRequest {
        division: division(TOWN),
        week: "2024-W14".to_owned(),
        request_id: request_id(&harness),
        ..IssueBulletinRequest::default()
    };
    let first = issue_bulletin(&harness, TOWN, request.clone()).await.expect("issued");
    harness.kit.clock.advance(time::Duration::HOUR);
    let repeat = issue_bulletin(&harness, TOWN, request.clone()).await.expect("a repeat");
    let other = issue(&harness, TOWN, "2024-W14").await.expect("the same week");
    assert_eq!((&repeat, &other), (&first, &first));
    let reused = IssueBulletinRequest {
        week: "2024-W13".to_owned(),
        ..request
    };
    let reused = issue_bulletin(&harness, TOWN, reused).await.expect_err("another body");
    assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
    let events = behind(
        &harness,
        "SELECT type || ' ' || count(*) FROM kit.outbox WHERE type LIKE 'bulletin.%' OR type LIKE 'ladder.%'
         GROUP BY type ORDER BY type",
    )
    .await;
    assert_eq!(events, ["bulletin.issued 1", "ladder.step_drafted 2"]);

    harness.kit.clock.set(THIRD_MONDAY);
    let at_once = join_all((0..6).map(|_| issue(&harness, LANKAO, "2024-W15"))).await;
    let one = at_once[0].as_ref().expect("issued");
    assert!(at_once.iter().all(|it| it.as_ref().expect("issued") == one));
    assert_eq!(
        behind(&harness, "SELECT division_code FROM bulletins ORDER BY 1").await,
        [LANKAO, TOWN]
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_trial_keeps_nothing_even_of_a_week_that_has_its_bulletin() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(SECOND_MONDAY);
    let trial = |known_at| IssueBulletinRequest {
        division: division(TOWN),
        week: "2024-W14".to_owned(),
        known_at,
        validate_only: true,
        request_id: request_id(&harness),
    };
    let tried = issue_bulletin(&harness, TOWN, trial(None)).await.expect("tried");
    assert_eq!(
        (tried.name.as_str(), tried.misses.len(), tried.issue_time),
        ("", 2, None)
    );
    assert!(tried.misses.iter().all(|miss| miss.name.is_empty()));
    assert_eq!(behind(&harness, KEPT).await, [""; 0]);

    let issued = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    assert_eq!(
        (issued.digest.as_str(), issued.text.as_str()),
        (tried.digest.as_str(), tried.text.as_str())
    );
    let kept = behind(&harness, KEPT).await.len();
    harness.kit.clock.advance(time::Duration::HOUR);
    report(&harness, &pilot, (2024, 4, 6), 6).await.expect("late");
    let now = issue_bulletin(&harness, TOWN, trial(None)).await.expect("tried");
    assert_eq!((now.name.as_str(), now.misses.len()), ("", 1), "what is known now");
    let then = issue_bulletin(&harness, TOWN, trial(issued.known_at))
        .await
        .expect("tried");
    assert_eq!(
        (then.digest, then.misses.len()),
        (issued.digest.clone(), 2),
        "what was known then"
    );
    assert_eq!(behind(&harness, KEPT).await.len(), kept);
    let backdated = IssueBulletinRequest {
        validate_only: false,
        ..trial(issued.known_at)
    };
    let backdated = issue_bulletin(&harness, TOWN, backdated)
        .await
        .expect_err("knows less than now");
    assert_eq!(fields(&backdated), ["known_at"]);
    harness.stop().await;
}

#[tokio::test]
async fn weeks_that_are_not_over_or_have_no_plan_and_villages_have_none() {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(datetime!(2024-04-07 15:59:59 UTC));
    let early = issue(&harness, TOWN, "2024-W14").await.expect_err("Sunday evening");
    assert_eq!(
        (early.code(), reason(&early).as_str()),
        (Code::FailedPrecondition, "WEEK_NOT_OVER")
    );
    let ahead = issue(&harness, TOWN, "2026-W53").await.expect_err("far ahead");
    assert_eq!(reason(&ahead), "WEEK_NOT_OVER");
    let unplanned = issue(&harness, TOWN, "2023-W52").await.expect_err("before the plan");
    assert_eq!(reason(&unplanned), "NO_PLAN");
    for (code, week, field) in [
        (TOWN, "2024-W60", "week"),
        (TOWN, "2024-4-1", "week"),
        (PILOT, "2024-W13", "division"),
    ] {
        assert_eq!(fields(&issue(&harness, code, week).await.expect_err(week)), [field]);
    }
    let unnamed = IssueBulletinRequest {
        division: division(TOWN),
        ..IssueBulletinRequest::default()
    };
    let unnamed = issue_bulletin(&harness, TOWN, unnamed).await.expect_err("no id");
    assert_eq!(fields(&unnamed), ["request_id"]);
    let unknown = issue(&harness, "410225199", "2024-W13").await.expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
    assert_eq!(behind(&harness, KEPT).await, [""; 0]);
    harness.kit.clock.set(datetime!(2024-04-07 16:00 UTC));
    issue(&harness, TOWN, "2024-W14").await.expect("Monday in Shanghai");
    harness.stop().await;
}

#[tokio::test]
async fn a_county_counts_no_miss_of_a_township_again() {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(SECOND_MONDAY);
    let town = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    let county = issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    let beside = issue(&harness, BESIDE, "2024-W14").await.expect("issued");
    let names = |bulletin: &proto::xiangtu::villages::v1::Bulletin| -> Vec<String> {
        bulletin.misses.iter().map(|miss| miss.name.clone()).collect()
    };
    assert_eq!((town.misses.len(), beside.misses.len()), (2, 2));
    assert_eq!(names(&county), [names(&town), names(&beside)].concat());
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM misses").await, ["4"]);
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM ladder_steps").await, ["4"]);
    let lines: Vec<_> = county
        .lines
        .iter()
        .map(|it| {
            (
                it.rank,
                code(&it.division),
                it.display_name.as_str(),
                it.task_count,
                it.unreported_count,
            )
        })
        .collect();
    assert_eq!(lines, [(1, TOWN, "堌阳镇", 2, 2), (1, BESIDE, "南彰镇", 2, 2)]);
    assert!(identical(&harness, &county).await);
    harness.stop().await;
}

/// Four units of bins on Monday to Thursday of the week in which the programme ends.
fn at_the_end() -> PlanSection {
    PlanSection {
        task_templates: vec![PlanTaskTemplate {
            fixed_goal_count: Some(4),
            start_date: day(2026, 12, 28),
            deadline: day(2026, 12, 31),
            ..bins()
        }],
        ..plan()
    }
}

#[tokio::test]
async fn week_53_belongs_to_the_programme_that_ends_in_it() {
    let harness = under(at_the_end()).await;
    harness.kit.clock.set(datetime!(2026-12-28 01:00 UTC));
    generate(&harness, &[]).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(datetime!(2026-12-31 10:00 UTC));
    report(&harness, &pilot, (2026, 12, 30), 3).await.expect("taken");
    harness.kit.clock.set(datetime!(2027-01-04 01:00 UTC));
    let last = issue(&harness, TOWN, "").await.expect("issued");
    assert_eq!(
        (last.week.as_str(), last.number, last.as_of),
        ("2026-W53", 157, day(2027, 1, 3))
    );
    assert!(
        last.text.contains("\n2026年第53周（12月28日至1月3日） 第157期\n"),
        "{}",
        last.text
    );
    let miss = &last.misses[0];
    assert_eq!(
        (miss.week_planned_count, miss.week_done_count, miss.week.as_str()),
        (4, 3, "2026-W53")
    );
    harness.kit.clock.set(datetime!(2027-01-11 01:00 UTC));
    let over = issue(&harness, TOWN, "2027-W01")
        .await
        .expect_err("the programme is over");
    assert_eq!(reason(&over), "PLAN_ENDED");
    assert!(identical(&harness, &last).await);
    harness.stop().await;
}

#[tokio::test]
async fn the_leap_day_and_the_turn_of_the_year_count_in_their_weeks() {
    let mut section = plan();
    let over = |code: &str, goal, start_date, deadline| PlanTaskTemplate {
        code: code.to_owned(),
        fixed_goal_count: Some(goal),
        start_date,
        deadline,
        tier: if code == "leap" { "compliant" } else { "one_star" }.to_owned(),
        ..bins()
    };
    section.task_templates = vec![
        over("leap", 6, day(2024, 2, 26), day(2024, 3, 2)),
        over("turn", 6, day(2024, 12, 30), day(2025, 1, 4)),
    ];
    let harness = under(section).await;
    harness.kit.clock.set(datetime!(2024-02-26 01:00 UTC));
    let none = issue(&harness, TOWN, "2024-W08")
        .await
        .expect_err("the plan was not known yet");
    assert_eq!(reason(&none), "NO_PLAN");
    harness.kit.clock.set(datetime!(2024-04-01 01:00 UTC));
    let made = proto::xiangtu::villages::v1::GenerateTasksRequest {
        division: division(LANKAO),
        as_of: day(2024, 2, 26),
        ..Default::default()
    };
    crate::calls::generate_tasks(&harness, LANKAO, made)
        .await
        .expect("made");
    let leap = task(&harness, PILOT, "leap").await.name;
    let turn = task(&harness, PILOT, "turn").await.name;
    report(&harness, &leap, (2024, 2, 28), 2).await.expect("taken");
    assert!(report(&harness, &leap, (2024, 2, 29), 4).await.expect("taken").late);
    let week = issue(&harness, TOWN, "2024-W09").await.expect("issued");
    let miss = week.misses.iter().find(|miss| miss.task == leap).expect("a miss");
    assert_eq!((miss.week_planned_count, miss.week_done_count), (6, 4));
    assert!(week.text.contains("（2月26日至3月3日）"), "{}", week.text);

    harness.kit.clock.set(datetime!(2025-01-06 01:00 UTC));
    report(&harness, &turn, (2024, 12, 31), 2).await.expect("taken");
    report(&harness, &turn, (2025, 1, 4), 5).await.expect("taken");
    let first = issue(&harness, TOWN, "2025-W01").await.expect("issued");
    let miss = first.misses.iter().find(|miss| miss.task == turn).expect("a miss");
    assert_eq!(
        (miss.week_planned_count, miss.week_done_count, first.number),
        (6, 5, 53)
    );
    assert!(
        first.text.contains("\n2025年第1周（12月30日至1月5日） 第53期\n"),
        "{}",
        first.text
    );
    harness.stop().await;
}

#[tokio::test]
async fn bulletins_are_listed_newest_week_first_then_by_division() {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(THIRD_MONDAY);
    for (code, week) in [
        (TOWN, "2024-W14"),
        (LANKAO, "2024-W14"),
        (BESIDE, "2024-W15"),
        (TOWN, "2024-W15"),
    ] {
        issue(&harness, code, week).await.expect("issued");
    }
    let mut request = ListBulletinsRequest {
        page_size: 3,
        ..ListBulletinsRequest::default()
    };
    let mut found = Vec::new();
    loop {
        let page = list_bulletins(&harness, LANKAO, request.clone()).await.expect("a page");
        for bulletin in page.bulletins {
            assert!(bulletin.text.is_empty() && bulletin.lines.is_empty() && bulletin.misses.is_empty());
            let whole = GetBulletinRequest {
                name: bulletin.name.clone(),
            };
            let whole = get_bulletin(&harness, LANKAO, whole).await.expect("there");
            assert_eq!((&whole.digest, whole.text.is_empty()), (&bulletin.digest, false));
            found.push((bulletin.week, code(&bulletin.division).to_owned()));
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let row = |week: &str, code: &str| (week.to_owned(), code.to_owned());
    let expected = [
        row("2024-W15", TOWN),
        row("2024-W15", BESIDE),
        row("2024-W14", LANKAO),
        row("2024-W14", TOWN),
    ];
    assert_eq!(found, expected);
    let one = ListBulletinsRequest {
        division: division(TOWN),
        week: "2024-W14".to_owned(),
        ..ListBulletinsRequest::default()
    };
    assert_eq!(
        list_bulletins(&harness, TOWN, one)
            .await
            .expect("a list")
            .bulletins
            .len(),
        1
    );
    harness.stop().await;
}
