//! Steps that follow from deadlines: for the resident cadre of an overdue village, and for who led delayed key work.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    Blocker, BlockerKind, EndAssignmentRequest, GetCadreRequest, LadderMeasure, LadderStep, LadderTrigger,
    ListLadderStepsRequest, PlanLadderStep, PlanSection, PlanTaskTemplate, Post, ReportBlockerRequest,
};
use time::macros::datetime;

use crate::{
    calls::{list_ladder_steps, report_blocker},
    county::{Asks as _, LANKAO, cadres, day, import, request_id},
    plan_section::{bins, plan, step},
    township::{BESIDE, PILOT, SECOND, THIRD_MONDAY, TOWN, at_work, division, generate, issue, task},
};

const RESIDENTS: &str = "cadre_id,name,post,org_code\nresident,周小雨,stationed_cadre,410225101201\n\
    second-resident,吴敏,stationed_cadre,410225101202\n";

/// The bins are key work, and the ladder knows overdue villages and delayed key work.
fn strict() -> PlanSection {
    let mut section = plan();
    let template = section.task_templates.iter_mut().find(|it| it.code == "set_bins");
    template.expect("the bins").key_work = true;
    let on = |trigger: LadderTrigger, post: Post, code: &str, measure| PlanLadderStep {
        trigger: trigger.into(),
        approval_post: post.into(),
        ..step(code, 1, measure)
    };
    let ladder = section.ladder.get_or_insert_default();
    ladder.steps.extend([
        on(
            LadderTrigger::VillageOverdue,
            Post::TownshipLeader,
            "error",
            LadderMeasure::WorkError,
        ),
        on(
            LadderTrigger::KeyWorkDelayed,
            Post::CountyLeader,
            "talk",
            LadderMeasure::AdmonitionTalk,
        ),
    ]);
    section
}

/// The county at work under the plan, with resident cadres in two villages.
async fn resident(section: PlanSection) -> Harness {
    let harness = at_work(section).await;
    let report = import(&harness, "cadres", RESIDENTS.as_bytes()).await.expect("cadres");
    assert!(report.applied, "{report:?}");
    harness
}

/// Steps that deadlines called for, oldest first: step, person, occasion, occurrence.
async fn called_for(harness: &Harness) -> Vec<(String, String, String, i32)> {
    let steps = list_ladder_steps(harness, LANKAO, ListLadderStepsRequest::default())
        .await
        .expect("a list")
        .ladder_steps;
    let by_deadline = |it: &LadderStep| it.trigger() != LadderTrigger::MissedWeek;
    let mut found: Vec<_> = steps
        .into_iter()
        .filter(by_deadline)
        .map(|it| {
            let person = it.person.expect("a person").cadre;
            (it.step, person, it.occasion, it.occurrence)
        })
        .collect();
    found.reverse();
    found
}

fn row(step: &str, person: &str, occasion: &str, occurrence: i32) -> (String, String, String, i32) {
    (
        step.to_owned(),
        format!("cadres/{person}"),
        occasion.to_owned(),
        occurrence,
    )
}

#[tokio::test]
async fn who_was_resident_and_who_led_at_the_deadline_answer_once() {
    let harness = resident(strict()).await;
    let second = task(&harness, SECOND, "set_bins").await.name;
    // No day is left to SECOND, and it said so in time.
    let funds = Blocker {
        task: second,
        kind: BlockerKind::Funds.into(),
        start_date: day(2024, 4, 2),
        end_date: day(2024, 4, 20),
        reason: "资金未到位".to_owned(),
        ..Blocker::default()
    };
    let request = ReportBlockerRequest {
        blocker: Some(funds),
        request_id: request_id(&harness),
    };
    report_blocker(&harness, LANKAO, request).await.expect("in time");
    harness.kit.clock.set(THIRD_MONDAY);
    let request = GetCadreRequest {
        name: "cadres/resident".to_owned(),
        ..GetCadreRequest::default()
    };
    let resident = cadres(&harness).get_cadre(harness.ask(LANKAO, request)).await;
    let posts = resident.expect("a cadre").into_inner().assignments;
    // Whoever leaves after the deadline was resident at the deadline.
    let request = EndAssignmentRequest {
        name: posts[0].name.clone(),
        valid_until: day(2024, 4, 14),
        request_id: request_id(&harness),
    };
    let ended = cadres(&harness).end_assignment(harness.ask(LANKAO, request)).await;
    ended.expect("ended");

    let bulletin = issue(&harness, TOWN, "2024-W15").await.expect("issued");
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    let of_town = vec![
        row("error", "resident", &format!("2024-W15 {}", division(PILOT)), 1),
        row("talk", "pilot-secretary", &pilot, 1),
    ];
    assert_eq!(called_for(&harness).await, of_town);
    let steps = list_ladder_steps(&harness, PILOT, ListLadderStepsRequest::default())
        .await
        .expect("a list")
        .ladder_steps;
    let talk = steps.iter().find(|it| it.step == "talk").expect("seen in its village");
    assert_eq!(
        (talk.measure(), talk.approval_post(), talk.division.as_str()),
        (
            LadderMeasure::AdmonitionTalk,
            Post::CountyLeader,
            division(PILOT).as_str()
        )
    );
    assert_eq!(
        (talk.bulletin.as_str(), talk.week.as_str()),
        (bulletin.name.as_str(), "2024-W15")
    );

    // The county's bulletin states them too, and counts only what is new.
    issue(&harness, BESIDE, "2024-W15").await.expect("issued");
    let beside = called_for(&harness).await;
    assert_eq!((&beside[..2], beside.len()), (of_town.as_slice(), 4));
    issue(&harness, LANKAO, "2024-W15").await.expect("issued");
    assert_eq!(called_for(&harness).await, beside);
    harness.stop().await;
}

#[tokio::test]
async fn every_overdue_week_is_an_error_of_its_own() {
    let mut section = strict();
    section.task_templates.push(PlanTaskTemplate {
        code: "harden_lanes".to_owned(),
        indicator: "lane".to_owned(),
        deadline: day(2024, 4, 20),
        ..bins()
    });
    let harness = resident(section).await;
    generate(&harness, &["harden_lanes"]).await;
    harness.kit.clock.set(datetime!(2024-04-22 01:00 UTC));
    for week in ["2024-W15", "2024-W16"] {
        issue(&harness, TOWN, week).await.expect("issued");
    }
    let errors: Vec<_> = called_for(&harness)
        .await
        .into_iter()
        .filter(|(step, person, ..)| step == "error" && person == "cadres/resident")
        .collect();
    let pilot = division(PILOT);
    assert_eq!(
        errors,
        [
            row("error", "resident", &format!("2024-W15 {pilot}"), 1),
            row("error", "resident", &format!("2024-W16 {pilot}"), 2)
        ]
    );
    harness.stop().await;
}
