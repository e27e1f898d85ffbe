//! Versions of plans: effective dates, repeats, refusals, and who may read them.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    ApplyPlanRequest, GetPlanRequest, ListPlansRequest, Plan, PlanSection, PlanState, RateVillagesRequest,
};
use time::macros::datetime;
use tonic::Code;

use crate::{
    calls::{apply_plan, get_plan, list_plans, rate_villages},
    county::{LANKAO, behind, day, fields, reason, request_id},
    plan_section::plan,
    township::{BESIDE, TOWN, apply, county, division, under},
};

const NAME: &str = "divisions/410225/plans/2024-2026";

fn titled(title: &str) -> PlanSection {
    PlanSection {
        display_name: title.to_owned(),
        ..plan()
    }
}

async fn apply_from(harness: &Harness, section: PlanSection, from: (i32, i32, i32)) -> Result<Plan, tonic::Status> {
    let request = ApplyPlanRequest {
        section: Some(section),
        effective_date: day(from.0, from.1, from.2),
        request_id: request_id(harness),
        ..ApplyPlanRequest::default()
    };
    apply_plan(harness, LANKAO, request).await
}

/// Applies without saying from when.
async fn apply_unset(harness: &Harness, section: PlanSection) -> Result<Plan, tonic::Status> {
    let request = ApplyPlanRequest {
        section: Some(section),
        request_id: request_id(harness),
        ..ApplyPlanRequest::default()
    };
    apply_plan(harness, LANKAO, request).await
}

async fn version(harness: &Harness, version: i32, as_of: (i32, i32, i32)) -> Result<Plan, tonic::Status> {
    let request = GetPlanRequest {
        name: NAME.to_owned(),
        version,
        as_of: day(as_of.0, as_of.1, as_of.2),
    };
    get_plan(harness, LANKAO, request).await
}

async fn states(harness: &Harness) -> Vec<(i32, PlanState)> {
    let listed = list_plans(harness, LANKAO, ListPlansRequest::default())
        .await
        .expect("a list");
    assert!(listed.plans.iter().all(|plan| plan.section.is_none()));
    listed.plans.iter().map(|plan| (plan.version, plan.state())).collect()
}

#[tokio::test]
async fn a_version_governs_from_its_day_on_and_the_old_one_stays_answerable() {
    let harness = county().await;
    let first = apply_from(&harness, plan(), (2024, 1, 1)).await.expect("applied");
    assert_eq!(
        (first.name.as_str(), first.version, first.state()),
        (NAME, 1, PlanState::InForce)
    );
    assert_eq!(
        (first.effective_date, first.applied_by.as_str()),
        (day(2024, 1, 1), "officer")
    );
    let again = apply_unset(&harness, plan()).await.expect("as in force");
    assert_eq!(again, first);
    let mut bare = plan();
    bare.division = LANKAO.to_owned();
    assert_eq!(apply_unset(&harness, bare).await.expect("the same division"), first);

    harness.kit.clock.advance(time::Duration::HOUR);
    let second = apply_from(&harness, titled("第二版"), (2024, 7, 1))
        .await
        .expect("applied");
    assert_eq!((second.version, second.state()), (2, PlanState::Pending));
    assert_ne!((&second.digest, &second.etag), (&first.digest, &first.etag));
    assert_eq!(
        states(&harness).await,
        [(2, PlanState::Pending), (1, PlanState::InForce)]
    );
    let governing = async |date| version(&harness, 0, date).await.map(|plan| plan.version);
    assert_eq!(governing((2024, 6, 30)).await.expect("in force"), 1);
    assert_eq!(governing((2024, 7, 1)).await.expect("in force"), 2);
    assert_eq!(
        governing((2023, 12, 31)).await.expect_err("not yet").code(),
        Code::NotFound
    );

    harness.kit.clock.set(datetime!(2024-06-30 16:00 UTC));
    assert_eq!(
        states(&harness).await,
        [(2, PlanState::InForce), (1, PlanState::Superseded)]
    );
    let old = version(&harness, 1, (2024, 7, 1)).await.expect("kept");
    assert_eq!(old.state(), PlanState::Superseded);
    assert_eq!(old.section.expect("whole").display_name, "乡村振兴工作方案");
    assert_eq!(
        version(&harness, 3, (2024, 7, 1)).await.expect_err("none").code(),
        Code::NotFound
    );
    assert_eq!(
        fields(&version(&harness, -1, (2024, 7, 1)).await.expect_err("no version")),
        ["version"]
    );
    harness.kit.clock.set(datetime!(2026-12-31 16:00 UTC));
    assert_eq!(
        states(&harness).await,
        [(2, PlanState::Ended), (1, PlanState::Superseded)]
    );
    harness.stop().await;
}

#[tokio::test]
async fn days_etags_and_programmes_that_do_not_fit_are_refused() {
    let harness = county().await;
    let first = apply_from(&harness, plan(), (2024, 3, 1)).await.expect("applied");
    let before = apply_from(&harness, titled("早"), (2024, 2, 29))
        .await
        .expect_err("before the version in force");
    assert_eq!(fields(&before), ["effective_date"]);
    let nowhere = apply_from(&harness, titled("无"), (2023, 2, 29))
        .await
        .expect_err("no such day");
    assert_eq!(fields(&nowhere), ["effective_date"]);
    let after = apply_from(&harness, titled("晚"), (2027, 1, 1))
        .await
        .expect_err("after the programme");
    assert_eq!(
        (after.code(), reason(&after).as_str()),
        (Code::FailedPrecondition, "PLAN_ENDED")
    );
    let other = PlanSection {
        code: "other".to_owned(),
        ..plan()
    };
    let other = apply_unset(&harness, other).await.expect_err("two at once");
    assert_eq!(
        (other.code(), reason(&other).as_str()),
        (Code::FailedPrecondition, "PLAN_OVERLAPS")
    );

    let guarded = |etag: &str, title: &str| ApplyPlanRequest {
        section: Some(titled(title)),
        etag: etag.to_owned(),
        request_id: request_id(&harness),
        ..ApplyPlanRequest::default()
    };
    let second = apply_plan(&harness, LANKAO, guarded(&first.etag, "二"))
        .await
        .expect("on top of the first");
    let stale = apply_plan(&harness, LANKAO, guarded(&first.etag, "三"))
        .await
        .expect_err("seen too early");
    assert_eq!((second.version, stale.code()), (2, Code::Aborted));

    harness.kit.clock.set(datetime!(2027-01-01 00:00 UTC));
    let ended = apply_unset(&harness, titled("末"))
        .await
        .expect_err("the programme is over");
    assert_eq!(reason(&ended), "PLAN_ENDED");
    let rate = RateVillagesRequest {
        division: division(LANKAO),
        ..RateVillagesRequest::default()
    };
    let ended = rate_villages(&harness, LANKAO, rate)
        .await
        .expect_err("the programme is over");
    assert_eq!(reason(&ended), "PLAN_ENDED");
    assert_eq!(
        behind(&harness, "SELECT version::text FROM plan_versions ORDER BY 1").await,
        ["1", "2"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_repeat_answers_the_first_result_and_a_trial_keeps_nothing() {
    let harness = county().await;
    let trial = ApplyPlanRequest {
        effective_date: plan().start_date,
        section: Some(plan()),
        request_id: request_id(&harness),
        validate_only: true,
        ..ApplyPlanRequest::default()
    };
    let made = apply_plan(&harness, LANKAO, trial.clone()).await.expect("valid");
    assert_eq!((made.version, made.section.is_some()), (1, true));
    let kept = "SELECT 'plan' FROM plan_versions UNION ALL SELECT action FROM kit.audit WHERE action = 'apply'
                UNION ALL SELECT 'answer' FROM kit.idempotency WHERE method LIKE '%ApplyPlan'";
    assert_eq!(behind(&harness, kept).await, [""; 0]);

    let request = ApplyPlanRequest {
        validate_only: false,
        ..trial
    };
    let first = apply_plan(&harness, LANKAO, request.clone()).await.expect("applied");
    apply(&harness, titled("第二版")).await.expect("applied");
    assert_eq!(
        apply_plan(&harness, LANKAO, request.clone()).await.expect("a repeat"),
        first
    );
    let reused = ApplyPlanRequest {
        section: Some(titled("别的")),
        ..request.clone()
    };
    let reused = apply_plan(&harness, LANKAO, reused).await.expect_err("another body");
    assert_eq!(
        (reused.code(), reason(&reused).as_str()),
        (Code::InvalidArgument, "REQUEST_ID_REUSED")
    );
    let anonymous = ApplyPlanRequest {
        request_id: String::new(),
        ..request
    };
    let anonymous = apply_plan(&harness, LANKAO, anonymous).await.expect_err("no id");
    assert_eq!(fields(&anonymous), ["request_id"]);
    assert_eq!(
        behind(&harness, "SELECT version::text FROM plan_versions ORDER BY 1").await,
        ["1", "2"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn whom_a_plan_binds_may_read_it_page_by_page() {
    let harness = under(plan()).await;
    for title in ["二", "三", "四"] {
        harness.kit.clock.advance(time::Duration::SECOND);
        apply(&harness, titled(title)).await.expect("applied");
    }
    let get = || GetPlanRequest {
        name: NAME.to_owned(),
        ..GetPlanRequest::default()
    };
    assert_eq!(
        get_plan(&harness, TOWN, get()).await.expect("binds the town").version,
        4
    );
    let stranger = get_plan(&harness, "410226", get()).await.expect_err("another county");
    assert_eq!(stranger.code(), Code::NotFound);
    let page = async |scope: &str, token: &str| {
        let request = ListPlansRequest {
            page_size: 3,
            page_token: token.to_owned(),
            ..ListPlansRequest::default()
        };
        let listed = list_plans(&harness, scope, request).await.expect("a page");
        let versions: Vec<i32> = listed.plans.iter().map(|plan| plan.version).collect();
        (versions, listed.next_page_token)
    };
    let (first, token) = page(BESIDE, "").await;
    assert_eq!(first, [4, 3, 2]);
    assert_eq!(page(BESIDE, &token).await, (vec![1], String::new()));
    assert_eq!(page("410226", "").await, (vec![], String::new()));
    let elsewhere = ListPlansRequest {
        division: division(TOWN),
        page_token: token,
        ..ListPlansRequest::default()
    };
    let elsewhere = list_plans(&harness, LANKAO, elsewhere)
        .await
        .expect_err("a token of another list");
    assert_eq!(reason(&elsewhere), "PAGE_TOKEN_MISMATCH");
    harness.stop().await;
}
