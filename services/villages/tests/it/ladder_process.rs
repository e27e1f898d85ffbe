//! A step from notice to the end of its appeal.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    AppealLadderStepRequest, DecideLadderAppealRequest, DecideLadderStepRequest, DefendLadderStepRequest,
    GetLadderStepRequest, LadderAction, LadderStep, LadderStepState, ListLadderStepsRequest, Post, ReassignTaskRequest,
    ServeLadderStepRequest, ServiceMethod,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Status};

use crate::{
    calls::{
        appeal_ladder_step, decide_ladder_appeal, decide_ladder_step, defend_ladder_step, get_ladder_step,
        list_ladder_steps, reassign_task, serve_ladder_step,
    },
    county::{LANKAO, behind, day, fields, reason, request_id},
    plan_section::plan,
    township::{BESIDE, HILL, PILOT, SECOND_MONDAY, THIRD_MONDAY, TOWN, at_work, issue, task},
};

/// Last day of the defence window of a notice served on [`SECOND_MONDAY`].
const LAST_DAY: OffsetDateTime = datetime!(2024-04-13 01:00 UTC);
const DAY_AFTER: OffsetDateTime = datetime!(2024-04-14 01:00 UTC);

/// A county whose bulletin of the first week drafted a pay deduction for the pilot village's secretary.
async fn drafted() -> (Harness, LadderStep) {
    let harness = at_work(plan()).await;
    harness.kit.clock.set(SECOND_MONDAY);
    issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    let step = of(&harness, "pilot-secretary").await.remove(0);
    (harness, step)
}

async fn of(harness: &Harness, cadre: &str) -> Vec<LadderStep> {
    let request = ListLadderStepsRequest {
        cadre: format!("cadres/{cadre}"),
        ..ListLadderStepsRequest::default()
    };
    let page = list_ladder_steps(harness, LANKAO, request).await.expect("a list");
    page.ladder_steps
}

fn notice(harness: &Harness, name: &str) -> ServeLadderStepRequest {
    ServeLadderStepRequest {
        name: name.to_owned(),
        service_method: ServiceMethod::InPerson.into(),
        evidence: vec!["告知书回执 2024-17".to_owned()],
        request_id: request_id(harness),
        ..ServeLadderStepRequest::default()
    }
}

async fn defend(harness: &Harness, name: &str, last: bool) -> Result<LadderStep, Status> {
    let request = DefendLadderStepRequest {
        name: name.to_owned(),
        statement: "连日降雨，\n材料未到。".to_owned(),
        r#final: last,
        request_id: request_id(harness),
        ..DefendLadderStepRequest::default()
    };
    defend_ladder_step(harness, TOWN, request).await
}

fn decision(harness: &Harness, name: &str, decision: LadderAction, decider: &str) -> DecideLadderStepRequest {
    DecideLadderStepRequest {
        name: name.to_owned(),
        decision: decision.into(),
        decider: format!("cadres/{decider}"),
        reason: "经班子会研究".to_owned(),
        deduction_fen: if decision == LadderAction::Approve { 20_000 } else { 0 },
        request_id: request_id(harness),
        ..DecideLadderStepRequest::default()
    }
}

async fn appeal(harness: &Harness, name: &str) -> Result<LadderStep, Status> {
    let request = AppealLadderStepRequest {
        name: name.to_owned(),
        statement: "请求复核".to_owned(),
        request_id: request_id(harness),
        ..AppealLadderStepRequest::default()
    };
    appeal_ladder_step(harness, TOWN, request).await
}

async fn answer(harness: &Harness, name: &str, decision: LadderAction, decider: &str) -> Result<LadderStep, Status> {
    let request = DecideLadderAppealRequest {
        name: name.to_owned(),
        decision: decision.into(),
        decider: format!("cadres/{decider}"),
        reason: "复核决定".to_owned(),
        request_id: request_id(harness),
        ..DecideLadderAppealRequest::default()
    };
    decide_ladder_appeal(harness, LANKAO, request).await
}

#[tokio::test]
async fn a_step_is_served_defended_approved_appealed_and_reversed_by_an_entry_that_gives_back() {
    let (harness, step) = drafted().await;
    let name = step.name.as_str();
    let served = serve_ladder_step(&harness, TOWN, notice(&harness, name))
        .await
        .expect("served");
    assert_eq!(
        (served.state(), served.defence_end_date),
        (LadderStepState::Served, day(2024, 4, 13))
    );
    defend(&harness, name, false).await.expect("heard");

    harness.kit.clock.set(LAST_DAY);
    let approve = decision(&harness, name, LadderAction::Approve, "town-leader");
    let early = decide_ladder_step(&harness, TOWN, approve.clone())
        .await
        .expect_err("the window is open");
    assert_eq!(
        (early.code(), reason(&early).as_str()),
        (Code::FailedPrecondition, "DEFENCE_OPEN")
    );

    harness.kit.clock.set(DAY_AFTER);
    let late = defend(&harness, name, false).await.expect_err("the window is over");
    assert_eq!(reason(&late), "DEFENCE_OVER");
    let approved = decide_ladder_step(&harness, TOWN, approve.clone())
        .await
        .expect("approved");
    assert_eq!(
        (approved.state(), approved.appeal_end_date),
        (LadderStepState::Approved, day(2024, 5, 14))
    );
    let entry = approved.entries.last().expect("the decision");
    let decider = entry.decider.as_ref().map(|person| person.display_name.as_str());
    assert_eq!(
        (decider, entry.decider_post(), entry.deduction_fen),
        (Some("王瑞军"), Post::TownshipLeader, 20_000)
    );
    let again = decide_ladder_step(&harness, TOWN, approve)
        .await
        .expect("the first answer");
    assert_eq!(again, approved);

    appeal(&harness, name).await.expect("appealed");
    let own = answer(&harness, name, LadderAction::Reverse, "town-leader")
        .await
        .expect_err("his own decision");
    assert_eq!(reason(&own), "RECUSAL");
    let reversed = answer(&harness, name, LadderAction::Reverse, "county-leader")
        .await
        .expect("reversed");
    let actions: Vec<_> = reversed
        .entries
        .iter()
        .map(|entry| (entry.number, entry.action()))
        .collect();
    let expected = [
        (1, LadderAction::Serve),
        (2, LadderAction::Defend),
        (3, LadderAction::Approve),
        (4, LadderAction::Appeal),
        (5, LadderAction::Reverse),
    ];
    assert_eq!(actions, expected);
    let total: i64 = reversed.entries.iter().map(|entry| entry.deduction_fen).sum();
    assert_eq!((reversed.state(), total), (LadderStepState::Reversed, 0));
    assert_eq!(
        appeal(&harness, name).await.map_err(|status| reason(&status)),
        Err("LADDER_STEP_STATE".to_owned())
    );
    let get = GetLadderStepRequest { name: name.to_owned() };
    assert_eq!(get_ladder_step(&harness, TOWN, get).await.expect("the same"), reversed);
    let events = behind(
        &harness,
        "SELECT type FROM kit.outbox WHERE type LIKE 'ladder.step_%' AND type <> 'ladder.step_drafted' ORDER BY id",
    )
    .await;
    let kinds = ["served", "defended", "approved", "appealed", "reversed"].map(|kind| format!("ladder.step_{kind}"));
    assert_eq!(events, kinds);

    // The reversed week no longer counts, so the next one calls for the first step again; of others it calls for the second.
    harness.kit.clock.set(THIRD_MONDAY);
    issue(&harness, LANKAO, "2024-W15").await.expect("issued");
    let next = of(&harness, "pilot-secretary").await;
    assert_eq!((next[0].step.as_str(), next[0].week.as_str()), ("first", "2024-W15"));
    assert_eq!(of(&harness, "second-secretary").await[0].step, "second");
    harness.stop().await;
}

#[tokio::test]
async fn nobody_decides_who_is_concerned_or_lacks_the_rank() {
    let (harness, step) = drafted().await;
    let name = step.name.as_str();
    let drop = |decider: &str| decision(&harness, name, LadderAction::Drop, decider);
    for (decider, expected) in [
        ("second-secretary", "APPROVAL_RANK"),
        ("nobody", "APPROVAL_RANK"),
        ("pilot-secretary", "RECUSAL"),
    ] {
        let refused = decide_ladder_step(&harness, LANKAO, drop(decider))
            .await
            .expect_err(decider);
        assert_eq!(reason(&refused), expected, "{decider}");
    }
    let beside = decide_ladder_step(&harness, BESIDE, drop("county-leader"))
        .await
        .expect_err("a sibling's officer");
    assert_eq!(beside.code(), Code::NotFound);
    let unserved = decision(&harness, name, LadderAction::Approve, "town-leader");
    let unserved = decide_ladder_step(&harness, TOWN, unserved)
        .await
        .expect_err("never served");
    assert_eq!(reason(&unserved), "LADDER_STEP_STATE");
    let dropped = decide_ladder_step(&harness, TOWN, drop("county-leader"))
        .await
        .expect("dropped");
    assert_eq!((dropped.state(), dropped.entries.len()), (LadderStepState::Dropped, 1));
    harness.stop().await;
}

#[tokio::test]
async fn a_notice_left_with_a_witness_the_plans_own_amount_and_an_appeal_that_fails() {
    let mut section = plan();
    section.ladder.get_or_insert_default().steps[0].deduction_fen = 30_000;
    let harness = at_work(section).await;
    harness.kit.clock.set(SECOND_MONDAY);
    issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    let name = of(&harness, "pilot-secretary").await.remove(0).name;
    let refused = ServeLadderStepRequest {
        service_method: ServiceMethod::LeftWithWitness.into(),
        witness: "李四".to_owned(),
        ..notice(&harness, &name)
    };
    let served = serve_ladder_step(&harness, TOWN, refused).await.expect("served");
    assert_eq!(served.entries[0].witness, "李四");

    harness.kit.clock.set(DAY_AFTER);
    let mut approve = decision(&harness, &name, LadderAction::Approve, "town-leader");
    let asked = decide_ladder_step(&harness, TOWN, approve.clone())
        .await
        .expect_err("another amount");
    assert_eq!(fields(&asked), ["deduction_fen"]);
    approve.deduction_fen = 0;
    let approved = decide_ladder_step(&harness, TOWN, approve).await.expect("approved");
    assert_eq!(approved.entries[1].deduction_fen, 30_000);
    appeal(&harness, &name).await.expect("appealed");
    let upheld = answer(&harness, &name, LadderAction::Uphold, "county-leader")
        .await
        .expect("upheld");
    let total: i64 = upheld.entries.iter().map(|entry| entry.deduction_fen).sum();
    assert_eq!((upheld.state(), total), (LadderStepState::Upheld, 30_000));
    harness.kit.clock.set(THIRD_MONDAY);
    issue(&harness, LANKAO, "2024-W15").await.expect("issued");
    assert_eq!(
        of(&harness, "pilot-secretary").await[0].step,
        "second",
        "what stands counts"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_step_of_the_county_is_not_for_a_township_to_decide() {
    let harness = at_work(plan()).await;
    for village in [PILOT, HILL] {
        let request = ReassignTaskRequest {
            name: task(&harness, village, "set_bins").await.name,
            leader: "cadres/second-secretary".to_owned(),
            start_date: day(2024, 4, 1),
            reason: "工作调整".to_owned(),
            ..ReassignTaskRequest::default()
        };
        reassign_task(&harness, LANKAO, request).await.expect("given");
    }
    harness.kit.clock.set(SECOND_MONDAY);
    issue(&harness, LANKAO, "2024-W14").await.expect("issued");
    let step = of(&harness, "second-secretary").await.remove(0);
    assert_eq!(step.division, format!("divisions/{LANKAO}"));
    let drop = |decider: &str| decision(&harness, &step.name, LadderAction::Drop, decider);
    let refused = decide_ladder_step(&harness, LANKAO, drop("town-leader"))
        .await
        .expect_err("of one township");
    assert_eq!(reason(&refused), "APPROVAL_RANK");
    decide_ladder_step(&harness, LANKAO, drop("county-leader"))
        .await
        .expect("of the county");
    harness.stop().await;
}

#[tokio::test]
async fn bad_requests_name_their_field_and_change_nothing() {
    let (harness, step) = drafted().await;
    let good = notice(&harness, &step.name);
    let bad = [
        (
            "evidence",
            ServeLadderStepRequest {
                evidence: Vec::new(),
                ..good.clone()
            },
        ),
        (
            "service_method",
            ServeLadderStepRequest {
                service_method: 0,
                ..good.clone()
            },
        ),
        (
            "witness",
            ServeLadderStepRequest {
                witness: "李四".to_owned(),
                ..good.clone()
            },
        ),
        (
            "witness",
            ServeLadderStepRequest {
                service_method: ServiceMethod::LeftWithWitness.into(),
                ..good.clone()
            },
        ),
        (
            "serve_date",
            ServeLadderStepRequest {
                serve_date: day(2024, 4, 7),
                ..good.clone()
            },
        ),
        (
            "serve_date",
            ServeLadderStepRequest {
                serve_date: day(2024, 4, 9),
                ..good.clone()
            },
        ),
        (
            "request_id",
            ServeLadderStepRequest {
                request_id: String::new(),
                ..good.clone()
            },
        ),
        (
            "name",
            ServeLadderStepRequest {
                name: "ladderSteps/1".to_owned(),
                ..good.clone()
            },
        ),
    ];
    for (field, request) in bad {
        let refused = serve_ladder_step(&harness, TOWN, request).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    let stale = ServeLadderStepRequest {
        etag: "other".to_owned(),
        ..good.clone()
    };
    let stale = serve_ladder_step(&harness, TOWN, stale)
        .await
        .expect_err("another state");
    assert_eq!(stale.code(), Code::Aborted);
    assert_eq!(of(&harness, "pilot-secretary").await, std::slice::from_ref(&step));

    serve_ladder_step(&harness, TOWN, good).await.expect("served");
    defend(&harness, &step.name, true).await.expect("the last word");
    let mut approve = decision(&harness, &step.name, LadderAction::Approve, "town-leader");
    for amount in [0, -1, 100_000_001] {
        approve.deduction_fen = amount;
        let refused = decide_ladder_step(&harness, TOWN, approve.clone())
            .await
            .expect_err("no amount");
        assert_eq!(fields(&refused), ["deduction_fen"]);
    }
    approve.deduction_fen = 1;
    approve.decision = LadderAction::Uphold.into();
    let refused = decide_ladder_step(&harness, TOWN, approve.clone())
        .await
        .expect_err("of an appeal");
    assert_eq!(fields(&refused), ["decision"]);
    approve.decision = LadderAction::Approve.into();
    decide_ladder_step(&harness, TOWN, approve)
        .await
        .expect("after the last word the window is over");
    harness.stop().await;
}

#[tokio::test]
async fn of_many_services_at_once_one_counts_and_lists_are_filtered_by_state() {
    let (harness, step) = drafted().await;
    let services = (0..16).map(|_| serve_ladder_step(&harness, TOWN, notice(&harness, &step.name)));
    let outcomes = futures::future::join_all(services).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(reason(&refused), "LADDER_STEP_STATE");
    }
    let in_state = |state: &str| ListLadderStepsRequest {
        filter: format!("state = {state:?} AND trigger = \"MISSED_WEEK\""),
        ..ListLadderStepsRequest::default()
    };
    let served = list_ladder_steps(&harness, LANKAO, in_state("SERVED"))
        .await
        .expect("a list")
        .ladder_steps;
    assert_eq!(served.iter().map(|step| &step.name).collect::<Vec<_>>(), [&step.name]);
    let drafted = list_ladder_steps(&harness, LANKAO, in_state("DRAFTED"))
        .await
        .expect("a list")
        .ladder_steps;
    assert_eq!(drafted.len(), 3);
    harness.stop().await;
}
