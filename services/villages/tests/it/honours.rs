//! Honours of households from nomination to revocation, and the figure that plans take from them.

use futures::future::join_all;
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    DecideHonourRequest, DismissObjectionRequest, EvaluateHonourRequest, GetHonourRequest, Honour, HonourAction,
    HonourKind, HonourQuota, HonourState, IndicatorKind, ListHonoursRequest, ListMeasurementsRequest,
    MeasurementSource, MergeDivisionsRequest, NominateHonourRequest, ObjectToHonourRequest, PublishHonourRequest,
    SetHonourQuotaRequest,
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tonic::{Code, Status};

use crate::{
    calls::{
        decide_honour, dismiss_objection, evaluate_honour, get_honour, list_honours, merge_divisions, nominate_honour,
        object_to_honour, publish_honour, set_honour_quota,
    },
    county::{Asks as _, LANKAO, behind, day, fields, measurements, reason, request_id},
    plan_section::{indicator, plan},
    points::{FIRST, award, with_points},
    township::{BESIDE, PILOT, SECOND, TOWN, apply, division},
};

const COURTYARD: HonourKind = HonourKind::FiveBeautyCourtyard;
/// The day after a publicity of five days that began on 1 April.
const AFTER: OffsetDateTime = datetime!(2024-04-07 01:00 UTC);

async fn nominate(harness: &Harness, household: &str, kind: HonourKind) -> Result<Honour, Status> {
    let request = NominateHonourRequest {
        household: household.to_owned(),
        kind: kind.into(),
        season: "2024-Q2".to_owned(),
        reason: "庭院整洁，邻里和睦".to_owned(),
        request_id: request_id(harness),
    };
    nominate_honour(harness, TOWN, request).await
}

fn evaluation(harness: &Harness, name: &str) -> EvaluateHonourRequest {
    EvaluateHonourRequest {
        name: name.to_owned(),
        finding: "入户查看，五项达标".to_owned(),
        evidence: vec!["照片 12".to_owned()],
        request_id: request_id(harness),
        ..EvaluateHonourRequest::default()
    }
}

async fn publish(harness: &Harness, name: &str) -> Result<Honour, Status> {
    let request = PublishHonourRequest {
        name: name.to_owned(),
        request_id: request_id(harness),
        ..PublishHonourRequest::default()
    };
    publish_honour(harness, TOWN, request).await
}

async fn object(harness: &Harness, name: &str) -> Result<Honour, Status> {
    let request = ObjectToHonourRequest {
        name: name.to_owned(),
        statement: "门前仍有三堆".to_owned(),
        request_id: request_id(harness),
        ..ObjectToHonourRequest::default()
    };
    object_to_honour(harness, TOWN, request).await
}

async fn dismiss(harness: &Harness, name: &str, objection: i32) -> Result<Honour, Status> {
    let request = DismissObjectionRequest {
        name: name.to_owned(),
        objection,
        reason: "已清理".to_owned(),
        request_id: request_id(harness),
    };
    dismiss_objection(harness, TOWN, request).await
}

/// Decides about an honour.
pub async fn decide(harness: &Harness, name: &str, decision: HonourAction) -> Result<Honour, Status> {
    let request = DecideHonourRequest {
        name: name.to_owned(),
        decision: decision.into(),
        reason: "村民代表会议决定".to_owned(),
        request_id: request_id(harness),
        ..DecideHonourRequest::default()
    };
    decide_honour(harness, TOWN, request).await
}

/// An honour that is public from today on.
pub async fn public(harness: &Harness, household: &str, kind: HonourKind) -> Honour {
    let name = nominate(harness, household, kind).await.expect("nominated").name;
    evaluate_honour(harness, TOWN, evaluation(harness, &name))
        .await
        .expect("evaluated");
    publish(harness, &name).await.expect("public")
}

/// Figures of the courtyards in force: village, numerator, denominator, revision.
async fn figures(harness: &Harness) -> Vec<(String, i64, Option<i64>, i32)> {
    let request = ListMeasurementsRequest {
        division: division(LANKAO),
        ..ListMeasurementsRequest::default()
    };
    let listed = measurements(harness)
        .list_measurements(harness.ask(LANKAO, request))
        .await
        .expect("a list")
        .into_inner();
    let figure = |it: proto::xiangtu::villages::v1::Measurement| {
        assert_eq!(
            (it.indicator.as_str(), it.source()),
            ("courtyards", MeasurementSource::System)
        );
        (it.division, it.numerator, it.denominator, it.revision)
    };
    listed.measurements.into_iter().map(figure).collect()
}

#[tokio::test]
async fn an_honour_is_evaluated_public_objected_to_granted_and_revoked() {
    let harness = with_points().await;
    award(&harness, FIRST, "clean_yard").await;
    let name = nominate(&harness, FIRST, HonourKind::CivilisedHousehold)
        .await
        .expect("nominated")
        .name;
    let early = publish(&harness, &name).await.expect_err("nobody has looked");
    assert_eq!(
        (early.code(), reason(&early).as_str()),
        (Code::FailedPrecondition, "HONOUR_STATE")
    );
    let evaluated = evaluate_honour(&harness, TOWN, evaluation(&harness, &name))
        .await
        .expect("evaluated");
    assert_eq!(
        evaluated.entries[0].balance_points, 10,
        "the points of the day are stated"
    );
    let public = publish(&harness, &name).await.expect("public");
    assert_eq!(
        (public.state(), public.publicity_end_date),
        (HonourState::Public, day(2024, 4, 6))
    );
    let open = decide(&harness, &name, HonourAction::Grant).await.expect_err("open");
    assert_eq!(reason(&open), "PUBLICITY_OPEN");
    object(&harness, &name).await.expect("objected");

    harness.kit.clock.set(AFTER);
    assert_eq!(
        reason(&object(&harness, &name).await.expect_err("late")),
        "PUBLICITY_OVER"
    );
    let waiting = decide(&harness, &name, HonourAction::Grant)
        .await
        .expect_err("not answered");
    assert_eq!(reason(&waiting), "OBJECTION_OPEN");
    assert_eq!(
        reason(&dismiss(&harness, &name, 2).await.expect_err("no objection")),
        "OBJECTION_ANSWERED"
    );
    dismiss(&harness, &name, 3).await.expect("answered");
    let granted = decide(&harness, &name, HonourAction::Grant).await.expect("granted");
    assert_eq!(
        (granted.state(), granted.grant_date),
        (HonourState::Granted, day(2024, 4, 7))
    );
    let revoked = decide(&harness, &name, HonourAction::Revoke).await.expect("revoked");
    assert_eq!((revoked.state(), revoked.entries.len()), (HonourState::Revoked, 6));
    let get = GetHonourRequest { name: name.clone() };
    assert_eq!(
        get_honour(&harness, TOWN, get.clone()).await.expect("the same"),
        revoked
    );
    assert_eq!(
        get_honour(&harness, BESIDE, get)
            .await
            .expect_err("of a sibling")
            .code(),
        Code::NotFound
    );
    let list = |filter: &str| ListHonoursRequest {
        filter: filter.to_owned(),
        ..ListHonoursRequest::default()
    };
    let found = list_honours(&harness, TOWN, list("state = \"REVOKED\" AND season = \"2024-Q2\""))
        .await
        .expect("a list");
    assert_eq!(found.honours, [revoked]);
    assert_eq!(
        list_honours(&harness, TOWN, list("state = \"PUBLIC\""))
            .await
            .expect("a list")
            .honours,
        []
    );
    assert_eq!(figures(&harness).await, [], "no courtyard, no plan");
    let events = behind(&harness, "SELECT type FROM kit.outbox WHERE type = 'honour.changed'").await;
    assert_eq!(events.len(), 7);
    harness.stop().await;
}

#[tokio::test]
async fn a_household_is_nominated_once_a_season_and_quotas_hold_for_many_at_once() {
    let harness = with_points().await;
    let asked = join_all((0..10).map(|_| nominate(&harness, FIRST, COURTYARD))).await;
    assert_eq!(asked.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in asked.into_iter().filter_map(Result::err) {
        assert_eq!(refused.code(), Code::AlreadyExists);
    }
    nominate(&harness, FIRST, HonourKind::CivilisedHousehold)
        .await
        .expect("another honour");
    let quota = SetHonourQuotaRequest {
        quota: Some(HonourQuota {
            division: division(PILOT),
            kind: COURTYARD.into(),
            season: "2024-Q2".to_owned(),
            household_count: 2,
        }),
        request_id: request_id(&harness),
    };
    set_honour_quota(&harness, TOWN, quota).await.expect("a quota");
    let mut names = Vec::new();
    for at in 2..=6 {
        names.push(public(&harness, &format!("households/P{at}"), COURTYARD).await.name);
    }
    harness.kit.clock.set(AFTER);
    let granted = join_all(names.iter().map(|name| decide(&harness, name, HonourAction::Grant))).await;
    assert_eq!(granted.iter().filter(|outcome| outcome.is_ok()).count(), 2);
    for refused in granted.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(reason(refused), "HONOUR_QUOTA");
    }
    let held = granted.iter().find_map(|outcome| outcome.as_ref().ok()).expect("one");
    decide(&harness, &held.name, HonourAction::Revoke)
        .await
        .expect("revoked");
    let waiting = names
        .iter()
        .zip(&granted)
        .find(|(_, outcome)| outcome.is_err())
        .expect("one")
        .0;
    decide(&harness, waiting, HonourAction::Grant)
        .await
        .expect("a place is free again");
    harness.stop().await;
}

#[tokio::test]
async fn courtyards_in_force_are_a_figure_of_the_plan_also_after_a_merger() {
    let harness = with_points().await;
    let mut section = plan();
    section.indicators.push(proto::xiangtu::villages::v1::PlanIndicator {
        source: MeasurementSource::System.into(),
        origin: "honours".to_owned(),
        ..indicator("courtyards", "五美庭院占比", IndicatorKind::Ratio, 0)
    });
    apply(&harness, section).await.expect("a plan");
    let mut names = Vec::new();
    for household in [FIRST, "households/P2", "households/S1"] {
        names.push(public(&harness, household, COURTYARD).await.name);
    }
    harness.kit.clock.set(AFTER);
    for name in &names[..2] {
        decide(&harness, name, HonourAction::Grant).await.expect("granted");
    }
    assert_eq!(figures(&harness).await, [(division(PILOT), 2, Some(60), 2)]);
    decide(&harness, &names[1], HonourAction::Revoke)
        .await
        .expect("revoked");
    assert_eq!(figures(&harness).await, [(division(PILOT), 1, Some(60), 3)]);

    harness.kit.clock.advance(Duration::days(1));
    let merge = MergeDivisionsRequest {
        sources: vec![division(SECOND)],
        target: division(PILOT),
        effective_date: day(2024, 4, 8),
        request_id: request_id(&harness),
        ..MergeDivisionsRequest::default()
    };
    merge_divisions(&harness, LANKAO, merge).await.expect("merged");
    decide(&harness, &names[2], HonourAction::Grant).await.expect("granted");
    let latest = figures(&harness).await.pop().expect("a figure");
    assert_eq!(latest, (division(PILOT), 2, Some(62), 1));
    let events = behind(
        &harness,
        "SELECT type FROM kit.outbox WHERE type = 'measurement.recorded'",
    )
    .await;
    assert_eq!(events.len(), 4);
    harness.stop().await;
}

#[tokio::test]
async fn wrong_requests_name_their_field_and_change_nothing() {
    let harness = with_points().await;
    let good = NominateHonourRequest {
        household: FIRST.to_owned(),
        kind: COURTYARD.into(),
        season: "2024-Q2".to_owned(),
        reason: "整洁".to_owned(),
        request_id: request_id(&harness),
    };
    let with = |change: fn(&mut NominateHonourRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    for (field, request) in [
        ("kind", with(|it| it.kind = 0)),
        ("season", with(|it| it.season = "2024-Q3".to_owned())),
        ("season", with(|it| it.season = "2024-2".to_owned())),
        ("reason", with(|it| it.reason = " ".to_owned())),
        ("request_id", with(|it| it.request_id = String::new())),
    ] {
        let refused = nominate_honour(&harness, TOWN, request).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    assert_eq!(
        nominate_honour(&harness, BESIDE, good.clone())
            .await
            .expect_err("not there")
            .code(),
        Code::NotFound
    );
    let name = nominate_honour(&harness, TOWN, good).await.expect("nominated").name;
    let bare = EvaluateHonourRequest {
        evidence: Vec::new(),
        ..evaluation(&harness, &name)
    };
    assert_eq!(
        fields(&evaluate_honour(&harness, TOWN, bare).await.expect_err("no evidence")),
        ["evidence"]
    );
    let stale = EvaluateHonourRequest {
        etag: "other".to_owned(),
        ..evaluation(&harness, &name)
    };
    assert_eq!(
        evaluate_honour(&harness, TOWN, stale)
            .await
            .expect_err("another")
            .code(),
        Code::Aborted
    );
    let wrong = decide(&harness, &name, HonourAction::Object)
        .await
        .expect_err("no decision");
    assert_eq!(fields(&wrong), ["decision"]);
    assert_eq!(
        behind(&harness, "SELECT count(*)::text FROM honour_entries").await,
        ["0"]
    );
    decide(&harness, &name, HonourAction::Reject).await.expect("rejected");
    harness.stop().await;
}
