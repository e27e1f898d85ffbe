//! Making tasks: goals, leaders, what stands in the way, and the schedule.

use std::collections::BTreeMap;

use futures::future::join_all;
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AssignPostRequest, GenerateTasksRequest, GenerateTasksResponse, ListTasksRequest, PlanSection, PlanTaskTemplate,
    Post, ScheduleConflict, ScheduleConstraint, TaskIssueReason, TaskState,
};
use time::macros::datetime;
use tonic::{Code, Status};

use crate::{
    calls::{generate_tasks, list_tasks},
    county::{Asks as _, LANKAO, behind, cadres, day, fields, reason, request_id},
    plan_section::{bins, plan, toilets},
    township::{FAR, HILL, PILOT, SECOND, THIRD, TOWN, code, county, division, figure, generate, record, task, under},
};

/// The county with toilets to convert: 52 in the pilot, one in the second village, ten in the far one.
async fn measured(section: PlanSection) -> Harness {
    let harness = under(section).await;
    let on = (2024, 3, 31);
    record(
        &harness,
        vec![
            figure(PILOT, "toilet", on, 319, Some(412)),
            figure(SECOND, "toilet", on, 69, Some(100)),
            figure(THIRD, "toilet", on, 80, Some(100)),
            figure(FAR, "toilet", on, 60, Some(100)),
        ],
    )
    .await;
    harness
}

fn counts(response: &GenerateTasksResponse) -> (i32, i32, i32, i32) {
    (
        response.created_count,
        response.existing_count,
        response.satisfied_count,
        response.issue_count,
    )
}

fn issues(response: &GenerateTasksResponse) -> Vec<(&str, &str, TaskIssueReason)> {
    let issues = response.issues.iter();
    issues
        .map(|issue| (code(&issue.division), issue.template.as_str(), issue.reason()))
        .collect()
}

async fn make(harness: &Harness, request: GenerateTasksRequest) -> Result<GenerateTasksResponse, Status> {
    let scope = code(&request.division).to_owned();
    generate_tasks(harness, &scope, request).await
}

fn in_county() -> GenerateTasksRequest {
    GenerateTasksRequest {
        division: division(LANKAO),
        ..GenerateTasksRequest::default()
    }
}

async fn give_post(harness: &Harness, cadre: &str, village: &str, post: Post) {
    let request = AssignPostRequest {
        cadre: format!("cadres/{cadre}"),
        division: division(village),
        post: post.into(),
        valid_from: day(2024, 1, 1),
        request_id: request_id(harness),
    };
    cadres(harness)
        .assign_post(harness.ask(LANKAO, request))
        .await
        .expect("given");
}

#[tokio::test]
async fn every_village_gets_what_it_misses_and_again_only_what_is_new() {
    let harness = measured(plan()).await;
    let trial = GenerateTasksRequest {
        validate_only: true,
        ..in_county()
    };
    let expected = [
        (THIRD, "set_bins", TaskIssueReason::NoLeader),
        (HILL, "convert_toilets", TaskIssueReason::NoFigure),
    ];
    let tried = make(&harness, trial).await.expect("tried");
    assert_eq!((counts(&tried), issues(&tried)), ((7, 0, 1, 2), expected.to_vec()));
    assert_eq!(behind(&harness, "SELECT template FROM tasks").await, [""; 0]);

    let made = generate(&harness, &[]).await;
    assert_eq!((counts(&made), issues(&made)), ((7, 0, 1, 2), expected.to_vec()));
    let pilot = task(&harness, PILOT, "convert_toilets").await;
    assert_eq!(
        (pilot.goal_count, pilot.unit.as_str(), pilot.key_work),
        (52, "户", true)
    );
    assert_eq!((pilot.start_date, pilot.deadline), (day(2024, 4, 1), day(2024, 11, 30)));
    assert_eq!((pilot.done_count, pilot.state()), (0, TaskState::Open));
    let leader = pilot.leader.expect("never without");
    assert_eq!(
        (leader.cadre.as_str(), leader.display_name.as_str()),
        ("cadres/pilot-secretary", "王礼孝")
    );
    let members: Vec<_> = pilot.members.iter().map(|member| member.cadre.as_str()).collect();
    assert_eq!(members, ["cadres/pilot-grid"]);
    assert_eq!(task(&harness, SECOND, "convert_toilets").await.goal_count, 1);
    assert_eq!(task(&harness, FAR, "convert_toilets").await.goal_count, 10);

    let again = generate(&harness, &[]).await;
    assert_eq!((counts(&again), issues(&again)), ((0, 7, 1, 2), expected.to_vec()));
    record(&harness, vec![figure(HILL, "toilet", (2024, 4, 1), 65, Some(100))]).await;
    give_post(&harness, "town-leader", THIRD, Post::VillageSecretary).await;
    let more = generate(&harness, &[]).await;
    assert_eq!((counts(&more), issues(&more)), ((2, 7, 1, 0), vec![]));
    // A goal stands, whatever is measured later.
    record(&harness, vec![figure(SECOND, "toilet", (2024, 4, 1), 50, Some(100))]).await;
    assert_eq!(counts(&generate(&harness, &[]).await), (0, 9, 1, 0));
    assert_eq!(task(&harness, SECOND, "convert_toilets").await.goal_count, 1);
    harness.stop().await;
}

#[tokio::test]
async fn tasks_made_at_once_are_made_once() {
    let harness = measured(plan()).await;
    let made = join_all((0..6).map(|_| make(&harness, in_county()))).await;
    let created: i32 = made.iter().map(|it| it.as_ref().expect("made").created_count).sum();
    assert_eq!(created, 7);
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM tasks").await, ["7"]);
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM task_tenures").await, ["7"]);
    let request = GenerateTasksRequest {
        request_id: request_id(&harness),
        templates: vec!["set_bins".to_owned()],
        ..in_county()
    };
    let first = make(&harness, request.clone()).await.expect("made");
    assert_eq!(counts(&first), (0, 4, 0, 1));
    give_post(&harness, "town-leader", THIRD, Post::VillageSecretary).await;
    assert_eq!(make(&harness, request.clone()).await.expect("a repeat"), first);
    let reused = GenerateTasksRequest {
        templates: Vec::new(),
        ..request
    };
    let reused = make(&harness, reused).await.expect_err("another body");
    assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
    harness.stop().await;
}

fn led_by(post: Post) -> PlanSection {
    PlanSection {
        task_templates: vec![PlanTaskTemplate {
            leader_post: post.into(),
            ..bins()
        }],
        ..plan()
    }
}

async fn leaders(harness: &Harness) -> BTreeMap<String, String> {
    let request = ListTasksRequest::default();
    let listed = list_tasks(harness, LANKAO, request).await.expect("a list").tasks;
    let leader = |task: proto::xiangtu::villages::v1::Task| {
        let leader = task.leader.expect("never without").cadre;
        (code(&task.division).to_owned(), leader.replace("cadres/", ""))
    };
    listed.into_iter().map(leader).collect()
}

#[tokio::test]
async fn leaders_are_sought_in_the_village_then_its_township_then_its_county() {
    let harness = under(led_by(Post::TownshipLeader)).await;
    give_post(&harness, "second-secretary", SECOND, Post::TownshipLeader).await;
    let made = generate(&harness, &[]).await;
    let missing = [HILL, FAR].map(|village| (village, "set_bins", TaskIssueReason::NoLeader));
    assert_eq!(issues(&made), missing);
    let found = leaders(&harness).await;
    let expected = [
        (PILOT, "town-leader"),
        (SECOND, "second-secretary"),
        (THIRD, "town-leader"),
    ];
    assert_eq!(
        found,
        expected
            .map(|(village, leader)| (village.to_owned(), leader.to_owned()))
            .into()
    );
    give_post(&harness, "county-leader", LANKAO, Post::TownshipLeader).await;
    generate(&harness, &[]).await;
    let found = leaders(&harness).await;
    assert_eq!(
        (found[HILL].as_str(), found[FAR].as_str()),
        ("county-leader", "county-leader")
    );
    harness.stop().await;
}

#[tokio::test]
async fn several_of_a_township_are_dealt_out_and_its_own_officer_finds_leaders_of_the_county() {
    let harness = under(led_by(Post::TownshipLeader)).await;
    give_post(&harness, "pilot-grid", TOWN, Post::TownshipLeader).await;
    let mut request = in_county();
    request.division = division(TOWN);
    make(&harness, request).await.expect("made");
    let found = leaders(&harness).await;
    // By the number of the village: 201 and 203 to the second, 202 to the first.
    let expected = [(PILOT, "town-leader"), (SECOND, "pilot-grid"), (THIRD, "town-leader")];
    assert_eq!(
        found,
        expected
            .map(|(village, leader)| (village.to_owned(), leader.to_owned()))
            .into()
    );
    harness.stop().await;

    let harness = under(led_by(Post::CountyLeader)).await;
    let mut request = in_county();
    request.division = division(TOWN);
    let made = make(&harness, request).await.expect("made by the township's officer");
    assert_eq!((counts(&made), issues(&made)), ((3, 0, 0, 0), vec![]));
    assert_eq!(leaders(&harness).await[PILOT], "county-leader");
    harness.stop().await;
}

#[tokio::test]
async fn what_stands_in_the_way_is_told() {
    let mut section = plan();
    section.batches.truncate(1);
    let harness = measured(section).await;
    let made = generate(&harness, &["convert_toilets"]).await;
    let expected = [SECOND, THIRD, HILL, FAR].map(|village| (village, "convert_toilets", TaskIssueReason::NoTarget));
    assert_eq!((counts(&made), issues(&made)), ((1, 0, 0, 4), expected.to_vec()));

    harness.kit.clock.set(datetime!(2024-04-14 00:00 UTC));
    let late = generate(&harness, &["set_bins"]).await;
    assert_eq!((late.created_count, late.issue_count), (0, 5));
    assert!(
        late.issues
            .iter()
            .all(|issue| issue.reason() == TaskIssueReason::DeadlinePassed)
    );
    let in_time = GenerateTasksRequest {
        as_of: day(2024, 4, 13),
        templates: vec!["set_bins".to_owned()],
        ..in_county()
    };
    assert_eq!(counts(&make(&harness, in_time).await.expect("made")), (4, 0, 0, 1));
    let last_day = task(&harness, PILOT, "set_bins").await;
    assert_eq!(
        (last_day.start_date, last_day.deadline),
        (day(2024, 4, 13), day(2024, 4, 13))
    );

    let unknown = GenerateTasksRequest {
        templates: vec!["set_bins".to_owned(), "unheard_of".to_owned()],
        ..in_county()
    };
    assert_eq!(
        fields(&make(&harness, unknown).await.expect_err("unknown")),
        ["templates[1]"]
    );
    let on = |date| GenerateTasksRequest {
        as_of: date,
        ..in_county()
    };
    let early = make(&harness, on(day(2023, 12, 31))).await.expect_err("before");
    assert_eq!(
        (early.code(), reason(&early).as_str()),
        (Code::FailedPrecondition, "NO_PLAN")
    );
    let ended = make(&harness, on(day(2027, 1, 1))).await.expect_err("after");
    assert_eq!(reason(&ended), "PLAN_ENDED");
    harness.stop().await;

    let bare = county().await;
    let none = make(&bare, in_county()).await.expect_err("no plan");
    assert_eq!(reason(&none), "NO_PLAN");
    bare.stop().await;
}

#[tokio::test]
async fn an_impossible_goal_names_the_smallest_set_that_conflicts() {
    let section = PlanSection {
        task_templates: vec![PlanTaskTemplate {
            fixed_goal_count: Some(13),
            daily_capacity_count: 1,
            ..bins()
        }],
        ..plan()
    };
    let harness = under(section).await;
    let made = generate(&harness, &[]).await;
    assert_eq!(counts(&made), (4, 0, 0, 5));
    assert!(issues(&made).contains(&(PILOT, "set_bins", TaskIssueReason::Infeasible)));
    let schedule = task(&harness, PILOT, "set_bins").await.schedule.expect("whole");
    assert_eq!((schedule.feasible, schedule.working_day_count), (false, 12));
    assert_eq!((schedule.days, schedule.milestones), (vec![], vec![]));
    let conflict: Vec<_> = schedule.conflicts.iter().map(ScheduleConflict::constraint).collect();
    // Thirteen days would do with one a day, twelve working days do not.
    let smallest = [
        ScheduleConstraint::Start,
        ScheduleConstraint::Deadline,
        ScheduleConstraint::Capacity,
        ScheduleConstraint::RestDays,
    ];
    assert_eq!(conflict, smallest);
    assert!(
        schedule
            .conflicts
            .iter()
            .all(|it| !it.message.is_empty() && !it.message_zh.is_empty())
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_schedule_sums_to_its_goal_on_working_days() {
    let mut section = plan();
    section.task_templates = vec![
        PlanTaskTemplate {
            milestone_permille: vec![100, 900],
            ..toilets()
        },
        bins(),
    ];
    let harness = measured(section).await;
    generate(&harness, &[]).await;
    let schedule = task(&harness, PILOT, "convert_toilets").await.schedule.expect("whole");
    assert!(schedule.feasible);
    assert_eq!(schedule.days.iter().map(|day| day.count).sum::<i64>(), 52);
    assert_eq!(schedule.days.last().map(|day| day.cumulative_count), Some(52));
    for quota in &schedule.days {
        let date = kit::dates::from_proto("date", quota.date)
            .expect("a day")
            .expect("given");
        assert_ne!(date.weekday(), time::Weekday::Sunday, "{date}");
        assert!(!(date.month() == time::Month::October && date.day() <= 7), "{date}");
    }
    // 244 days, 34 Sundays of which one in the holiday of seven days.
    assert_eq!(schedule.working_day_count, 244 - 34 - 6);
    let shares: Vec<_> = schedule
        .milestones
        .iter()
        .map(|it| (it.permille, it.cumulative_count))
        .collect();
    assert_eq!(shares, [(100, 6), (900, 47), (1_000, 52)]);

    let schedule = task(&harness, PILOT, "set_bins").await.schedule.expect("whole");
    let milestones: Vec<_> = schedule
        .milestones
        .iter()
        .map(|it| (it.permille, it.cumulative_count, it.date))
        .collect();
    let expected = [
        (250, 3, day(2024, 4, 3)),
        (500, 6, day(2024, 4, 6)),
        (750, 9, day(2024, 4, 10)),
        (1_000, 12, day(2024, 4, 13)),
    ];
    assert_eq!(milestones, expected);
    assert!(schedule.days.iter().all(|quota| quota.count == 1));
    assert_eq!(task(&harness, PILOT, "set_bins").await.planned_count, 1);
    harness.stop().await;
}
