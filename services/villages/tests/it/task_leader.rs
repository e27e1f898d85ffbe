//! Who answers for a task, and finding tasks.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{ListTasksRequest, PlanSection, ReassignTaskRequest, Task, TaskState};
use time::macros::datetime;
use tonic::{Code, Status};

use crate::{
    calls::{list_tasks, reassign_task},
    county::{LANKAO, behind, day, fields, reason, request_id},
    plan_section::plan,
    township::{
        FAR, HILL, PILOT, SECOND, THIRD, TOWN, at_work, code, division, figure, generate, record, report, task, whole,
    },
};

fn to(task: &str, leader: &str) -> ReassignTaskRequest {
    ReassignTaskRequest {
        name: task.to_owned(),
        leader: format!("cadres/{leader}"),
        reason: "工作调整".to_owned(),
        ..ReassignTaskRequest::default()
    }
}

async fn give(harness: &Harness, request: ReassignTaskRequest) -> Result<Task, Status> {
    reassign_task(harness, LANKAO, request).await
}

fn leader(task: &Task) -> &str {
    task.leader.as_ref().map_or("", |leader| leader.cadre.as_str())
}

#[tokio::test]
async fn a_task_changes_hands_and_keeps_who_answered_before() {
    let harness = at_work(plan()).await;
    let first = task(&harness, PILOT, "set_bins").await;
    let request = ReassignTaskRequest {
        members: vec!["cadres/pilot-grid".to_owned(), "cadres/town-leader".to_owned()],
        start_date: day(2024, 4, 5),
        etag: first.etag.clone(),
        request_id: request_id(&harness),
        ..to(&first.name, "second-secretary")
    };
    let given = give(&harness, request.clone()).await.expect("given");
    assert_eq!(leader(&given), "cadres/pilot-secretary", "until 5 April");
    assert_ne!(given.etag, first.etag);
    let history: Vec<_> = given
        .assignments
        .iter()
        .map(|it| {
            (
                it.leader.clone().expect("a leader").display_name,
                it.start_date,
                it.end_date,
                it.reason.as_str(),
            )
        })
        .collect();
    assert_eq!(
        history,
        [
            ("王礼孝".to_owned(), day(2024, 4, 1), day(2024, 4, 4), ""),
            ("孙富富".to_owned(), day(2024, 4, 5), None, "工作调整")
        ]
    );
    assert_eq!(give(&harness, request.clone()).await.expect("a repeat"), given);
    let reused = ReassignTaskRequest {
        reason: "别的".to_owned(),
        ..request.clone()
    };
    assert_eq!(
        reason(&give(&harness, reused).await.expect_err("another body")),
        "REQUEST_ID_REUSED"
    );
    let stale = ReassignTaskRequest {
        request_id: String::new(),
        ..request
    };
    assert_eq!(
        give(&harness, stale).await.expect_err("seen too early").code(),
        Code::Aborted
    );
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM task_tenures").await, ["5"]);

    harness.kit.clock.set(datetime!(2024-04-04 16:00 UTC));
    let now = whole(&harness, &first.name).await;
    assert_eq!(leader(&now), "cadres/second-secretary");
    let members: Vec<_> = now.members.iter().map(|member| member.display_name.as_str()).collect();
    assert_eq!(members, ["赵水志", "王瑞军"]);
    harness.stop().await;
}

#[tokio::test]
async fn whom_a_task_cannot_be_given_to_is_told() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    let refused = async |request: ReassignTaskRequest| give(&harness, request).await.expect_err("refused");
    let unknown = refused(to(&pilot, "nobody")).await;
    assert_eq!(unknown.code(), Code::NotFound);
    assert!(unknown.message().contains("cadres/nobody"), "{unknown:?}");
    let members = |members: &[&str]| ReassignTaskRequest {
        members: members.iter().map(|name| (*name).to_owned()).collect(),
        ..to(&pilot, "town-leader")
    };
    assert_eq!(refused(members(&["cadres/nobody"])).await.code(), Code::NotFound);
    assert_eq!(fields(&refused(members(&["cadres/town-leader"])).await), ["members[0]"]);
    let twice = members(&["cadres/pilot-grid", "cadres/pilot-grid"]);
    assert_eq!(fields(&refused(twice).await), ["members[1]"]);
    assert_eq!(fields(&refused(members(&["cadres/x"; 21])).await), ["members"]);
    let silent = ReassignTaskRequest {
        reason: " ".to_owned(),
        ..to(&pilot, "town-leader")
    };
    assert_eq!(fields(&refused(silent).await), ["reason"]);
    let from = |start_date| ReassignTaskRequest {
        start_date,
        ..to(&pilot, "town-leader")
    };
    assert_eq!(fields(&refused(from(day(2024, 3, 31))).await), ["start_date"]);
    assert_eq!(
        fields(&refused(from(day(2024, 4, 14))).await),
        ["start_date"],
        "after the deadline"
    );
    assert_eq!(fields(&refused(from(day(2023, 2, 29))).await), ["start_date"]);
    assert_eq!(
        refused(to("tasks/00000000-0000-7000-8000-000000000000", "town-leader"))
            .await
            .code(),
        Code::NotFound
    );
    assert_eq!(fields(&refused(to("tasks/x/y", "town-leader")).await), ["name"]);
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM task_tenures").await, ["4"]);

    report(&harness, &pilot, (2024, 4, 1), 12).await.expect("taken");
    let done = refused(to(&pilot, "town-leader")).await;
    assert_eq!(
        (done.code(), reason(&done).as_str()),
        (Code::FailedPrecondition, "TASK_DONE")
    );
    harness.stop().await;
}

async fn listed(harness: &Harness, scope: &str, request: ListTasksRequest) -> Vec<(String, String)> {
    let tasks = list_tasks(harness, scope, request).await.expect("a list").tasks;
    assert!(
        tasks
            .iter()
            .all(|task| task.schedule.is_none() && task.assignments.is_empty())
    );
    tasks
        .into_iter()
        .map(|task| (code(&task.division).to_owned(), task.template))
        .collect()
}

fn rows(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let row = |(village, template): &(&str, &str)| ((*village).to_owned(), (*template).to_owned());
    expected.iter().map(row).collect()
}

#[tokio::test]
async fn tasks_are_listed_by_village_then_deadline_filtered_and_page_by_page() {
    let harness = at_work(plan()).await;
    let on = (2024, 3, 31);
    for village in [PILOT, SECOND, FAR] {
        record(&harness, vec![figure(village, "toilet", on, 60, Some(100))]).await;
    }
    generate(&harness, &["convert_toilets"]).await;
    let (bins, toilets) = ("set_bins", "convert_toilets");
    let all = [
        (PILOT, bins),
        (PILOT, toilets),
        (SECOND, bins),
        (SECOND, toilets),
        (HILL, bins),
        (FAR, bins),
        (FAR, toilets),
    ];
    let mut found = Vec::new();
    let mut request = ListTasksRequest {
        page_size: 2,
        ..ListTasksRequest::default()
    };
    loop {
        let page = list_tasks(&harness, LANKAO, request.clone()).await.expect("a page");
        assert!(page.tasks.len() <= 2);
        found.extend(
            page.tasks
                .into_iter()
                .map(|task| (code(&task.division).to_owned(), task.template)),
        );
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, rows(&all));
    let filtered = async |filter: &str| {
        let request = ListTasksRequest {
            filter: filter.to_owned(),
            ..ListTasksRequest::default()
        };
        listed(&harness, LANKAO, request).await
    };
    assert_eq!(
        filtered(r#"template = "set_bins" AND deadline < "2024-04-13""#).await,
        []
    );
    assert_eq!(
        filtered(r"key_work = true").await,
        rows(&[(PILOT, toilets), (SECOND, toilets), (FAR, toilets)])
    );
    assert_eq!(
        filtered(r#"leader = "cadres/far-secretary" AND indicator = "bins""#).await,
        rows(&[(FAR, bins)])
    );
    let of_town = ListTasksRequest {
        division: division(TOWN),
        ..ListTasksRequest::default()
    };
    assert_eq!(listed(&harness, TOWN, of_town).await, rows(&all[..4]));
    assert_eq!(
        listed(&harness, TOWN, ListTasksRequest::default()).await,
        rows(&all[..4])
    );
    let none = ListTasksRequest {
        division: division(THIRD),
        ..ListTasksRequest::default()
    };
    assert_eq!(listed(&harness, TOWN, none).await, []);
    let unknown = ListTasksRequest {
        filter: "goal > 3".to_owned(),
        ..ListTasksRequest::default()
    };
    let unknown = list_tasks(&harness, LANKAO, unknown).await.expect_err("no such field");
    assert_eq!(fields(&unknown), ["filter"]);
    harness.stop().await;
}

#[tokio::test]
async fn a_task_is_open_then_overdue_or_done_at_any_time() {
    let section = PlanSection {
        end_date: day(2024, 12, 31),
        ..plan()
    };
    let harness = at_work(section).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    report(&harness, &pilot, (2024, 4, 1), 11).await.expect("taken");
    harness.kit.clock.set(datetime!(2024-04-13 15:59:59 UTC));
    let open = whole(&harness, &pilot).await;
    assert_eq!(
        (open.state(), open.done_count, open.planned_count),
        (TaskState::Open, 11, 12)
    );
    assert_eq!(open.reported_date, day(2024, 4, 1));
    harness.kit.clock.set(datetime!(2024-04-13 16:00 UTC));
    assert_eq!(whole(&harness, &pilot).await.state(), TaskState::Overdue);
    report(&harness, &pilot, (2024, 4, 14), 12)
        .await
        .expect("taken after the deadline");
    assert_eq!(whole(&harness, &pilot).await.state(), TaskState::Done);
    harness.stop().await;
}
