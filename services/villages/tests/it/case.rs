//! Falsification cases, from the discrepancy to the step of the ladder and its due process.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    CaseState, DecideCaseRequest, DecideLadderStepRequest, ExplainCaseRequest, FalsificationCase, GetCaseRequest,
    LadderAction, LadderMeasure, LadderStep, LadderStepState, LadderTrigger, ListCasesRequest, ListLadderStepsRequest,
    Measurement, MeasurementSource, OpenCaseRequest, PlanGuard, PlanSection, Post, ServeLadderStepRequest,
    ServiceMethod,
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tonic::{Code, Status};

use crate::{
    calls::{
        decide_case, decide_ladder_step, explain_case, get_case, list_cases, list_ladder_steps, open_case,
        serve_ladder_step,
    },
    county::{LANKAO, behind, day, fields, reason, request_id},
    plan_section::{plan, step},
    township::{BESIDE, MONDAY, PILOT, SECOND, TOWN, division, figure, record, under},
};

/// Last day of the village's explanation of a case opened on [`MONDAY`].
const LAST_DAY: OffsetDateTime = datetime!(2024-04-06 01:00 UTC);

/// A self-report of toilets may be five hundredths better than an inspection; falsified figures are criticised in public, a
/// second time sanctioned.
fn strict() -> PlanSection {
    let mut section = plan();
    section.indicators[0].guard = Some(PlanGuard {
        inspection_tolerance: "5%".to_owned(),
        ..PlanGuard::default()
    });
    let ladder = section.ladder.get_or_insert_default();
    for (code, occurrence, measure) in [
        ("falsified", 1, LadderMeasure::PublicCriticism),
        ("falsified_again", 2, LadderMeasure::DisciplinarySanction),
    ] {
        ladder.steps.push(proto::xiangtu::villages::v1::PlanLadderStep {
            trigger: LadderTrigger::FalsifiedFigure.into(),
            ..step(code, occurrence, measure)
        });
    }
    section
}

fn claimed(village: &str, date: i32, numerator: i64) -> Measurement {
    figure(village, "toilet", (2024, 3, date), numerator, Some(400))
}

fn inspected(village: &str, date: i32, numerator: i64) -> Measurement {
    Measurement {
        source: MeasurementSource::Inspection.into(),
        ..claimed(village, date, numerator)
    }
}

async fn cases(harness: &Harness, scope: &str, filter: &str) -> Vec<FalsificationCase> {
    let request = ListCasesRequest {
        filter: filter.to_owned(),
        ..ListCasesRequest::default()
    };
    list_cases(harness, scope, request).await.expect("a list").cases
}

/// A case that the system opened about the pilot village.
async fn opened() -> (Harness, FalsificationCase) {
    let harness = under(strict()).await;
    record(&harness, vec![claimed(PILOT, 10, 380)]).await;
    record(&harness, vec![inspected(PILOT, 20, 300)]).await;
    let case = cases(&harness, LANKAO, "").await.remove(0);
    (harness, case)
}

async fn explain(harness: &Harness, name: &str) -> Result<FalsificationCase, Status> {
    let request = ExplainCaseRequest {
        name: name.to_owned(),
        statement: "台账登记有误，\n正在核对。".to_owned(),
        request_id: request_id(harness),
        ..ExplainCaseRequest::default()
    };
    explain_case(harness, PILOT, request).await
}

fn decision(harness: &Harness, name: &str, decision: CaseState, responsible: &[&str]) -> DecideCaseRequest {
    DecideCaseRequest {
        name: name.to_owned(),
        decision: decision.into(),
        responsible: responsible.iter().map(|id| format!("cadres/{id}")).collect(),
        decider: "cadres/town-leader".to_owned(),
        reason: "经核查组研究".to_owned(),
        evidence: vec!["核查笔录".to_owned()],
        request_id: request_id(harness),
        ..DecideCaseRequest::default()
    }
}

async fn steps(harness: &Harness, cadre: &str) -> Vec<LadderStep> {
    let request = ListLadderStepsRequest {
        cadre: format!("cadres/{cadre}"),
        filter: "trigger = \"FALSIFIED_FIGURE\"".to_owned(),
        ..ListLadderStepsRequest::default()
    };
    let page = list_ladder_steps(harness, LANKAO, request).await.expect("a list");
    page.ladder_steps
}

#[tokio::test]
async fn a_claim_beyond_the_tolerance_opens_a_case_once_whichever_comes_first() {
    let harness = under(strict()).await;
    let claims = record(&harness, vec![claimed(PILOT, 10, 320), claimed(SECOND, 10, 321)]).await;
    let findings = record(&harness, vec![inspected(PILOT, 20, 300), inspected(SECOND, 20, 300)]).await;
    let found = cases(&harness, LANKAO, "").await;
    assert_eq!(found.len(), 1, "exactly five hundredths are tolerated");
    let case = &found[0];
    assert_eq!(
        (
            case.division.as_str(),
            case.indicator.as_str(),
            case.state(),
            case.opener.as_str()
        ),
        (division(SECOND).as_str(), "toilet", CaseState::Opened, "")
    );
    assert_eq!(case.claim.as_ref(), Some(&claims[1]));
    assert_eq!(case.finding.as_ref(), Some(&findings[1]));
    assert_eq!(
        (case.open_date, case.explanation_end_date),
        (day(2024, 4, 1), day(2024, 4, 6))
    );
    assert!(
        case.reason.contains("321/400") && case.reason.contains("300/400"),
        "{}",
        case.reason
    );
    // Corrections of either, in whatever order, and another inspection open no second one; an honest figure opens none.
    let lower = Measurement {
        supersedes: findings[1].name.clone(),
        ..inspected(SECOND, 20, 290)
    };
    let higher = Measurement {
        supersedes: claims[1].name.clone(),
        ..claimed(SECOND, 10, 330)
    };
    record(&harness, vec![lower]).await;
    record(&harness, vec![higher, inspected(SECOND, 25, 280)]).await;
    assert_eq!(cases(&harness, LANKAO, "").await, found);
    // A self-report that arrives after the inspection of a later day is held against it as well.
    record(&harness, vec![claimed(PILOT, 15, 390)]).await;
    let found = cases(&harness, TOWN, "state = \"OPENED\" AND indicator = \"toilet\"").await;
    let days: Vec<_> = found
        .iter()
        .filter_map(|case| case.claim.as_ref()?.as_of_date)
        .collect();
    assert_eq!(days.iter().map(|day| day.day).collect::<Vec<_>>(), [15, 10]);
    assert!(cases(&harness, BESIDE, "").await.is_empty());
    let events = behind(
        &harness,
        "SELECT subject FROM kit.outbox WHERE type = 'case.opened' ORDER BY id",
    )
    .await;
    assert_eq!(events, [found[1].name.clone(), found[0].name.clone()]);
    harness.stop().await;
}

#[tokio::test]
async fn a_substantiated_case_drafts_criticism_for_each_responsible_person_under_due_process() {
    let (harness, case) = opened().await;
    let name = case.name.as_str();
    let guilty = decision(
        &harness,
        name,
        CaseState::Substantiated,
        &["pilot-secretary", "pilot-grid"],
    );
    harness.kit.clock.set(LAST_DAY);
    let unheard = decide_case(&harness, TOWN, guilty.clone()).await.expect_err("unheard");
    assert_eq!(
        (unheard.code(), reason(&unheard).as_str()),
        (Code::FailedPrecondition, "EXPLANATION_OPEN")
    );
    explain(&harness, name).await.expect("heard");
    explain(&harness, name).await.expect("heard again");
    let decided = decide_case(&harness, TOWN, guilty.clone()).await.expect("decided");
    assert_eq!(
        decide_case(&harness, TOWN, guilty).await.expect("the first answer"),
        decided
    );
    assert_eq!((decided.state(), decided.entries.len()), (CaseState::Substantiated, 3));
    let entry = &decided.entries[2];
    let decider = entry.decider.as_ref().map(|person| person.display_name.as_str());
    assert_eq!((decider, entry.decider_post()), (Some("王瑞军"), Post::TownshipLeader));
    assert_eq!(entry.ladder_steps.len(), 2);
    let over = explain(&harness, name).await.expect_err("decided");
    assert_eq!(reason(&over), "CASE_STATE");

    let drafted = steps(&harness, "pilot-secretary").await.remove(0);
    assert_eq!(drafted.name, entry.ladder_steps[0]);
    assert_eq!(
        (
            drafted.step.as_str(),
            drafted.measure(),
            drafted.trigger(),
            drafted.occurrence
        ),
        (
            "falsified",
            LadderMeasure::PublicCriticism,
            LadderTrigger::FalsifiedFigure,
            1
        )
    );
    assert_eq!(
        (
            drafted.occasion.as_str(),
            drafted.week.as_str(),
            drafted.bulletin.as_str(),
            drafted.division.as_str()
        ),
        (name, "", "", division(PILOT).as_str())
    );
    assert_eq!(drafted.state(), LadderStepState::Drafted);
    let notice = ServeLadderStepRequest {
        name: drafted.name.clone(),
        service_method: ServiceMethod::InPerson.into(),
        evidence: vec!["回执".to_owned()],
        request_id: request_id(&harness),
        ..ServeLadderStepRequest::default()
    };
    serve_ladder_step(&harness, TOWN, notice).await.expect("served");
    harness.kit.clock.advance(Duration::days(6));
    let approve = DecideLadderStepRequest {
        name: drafted.name.clone(),
        decision: LadderAction::Approve.into(),
        decider: "cadres/town-leader".to_owned(),
        reason: "情况属实".to_owned(),
        request_id: request_id(&harness),
        ..DecideLadderStepRequest::default()
    };
    let approved = decide_ladder_step(&harness, TOWN, approve).await.expect("approved");
    assert_eq!(approved.state(), LadderStepState::Approved);
    let events = behind(
        &harness,
        "SELECT type FROM kit.outbox WHERE type LIKE 'case.%' OR type LIKE 'ladder.%' ORDER BY id",
    )
    .await;
    let expected = [
        "case.opened",
        "case.explained",
        "case.explained",
        "case.decided",
        "ladder.step_drafted",
        "ladder.step_drafted",
        "ladder.step_served",
        "ladder.step_approved",
    ];
    let (mut events, mut expected) = (events, expected.map(ToOwned::to_owned).to_vec());
    events.sort();
    expected.sort();
    assert_eq!(events, expected);
    harness.stop().await;
}

#[tokio::test]
async fn a_second_case_calls_for_the_second_step_unless_the_first_was_dropped() {
    let (harness, case) = opened().await;
    record(&harness, vec![claimed(PILOT, 21, 390), claimed(PILOT, 23, 395)]).await;
    record(&harness, vec![inspected(PILOT, 22, 300), inspected(PILOT, 24, 300)]).await;
    let open = cases(&harness, LANKAO, "state = \"OPENED\"").await;
    assert_eq!(open.len(), 3);
    harness.kit.clock.set(LAST_DAY + Duration::DAY);
    let substantiate = async |name: &str| {
        let guilty = decision(&harness, name, CaseState::Substantiated, &["pilot-secretary"]);
        decide_case(&harness, TOWN, guilty)
            .await
            .expect("the village had its days");
    };
    substantiate(&case.name).await;
    let others: Vec<_> = open.iter().filter(|other| other.name != case.name).collect();
    substantiate(&others[0].name).await;
    let drafted = steps(&harness, "pilot-secretary").await;
    let codes: Vec<_> = drafted.iter().map(|it| (it.step.as_str(), it.occurrence)).collect();
    assert_eq!(codes, [("falsified_again", 2), ("falsified", 1)]);
    let drop = DecideLadderStepRequest {
        name: drafted[0].name.clone(),
        decision: LadderAction::Drop.into(),
        decider: "cadres/county-leader".to_owned(),
        reason: "责任认定有误".to_owned(),
        request_id: request_id(&harness),
        ..DecideLadderStepRequest::default()
    };
    decide_ladder_step(&harness, TOWN, drop).await.expect("dropped");
    substantiate(&others[1].name).await;
    assert_eq!(steps(&harness, "pilot-secretary").await[0].step, "falsified_again");
    harness.stop().await;
}

#[tokio::test]
async fn a_person_opens_a_case_and_the_innocent_get_no_step() {
    let harness = under(strict()).await;
    let claim = record(&harness, vec![claimed(PILOT, 10, 300), inspected(SECOND, 10, 300)]).await;
    let request = OpenCaseRequest {
        claim: claim[0].name.clone(),
        reason: "群众反映改厕数据不实".to_owned(),
        evidence: vec!["信访件 17".to_owned()],
        request_id: request_id(&harness),
    };
    let case = open_case(&harness, TOWN, request.clone()).await.expect("opened");
    assert_eq!((case.opener.as_str(), case.finding.as_ref()), ("officer", None));
    let again = OpenCaseRequest {
        request_id: request_id(&harness),
        ..request.clone()
    };
    let again = open_case(&harness, TOWN, again).await.expect_err("there already");
    assert_eq!(again.code(), Code::AlreadyExists);
    assert!(again.message().contains(&case.name), "{again:?}");
    let of_inspection = OpenCaseRequest {
        claim: claim[1].name.clone(),
        request_id: request_id(&harness),
        ..request.clone()
    };
    let of_inspection = open_case(&harness, TOWN, of_inspection)
        .await
        .expect_err("no self-report");
    assert_eq!(fields(&of_inspection), ["claim"]);
    let elsewhere = OpenCaseRequest {
        request_id: request_id(&harness),
        ..request
    };
    let elsewhere = open_case(&harness, BESIDE, elsewhere).await.expect_err("a sibling's");
    assert_eq!(elsewhere.code(), Code::NotFound);
    let get = GetCaseRequest {
        name: case.name.clone(),
    };
    assert_eq!(
        get_case(&harness, BESIDE, get).await.expect_err("a sibling's").code(),
        Code::NotFound
    );

    let honest = decision(&harness, &case.name, CaseState::HonestError, &[]);
    let honest = decide_case(&harness, TOWN, honest).await.expect("decided");
    assert_eq!(honest.state(), CaseState::HonestError);
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM ladder_steps").await, ["0"]);
    harness.stop().await;
}

#[tokio::test]
async fn bad_decisions_are_refused_and_change_nothing() {
    let (harness, case) = opened().await;
    explain(&harness, &case.name).await.expect("heard");
    let good = || decision(&harness, &case.name, CaseState::Substantiated, &["pilot-secretary"]);
    let with = |change: fn(&mut DecideCaseRequest)| {
        let mut request = good();
        change(&mut request);
        request
    };
    for (field, request) in [
        ("decision", with(|it| it.decision = CaseState::Explained.into())),
        ("responsible", with(|it| it.responsible.clear())),
        ("responsible", with(|it| it.decision = CaseState::Unfounded.into())),
        (
            "responsible[0]",
            with(|it| it.responsible[0] = "cadres/nobody".to_owned()),
        ),
        (
            "responsible[1]",
            with(|it| it.responsible.push("cadres/pilot-secretary".to_owned())),
        ),
        ("reason", with(|it| it.reason.clear())),
        ("decider", with(|it| it.decider.clear())),
        ("request_id", with(|it| it.request_id.clear())),
    ] {
        let refused = decide_case(&harness, TOWN, request).await.expect_err(field);
        assert_eq!(fields(&refused), [field], "{refused:?}");
    }
    for (expected, request) in [
        (
            "APPROVAL_RANK",
            with(|it| it.decider = "cadres/second-secretary".to_owned()),
        ),
        (
            "RECUSAL",
            with(|it| it.responsible.push("cadres/town-leader".to_owned())),
        ),
        ("RESOURCE_CHANGED", with(|it| it.etag = "other".to_owned())),
    ] {
        let refused = decide_case(&harness, TOWN, request).await.expect_err(expected);
        assert_eq!(reason(&refused), expected);
    }
    // Of many decisions at once one counts.
    let deciding = (0..8).map(|_| decide_case(&harness, TOWN, good()));
    let outcomes = futures::future::join_all(deciding).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(steps(&harness, "pilot-secretary").await.len(), 1);
    assert!(harness.kit.clock.now() >= MONDAY);
    harness.stop().await;
}
