//! Blockers: reported in time they excuse, and a bulletin takes them as they were known.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    Blocker, BlockerKind, BlockerState, EndBlockerRequest, GetBlockerRequest, ListBlockersRequest,
    RefuseBlockerRequest, ReportBlockerRequest, ScheduleConstraint,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Status};

use crate::{
    calls::{end_blocker, get_blocker, get_meeting_sheet, list_blockers, refuse_blocker, report_blocker},
    county::{LANKAO, behind, day, fields, reason, request_id},
    plan_section::plan,
    township::{
        BESIDE, PILOT, SECOND, SECOND_MONDAY, THIRD_MONDAY, TOWN, at_work, division, identical, issue, report, task,
        whole,
    },
};

/// Wednesday of the first week.
const WEDNESDAY: OffsetDateTime = datetime!(2024-04-03 01:00 UTC);

/// Rain from Wednesday 3 to Saturday 6 April.
fn rain(task: &str) -> Blocker {
    Blocker {
        task: task.to_owned(),
        kind: BlockerKind::Weather.into(),
        start_date: day(2024, 4, 3),
        end_date: day(2024, 4, 6),
        reason: "连日降雨，无法施工。".to_owned(),
        evidence: vec!["气象预警 2024-17".to_owned()],
        ..Blocker::default()
    }
}

async fn tell(harness: &Harness, blocker: Blocker) -> Result<Blocker, Status> {
    let request = ReportBlockerRequest {
        blocker: Some(blocker),
        request_id: request_id(harness),
    };
    report_blocker(harness, LANKAO, request).await
}

async fn end(harness: &Harness, name: &str, end_date: (i32, i32, i32)) -> Result<Blocker, Status> {
    let request = EndBlockerRequest {
        name: name.to_owned(),
        end_date: day(end_date.0, end_date.1, end_date.2),
        request_id: request_id(harness),
        ..EndBlockerRequest::default()
    };
    end_blocker(harness, LANKAO, request).await
}

async fn refuse(harness: &Harness, blocker: &Blocker) -> Result<Blocker, Status> {
    let request = RefuseBlockerRequest {
        name: blocker.name.clone(),
        reason: "当日无雨。".to_owned(),
        etag: blocker.etag.clone(),
        request_id: request_id(harness),
    };
    refuse_blocker(harness, LANKAO, request).await
}

#[tokio::test]
async fn reported_in_time_it_excuses_its_days_and_moves_what_is_left() {
    let harness = at_work(plan()).await;
    let (pilot, second) = (
        task(&harness, PILOT, "set_bins").await,
        task(&harness, SECOND, "set_bins").await,
    );
    harness.kit.clock.set(WEDNESDAY);
    for task in [&pilot, &second] {
        report(&harness, &task.name, (2024, 4, 2), 2)
            .await
            .expect("two days' work");
    }
    let blocker = tell(&harness, rain(&pilot.name)).await.expect("in time");
    assert_eq!(blocker.excused_from_date, blocker.start_date);
    assert_eq!(
        (blocker.state(), blocker.division.as_str()),
        (BlockerState::Reported, division(PILOT).as_str())
    );

    let schedule = whole(&harness, &pilot.name).await.schedule.expect("a schedule");
    let due: Vec<(i32, i64)> = schedule
        .days
        .iter()
        .map(|it| (it.date.map_or(0, |date| date.day), it.cumulative_count))
        .collect();
    assert!(schedule.feasible);
    assert_eq!(schedule.working_day_count, 8);
    assert_eq!(
        due,
        [(1, 1), (2, 2), (8, 3), (9, 5), (10, 7), (11, 8), (12, 10), (13, 12)]
    );

    harness.kit.clock.set(SECOND_MONDAY);
    let bulletin = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    let missed: Vec<&str> = bulletin.misses.iter().map(|miss| miss.task.as_str()).collect();
    assert_eq!(missed, [second.name.as_str()], "whoever was not blocked");
    let [blocked] = bulletin.blocked_tasks.as_slice() else {
        panic!("{:?}", bulletin.blocked_tasks);
    };
    assert_eq!((&blocked.blocker, &blocked.task), (&blocker.name, &pilot.name));
    assert!(
        bulletin
            .text
            .contains("五、受阻事项（1项）\n徐场村（410225101201）垃圾桶布设：天气，4月3日至4月6日\n"),
        "{}",
        bulletin.text
    );
    let sheet = proto::xiangtu::villages::v1::GetMeetingSheetRequest {
        division: division(PILOT),
        week: "2024-W14".to_owned(),
    };
    let sheet = get_meeting_sheet(&harness, LANKAO, sheet).await.expect("a sheet");
    assert_eq!(sheet.items[0].blockers, std::slice::from_ref(&blocker.name));

    // The week after, what was moved is due.
    harness.kit.clock.set(THIRD_MONDAY);
    let bulletin = issue(&harness, TOWN, "2024-W15").await.expect("issued");
    let pilot_miss = bulletin
        .misses
        .iter()
        .find(|miss| miss.task == pilot.name)
        .expect("nothing was done");
    assert_eq!((pilot_miss.week_planned_count, pilot_miss.week_done_count), (10, 0));
    harness.stop().await;
}

#[tokio::test]
async fn reported_late_it_excuses_no_day_that_had_passed() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(datetime!(2024-04-05 01:00 UTC));
    let blocker = tell(&harness, rain(&pilot)).await.expect("late");
    assert_eq!(blocker.excused_from_date, day(2024, 4, 5));
    harness.kit.clock.set(SECOND_MONDAY);
    let over = tell(&harness, rain(&pilot)).await.expect("after it was over");
    assert_eq!(over.excused_from_date, day(2024, 4, 8));
    let bulletin = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    let miss = bulletin.misses.iter().find(|miss| miss.task == pilot).expect("a miss");
    assert_eq!(miss.week_planned_count, 4, "Monday to Thursday");
    let named: Vec<&str> = bulletin.blocked_tasks.iter().map(|it| it.blocker.as_str()).collect();
    assert_eq!(named, [blocker.name.as_str()]);
    harness.stop().await;
}

#[tokio::test]
async fn what_is_ended_or_refused_later_leaves_issued_bulletins_as_they_are() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(WEDNESDAY);
    report(&harness, &pilot, (2024, 4, 2), 2).await.expect("two days' work");
    let long = Blocker {
        end_date: day(2024, 4, 10),
        ..rain(&pilot)
    };
    let blocker = tell(&harness, long).await.expect("in time");
    harness.kit.clock.set(SECOND_MONDAY);
    let bulletin = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    assert!(bulletin.misses.iter().all(|miss| miss.task != pilot));

    let ended = end(&harness, &blocker.name, (2024, 4, 5))
        .await
        .expect("the sun came out");
    assert_eq!((ended.state(), ended.end_date), (BlockerState::Ended, day(2024, 4, 5)));
    let again = end(&harness, &blocker.name, (2024, 4, 4))
        .await
        .expect_err("ended before");
    assert_eq!(
        (again.code(), reason(&again).as_str()),
        (Code::FailedPrecondition, "BLOCKER_CLOSED")
    );
    assert!(identical(&harness, &bulletin).await);
    let due_on_saturday = |task: proto::xiangtu::villages::v1::Task| {
        let days = task.schedule.expect("a schedule").days;
        days.iter().any(|it| it.date == day(2024, 4, 6))
    };
    assert!(due_on_saturday(whole(&harness, &pilot).await));

    let stale = refuse(&harness, &blocker).await.expect_err("an old etag");
    assert_eq!(stale.code(), Code::Aborted);
    let refused = refuse(&harness, &ended).await.expect("none at all");
    assert_eq!(
        (refused.state(), refused.refusal_reason.as_str()),
        (BlockerState::Refused, "当日无雨。")
    );
    let again = refuse(&harness, &refused).await.expect_err("refused before");
    assert_eq!(reason(&again), "BLOCKER_CLOSED");
    assert!(identical(&harness, &bulletin).await);
    assert_eq!(
        whole(&harness, &pilot)
            .await
            .schedule
            .expect("a schedule")
            .working_day_count,
        12
    );
    let request = GetBlockerRequest {
        name: refused.name.clone(),
    };
    assert_eq!(
        get_blocker(&harness, LANKAO, request).await.expect("a blocker"),
        refused
    );

    harness.kit.clock.set(THIRD_MONDAY);
    let bulletin = issue(&harness, TOWN, "2024-W15").await.expect("issued");
    let miss = bulletin.misses.iter().find(|miss| miss.task == pilot).expect("a miss");
    assert_eq!(miss.week_planned_count, 6, "as if it had never been reported");
    assert_eq!(
        behind(
            &harness,
            "SELECT type FROM kit.outbox WHERE type LIKE 'task.block%' ORDER BY id"
        )
        .await,
        ["task.blocked", "task.blocker_ended", "task.blocker_refused"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn who_is_left_no_time_neither_misses_nor_answers_for_the_deadline() {
    let harness = at_work(plan()).await;
    let (pilot, second) = (
        task(&harness, PILOT, "set_bins").await.name,
        task(&harness, SECOND, "set_bins").await.name,
    );
    harness.kit.clock.set(WEDNESDAY);
    let funds = Blocker {
        kind: BlockerKind::Funds.into(),
        start_date: day(2024, 4, 8),
        end_date: day(2024, 4, 20),
        ..rain(&pilot)
    };
    tell(&harness, funds).await.expect("announced");
    let schedule = whole(&harness, &pilot).await.schedule.expect("a schedule");
    assert!(!schedule.feasible);
    assert_eq!(
        schedule.days.last().map(|it| it.cumulative_count),
        Some(6),
        "what was due before stays due"
    );
    let named: Vec<_> = schedule
        .conflicts
        .iter()
        .map(proto::xiangtu::villages::v1::ScheduleConflict::constraint)
        .collect();
    assert_eq!(
        named,
        [
            ScheduleConstraint::Start,
            ScheduleConstraint::Deadline,
            ScheduleConstraint::Blocker
        ]
    );

    harness.kit.clock.set(THIRD_MONDAY);
    let bulletin = issue(&harness, TOWN, "2024-W15").await.expect("issued");
    let missed: Vec<&str> = bulletin.misses.iter().map(|miss| miss.task.as_str()).collect();
    assert_eq!(missed, [second.as_str()]);
    let overdue: Vec<(&str, bool, i64)> = bulletin
        .overdue_tasks
        .iter()
        .map(|it| (it.task.as_str(), it.excused, it.done_count))
        .collect();
    assert_eq!(overdue, [(pilot.as_str(), true, 0), (second.as_str(), false, 0)]);
    let before = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    assert_eq!(before.overdue_tasks, []);
    assert_eq!(before.misses.len(), 2, "the block began the week after");
    harness.stop().await;
}

#[tokio::test]
async fn reports_that_cannot_be_are_refused_with_the_field_and_change_nothing() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(WEDNESDAY);
    let good = rain(&pilot);
    let bad = [
        (
            Blocker {
                kind: 0,
                ..good.clone()
            },
            "blocker.kind",
        ),
        (
            Blocker {
                task: "tasks/1".to_owned(),
                ..good.clone()
            },
            "blocker.task",
        ),
        (
            Blocker {
                reason: " ".to_owned(),
                ..good.clone()
            },
            "blocker.reason",
        ),
        (
            Blocker {
                start_date: None,
                ..good.clone()
            },
            "blocker.start_date",
        ),
        (
            Blocker {
                start_date: day(2024, 3, 31),
                ..good.clone()
            },
            "blocker.start_date",
        ),
        (
            Blocker {
                start_date: day(2024, 4, 14),
                end_date: day(2024, 4, 14),
                ..good.clone()
            },
            "blocker.start_date",
        ),
        (
            Blocker {
                start_date: day(2024, 5, 4),
                end_date: day(2024, 5, 4),
                ..good.clone()
            },
            "blocker.start_date",
        ),
        (
            Blocker {
                end_date: day(2024, 4, 2),
                ..good.clone()
            },
            "blocker.end_date",
        ),
        (
            Blocker {
                end_date: day(2024, 7, 3),
                ..good.clone()
            },
            "blocker.end_date",
        ),
        (
            Blocker {
                evidence: vec![String::new()],
                ..good.clone()
            },
            "blocker.evidence[0]",
        ),
    ];
    for (blocker, field) in bad {
        let refused = tell(&harness, blocker).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    report(&harness, &pilot, (2024, 4, 3), 12).await.expect("done");
    let done = tell(&harness, good.clone()).await.expect_err("nothing is left to do");
    assert_eq!(reason(&done), "TASK_DONE");
    assert_eq!(behind(&harness, "SELECT blocker_id::text FROM blockers").await, [""; 0]);

    let second = task(&harness, SECOND, "set_bins").await.name;
    let kept = tell(&harness, rain(&second)).await.expect("good");
    for late in [(2024, 4, 6), (2024, 4, 2)] {
        let refused = end(&harness, &kept.name, late).await.expect_err("not between");
        assert_eq!(fields(&refused), ["end_date"]);
    }
    let request = ReportBlockerRequest {
        blocker: Some(rain(&second)),
        request_id: request_id(&harness),
    };
    let beside = report_blocker(&harness, BESIDE, request.clone())
        .await
        .expect_err("another township");
    assert_eq!(beside.code(), Code::NotFound);
    let first = report_blocker(&harness, TOWN, request.clone()).await.expect("good");
    assert_eq!(report_blocker(&harness, TOWN, request).await.expect("a repeat"), first);
    let filtered = ListBlockersRequest {
        filter: format!("task = \"{second}\" AND state = \"REPORTED\" AND kind = \"WEATHER\""),
        page_size: 1,
        ..ListBlockersRequest::default()
    };
    let page = list_blockers(&harness, TOWN, filtered.clone()).await.expect("a page");
    assert_eq!(page.blockers, [first], "the newest first");
    let rest = ListBlockersRequest {
        page_token: page.next_page_token,
        ..filtered
    };
    let rest = list_blockers(&harness, TOWN, rest).await.expect("a page");
    assert_eq!(
        (rest.blockers.as_slice(), rest.next_page_token.as_str()),
        ([kept].as_slice(), "")
    );
    let none = list_blockers(&harness, BESIDE, ListBlockersRequest::default())
        .await
        .expect("a page");
    assert_eq!(none.blockers, []);
    harness.stop().await;
}
