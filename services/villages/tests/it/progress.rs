//! Reports of progress.

use futures::future::join_all;
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    BatchReportProgressRequest, Progress, ReportProgressRequest, batch_report_progress_result::Outcome,
};
use time::{Duration, macros::datetime};
use tonic::Code;

use crate::{
    calls::{batch_report_progress, report_progress},
    county::{LANKAO, behind, day, fields, reason, request_id},
    plan_section::plan,
    township::{FAR, HILL, PILOT, SECOND, at_work, progress, report, task, whole},
};

/// What counts for each day of a task.
async fn reports(harness: &Harness, task: &str) -> Vec<(i32, i64)> {
    let reports = whole(harness, task).await.reports;
    reports
        .iter()
        .map(|it| (it.report_date.map_or(0, |date| date.day), it.cumulative_count))
        .collect()
}

async fn rows(harness: &Harness) -> Vec<String> {
    behind(
        harness,
        "SELECT report_date || ' ' || revision || ' ' || cumulative FROM task_progress ORDER BY recorded_at, progress_id",
    )
    .await
}

/// How many reports the other services were told of.
async fn told(harness: &Harness) -> usize {
    behind(harness, "SELECT subject FROM kit.outbox WHERE type = 'task.progress'")
        .await
        .len()
}

#[tokio::test]
async fn repeats_change_nothing_and_a_replaced_day_keeps_its_record() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(datetime!(2024-04-03 10:00 UTC));
    let first = report(&harness, &pilot, (2024, 4, 2), 2).await.expect("taken");
    assert_eq!(
        (first.task.as_str(), first.cumulative_count, first.late),
        (pilot.as_str(), 2, false)
    );
    assert_eq!(first.reported_by, "officer");
    harness.kit.clock.advance(Duration::MINUTE);
    let again = report(&harness, &pilot, (2024, 4, 2), 2).await.expect("the same");
    assert_eq!(again, first);
    assert_eq!((told(&harness).await, rows(&harness).await.len()), (1, 1));

    // Out of order: an earlier day arrives after a later one.
    report(&harness, &pilot, (2024, 4, 1), 1).await.expect("taken");
    let replaced = report(&harness, &pilot, (2024, 4, 2), 3).await.expect("taken");
    assert_ne!(replaced.name, first.name);
    assert_eq!(reports(&harness, &pilot).await, [(1, 1), (2, 3)]);
    assert_eq!(
        rows(&harness).await,
        ["2024-04-02 1 2", "2024-04-01 1 1", "2024-04-02 2 3"]
    );
    assert_eq!(told(&harness).await, 3);
    // The number of the day before comes once more: it is what was said first, and counts again.
    report(&harness, &pilot, (2024, 4, 2), 2).await.expect("taken");
    assert_eq!(reports(&harness, &pilot).await, [(1, 1), (2, 2)]);

    let request = ReportProgressRequest {
        request_id: request_id(&harness),
        ..progress(&pilot, (2024, 4, 3), 4)
    };
    let unset = ReportProgressRequest {
        report_date: None,
        ..request.clone()
    };
    let today = report_progress(&harness, LANKAO, unset.clone()).await.expect("taken");
    assert_eq!(today.report_date, day(2024, 4, 3));
    report(&harness, &pilot, (2024, 4, 3), 5).await.expect("taken");
    assert_eq!(report_progress(&harness, LANKAO, unset).await.expect("a repeat"), today);
    let reused = report_progress(&harness, LANKAO, request)
        .await
        .expect_err("another body");
    assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
    harness.stop().await;
}

#[tokio::test]
async fn late_reports_are_taken_and_marked() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    // One day is allowed: the reported day and the next, by the clock of Shanghai.
    for (now, late) in [
        (datetime!(2024-04-02 15:59:59 UTC), false),
        (datetime!(2024-04-02 16:00 UTC), true),
    ] {
        harness.kit.clock.set(now);
        let count = i64::from(now.hour());
        let taken = report(&harness, &pilot, (2024, 4, 1), count).await.expect("taken");
        assert_eq!(taken.late, late, "{now}");
    }
    harness.stop().await;

    let mut strict = plan();
    strict.policy.get_or_insert_default().late_after_days = Some(0);
    let harness = at_work(strict).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(datetime!(2024-04-02 00:00 UTC));
    assert!(report(&harness, &pilot, (2024, 4, 1), 1).await.expect("taken").late);
    assert!(!report(&harness, &pilot, (2024, 4, 2), 1).await.expect("taken").late);
    harness.stop().await;
}

#[tokio::test]
async fn what_contradicts_other_days_is_refused_unless_it_corrects_them() {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(datetime!(2024-04-06 00:00 UTC));
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    report(&harness, &pilot, (2024, 4, 2), 4).await.expect("taken");
    report(&harness, &pilot, (2024, 4, 5), 8).await.expect("taken");
    for (on, count, told) in [
        ((2024, 4, 3), 3, "3 done by 2024-04-03 contradicts 4 done by 2024-04-02"),
        ((2024, 4, 3), 9, "9 done by 2024-04-03 contradicts 8 done by 2024-04-05"),
        ((2024, 4, 6), 7, "7 done by 2024-04-06 contradicts 8 done by 2024-04-05"),
        ((2024, 4, 1), 5, "5 done by 2024-04-01 contradicts 4 done by 2024-04-02"),
    ] {
        let refused = report(&harness, &pilot, on, count).await.expect_err("contradicts");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, "PROGRESS_NOT_MONOTONE")
        );
        assert!(refused.message().contains(told), "{}", refused.message());
    }
    assert_eq!(rows(&harness).await.len(), 2);
    let correction = ReportProgressRequest {
        correction: true,
        ..progress(&pilot, (2024, 4, 6), 7)
    };
    report_progress(&harness, LANKAO, correction)
        .await
        .expect("a correction");
    assert_eq!(whole(&harness, &pilot).await.done_count, 7);
    assert_eq!(reports(&harness, &pilot).await, [(2, 4), (5, 8), (6, 7)]);
    harness.stop().await;
}

#[tokio::test]
async fn days_ahead_outside_the_programme_and_malformed_reports_are_refused() {
    let mut section = plan();
    section.end_date = day(2024, 12, 31);
    let harness = at_work(section).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    let tomorrow = report(&harness, &pilot, (2024, 4, 2), 1).await.expect_err("ahead");
    assert_eq!(
        (tomorrow.code(), fields(&tomorrow)),
        (Code::InvalidArgument, vec!["report_date".to_owned()])
    );
    let before = report(&harness, &pilot, (2023, 12, 31), 1).await.expect_err("before");
    assert_eq!(fields(&before), ["report_date"]);
    let no_day = report(&harness, &pilot, (2023, 2, 29), 1)
        .await
        .expect_err("no such day");
    assert_eq!(fields(&no_day), ["report_date"]);
    report(&harness, &pilot, (2024, 2, 29), 0)
        .await
        .expect("a leap day before the work began");
    let on = (2024, 4, 1);
    for count in [-1, 1_000_000_001] {
        assert_eq!(
            fields(&report(&harness, &pilot, on, count).await.expect_err("out of range")),
            ["cumulative_count"]
        );
    }
    let noted = |note: &str, evidence: &[&str]| ReportProgressRequest {
        note: note.to_owned(),
        evidence: evidence.iter().map(|it| (*it).to_owned()).collect(),
        ..progress(&pilot, on, 1)
    };
    for (request, field) in [
        (noted(&"长".repeat(501), &[]), "note"),
        (noted("", &["photos/1"; 21]), "evidence"),
        (noted("", &["photos/1", ""]), "evidence[1]"),
        (progress("tasks/none", on, 1), "task"),
    ] {
        let refused = report_progress(&harness, LANKAO, request).await.expect_err(field);
        assert_eq!(fields(&refused), [field]);
    }
    let unknown = report(&harness, "tasks/00000000-0000-7000-8000-000000000000", on, 1).await;
    assert_eq!(unknown.expect_err("unknown").code(), Code::NotFound);

    harness.kit.clock.set(datetime!(2025-01-01 00:00 UTC));
    let ended = report(&harness, &pilot, (2025, 1, 1), 1)
        .await
        .expect_err("the programme is over");
    assert_eq!(
        (ended.code(), reason(&ended).as_str()),
        (Code::FailedPrecondition, "PLAN_ENDED")
    );
    let last = report(&harness, &pilot, (2024, 12, 31), 12)
        .await
        .expect("its last day, a day late");
    assert!(!last.late);
    harness.stop().await;
}

fn outcomes(results: &[proto::xiangtu::villages::v1::BatchReportProgressResult]) -> Vec<Result<i64, i32>> {
    let outcome = |result: &proto::xiangtu::villages::v1::BatchReportProgressResult| match &result.outcome {
        Some(Outcome::Progress(Progress { cumulative_count, .. })) => Ok(*cumulative_count),
        Some(Outcome::Error(status)) => Err(status.code),
        None => panic!("no outcome"),
    };
    results.iter().map(outcome).collect()
}

#[tokio::test]
async fn a_batch_takes_what_holds_and_refuses_the_rest() {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(datetime!(2024-04-03 10:00 UTC));
    let mut names = Vec::new();
    for village in [PILOT, SECOND, HILL, FAR] {
        names.push(task(&harness, village, "set_bins").await.name);
    }
    let batch = BatchReportProgressRequest {
        requests: vec![
            progress(&names[0], (2024, 4, 1), 3),
            // Against the one before it in the same call.
            progress(&names[0], (2024, 4, 2), 2),
            progress(&names[1], (2024, 4, 9), 1),
            progress("tasks/00000000-0000-7000-8000-000000000000", (2024, 4, 1), 1),
            progress(&names[2], (2023, 12, 31), 1),
            progress(&names[0], (2024, 4, 2), 4),
            progress(&names[0], (2024, 4, 1), 3),
            progress(&names[3], (2024, 4, 1), 1),
        ],
        request_id: request_id(&harness),
    };
    let answer = batch_report_progress(&harness, LANKAO, batch.clone())
        .await
        .expect("taken");
    let (invalid, missing, rule) = (
        Err(Code::InvalidArgument.into()),
        Err(Code::NotFound.into()),
        Err(Code::FailedPrecondition.into()),
    );
    assert_eq!(
        outcomes(&answer.results),
        [Ok(3), rule, invalid, missing, invalid, Ok(4), Ok(3), Ok(1)]
    );
    let named = |at: usize| match &answer.results[at].outcome {
        Some(Outcome::Error(status)) => status.message.clone(),
        other => panic!("{other:?}"),
    };
    assert!(named(2).contains("requests[2].report_date"), "{}", named(2));
    assert!(named(4).contains("requests[4].report_date"), "{}", named(4));
    assert_eq!(rows(&harness).await.len(), 3);
    assert_eq!(told(&harness).await, 3);
    assert_eq!(
        batch_report_progress(&harness, LANKAO, batch).await.expect("a repeat"),
        answer
    );
    assert_eq!(told(&harness).await, 3);
    for count in [0, 1_001] {
        let batch = BatchReportProgressRequest {
            requests: vec![progress(&names[0], (2024, 4, 1), 3); count],
            request_id: String::new(),
        };
        let refused = batch_report_progress(&harness, LANKAO, batch)
            .await
            .expect_err("too few or many");
        assert_eq!(fields(&refused), ["requests"]);
    }
    harness.stop().await;
}

#[tokio::test]
async fn reports_for_one_task_at_once_follow_one_another() {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(datetime!(2024-04-12 10:00 UTC));
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    // Twelve days, reported two hundred times at once.
    let sent = (0..200)
        .map(|n| n % 12 + 1)
        .map(|at| report(&harness, &pilot, (2024, 4, at), i64::from(at)));
    for taken in join_all(sent).await {
        taken.expect("taken");
    }
    let expected: Vec<(i32, i64)> = (1..=12).map(|at| (at, i64::from(at))).collect();
    assert_eq!(reports(&harness, &pilot).await, expected);
    assert_eq!((rows(&harness).await.len(), told(&harness).await), (12, 12));
    // Different counts for one day: all are on record, the last taken counts, none is lost.
    let sent = (12..20).map(|count| report(&harness, &pilot, (2024, 4, 12), count));
    for taken in join_all(sent).await {
        taken.expect("taken");
    }
    let revisions = behind(
        &harness,
        "SELECT revision::text FROM task_progress WHERE report_date = '2024-04-12' ORDER BY revision",
    )
    .await;
    let expected: Vec<String> = (1..=revisions.len()).map(|number| number.to_string()).collect();
    assert_eq!(revisions, expected);
    assert!(revisions.len() >= 8, "{revisions:?}");
    harness.stop().await;
}
