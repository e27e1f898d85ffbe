//! An acceptance from application to certificate and beyond.

use proto::xiangtu::villages::v1::{
    Acceptance, AcceptanceAction, AcceptanceState, AnswerObjectionRequest, GetAcceptanceRequest, InspectionDraw,
    ListAcceptancesRequest, LodgeObjectionRequest, Post, RevokeAcceptanceRequest, WithdrawAcceptanceRequest,
};
use tonic::Code;
use villages_core::acceptance::{Household, draw as redraw};

use crate::{
    acceptance_county::{
        application, applied, claiming, close, decide, draw, finding, found, inspect, public, publicise, section,
        sheet, wait,
    },
    calls::{
        answer_objection, apply_for_acceptance, get_acceptance, list_acceptances, lodge_objection, revoke_acceptance,
        withdraw_acceptance,
    },
    county::{LANKAO, behind, day, reason, request_id},
    township::{BESIDE, PILOT, TOWN, division, figure, record},
};

fn last_draw(acceptance: &Acceptance) -> &InspectionDraw {
    let drawn = acceptance.entries.iter().rev().find_map(|entry| entry.draw.as_ref());
    drawn.expect("a sample")
}

#[tokio::test]
async fn a_village_is_inspected_blindly_publicised_certified_and_its_certificate_revoked() {
    let harness = claiming(section()).await;
    let request = application(&harness, PILOT);
    let first = apply_for_acceptance(&harness, PILOT, request.clone())
        .await
        .expect("applied");
    assert_eq!(
        apply_for_acceptance(&harness, PILOT, request)
            .await
            .expect("the first answer"),
        first
    );
    let again = apply_for_acceptance(&harness, PILOT, application(&harness, PILOT)).await;
    assert_eq!(again.expect_err("under way").code(), Code::AlreadyExists);
    let claims: Vec<_> = first
        .claims
        .iter()
        .map(|it| (it.indicator.as_str(), it.numerator, it.denominator, it.by_household))
        .collect();
    let expected = [
        ("toilet", 22, Some(24), true),
        ("lane", 640, Some(1_000), false),
        ("danger", 1, None, false),
    ];
    assert_eq!(claims, expected);
    let name = first.name.as_str();

    let refused = draw(&harness, TOWN, name).await.expect_err("the county draws");
    assert_eq!(reason(&refused), "PLAN_DIVISION");
    let drawn = draw(&harness, LANKAO, name).await.expect("drawn");
    let hidden = last_draw(&drawn);
    assert_eq!((hidden.household_count, hidden.sample_count), (24, 12));
    assert!(hidden.seed.is_empty() && hidden.units.is_empty() && hidden.strata.is_empty());
    let get = GetAcceptanceRequest {
        name: name.to_owned(),
        ..GetAcceptanceRequest::default()
    };
    assert_eq!(
        get_acceptance(&harness, PILOT, get.clone()).await.expect("blind"),
        drawn
    );
    let refused = sheet(&harness, PILOT, name, "").await.expect_err("not for the village");
    assert_eq!(reason(&refused), "PLAN_DIVISION");

    let whole = sheet(&harness, LANKAO, name, "").await.expect("a sheet");
    assert_eq!((whole.units.len(), whole.items.len()), (14, 3));
    let mut loads = Vec::new();
    for unit in &whole.units {
        let inspector = unit.inspector.clone().expect("an inspector").cadre;
        loads.push(inspector);
    }
    loads.sort_unstable();
    let (mut people, mut counts) = (loads.clone(), Vec::new());
    people.dedup();
    for person in &people {
        counts.push(loads.iter().filter(|it| *it == person).count());
        let own = sheet(&harness, LANKAO, name, person).await.expect("a sheet");
        assert_eq!(own.units.len(), 7, "{person}");
    }
    assert_eq!(counts, [7, 7]);
    assert!(
        !people
            .iter()
            .any(|it| it.contains("town") || it.contains("stationed") || it.contains("pilot"))
    );

    let unit = &whole.units[0];
    let other = people
        .iter()
        .find(|it| **it != unit.inspector.clone().expect("one").cadre)
        .expect("another");
    let mut wrong = finding(&harness, name, unit, true, 640);
    wrong.inspector.clone_from(other);
    assert_eq!(
        reason(&found(&harness, wrong).await.expect_err("not theirs")),
        "NOT_ASSIGNED"
    );
    found(&harness, finding(&harness, name, unit, false, 640))
        .await
        .expect("recorded");
    let twice = found(&harness, finding(&harness, name, unit, true, 640)).await;
    assert_eq!(twice.expect_err("recorded already").code(), Code::AlreadyExists);
    let mut correction = finding(&harness, name, unit, true, 640);
    correction.correction = true;
    correction.text = "复核".to_owned();
    assert_eq!(found(&harness, correction).await.expect("corrected").revision, 2);
    assert_eq!(
        reason(&close(&harness, name).await.expect_err("incomplete")),
        "UNITS_OPEN"
    );
    inspect(&harness, name, 12, 640).await;
    let closed = close(&harness, name).await.expect("closed");
    assert_eq!(closed.state(), AcceptanceState::Inspected);
    let result = closed.entries[1].inspection.as_ref().expect("a result");
    let toilet = &result.verdicts[0];
    assert_eq!(
        (
            toilet.claimed_count,
            toilet.sample_met_count,
            toilet.bound_count,
            toilet.passed
        ),
        (22, 12, 24, true)
    );
    assert_eq!(result.measurements.len(), 2, "lanes and dangerous houses");

    // Anyone can make the sample again.
    let shown = last_draw(&closed);
    let frame: Vec<Household> = (1..=24)
        .map(|number| Household {
            id: format!("H{number:02}"),
            stratum: match number {
                1..=12 => "410225101201001",
                13..=20 => "410225101201002",
                _ => "",
            }
            .to_owned(),
        })
        .collect();
    let again: Vec<String> = redraw(&frame, 12, &shown.seed)
        .households
        .into_iter()
        .map(|it| format!("households/{}", it.id))
        .collect();
    let units: Vec<_> = shown.units.iter().map(|it| it.household.clone()).take(12).collect();
    assert_eq!(units, again);
    let strata: Vec<_> = shown
        .strata
        .iter()
        .map(|it| (it.household_count, it.sample_count))
        .collect();
    assert_eq!(strata, [(4, 2), (12, 6), (8, 4)]);

    let public = publicise(&harness, name).await.expect("public");
    assert_eq!(public.publicity_end_date, day(2024, 4, 8));
    let early = decide(&harness, name, "county-leader").await.expect_err("too early");
    assert_eq!(reason(&early), "PUBLICITY_OPEN");
    wait(&harness);
    for (decider, expected) in [("town-leader", "DECISION_RANK"), ("nobody", "DECISION_RANK")] {
        let refused = decide(&harness, name, decider).await.expect_err(decider);
        assert_eq!(reason(&refused), expected, "{decider}");
    }
    let certified = decide(&harness, name, "county-leader").await.expect("certified");
    let certificate = certified.certificate.clone().expect("a certificate");
    assert_eq!(
        (certificate.county.as_str(), certificate.year, certificate.number),
        (LANKAO, 2024, 1)
    );
    assert_eq!(certificate.expire_date, day(2027, 4, 8));
    let entry = certified.entries.last().expect("the decision");
    assert_eq!(
        (entry.decider_post(), entry.quotas[0].certified_count),
        (Post::CountyLeader, 1)
    );

    let revoke = RevokeAcceptanceRequest {
        name: name.to_owned(),
        decider: "cadres/county-leader".to_owned(),
        reason: "弄虚作假".to_owned(),
        request_id: request_id(&harness),
        ..RevokeAcceptanceRequest::default()
    };
    let revoked = revoke_acceptance(&harness, LANKAO, revoke).await.expect("revoked");
    assert_eq!(
        (revoked.state(), revoked.certificate),
        (AcceptanceState::Revoked, Some(certificate))
    );
    let events = behind(
        &harness,
        "SELECT type FROM kit.outbox WHERE type LIKE 'acceptance.%' ORDER BY id",
    )
    .await;
    let expected = ["applied", "sampled", "inspected", "publicised", "certified", "revoked"];
    assert_eq!(events, expected.map(|verb| format!("acceptance.{verb}")));
    let beside = get_acceptance(&harness, BESIDE, get).await.expect_err("a sibling");
    assert_eq!(beside.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn an_upheld_objection_brings_another_sample_and_other_inspectors() {
    let harness = claiming(section()).await;
    let name = public(&harness, PILOT).await;
    let objection = |statement: &str| LodgeObjectionRequest {
        name: name.clone(),
        objector: "households/H01".to_owned(),
        statement: statement.to_owned(),
        request_id: request_id(&harness),
        ..LodgeObjectionRequest::default()
    };
    lodge_objection(&harness, PILOT, objection("巷道未硬化"))
        .await
        .expect("lodged");
    let second = lodge_objection(&harness, PILOT, objection("户厕不能用"))
        .await
        .expect("lodged");
    assert_eq!(second.open_objection_count, 2);
    wait(&harness);
    let late = lodge_objection(&harness, PILOT, objection("晚了"))
        .await
        .expect_err("over");
    assert_eq!(reason(&late), "PUBLICITY_OVER");
    let refused = decide(&harness, &name, "county-leader").await.expect_err("unanswered");
    assert_eq!(reason(&refused), "OBJECTIONS_OPEN");
    let answer = |number: i32, upheld: bool| AnswerObjectionRequest {
        name: name.clone(),
        objection_number: number,
        upheld,
        answer: "经核实".to_owned(),
        request_id: request_id(&harness),
        ..AnswerObjectionRequest::default()
    };
    let refused = answer_objection(&harness, TOWN, answer(1, false))
        .await
        .expect_err("the county answers");
    assert_eq!(reason(&refused), "PLAN_DIVISION");
    answer_objection(&harness, LANKAO, answer(1, false))
        .await
        .expect("dismissed");
    let twice = answer_objection(&harness, LANKAO, answer(1, true))
        .await
        .expect_err("answered");
    assert_eq!(reason(&twice), "NO_OPEN_OBJECTION");
    let reopened = answer_objection(&harness, LANKAO, answer(2, true))
        .await
        .expect("upheld");
    assert_eq!(reopened.state(), AcceptanceState::Reopened);
    let drawn = draw(&harness, LANKAO, &name).await.expect("another sample");
    let before = drawn.entries[0].draw.as_ref().expect("the first").clone();
    assert!(
        !before.seed.is_empty() && last_draw(&drawn).seed.is_empty(),
        "only the closed round is shown"
    );
    let people = |units: &[proto::xiangtu::villages::v1::InspectionUnit]| {
        let people = units.iter().map(|it| it.inspector.clone().expect("one").cadre);
        people.collect::<std::collections::BTreeSet<_>>()
    };
    let now = sheet(&harness, LANKAO, &name, "").await.expect("a sheet");
    assert_eq!((now.round, now.records.len()), (2, 0));
    assert!(people(&before.units).is_disjoint(&people(&now.units)));
    // Nine of twelve cannot be if 22 of 24 are, and half of the lanes is too little.
    inspect(&harness, &name, 9, 500).await;
    let failed = close(&harness, &name).await.expect("closed");
    let result = failed
        .entries
        .last()
        .and_then(|it| it.inspection.clone())
        .expect("a result");
    let verdicts: Vec<_> = result
        .verdicts
        .iter()
        .map(|it| (it.indicator.as_str(), it.passed))
        .collect();
    assert_eq!(verdicts, [("toilet", false), ("lane", false), ("danger", true)]);
    assert!(result.verdicts[0].bound_count < 22, "{:?}", result.verdicts[0]);
    assert_eq!((failed.state(), result.failure_count), (AcceptanceState::Failed, 2));
    let refused = publicise(&harness, &name).await.expect_err("final");
    assert_eq!(reason(&refused), "ACCEPTANCE_STATE");
    harness.stop().await;
}

#[tokio::test]
async fn claims_stay_as_they_were_known_and_the_past_can_be_read() {
    let harness = claiming(section()).await;
    let first = applied(&harness, PILOT).await;
    let then = first.apply_time;
    harness.kit.clock.advance(time::Duration::days(1));
    record(&harness, vec![figure(PILOT, "toilet", (2024, 4, 1), 10, Some(24))]).await;
    let drawn = draw(&harness, LANKAO, &first.name).await.expect("drawn");
    assert_eq!(drawn.claims, first.claims, "a later figure changes no claim");
    let past = GetAcceptanceRequest {
        name: first.name.clone(),
        known_at: then,
    };
    assert_eq!(
        get_acceptance(&harness, LANKAO, past.clone()).await.expect("as it was"),
        first
    );
    let mut before = past;
    if let Some(instant) = &mut before.known_at {
        instant.seconds -= 1;
    }
    let none = get_acceptance(&harness, LANKAO, before).await.expect_err("not yet");
    assert_eq!(none.code(), Code::NotFound);
    let withdraw = WithdrawAcceptanceRequest {
        name: first.name.clone(),
        reason: "材料不齐".to_owned(),
        etag: first.etag.clone(),
        request_id: request_id(&harness),
    };
    let stale = withdraw_acceptance(&harness, PILOT, withdraw.clone())
        .await
        .expect_err("drawn since");
    assert_eq!(stale.code(), Code::Aborted);
    let withdraw = WithdrawAcceptanceRequest {
        etag: drawn.etag,
        ..withdraw
    };
    let withdrawn = withdraw_acceptance(&harness, PILOT, withdraw).await.expect("withdrawn");
    assert_eq!(withdrawn.state(), AcceptanceState::Withdrawn);
    let action = withdrawn
        .entries
        .last()
        .map(proto::xiangtu::villages::v1::AcceptanceEntry::action);
    assert_eq!(action, Some(AcceptanceAction::Withdraw));
    for (filter, count) in [
        ("state = \"WITHDRAWN\" AND year = 2024", 1),
        ("state = \"APPLIED\"", 0),
        ("tier = \"one_star\"", 0),
    ] {
        let list = ListAcceptancesRequest {
            division: division(TOWN),
            filter: filter.to_owned(),
            ..ListAcceptancesRequest::default()
        };
        let found = list_acceptances(&harness, LANKAO, list).await.expect("a list");
        assert_eq!(found.acceptances.len(), count, "{filter}");
    }
    harness.stop().await;
}
