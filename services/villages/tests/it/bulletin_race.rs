//! Facts recorded while a bulletin is issued, and clocks that do not agree: no bulletin ever changes.

use futures::future::{join, join_all};
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{Bulletin, RateVillagesRequest, ReassignTaskRequest};
use time::Duration;

use crate::{
    calls::{rate_villages, reassign_task},
    county::{LANKAO, day},
    plan_section::plan,
    township::{
        FAR, HILL, MONDAY, PILOT, SECOND, THIRD_MONDAY, TOWN, VILLAGES, at_work, division, figure, identical, issue,
        progress, record, report, task,
    },
};

/// Reports, figures and new leaders, each recorded by a call of its own.
async fn facts(harness: &Harness, tasks: &[String], round: i64) {
    let reports = tasks.iter().flat_map(|task| {
        (1..=6).map(move |at| {
            let request = progress(task, (2024, 4, at), i64::from(at) + round);
            crate::calls::report_progress(harness, LANKAO, request)
        })
    });
    let people = ["pilot-secretary", "second-secretary", "hill-secretary", "far-secretary"];
    let leaders = tasks.iter().zip(people).map(|(task, person)| {
        let request = ReassignTaskRequest {
            name: task.clone(),
            leader: format!("cadres/{person}"),
            start_date: day(2024, 4, 1),
            reason: format!("第{round}轮"),
            ..ReassignTaskRequest::default()
        };
        reassign_task(harness, LANKAO, request)
    });
    let figures = VILLAGES.iter().map(|village| {
        let on = (2024, 1, 1 + i32::try_from(round).expect("few"));
        record(harness, vec![figure(village, "toilet", on, 50 + round, Some(100))])
    });
    // Some reports contradict one another on the way; what matters is that those taken are told apart rightly.
    join(join_all(reports), join(join_all(leaders), join_all(figures))).await;
}

#[tokio::test]
async fn facts_recorded_while_a_bulletin_is_issued_never_change_it() {
    let harness = at_work(plan()).await;
    let mut tasks = Vec::new();
    for village in [PILOT, SECOND, HILL, FAR] {
        tasks.push(task(&harness, village, "set_bins").await.name);
    }
    // The clock stands still, so that whatever is not kept apart on purpose carries the same instant.
    harness.kit.clock.set(THIRD_MONDAY);
    let mut bulletins: Vec<Bulletin> = Vec::new();
    let weeks = ["2024-W14", "2024-W15", "2024-W10", "2024-W11", "2024-W12", "2024-W13"];
    for (round, week) in (0..).zip(weeks) {
        let both = join(issue(&harness, LANKAO, week), issue(&harness, TOWN, week));
        let ((county, town), ()) = join(both, facts(&harness, &tasks, round)).await;
        bulletins.extend([county.expect("issued"), town.expect("issued")]);
    }
    for bulletin in &bulletins {
        assert!(identical(&harness, bulletin).await, "{}", bulletin.week);
    }
    let mut instants: Vec<_> = bulletins
        .iter()
        .map(|it| it.known_at.map(|at| (at.seconds, at.nanos)))
        .collect();
    instants.sort_unstable();
    instants.dedup();
    assert_eq!(instants.len(), bulletins.len(), "no two bulletins share an instant");
    harness.stop().await;
}

#[tokio::test]
async fn a_clock_that_is_behind_records_after_the_bulletins_all_the_same() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(THIRD_MONDAY);
    let first = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    // Another replica, whose clock is five seconds behind.
    harness.kit.clock.advance(Duration::seconds(-5));
    let late = report(&harness, &pilot, (2024, 4, 6), 6).await.expect("taken");
    record(&harness, vec![figure(PILOT, "toilet", (2024, 4, 1), 100, Some(100))]).await;
    let after = |a: Option<prost_types::Timestamp>, b: Option<prost_types::Timestamp>| {
        let instant = |at: Option<prost_types::Timestamp>| at.map(|at| (at.seconds, at.nanos));
        instant(a) > instant(b)
    };
    assert!(after(late.record_time, first.known_at), "{late:?}");
    assert!(identical(&harness, &first).await);
    // What it has just recorded it also sees.
    let rate = RateVillagesRequest {
        division: division(PILOT),
        ..RateVillagesRequest::default()
    };
    let rated = rate_villages(&harness, LANKAO, rate).await.expect("rated");
    let score = crate::calls::list_ratings(
        &harness,
        LANKAO,
        proto::xiangtu::villages::v1::ListRatingsRequest::default(),
    )
    .await
    .expect("a list")
    .ratings[0]
        .score_milli;
    assert_eq!((rated.recorded_count, score), (1, 20_000), "the toilets count");

    let county = issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    assert!(after(county.known_at, first.known_at));
    assert!(
        !county.misses.iter().any(|miss| miss.task == pilot),
        "it knows what came after the town's"
    );
    let next = issue(&harness, TOWN, "2024-W15").await.expect("issued");
    let corrected: Vec<_> = next.corrections.iter().map(|it| (it.date, it.after.as_str())).collect();
    assert_eq!(corrected, [(day(2024, 4, 1), "100/100"), (day(2024, 4, 6), "6")]);
    for bulletin in [&first, &county, &next] {
        assert!(identical(&harness, bulletin).await);
    }
    // A clock that jumped far back neither stops the service nor lets facts slip under a bulletin.
    harness.kit.clock.set(MONDAY);
    report(&harness, &pilot, (2024, 4, 1), 1).await.expect("taken");
    for bulletin in [&first, &county, &next] {
        assert!(identical(&harness, bulletin).await);
    }
    harness.stop().await;
}
