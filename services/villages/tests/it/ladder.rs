//! Drafted steps of the accountability ladder.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    GetLadderStepRequest, LadderMeasure, LadderStep, LadderStepState, LadderTrigger, ListLadderStepsRequest, Post,
    ReassignTaskRequest,
};
use time::macros::datetime;
use tonic::Code;

use crate::{
    calls::{get_ladder_step, list_ladder_steps, reassign_task},
    county::{LANKAO, behind, day, fields, reason},
    plan_section::plan,
    township::{
        BESIDE, FAR, HILL, PILOT, SECOND, SECOND_MONDAY, THIRD_MONDAY, TOWN, at_work, code, division, issue, task,
    },
};

async fn steps(harness: &Harness, scope: &str, cadre: &str) -> Vec<LadderStep> {
    let request = ListLadderStepsRequest {
        cadre: if cadre.is_empty() {
            String::new()
        } else {
            format!("cadres/{cadre}")
        },
        ..ListLadderStepsRequest::default()
    };
    list_ladder_steps(harness, scope, request)
        .await
        .expect("a list")
        .ladder_steps
}

/// Week, code and occurrence of each step, newest first.
fn drafted(steps: &[LadderStep]) -> Vec<(&str, &str, i32)> {
    let steps = steps.iter();
    steps
        .map(|it| (it.week.as_str(), it.step.as_str(), it.occurrence))
        .collect()
}

/// Gives the bins of a village to somebody else from the first day on.
async fn give(harness: &Harness, village: &str, cadre: &str) {
    let request = ReassignTaskRequest {
        name: task(harness, village, "set_bins").await.name,
        leader: format!("cadres/{cadre}"),
        start_date: day(2024, 4, 1),
        reason: "工作调整".to_owned(),
        ..ReassignTaskRequest::default()
    };
    reassign_task(harness, LANKAO, request).await.expect("given");
}

#[tokio::test]
async fn the_first_missed_week_drafts_the_first_step_and_the_second_the_second() {
    let harness = at_work(plan()).await;
    // One person with two tasks: two misses a week, but one occurrence.
    give(&harness, FAR, "hill-secretary").await;
    harness.kit.clock.set(SECOND_MONDAY);
    let first = issue(&harness, BESIDE, "2024-W14").await.expect("issued");
    let found = steps(&harness, BESIDE, "hill-secretary").await;
    assert_eq!(drafted(&found), [("2024-W14", "first", 1)]);
    let step = &found[0];
    let names: Vec<_> = first.misses.iter().map(|miss| miss.name.clone()).collect();
    assert_eq!(
        (&step.misses, step.misses.len(), &step.bulletin),
        (&names, 2, &first.name)
    );
    assert_eq!(
        (code(&step.division), step.state(), step.trigger()),
        (BESIDE, LadderStepState::Drafted, LadderTrigger::MissedWeek)
    );
    assert_eq!(
        (step.measure(), step.approval_post(), step.defence_days),
        (LadderMeasure::PayDeduction, Post::TownshipLeader, 5)
    );
    assert_eq!(
        step.person.as_ref().map(|person| person.display_name.as_str()),
        Some("陈涛琴")
    );
    assert_eq!((step.draft_date, step.plan_version), (day(2024, 4, 8), 1));

    harness.kit.clock.set(THIRD_MONDAY);
    // Whoever issues the week's bulletin, and however many there are: it is one missed week.
    issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    assert_eq!(steps(&harness, LANKAO, "hill-secretary").await.len(), 1);
    issue(&harness, LANKAO, "2024-W15").await.expect("issued");
    issue(&harness, BESIDE, "2024-W15").await.expect("issued");
    let found = steps(&harness, BESIDE, "hill-secretary").await;
    assert_eq!(drafted(&found), [("2024-W15", "second", 2), ("2024-W14", "first", 1)]);
    assert_eq!(found[0].measure(), LadderMeasure::DisciplinarySanction);
    let events = behind(
        &harness,
        "SELECT subject FROM kit.outbox WHERE type = 'ladder.step_drafted' ORDER BY id",
    )
    .await;
    assert_eq!(events.len(), steps(&harness, LANKAO, "").await.len());
    harness.stop().await;
}

#[tokio::test]
async fn a_plan_without_ladder_and_an_occurrence_beyond_it_draft_nothing() {
    let mut section = plan();
    section.ladder = None;
    let harness = at_work(section).await;
    harness.kit.clock.set(SECOND_MONDAY);
    assert_eq!(
        issue(&harness, LANKAO, "2024-W14").await.expect("issued").misses.len(),
        4
    );
    assert_eq!(steps(&harness, LANKAO, "").await, []);
    harness.stop().await;

    let mut section = plan();
    section.ladder.get_or_insert_default().steps.truncate(1);
    let harness = at_work(section).await;
    harness.kit.clock.set(THIRD_MONDAY);
    for week in ["2024-W14", "2024-W15"] {
        assert_eq!(issue(&harness, TOWN, week).await.expect("issued").misses.len(), 2);
    }
    let found = steps(&harness, TOWN, "").await;
    assert_eq!(drafted(&found), [("2024-W14", "first", 1), ("2024-W14", "first", 1)]);
    harness.stop().await;
}

#[tokio::test]
async fn missed_weeks_are_counted_over_the_whole_plan_whoever_issues() {
    let harness = at_work(plan()).await;
    // The county's leader answers in both townships; each township's officer sees only his own misses.
    give(&harness, PILOT, "county-leader").await;
    harness.kit.clock.set(SECOND_MONDAY);
    issue(&harness, TOWN, "2024-W14").await.expect("issued");
    give(&harness, HILL, "county-leader").await;
    give(&harness, PILOT, "pilot-secretary").await;
    harness.kit.clock.set(THIRD_MONDAY);
    issue(&harness, BESIDE, "2024-W15").await.expect("issued");
    let found = steps(&harness, LANKAO, "county-leader").await;
    assert_eq!(drafted(&found), [("2024-W15", "second", 2), ("2024-W14", "first", 1)]);
    assert_eq!((code(&found[0].division), code(&found[1].division)), (BESIDE, TOWN));
    assert_eq!(steps(&harness, BESIDE, "county-leader").await.len(), 1);
    harness.stop().await;

    let harness = at_work(plan()).await;
    give(&harness, PILOT, "county-leader").await;
    give(&harness, HILL, "county-leader").await;
    harness.kit.clock.set(SECOND_MONDAY);
    issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    let found = steps(&harness, LANKAO, "county-leader").await;
    assert_eq!(
        (drafted(&found), code(&found[0].division)),
        (vec![("2024-W14", "first", 1)], LANKAO)
    );
    assert_eq!(found[0].misses.len(), 2);
    assert_eq!(
        steps(&harness, TOWN, "county-leader").await,
        [],
        "it lies in the county"
    );
    harness.stop().await;
}

#[tokio::test]
async fn steps_are_read_inside_the_readers_division_page_by_page() {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(SECOND_MONDAY);
    issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    harness.kit.clock.set(datetime!(2024-04-15 01:00 UTC));
    issue(&harness, LANKAO, "2024-W15").await.expect("issued");
    let mut request = ListLadderStepsRequest {
        page_size: 3,
        ..ListLadderStepsRequest::default()
    };
    let mut found = Vec::new();
    loop {
        let page = list_ladder_steps(&harness, LANKAO, request.clone())
            .await
            .expect("a page");
        found.extend(page.ladder_steps);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let weeks: Vec<_> = found.iter().map(|step| step.week.as_str()).collect();
    assert_eq!(weeks, [["2024-W15"; 4], ["2024-W14"; 4]].concat());
    let of_town: Vec<_> = found.iter().filter(|step| step.division == division(TOWN)).collect();
    assert_eq!((of_town.len(), steps(&harness, TOWN, "").await.len()), (4, 4));
    let get = |name: &str| GetLadderStepRequest { name: name.to_owned() };
    assert_eq!(
        get_ladder_step(&harness, TOWN, get(&of_town[0].name))
            .await
            .expect("his"),
        *of_town[0]
    );
    let beside = get_ladder_step(&harness, BESIDE, get(&of_town[0].name))
        .await
        .expect_err("not his");
    assert_eq!(beside.code(), Code::NotFound);
    assert_eq!(steps(&harness, BESIDE, "pilot-secretary").await, []);
    assert_eq!(
        steps(&harness, SECOND, "").await,
        [],
        "a village reads none of its township"
    );
    let malformed = get_ladder_step(&harness, TOWN, get("ladderSteps/1"))
        .await
        .expect_err("malformed");
    assert_eq!(fields(&malformed), ["name"]);
    let mixed = ListLadderStepsRequest {
        cadre: "cadres/other".to_owned(),
        page_size: 3,
        page_token: {
            let first = ListLadderStepsRequest {
                page_size: 3,
                ..ListLadderStepsRequest::default()
            };
            list_ladder_steps(&harness, LANKAO, first)
                .await
                .expect("a page")
                .next_page_token
        },
        ..ListLadderStepsRequest::default()
    };
    let mixed = list_ladder_steps(&harness, LANKAO, mixed)
        .await
        .expect_err("a token of another list");
    assert_eq!(reason(&mixed), "PAGE_TOKEN_MISMATCH");
    harness.stop().await;
}
