//! The assessment ledger: what bulletins and ladder steps come to in a year, and to the same digest at any later time.

use std::collections::{BTreeMap, BTreeSet};

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AppealLadderStepRequest, AssessmentLedger, Bulletin, DecideLadderAppealRequest, DecideLadderStepRequest,
    GetAssessmentLedgerRequest, LadderAction, LadderMeasure, LadderStep, LadderStepState, ListLadderStepsRequest,
    PlanPolicy, PlanSection, ServeLadderStepRequest, ServiceMethod,
};
use time::macros::datetime;
use tonic::Code;

use crate::{
    calls::{
        appeal_ladder_step, decide_ladder_appeal, decide_ladder_step, get_assessment_ledger, list_ladder_steps,
        serve_ladder_step,
    },
    county::{LANKAO, fields, request_id},
    plan_section::plan,
    township::{
        BESIDE, PILOT, SECOND_MONDAY, THIRD_MONDAY, TOWN, VILLAGES, at_work, division, figure, issue, record, report,
        task,
    },
};

async fn ledger(harness: &Harness, code: &str) -> AssessmentLedger {
    get_assessment_ledger(harness, LANKAO, of(code))
        .await
        .expect("a ledger")
}

fn of(code: &str) -> GetAssessmentLedgerRequest {
    GetAssessmentLedgerRequest {
        division: division(code),
        year: 2024,
        known_at: None,
    }
}

async fn steps(harness: &Harness) -> Vec<LadderStep> {
    let request = ListLadderStepsRequest {
        page_size: 1_000,
        ..ListLadderStepsRequest::default()
    };
    list_ladder_steps(harness, LANKAO, request)
        .await
        .expect("a list")
        .ladder_steps
}

/// Carries a step to its approval, and to its reversal if asked for. The clock moves on by three weeks.
async fn carry_out(harness: &Harness, step: &LadderStep, reverse: bool) {
    let name = step.name.clone();
    let notice = ServeLadderStepRequest {
        name: name.clone(),
        service_method: ServiceMethod::InPerson.into(),
        evidence: vec!["回执".to_owned()],
        request_id: request_id(harness),
        ..ServeLadderStepRequest::default()
    };
    serve_ladder_step(harness, LANKAO, notice).await.expect("served");
    harness.kit.clock.advance(time::Duration::days(7));
    let approval = DecideLadderStepRequest {
        name: name.clone(),
        decision: LadderAction::Approve.into(),
        decider: "cadres/county-leader".to_owned(),
        reason: "经研究".to_owned(),
        deduction_fen: if step.measure() == LadderMeasure::PayDeduction {
            15_000
        } else {
            0
        },
        request_id: request_id(harness),
        ..DecideLadderStepRequest::default()
    };
    decide_ladder_step(harness, LANKAO, approval).await.expect("approved");
    if reverse {
        harness.kit.clock.advance(time::Duration::days(7));
        let appeal = AppealLadderStepRequest {
            name: name.clone(),
            statement: "请求复核".to_owned(),
            request_id: request_id(harness),
            ..AppealLadderStepRequest::default()
        };
        appeal_ladder_step(harness, LANKAO, appeal).await.expect("appealed");
        harness.kit.clock.advance(time::Duration::days(7));
        let reversal = DecideLadderAppealRequest {
            name,
            decision: LadderAction::Reverse.into(),
            decider: "cadres/town-leader".to_owned(),
            reason: "事实有误".to_owned(),
            request_id: request_id(harness),
            ..DecideLadderAppealRequest::default()
        };
        decide_ladder_appeal(harness, LANKAO, reversal).await.expect("reversed");
    }
}

/// Holds a ledger against what bulletins and steps say, read one by one.
fn recount(ledger: &AssessmentLedger, bulletins: &[Bulletin], steps: &[LadderStep]) {
    let mut misses: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for miss in bulletins.iter().flat_map(|bulletin| &bulletin.misses) {
        let person = miss.person.as_ref().expect("a person").cadre.clone();
        misses
            .entry(person)
            .or_default()
            .entry(miss.week.clone())
            .or_default()
            .insert(miss.name.clone());
    }
    let persons: BTreeSet<&str> = misses.keys().map(String::as_str).collect();
    let told: BTreeSet<&str> = ledger
        .persons
        .iter()
        .map(|it| it.person.as_ref().expect("a person").cadre.as_str())
        .collect();
    assert_eq!(told, persons);
    for account in &ledger.persons {
        let cadre = &account.person.as_ref().expect("a person").cadre;
        let own: Vec<&LadderStep> = steps
            .iter()
            .filter(|step| step.person.as_ref().is_some_and(|person| person.cadre == *cadre))
            .collect();
        let gone = |week: &String| {
            own.iter().any(|step| {
                step.week == *week && matches!(step.state(), LadderStepState::Dropped | LadderStepState::Reversed)
            })
        };
        let counted = misses[cadre].keys().filter(|week| !gone(week)).count();
        assert_eq!(
            usize::try_from(account.missed_week_count).expect("few"),
            counted,
            "{cadre}"
        );
        let names: BTreeSet<&String> = misses[cadre].values().flatten().collect();
        assert_eq!(account.misses.iter().collect::<BTreeSet<_>>(), names);
        let listed: BTreeSet<&str> = account.steps.iter().map(|step| step.ladder_step.as_str()).collect();
        assert_eq!(listed, own.iter().map(|step| step.name.as_str()).collect());
        let entries = own.iter().flat_map(|step| &step.entries);
        assert_eq!(
            account.deduction_fen,
            entries.map(|entry| entry.deduction_fen).sum::<i64>()
        );
        for measure in &account.measures {
            let in_force = |step: &&&LadderStep| {
                step.measure() == measure.measure()
                    && matches!(
                        step.state(),
                        LadderStepState::Approved | LadderStepState::Appealed | LadderStepState::Upheld
                    )
            };
            let count = own.iter().filter(in_force).count();
            assert_eq!(usize::try_from(measure.count).expect("few"), count);
        }
    }
}

#[tokio::test]
async fn a_ledger_is_what_its_bulletins_and_steps_come_to_and_stays_answerable() {
    let harness = at_work(plan()).await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    record(
        &harness,
        VILLAGES
            .map(|village| figure(village, "toilet", (2024, 4, 1), 72, Some(100)))
            .to_vec(),
    )
    .await;
    harness.kit.clock.set(SECOND_MONDAY);
    let first = issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    harness.kit.clock.set(THIRD_MONDAY);
    report(&harness, &pilot, (2024, 4, 13), 12).await.expect("caught up");
    let second = issue(&harness, LANKAO, "2024-W15").await.expect("issued");
    let bulletins = [first, second];
    let drafted = steps(&harness).await;
    assert_eq!(drafted.len(), 7, "four persons, of whom one caught up");
    let before = ledger(&harness, LANKAO).await;
    recount(&before, &bulletins, &drafted);
    assert!(
        before
            .persons
            .iter()
            .all(|person| person.measures.is_empty() && person.deduction_fen == 0)
    );

    // The instant passes.
    harness.kit.clock.advance(time::Duration::SECOND);
    let of_person = |cadre: &str, week: &str| {
        let cadre = format!("cadres/{cadre}");
        let is = |step: &&LadderStep| step.week == week && step.person.as_ref().is_some_and(|it| it.cadre == cadre);
        drafted.iter().find(is).expect("a step").clone()
    };
    carry_out(&harness, &of_person("pilot-secretary", "2024-W14"), false).await;
    carry_out(&harness, &of_person("second-secretary", "2024-W14"), true).await;
    let after = ledger(&harness, LANKAO).await;
    recount(&after, &bulletins, &steps(&harness).await);
    let told: Vec<(String, i32, i64)> = after
        .persons
        .iter()
        .map(|it| {
            (
                it.person.as_ref().expect("a person").cadre.clone(),
                it.missed_week_count,
                it.deduction_fen,
            )
        })
        .collect();
    let expected = [
        ("cadres/far-secretary", 2, 0),
        ("cadres/hill-secretary", 2, 0),
        ("cadres/pilot-secretary", 1, 15_000),
        ("cadres/second-secretary", 1, 0),
    ];
    let expected = expected.map(|(cadre, weeks, fen)| (cadre.to_owned(), weeks, fen));
    assert_eq!(told, expected, "by name, since persons are not ranked");

    // What was known before is answered as before, whatever was decided since.
    let then = GetAssessmentLedgerRequest {
        known_at: before.known_at,
        ..of(LANKAO)
    };
    assert_eq!(
        get_assessment_ledger(&harness, LANKAO, then).await.expect("a ledger"),
        before
    );
    assert_ne!(after.digest, before.digest);

    assert_eq!(after.villages.len(), 5);
    let town = ledger(&harness, TOWN).await;
    let cadres: Vec<&str> = town
        .persons
        .iter()
        .map(|it| it.person.as_ref().expect("a person").cadre.as_str())
        .collect();
    assert_eq!(cadres, ["cadres/pilot-secretary", "cadres/second-secretary"]);
    assert_eq!(town.villages.len(), 3);
    harness.stop().await;
}

#[tokio::test]
async fn persons_are_ranked_only_where_the_plan_says_so_and_wrong_questions_are_refused() {
    let ranking = PlanSection {
        policy: Some(PlanPolicy {
            rank_persons: true,
            ..PlanPolicy::default()
        }),
        ..plan()
    };
    let harness = at_work(ranking).await;
    harness.kit.clock.set(SECOND_MONDAY);
    issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    let drafted = steps(&harness).await;
    let of_pilot = |step: &&LadderStep| {
        step.person
            .as_ref()
            .is_some_and(|it| it.cadre == "cadres/pilot-secretary")
    };
    carry_out(&harness, drafted.iter().find(of_pilot).expect("a step"), false).await;
    let ranked = ledger(&harness, LANKAO).await;
    let first = ranked.persons[0].person.as_ref().expect("a person");
    assert_eq!(first.cadre, "cadres/pilot-secretary", "whoever has a measure in force");

    for (request, field) in [
        (of(PILOT), "division"),
        (GetAssessmentLedgerRequest { year: 2025, ..of(TOWN) }, "year"),
        (GetAssessmentLedgerRequest { year: 1999, ..of(TOWN) }, "year"),
        (
            GetAssessmentLedgerRequest {
                year: i32::MAX,
                ..of(TOWN)
            },
            "year",
        ),
        (
            GetAssessmentLedgerRequest {
                known_at: Some(kit::dates::timestamp(datetime!(2025-01-01 0:00 UTC))),
                ..of(TOWN)
            },
            "known_at",
        ),
    ] {
        let refused = get_assessment_ledger(&harness, LANKAO, request).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    let earlier = GetAssessmentLedgerRequest { year: 2023, ..of(TOWN) };
    let earlier = get_assessment_ledger(&harness, LANKAO, earlier)
        .await
        .expect_err("no plan governed it");
    assert_eq!(crate::county::reason(&earlier), "NO_PLAN");
    let beside = get_assessment_ledger(&harness, BESIDE, of(TOWN))
        .await
        .expect_err("another township");
    assert_eq!(beside.code(), Code::NotFound);
    harness.stop().await;
}
