//! Validating, comparing and applying plans.

use futures::future::join_all;
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    ApplyPlanRequest, DiffPlanRequest, LadderMeasure, NewTasks, PlanSection, TierCount, ValidatePlanRequest,
};
use tonic::Code;

use crate::{
    calls::{apply_plan, diff_plan, validate_plan},
    county::{LANKAO, behind, day, fields, reason, request_id},
    plan_section::{batch, bins, criterion, plan, quota, step},
    township::{BESIDE, PILOT, SECOND, TOWN, apply, county, division, figure, generate, record, under},
};

async fn problems(harness: &Harness, section: PlanSection) -> Vec<(String, String)> {
    let request = ValidatePlanRequest {
        division: String::new(),
        section: Some(section),
    };
    let answer = validate_plan(harness, LANKAO, request).await.expect("an answer");
    assert_eq!(answer.village_count, 5);
    let problem = |problem: proto::xiangtu::plan::v1::PlanProblem| {
        assert!(
            !problem.message.is_empty() && !problem.message_zh.is_empty(),
            "{problem:?}"
        );
        (problem.path, problem.reason)
    };
    answer.problems.into_iter().map(problem).collect()
}

/// A section with one contradiction of every part, and what is said of it.
fn contradictory() -> (PlanSection, Vec<(&'static str, &'static str)>) {
    let mut section = plan();
    section.indicators[0].weight = 1_001;
    section.tiers[0].criteria.push(criterion("unheard_of", "1"));
    section.tiers[1].criteria[0].threshold = "60%".into();
    section.vetoes[0].bars_from_tier = "gold".into();
    section
        .batches
        .push(batch("far", "compliant", &["divisions/410225199"]));
    section.batches[1].acceptance_date = day(2027, 1, 1);
    section.quotas[0].village_count = 6;
    section.quotas.push(quota("compliant", 2027, "", 1));
    section.task_templates[1].deadline = day(2027, 6, 1);
    section.task_templates[0].leader_post = 0;
    let calendar = section.calendar.get_or_insert_default();
    calendar.closures[0].end_date = day(2024, 9, 30);
    calendar.make_up_days = day(2024, 2, 30).into_iter().collect();
    let ladder = section.ladder.get_or_insert_default();
    ladder.steps.push(step("again", 2, LadderMeasure::Removal));
    ladder.steps[0].measure = 99;
    let expected = vec![
        ("indicators[0].weight", "OUT_OF_RANGE"),
        ("tiers[0].criteria[3].indicator", "UNKNOWN_INDICATOR"),
        ("tiers[1].criteria[0].threshold", "WEAKER_THAN_LOWER_TIER"),
        ("vetoes[0].bars_from_tier", "UNKNOWN_TIER"),
        ("batches[1].acceptance_date", "OUTSIDE_PROGRAMME"),
        ("batches[2].divisions[0]", "UNKNOWN_DIVISION"),
        ("quotas[0].village_count", "QUOTA_EXCEEDS_VILLAGES"),
        ("quotas[1].year", "OUTSIDE_PROGRAMME"),
        ("task_templates[0].leader_post", "REQUIRED"),
        ("task_templates[1].deadline", "OUTSIDE_PROGRAMME"),
        ("calendar.closures[0].end_date", "CLOSURE_DATES"),
        ("calendar.make_up_days[0]", "DATE"),
        ("ladder.steps[0].measure", "CHOICE"),
        ("ladder.steps[2].occurrence", "LADDER_STEP_TWICE"),
    ];
    (section, expected)
}

#[tokio::test]
async fn every_contradiction_is_told_with_its_place_in_order_of_the_document() {
    let harness = county().await;
    assert_eq!(problems(&harness, plan()).await, []);
    let (section, expected) = contradictory();
    let found = problems(&harness, section.clone()).await;
    let found: Vec<_> = found
        .iter()
        .map(|(path, reason)| (path.as_str(), reason.as_str()))
        .collect();
    assert_eq!(found, expected);

    let refused = apply(&harness, section).await.expect_err("contradictory");
    assert_eq!(refused.code(), Code::InvalidArgument);
    let first: Vec<String> = expected
        .iter()
        .map(|(path, _)| format!("section.{path}"))
        .take(8)
        .collect();
    assert_eq!(fields(&refused), first);
    assert_eq!(behind(&harness, "SELECT plan_code FROM plan_versions").await, [""; 0]);
    harness.stop().await;
}

#[tokio::test]
async fn the_division_of_request_and_section_must_agree_and_be_a_county_or_township() {
    let harness = county().await;
    let request = |division: &str, section| ValidatePlanRequest {
        division: division.to_owned(),
        section: Some(section),
    };
    let answer = validate_plan(&harness, LANKAO, request("divisions/410225101", plan()))
        .await
        .expect("an answer");
    assert_eq!(
        (answer.problems[0].path.as_str(), answer.problems[0].reason.as_str()),
        ("division", "DIVISION_DIFFERS")
    );
    let unnamed = PlanSection {
        division: String::new(),
        ..plan()
    };
    let answer = validate_plan(&harness, LANKAO, request(LANKAO, unnamed.clone()))
        .await
        .expect("an answer");
    assert_eq!(answer.problems, []);
    let nowhere = validate_plan(&harness, LANKAO, request("", unnamed))
        .await
        .expect("an answer");
    assert_eq!(
        (nowhere.problems[0].path.as_str(), nowhere.problems[0].reason.as_str()),
        ("division", "DIVISION_LEVEL")
    );
    let missing = ApplyPlanRequest {
        request_id: request_id(&harness),
        ..ApplyPlanRequest::default()
    };
    let missing = apply_plan(&harness, LANKAO, missing).await.expect_err("no section");
    assert_eq!(fields(&missing), ["section"]);
    harness.stop().await;
}

fn counted(tiers: &[TierCount]) -> Vec<(&str, i32)> {
    tiers
        .iter()
        .map(|tier| (tier.tier.as_str(), tier.village_count))
        .collect()
}

#[tokio::test]
async fn a_comparison_tells_what_differs_and_whom_it_moves_and_changes_nothing() {
    let harness = county().await;
    let on = (2024, 3, 31);
    let good = |village, toilets| {
        vec![
            figure(village, "toilet", on, toilets, Some(100)),
            figure(village, "lane", on, 80, Some(100)),
            figure(village, "danger", on, 0, None),
        ]
    };
    record(&harness, [good(PILOT, 72), good(SECOND, 76)].concat()).await;
    let request = |section| DiffPlanRequest {
        section: Some(section),
        ..DiffPlanRequest::default()
    };
    let first = diff_plan(&harness, LANKAO, request(plan())).await.expect("compared");
    assert_eq!((first.before, first.tier_changes), (vec![], vec![]));
    assert_eq!(counted(&first.after), [("one_star", 0), ("compliant", 2), ("", 3)]);
    assert!(!first.changes.is_empty() && first.changes.iter().all(|change| change.before.is_empty()));
    let appear = |tasks: &[NewTasks]| -> Vec<(String, i32, i64)> {
        let told = |it: &NewTasks| (it.template.clone(), it.task_count, it.goal_count);
        tasks.iter().map(told).collect()
    };
    // The pilot lacks 18 of the 90 toilets of its target; of the others one has enough and of three nothing is known.
    let (toilets, bins) = (("convert_toilets".to_owned(), 1, 18), ("set_bins".to_owned(), 5, 60));
    assert_eq!(appear(&first.new_tasks), [toilets.clone(), bins]);

    apply(&harness, plan()).await.expect("applied");
    let same = diff_plan(&harness, LANKAO, request(plan())).await.expect("compared");
    assert_eq!((same.changes, same.tier_changes), (vec![], vec![]));
    assert_eq!(same.before, same.after);

    // In one village nobody leads the bins.
    generate(&harness, &["set_bins"]).await;
    let mut stricter = plan();
    stricter.tiers[0].criteria[0].threshold = "75%".to_owned();
    stricter.quotas.push(quota("one_star", 2024, "", 1));
    let told = diff_plan(&harness, LANKAO, request(stricter)).await.expect("compared");
    assert_eq!(appear(&told.new_tasks), [toilets, ("set_bins".to_owned(), 1, 12)]);
    let changes: Vec<_> = told
        .changes
        .iter()
        .map(|it| (it.path.as_str(), it.before.as_str(), it.after.as_str()))
        .collect();
    let quota = "quotas[one_star 2024]";
    assert_eq!(changes[0], (format!("{quota}.tier").as_str(), "", "one_star"));
    assert!(
        changes.contains(&("tiers[compliant].criteria[toilet].threshold", "70%", "75%")),
        "{changes:?}"
    );
    assert!(
        changes
            .iter()
            .all(|(path, ..)| path.starts_with(quota) || path.ends_with("criteria[toilet].threshold")),
        "{changes:?}"
    );
    let moved: Vec<_> = told
        .tier_changes
        .iter()
        .map(|it| (it.division.as_str(), it.before_tier.as_str(), it.after_tier.as_str()))
        .collect();
    assert_eq!(moved, [("divisions/410225101201", "compliant", "")]);
    assert_eq!(counted(&told.before), [("one_star", 0), ("compliant", 2), ("", 3)]);
    assert_eq!(counted(&told.after), [("one_star", 0), ("compliant", 1), ("", 4)]);
    // Before the figures nobody holds anything.
    let earlier = DiffPlanRequest {
        as_of: day(2024, 3, 30),
        ..request(plan())
    };
    let earlier = diff_plan(&harness, LANKAO, earlier).await.expect("compared");
    assert_eq!(counted(&earlier.after), [("one_star", 0), ("compliant", 0), ("", 5)]);
    assert_eq!(behind(&harness, "SELECT version::text FROM plan_versions").await, ["1"]);

    let (contradictory, _) = contradictory();
    let refused = diff_plan(&harness, LANKAO, request(contradictory))
        .await
        .expect_err("contradictory");
    assert_eq!((refused.code(), fields(&refused).len()), (Code::InvalidArgument, 8));
    harness.stop().await;
}

#[tokio::test]
async fn plans_applied_at_once_follow_one_another() {
    let harness = county().await;
    let named = |number: usize| PlanSection {
        display_name: format!("工作方案{number}"),
        ..plan()
    };
    let applied = join_all((0..6).map(|number| apply(&harness, named(number)))).await;
    let mut versions: Vec<i32> = applied
        .iter()
        .map(|plan| plan.as_ref().expect("applied").version)
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6]);
    // The same section at once is one version.
    let again = join_all((0..4).map(|_| apply(&harness, named(9)))).await;
    assert!(
        again.iter().all(|plan| plan.as_ref().expect("applied").version == 7),
        "{again:?}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_township_plans_for_itself_and_for_nobody_beside_it() {
    let harness = under(plan()).await;
    let own = |code: &str| PlanSection {
        code: "town".to_owned(),
        division: division(code),
        terrains: Vec::new(),
        batches: vec![batch("all", "compliant", &[])],
        quotas: vec![quota("compliant", 2024, "", 2)],
        task_templates: vec![bins()],
        ..plan()
    };
    let request = |division: &str, section| ApplyPlanRequest {
        division: division.to_owned(),
        section: Some(section),
        request_id: request_id(&harness),
        ..ApplyPlanRequest::default()
    };
    let applied = apply_plan(&harness, TOWN, request("", own(TOWN)))
        .await
        .expect("applied");
    assert_eq!(applied.name, "divisions/410225101/plans/town");
    for (division, section) in [
        ("", own(BESIDE)),
        (BESIDE, own(BESIDE)),
        ("", plan()),
        (TOWN, own(BESIDE)),
    ] {
        let refused = apply_plan(&harness, TOWN, request(division, section))
            .await
            .expect_err("not his");
        assert_eq!(refused.code(), Code::NotFound, "{division}");
    }
    let nobody = apply_plan(&harness, TOWN, request("", PlanSection::default()))
        .await
        .expect_err("no division");
    assert_eq!(nobody.code(), Code::InvalidArgument, "{}", reason(&nobody));
    assert_eq!(
        behind(&harness, "SELECT division_code FROM plan_versions ORDER BY 1").await,
        ["410225", "410225101"]
    );
    harness.stop().await;
}
