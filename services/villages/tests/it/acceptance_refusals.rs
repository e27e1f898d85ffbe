//! What stands in the way of an acceptance, and what happens at once.

use proto::xiangtu::villages::v1::{
    AcceptanceQuotaRule, AcceptanceState, ApplyForAcceptanceRequest, DrawAcceptanceSampleRequest, GetAcceptanceRequest,
    ListAcceptancesRequest, MergeDivisionsRequest, OpenAcceptancesRequest, PlanAcceptance, ReassignTaskRequest,
};
use tonic::Code;

use crate::{
    acceptance_county::{
        application, applied, claiming, close, decide, draw, finding, found, inspect, public, section, sheet, wait,
    },
    calls::{
        apply_for_acceptance, draw_acceptance_sample, get_acceptance, list_acceptances, open_acceptances, reassign_task,
    },
    county::{Asks as _, LANKAO, day, divisions, fields, reason, request_id},
    township::{PILOT, SECOND, THIRD, TOWN, division, figure, generate, record, task},
};

#[tokio::test]
async fn a_tier_must_be_held_and_the_county_opens_a_batch_for_those_that_do() {
    let harness = claiming(section()).await;
    let star = ApplyForAcceptanceRequest {
        tier: "one_star".to_owned(),
        ..application(&harness, PILOT)
    };
    let refused = apply_for_acceptance(&harness, PILOT, star).await.expect_err("not held");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "TIER_NOT_HELD")
    );
    assert!(refused.message().contains("D级危房存量: 1"), "{}", refused.message());
    for (field, request) in [
        (
            "tier",
            ApplyForAcceptanceRequest {
                tier: "five_star".to_owned(),
                ..application(&harness, PILOT)
            },
        ),
        (
            "year",
            ApplyForAcceptanceRequest {
                year: 2025,
                ..application(&harness, PILOT)
            },
        ),
        (
            "request_id",
            ApplyForAcceptanceRequest {
                request_id: String::new(),
                ..application(&harness, PILOT)
            },
        ),
        ("division", application(&harness, TOWN)),
    ] {
        let refused = apply_for_acceptance(&harness, LANKAO, request).await.expect_err(field);
        assert_eq!(fields(&refused), [field], "{refused:?}");
    }
    let batch = |batch: &str| OpenAcceptancesRequest {
        division: division(LANKAO),
        batch: batch.to_owned(),
        request_id: request_id(&harness),
        ..OpenAcceptancesRequest::default()
    };
    let unknown = open_acceptances(&harness, LANKAO, batch("other"))
        .await
        .expect_err("no batch");
    assert_eq!(fields(&unknown), ["batch"]);
    let town = OpenAcceptancesRequest {
        division: division(TOWN),
        ..batch("rest")
    };
    let refused = open_acceptances(&harness, TOWN, town)
        .await
        .expect_err("the county opens");
    assert_eq!(reason(&refused), "PLAN_DIVISION");
    let opened = open_acceptances(&harness, LANKAO, batch("rest")).await.expect("opened");
    let villages: Vec<_> = opened
        .acceptances
        .iter()
        .map(|it| (it.division.clone(), it.batch.as_str()))
        .collect();
    assert_eq!(villages, [(division(SECOND), "rest")]);
    assert!(
        opened
            .left_out
            .iter()
            .all(|it| it.reason == "TIER_NOT_HELD" && !it.message.is_empty())
    );
    assert_eq!(opened.left_out.len(), 3);
    let again = open_acceptances(&harness, LANKAO, batch("rest"))
        .await
        .expect("nothing new");
    assert_eq!(
        (again.acceptances.len(), again.left_out[0].reason.as_str()),
        (0, "ACCEPTANCE_EXISTS")
    );
    harness.stop().await;
}

#[tokio::test]
async fn inspectors_are_those_who_are_not_concerned() {
    let harness = claiming(section()).await;
    generate(&harness, &["set_bins"]).await;
    let busy = ReassignTaskRequest {
        name: task(&harness, SECOND, "set_bins").await.name,
        leader: "cadres/inspector-c".to_owned(),
        start_date: day(2024, 4, 1),
        reason: "工作调整".to_owned(),
        ..ReassignTaskRequest::default()
    };
    reassign_task(&harness, LANKAO, busy).await.expect("given");
    let name = applied(&harness, PILOT).await.name;
    let among = |ids: &[&str]| DrawAcceptanceSampleRequest {
        name: name.clone(),
        candidates: ids.iter().map(|id| format!("cadres/{id}")).collect(),
        request_id: request_id(&harness),
        ..DrawAcceptanceSampleRequest::default()
    };
    let concerned = [
        "stationed",
        "town-leader",
        "pilot-secretary",
        "inspector-c",
        "inspector-a",
    ];
    let refused = draw_acceptance_sample(&harness, LANKAO, among(&concerned))
        .await
        .expect_err("one is too few");
    assert_eq!(reason(&refused), "NO_INSPECTOR");
    let unknown = draw_acceptance_sample(&harness, LANKAO, among(&["nobody"]))
        .await
        .expect_err("not on the register");
    assert_eq!(unknown.code(), Code::NotFound);
    let all = [&concerned[..], &["inspector-d"]].concat();
    draw_acceptance_sample(&harness, LANKAO, among(&all))
        .await
        .expect("two are free");
    let units = sheet(&harness, LANKAO, &name, "").await.expect("a sheet").units;
    let people: std::collections::BTreeSet<_> = units.into_iter().filter_map(|it| Some(it.inspector?.cadre)).collect();
    assert_eq!(
        people.into_iter().collect::<Vec<_>>(),
        ["cadres/inspector-a", "cadres/inspector-d"]
    );

    let whole = sheet(&harness, LANKAO, &name, "").await.expect("a sheet");
    let good = finding(&harness, &name, &whole.units[12], true, 640);
    let mut bad = Vec::new();
    for (field, numerator, denominator) in [
        ("findings[0].denominator", 640, None),
        ("findings[0].denominator", 0, Some(0)),
        ("findings[0].numerator", 1_001, Some(1_000)),
        ("findings[0].numerator", -1, Some(1_000)),
    ] {
        let mut request = good.clone();
        request.findings[0].numerator = numerator;
        request.findings[0].denominator = denominator;
        bad.push((field, request));
    }
    let mut other = good.clone();
    other.findings[0].indicator = "toilet".to_owned();
    bad.push(("findings[0].indicator", other));
    let mut none = good.clone();
    none.findings.clear();
    bad.push(("findings", none));
    let mut beyond = good.clone();
    beyond.unit_number = 99;
    bad.push(("unit_number", beyond));
    let mut early = good.clone();
    early.inspection_date = day(2024, 3, 31);
    bad.push(("inspection_date", early));
    let mut unexplained = good.clone();
    unexplained.correction = true;
    bad.push(("text", unexplained));
    for (field, request) in bad {
        let refused = found(&harness, request).await.expect_err(field);
        assert_eq!(fields(&refused), [field], "{refused:?}");
    }
    let mut nothing = good.clone();
    nothing.correction = true;
    nothing.text = "复核".to_owned();
    assert_eq!(
        reason(&found(&harness, nothing).await.expect_err("nothing to correct")),
        "NOT_RECORDED"
    );
    found(&harness, good).await.expect("recorded");
    harness.stop().await;
}

#[tokio::test]
async fn of_decisions_at_once_one_counts_for_a_village_and_numbers_have_no_gaps() {
    let harness = claiming(section()).await;
    let (pilot, second) = (public(&harness, PILOT).await, public(&harness, SECOND).await);
    wait(&harness);
    let names = [&pilot, &second, &pilot, &second, &pilot, &second];
    let decisions = names.map(|name| decide(&harness, name, "county-leader"));
    let outcomes = futures::future::join_all(decisions).await;
    let mut numbers = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(certified) => numbers.push(certified.certificate.expect("a certificate").number),
            Err(refused) => assert_eq!(reason(&refused), "ACCEPTANCE_STATE"),
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
    harness.stop().await;
}

#[tokio::test]
async fn a_limit_is_a_limit_and_a_refused_certificate_leaves_no_gap() {
    let mut limited = section();
    limited.quotas[0].village_count = 1;
    limited.acceptance = Some(PlanAcceptance {
        quota_rule: AcceptanceQuotaRule::Limit.into(),
        ..limited.acceptance.unwrap_or_default()
    });
    let harness = claiming(limited).await;
    let (pilot, second) = (public(&harness, PILOT).await, public(&harness, SECOND).await);
    wait(&harness);
    decide(&harness, &pilot, "county-leader").await.expect("the first");
    let full = decide(&harness, &second, "county-leader")
        .await
        .expect_err("the second");
    assert_eq!(
        (full.code(), reason(&full).as_str()),
        (Code::FailedPrecondition, "QUOTA_FULL")
    );
    assert_eq!(full.message(), "1 of 1 villages hold compliant in 2024 already");
    let last = crate::county::behind(&harness, "SELECT last::text FROM acceptance_counters").await;
    assert_eq!(last, ["1"]);
    harness.stop().await;
}

#[tokio::test]
async fn a_veto_that_came_up_since_stops_the_certificate() {
    let mut strict = section();
    strict.vetoes[0].bars_from_tier.clear();
    let harness = claiming(strict).await;
    let name = public(&harness, PILOT).await;
    record(&harness, vec![figure(PILOT, "fires", (2024, 4, 1), 1, None)]).await;
    wait(&harness);
    let barred = decide(&harness, &name, "county-leader").await.expect_err("a fire");
    assert_eq!(reason(&barred), "VETO_STANDS");
    harness.stop().await;
}

#[tokio::test]
async fn an_acceptance_lapses_with_its_village() {
    let harness = claiming(section()).await;
    let name = applied(&harness, PILOT).await.name;
    draw(&harness, LANKAO, &name).await.expect("drawn");
    inspect(&harness, &name, 12, 640).await;
    let merge = MergeDivisionsRequest {
        sources: vec![division(PILOT)],
        target: division(THIRD),
        effective_date: day(2024, 4, 5),
        request_id: request_id(&harness),
        ..MergeDivisionsRequest::default()
    };
    divisions(&harness)
        .merge_divisions(harness.ask(LANKAO, merge))
        .await
        .expect("merged");
    let get = GetAcceptanceRequest {
        name: name.clone(),
        ..GetAcceptanceRequest::default()
    };
    let before = get_acceptance(&harness, LANKAO, get.clone())
        .await
        .expect("still there");
    assert_eq!(before.state(), AcceptanceState::Sampled, "until its last day");
    wait(&harness);
    let lapsed = get_acceptance(&harness, LANKAO, get).await.expect("kept");
    assert_eq!(
        (lapsed.state(), lapsed.lapse_date),
        (AcceptanceState::Lapsed, day(2024, 4, 5))
    );
    let refused = close(&harness, &name).await.expect_err("ended");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "DIVISION_ENDED")
    );
    let anew = apply_for_acceptance(&harness, LANKAO, application(&harness, PILOT)).await;
    assert_eq!(reason(&anew.expect_err("ended")), "DIVISION_ENDED");
    let list = ListAcceptancesRequest {
        filter: "state = \"LAPSED\"".to_owned(),
        ..ListAcceptancesRequest::default()
    };
    assert_eq!(
        list_acceptances(&harness, LANKAO, list)
            .await
            .expect("a list")
            .acceptances
            .len(),
        1
    );
    harness.stop().await;
}
