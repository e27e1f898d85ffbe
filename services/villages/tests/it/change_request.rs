//! Change requests from proposal to decision; helpers of the file about refusals.

use std::time::Duration;

use futures::future::join_all;
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    ApproveChangeRequest, ChangeRequest, ChangeRequestState, DiscloseCadreRequest, DiscloseChangeRequestRequest,
    DiscloseHouseholdRequest, DisclosurePurpose, GetCadreRequest, GetChangeRequestRequest, Household,
    ListChangeRequestsRequest, ProposeChangeRequest, RejectChangeRequest, SensitiveValues,
    change_request_service_client::ChangeRequestServiceClient,
};
use tonic::{Code, Request, Response, Status, transport::Channel};

use crate::{
    county::{Asks as _, LANKAO, behind, cadres, day, households, reason, request_id},
    household_life::{events, headed, on},
    points::{FIRST, with_points},
    township::{BESIDE, PILOT, TOWN},
};

pub fn changes(harness: &Harness) -> ChangeRequestServiceClient<Channel> {
    ChangeRequestServiceClient::new(harness.channel.clone())
}

/// `message` from `subject`, who may do everything inside `division`.
pub fn from<M>(harness: &Harness, subject: &str, division: &str, message: M) -> Request<M> {
    let now = harness.kit.clock.now();
    let token = harness
        .mint
        .mint(subject, &["*"], division, Duration::from_hours(1), now);
    harness.request_with(&token.expect("a token"), message)
}

/// Another phone, and the living allowance.
pub fn poorer() -> SensitiveValues {
    SensitiveValues {
        phone: Some("13900003333".to_owned()),
        low_income: Some(true),
        ..SensitiveValues::default()
    }
}

pub fn proposal(harness: &Harness, target: &str, values: SensitiveValues) -> ProposeChangeRequest {
    ProposeChangeRequest {
        target: target.to_owned(),
        values: Some(values),
        reason: "低保审批通过，同时换号".to_owned(),
        evidence: vec!["民政批复 8".to_owned()],
        request_id: request_id(harness),
        ..ProposeChangeRequest::default()
    }
}

/// What the secretary of the village proposes.
pub async fn propose(harness: &Harness, target: &str, values: SensitiveValues) -> Result<ChangeRequest, Status> {
    let request = from(harness, "secretary", TOWN, proposal(harness, target, values));
    changes(harness).propose_change(request).await.map(Response::into_inner)
}

pub fn approval(harness: &Harness, name: &str, decider: &str) -> ApproveChangeRequest {
    ApproveChangeRequest {
        name: name.to_owned(),
        decider: format!("cadres/{decider}"),
        reason: "材料齐全".to_owned(),
        request_id: request_id(harness),
        ..ApproveChangeRequest::default()
    }
}

/// What `subject` approves in the name of `decider`.
pub async fn approve(harness: &Harness, subject: &str, name: &str, decider: &str) -> Result<ChangeRequest, Status> {
    let request = from(harness, subject, LANKAO, approval(harness, name, decider));
    changes(harness).approve_change(request).await.map(Response::into_inner)
}

pub async fn get(harness: &Harness, scope: &str, name: &str) -> Result<ChangeRequest, Status> {
    let request = GetChangeRequestRequest { name: name.to_owned() };
    let request = from(harness, "reader", scope, request);
    changes(harness)
        .get_change_request(request)
        .await
        .map(Response::into_inner)
}

async fn today(harness: &Harness) -> Household {
    on(harness, LANKAO, FIRST, (4, 1)).await.expect("there")
}

#[tokio::test]
async fn nobody_approves_their_own_request_and_another_one_of_rank_makes_the_change() {
    let harness = with_points().await;
    let asked = propose(&harness, FIRST, poorer()).await.expect("proposed");
    let shown = asked.values.clone().expect("values");
    assert_eq!(
        (shown.phone.as_deref(), shown.low_income),
        (Some("139****3333"), Some(true))
    );
    assert_eq!(
        (asked.state(), asked.expire_date),
        (ChangeRequestState::Proposed, day(2024, 5, 1))
    );
    let before = today(&harness).await;
    for (subject, decider, expected) in [
        ("secretary", "town-leader", "RECUSAL"),
        ("leader", "pilot-secretary", "APPROVAL_RANK"),
        ("leader", "nobody", "APPROVAL_RANK"),
    ] {
        let refused = approve(&harness, subject, &asked.name, decider)
            .await
            .expect_err(decider);
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, expected)
        );
    }
    assert_eq!(today(&harness).await, before);

    let approved = approve(&harness, "leader", &asked.name, "town-leader")
        .await
        .expect("approved");
    let decider = approved.decider.as_ref().map(|person| person.display_name.as_str());
    assert_eq!(
        (approved.state(), decider),
        (ChangeRequestState::Approved, Some("王瑞军"))
    );
    assert_eq!(
        (approved.proposer.as_str(), approved.recorder.as_str()),
        ("secretary", "leader")
    );
    let after = today(&harness).await;
    assert_eq!((after.phone.as_str(), after.low_income), ("139****3333", true));
    assert_eq!(after.head_name, before.head_name);
    let eve = on(&harness, LANKAO, FIRST, (3, 31)).await.expect("there");
    assert_eq!((eve.phone.as_str(), eve.low_income), ("", false));
    let disclose = DiscloseHouseholdRequest {
        name: FIRST.to_owned(),
        purpose: DisclosurePurpose::Verification.into(),
        reason: "核对".to_owned(),
    };
    let full = households(&harness)
        .disclose_household(harness.ask(TOWN, disclose))
        .await;
    assert_eq!(full.expect("shown").into_inner().phone, "13900003333");
    let again = approve(&harness, "leader", &asked.name, "town-leader")
        .await
        .expect_err("decided");
    assert_eq!(reason(&again), "CHANGE_REQUEST_STATE");
    assert_eq!(get(&harness, PILOT, &asked.name).await.expect("on record"), approved);
    let told = "SELECT type FROM kit.outbox WHERE type LIKE 'change_request.%' ORDER BY id";
    assert_eq!(
        behind(&harness, told).await,
        ["change_request.proposed", "change_request.approved"]
    );
    assert_eq!(events(&harness).await, ["household.corrected"]);
    harness.stop().await;
}

#[tokio::test]
async fn of_twenty_approvals_at_once_exactly_one_counts() {
    let harness = with_points().await;
    let asked = propose(&harness, FIRST, poorer()).await.expect("proposed");
    let leaders: Vec<String> = (0..20).map(|at| format!("leader-{at}")).collect();
    let approvals = leaders
        .iter()
        .map(|leader| approve(&harness, leader, &asked.name, "town-leader"));
    let outcomes = join_all(approvals).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(reason(&refused), "CHANGE_REQUEST_STATE");
    }
    let versions = "SELECT count(*)::text FROM households WHERE household_id = 'P1' AND known_until IS NULL";
    assert_eq!(behind(&harness, versions).await, ["2"]);
    harness.stop().await;
}

#[tokio::test]
async fn what_was_proposed_about_an_older_state_is_refused() {
    let harness = with_points().await;
    let first = propose(&harness, FIRST, poorer()).await.expect("proposed");
    let name = SensitiveValues {
        head_name: Some("赵水智".to_owned()),
        ..SensitiveValues::default()
    };
    let second = propose(&harness, FIRST, name.clone()).await.expect("proposed");
    approve(&harness, "leader", &first.name, "town-leader")
        .await
        .expect("approved");
    let before = today(&harness).await;
    let stale = approve(&harness, "leader", &second.name, "town-leader")
        .await
        .expect_err("moved on");
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::FailedPrecondition, "TARGET_CHANGED")
    );
    assert_eq!(today(&harness).await, before);
    let request = RejectChangeRequest {
        name: second.name.clone(),
        decider: "cadres/town-leader".to_owned(),
        reason: "请重新申请".to_owned(),
        request_id: request_id(&harness),
        ..RejectChangeRequest::default()
    };
    let rejected = changes(&harness)
        .reject_change(from(&harness, "leader", TOWN, request))
        .await;
    assert_eq!(
        rejected.expect("rejected").into_inner().state(),
        ChangeRequestState::Rejected
    );
    // About what is there now it is taken, and a later head is left as she is.
    let third = propose(&harness, FIRST, name).await.expect("proposed");
    let later = headed(&harness, FIRST, "李梅", (5, 1));
    crate::calls::change_household_head(&harness, TOWN, later)
        .await
        .expect("changed");
    let late = approve(&harness, "leader", &third.name, "town-leader")
        .await
        .expect_err("moved on");
    assert_eq!(reason(&late), "TARGET_CHANGED");
    let newest = ListChangeRequestsRequest {
        target: FIRST.to_owned(),
        filter: r#"state = "PROPOSED""#.to_owned(),
        ..ListChangeRequestsRequest::default()
    };
    let open = changes(&harness)
        .list_change_requests(from(&harness, "reader", PILOT, newest.clone()))
        .await;
    let open: Vec<_> = open.expect("a list").into_inner().change_requests;
    assert_eq!(
        open.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        [third.name.as_str()]
    );
    let beside = changes(&harness)
        .list_change_requests(from(&harness, "reader", BESIDE, newest))
        .await;
    assert!(beside.expect("a list").into_inner().change_requests.is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn a_cadre_is_corrected_too_but_not_by_themselves() {
    let harness = with_points().await;
    let values = SensitiveValues {
        display_name: Some("王瑞君".to_owned()),
        phone: Some("13700004444".to_owned()),
        ..SensitiveValues::default()
    };
    let asked = propose(&harness, "cadres/town-leader", values).await.expect("proposed");
    let own = approve(&harness, "leader", &asked.name, "town-leader")
        .await
        .expect_err("concerned");
    assert_eq!(reason(&own), "RECUSAL");
    approve(&harness, "leader", &asked.name, "county-leader")
        .await
        .expect("approved");
    let get = GetCadreRequest {
        name: "cadres/town-leader".to_owned(),
        as_of: None,
        known_at: None,
    };
    let cadre = cadres(&harness)
        .get_cadre(harness.ask(LANKAO, get))
        .await
        .expect("there")
        .into_inner();
    assert_eq!(
        (cadre.display_name.as_str(), cadre.phone.as_str()),
        ("王瑞君", "137****4444")
    );
    assert_eq!(cadre.assignments.len(), 1);
    let disclose = DiscloseCadreRequest {
        name: "cadres/town-leader".to_owned(),
        purpose: DisclosurePurpose::Contact.into(),
        reason: "值班".to_owned(),
    };
    let full = cadres(&harness).disclose_cadre(harness.ask(LANKAO, disclose)).await;
    assert_eq!(full.expect("shown").into_inner().phone, "13700004444");
    harness.stop().await;
}

#[tokio::test]
async fn proposed_values_are_sealed_and_shown_in_full_only_by_a_disclosure() {
    let harness = with_points().await;
    let number = "11010519491231002X";
    let values = SensitiveValues {
        head_name: Some("赵水智".to_owned()),
        id_number: Some(number.to_owned()),
        ..poorer()
    };
    let asked = propose(&harness, FIRST, values.clone()).await.expect("proposed");
    for rows in [
        "SELECT r::text FROM change_requests r",
        "SELECT o::text FROM kit.outbox o",
        "SELECT a::text FROM kit.audit a",
    ] {
        let stored = behind(&harness, rows).await.concat();
        for plain in ["赵水智", "13900003333", number] {
            let open = stored.contains(plain) || stored.contains(&hex::encode(plain));
            assert!(!open, "{plain} lies open: {rows}");
        }
    }
    let disclose = DiscloseChangeRequestRequest {
        name: asked.name.clone(),
        purpose: DisclosurePurpose::Verification.into(),
        reason: "审核".to_owned(),
    };
    let reader = harness.pass(&["villages.changes.read", "villages.changes.decide"], TOWN);
    let denied = changes(&harness)
        .disclose_change_request(harness.request_with(&reader, disclose.clone()))
        .await;
    assert_eq!(denied.expect_err("no permission").code(), Code::PermissionDenied);
    let shown = changes(&harness)
        .disclose_change_request(from(&harness, "leader", TOWN, disclose))
        .await
        .expect("shown")
        .into_inner();
    assert_eq!(shown.proposed, Some(values));
    let present = SensitiveValues {
        head_name: Some("赵水志".to_owned()),
        phone: Some(String::new()),
        id_number: Some(String::new()),
        low_income: Some(false),
        display_name: None,
    };
    assert_eq!(shown.present, Some(present));
    let audit = "SELECT principal || ' ' || detail FROM kit.audit WHERE action = 'disclose'";
    assert_eq!(
        behind(&harness, audit).await,
        ["leader VERIFICATION (proposed and present values): 审核"]
    );
    harness.stop().await;
}
