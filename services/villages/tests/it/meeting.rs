//! The sheet for a village's weekly meeting.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{GetMeetingSheetRequest, MeetingSheet, ReassignTaskRequest};
use time::macros::datetime;
use tonic::{Code, Status};

use crate::{
    calls::{get_meeting_sheet, reassign_task},
    county::{LANKAO, day, fields},
    plan_section::plan,
    township::{BESIDE, HILL, PILOT, THIRD, TOWN, at_work, division, figure, generate, record, report, task},
};

async fn sheet(harness: &Harness, code: &str, week: &str) -> Result<MeetingSheet, Status> {
    let request = GetMeetingSheetRequest {
        division: division(code),
        week: week.to_owned(),
    };
    get_meeting_sheet(harness, LANKAO, request).await
}

/// Of each task: done, planned, done in the week, due in the week, due next week, unreported.
fn figures(sheet: &MeetingSheet) -> Vec<(&str, [i64; 5], bool)> {
    let items = sheet.items.iter();
    items
        .map(|it| {
            let counts = [
                it.done_count,
                it.planned_count,
                it.week_done_count,
                it.week_planned_count,
                it.next_week_count,
            ];
            (it.display_name.as_str(), counts, it.unreported)
        })
        .collect()
}

#[tokio::test]
async fn a_sheet_says_what_was_due_and_done_and_what_comes() {
    let harness = at_work(plan()).await;
    let bins = task(&harness, PILOT, "set_bins").await.name;
    harness.kit.clock.set(datetime!(2024-04-06 01:00 UTC));
    report(&harness, &bins, (2024, 4, 3), 2).await.expect("taken");
    report(&harness, &bins, (2024, 4, 5), 4).await.expect("taken");
    let current = sheet(&harness, PILOT, "").await.expect("a sheet");
    assert_eq!(
        (current.week.as_str(), current.display_name.as_str()),
        ("2024-W14", "徐场村")
    );
    assert_eq!(figures(&current), [("垃圾桶布设", [4, 6, 4, 6, 8], false)]);
    let item = &current.items[0];
    assert_eq!(
        (item.goal_count, item.deadline, item.task.as_str()),
        (12, day(2024, 4, 13), bins.as_str())
    );
    assert_eq!(item.leader.as_ref().map(|it| it.display_name.as_str()), Some("王礼孝"));
    let next = sheet(&harness, PILOT, "2024-W15").await.expect("a sheet");
    assert_eq!(figures(&next), [("垃圾桶布设", [4, 12, 0, 6, 8], true)]);
    let before = sheet(&harness, PILOT, "2024-W13").await.expect("a sheet");
    assert_eq!(before.items, [], "the work had not begun");
    let after = sheet(&harness, PILOT, "2024-W16").await.expect("a sheet");
    assert_eq!(
        figures(&after),
        [("垃圾桶布设", [4, 12, 0, 0, 8], false)],
        "still open, nothing falls due"
    );
    assert_eq!(sheet(&harness, THIRD, "").await.expect("a sheet").items, []);

    harness.kit.clock.set(datetime!(2024-04-12 01:00 UTC));
    report(&harness, &bins, (2024, 4, 12), 12).await.expect("taken");
    let done = sheet(&harness, PILOT, "2024-W15").await.expect("a sheet");
    assert_eq!(
        figures(&done),
        [("垃圾桶布设", [12, 12, 8, 6, 0], false)],
        "done in the week"
    );
    assert_eq!(sheet(&harness, PILOT, "2024-W16").await.expect("a sheet").items, []);
    harness.stop().await;
}

#[tokio::test]
async fn items_go_by_leader_then_deadline_and_name_who_answers_at_the_end_of_the_week() {
    let harness = at_work(plan()).await;
    record(&harness, vec![figure(HILL, "toilet", (2024, 3, 31), 60, Some(100))]).await;
    generate(&harness, &["convert_toilets"]).await;
    let names = async |week: &str| -> Vec<(String, String)> {
        let items = sheet(&harness, HILL, week).await.expect("a sheet").items;
        let pair = |it: proto::xiangtu::villages::v1::MeetingItem| {
            (it.leader.expect("a leader").display_name, it.display_name)
        };
        items.into_iter().map(pair).collect()
    };
    let pair = |leader: &str, item: &str| (leader.to_owned(), item.to_owned());
    assert_eq!(
        names("2024-W14").await,
        [pair("陈涛琴", "垃圾桶布设"), pair("陈涛琴", "户厕改造")]
    );
    let request = ReassignTaskRequest {
        name: task(&harness, HILL, "set_bins").await.name,
        leader: "cadres/town-leader".to_owned(),
        start_date: day(2024, 4, 8),
        reason: "工作调整".to_owned(),
        ..ReassignTaskRequest::default()
    };
    reassign_task(&harness, LANKAO, request).await.expect("given");
    assert_eq!(
        names("2024-W14").await,
        [pair("陈涛琴", "垃圾桶布设"), pair("陈涛琴", "户厕改造")]
    );
    assert_eq!(
        names("2024-W15").await,
        [pair("陈涛琴", "户厕改造"), pair("王瑞军", "垃圾桶布设")]
    );
    harness.stop().await;
}

#[tokio::test]
async fn only_villages_have_a_sheet() {
    let harness = at_work(plan()).await;
    for code in [TOWN, LANKAO] {
        let refused = sheet(&harness, code, "").await.expect_err("no village");
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec!["division".to_owned()])
        );
    }
    for week in ["2024-W53", "2024-14", "14"] {
        assert_eq!(
            fields(&sheet(&harness, PILOT, week).await.expect_err("no week")),
            ["week"]
        );
    }
    let unknown = sheet(&harness, "410225101299", "").await.expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
    let request = GetMeetingSheetRequest {
        division: division(PILOT),
        ..GetMeetingSheetRequest::default()
    };
    let beside = get_meeting_sheet(&harness, BESIDE, request).await.expect_err("not his");
    assert_eq!(beside.code(), Code::NotFound);
    harness.stop().await;
}
