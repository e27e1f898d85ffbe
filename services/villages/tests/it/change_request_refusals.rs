//! What change requests refuse: wrong values, numbers of others, days that are over, and whoever did not propose.

use proto::xiangtu::villages::v1::{ChangeRequestState, ProposeChangeRequest, SensitiveValues, WithdrawChangeRequest};
use time::macros::datetime;
use tonic::{Code, Response};

use crate::{
    calls::register_household,
    change_request::{approve, changes, from, get, poorer, proposal, propose},
    county::{behind, day, fields, reason, request_id},
    household_life::{entry, registration},
    points::{FIRST, with_points},
    township::{BESIDE, PILOT, TOWN},
};

const NUMBER: &str = "11010519491231002X";

#[tokio::test]
async fn a_request_is_decided_within_thirty_days_or_not_at_all() {
    let harness = with_points().await;
    let [in_time, late] = [poorer(), poorer()].map(|values| propose(&harness, FIRST, values));
    let (in_time, late) = (in_time.await.expect("proposed"), late.await.expect("proposed"));
    harness.kit.clock.set(datetime!(2024-05-01 15:59 UTC));
    approve(&harness, "leader", &in_time.name, "town-leader")
        .await
        .expect("the last day");
    harness.kit.clock.set(datetime!(2024-05-01 16:00 UTC));
    let expired = approve(&harness, "leader", &late.name, "town-leader")
        .await
        .expect_err("over");
    assert_eq!(
        (expired.code(), reason(&expired).as_str()),
        (Code::FailedPrecondition, "CHANGE_REQUEST_STATE")
    );
    let shown = get(&harness, PILOT, &late.name).await.expect("on record");
    assert_eq!(shown.state(), ChangeRequestState::Expired);
    let kept = get(&harness, PILOT, &in_time.name).await.expect("on record");
    assert_eq!(kept.state(), ChangeRequestState::Approved);
    harness.stop().await;
}

#[tokio::test]
async fn only_who_proposed_takes_it_back() {
    let harness = with_points().await;
    let asked = propose(&harness, FIRST, poorer()).await.expect("proposed");
    let withdraw = async |subject: &str, scope: &str| {
        let request = WithdrawChangeRequest {
            name: asked.name.clone(),
            reason: "填错户".to_owned(),
            request_id: request_id(&harness),
            ..WithdrawChangeRequest::default()
        };
        let answer = changes(&harness)
            .withdraw_change(from(&harness, subject, scope, request))
            .await;
        answer.map(Response::into_inner)
    };
    assert_eq!(
        reason(&withdraw("leader", TOWN).await.expect_err("another")),
        "NOT_PROPOSER"
    );
    assert_eq!(
        withdraw("secretary", BESIDE).await.expect_err("not theirs").code(),
        Code::NotFound
    );
    let withdrawn = withdraw("secretary", PILOT).await.expect("withdrawn");
    assert_eq!(withdrawn.state(), ChangeRequestState::Withdrawn);
    let gone = approve(&harness, "leader", &asked.name, "town-leader")
        .await
        .expect_err("withdrawn");
    assert_eq!(reason(&gone), "CHANGE_REQUEST_STATE");
    harness.stop().await;
}

#[tokio::test]
async fn a_number_that_became_anothers_meanwhile_is_refused() {
    let harness = with_points().await;
    let values = SensitiveValues {
        id_number: Some(NUMBER.to_owned()),
        ..SensitiveValues::default()
    };
    let asked = propose(&harness, FIRST, values.clone()).await.expect("proposed");
    let mut given = registration("N1", PILOT);
    NUMBER.clone_into(&mut given.id_number);
    register_household(&harness, TOWN, entry(&harness, given, (4, 1)))
        .await
        .expect("registered");
    let taken = approve(&harness, "leader", &asked.name, "town-leader")
        .await
        .expect_err("in use");
    assert_eq!(reason(&taken), "ID_NUMBER_IN_USE");
    let again = propose(&harness, FIRST, values).await.expect_err("in use");
    assert_eq!(reason(&again), "ID_NUMBER_IN_USE");
    assert!(again.message().contains("households/N1") && !again.message().contains(NUMBER));
    harness.stop().await;
}

#[tokio::test]
async fn wrong_proposals_name_their_field_and_change_nothing() {
    let harness = with_points().await;
    let values = |change: fn(&mut SensitiveValues)| {
        let mut values = SensitiveValues::default();
        change(&mut values);
        values
    };
    for (field, target, values) in [
        ("values", FIRST, values(|_| {})),
        (
            "values.head_name",
            FIRST,
            values(|it| it.head_name = Some("赵?".to_owned())),
        ),
        ("values.phone", FIRST, values(|it| it.phone = Some("12".to_owned()))),
        (
            "values.id_number",
            FIRST,
            values(|it| it.id_number = Some(format!("{NUMBER}1"))),
        ),
        (
            "values.display_name",
            FIRST,
            values(|it| it.display_name = Some("李梅".to_owned())),
        ),
        ("values.low_income", "cadres/town-leader", poorer()),
        ("target", "divisions/410225101201", poorer()),
    ] {
        let refused = propose(&harness, target, values).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
        assert!(!format!("{refused:?}").contains("1949"), "{refused:?}");
    }
    let with = |change: fn(&mut ProposeChangeRequest)| {
        let mut request = proposal(&harness, FIRST, poorer());
        change(&mut request);
        request
    };
    for (field, request) in [
        ("reason", with(|it| it.reason = String::new())),
        ("evidence", with(|it| it.evidence = Vec::new())),
        ("request_id", with(|it| it.request_id = String::new())),
    ] {
        let refused = changes(&harness)
            .propose_change(from(&harness, "secretary", TOWN, request))
            .await;
        assert_eq!(fields(&refused.expect_err(field)), [field]);
    }
    for (code, scope, request) in [
        (Code::Aborted, TOWN, with(|it| it.etag = "other".to_owned())),
        (Code::NotFound, TOWN, with(|it| it.effective_date = day(2023, 12, 31))),
        (Code::NotFound, BESIDE, with(|_| {})),
    ] {
        let refused = changes(&harness)
            .propose_change(from(&harness, "secretary", scope, request))
            .await;
        assert_eq!(refused.expect_err("refused").code(), code);
    }
    assert_eq!(
        behind(&harness, "SELECT count(*)::text FROM change_requests").await,
        ["0"]
    );
    harness.stop().await;
}
