//! Complaints: their steps, their clock, and the stop that they are about.

use std::collections::BTreeMap;

use kit::{
    dates,
    testing::{Harness, Setup},
};
use proto::xiangtu::sanitation::v1::{
    AcceptComplaintRequest, AnswerComplaintRequest, ApplyPlanRequest, AssignComplaintRequest, CloseComplaintRequest,
    Complaint, ComplaintCategory, ComplaintChannel, ComplaintNorm, ComplaintOverdue, ComplaintState,
    DiscloseComplaintRequest, FileComplaintRequest, ListComplaintStepsRequest, ListDueComplaintsRequest, PlanSection,
    ReopenComplaintRequest, StopEventKind, StopState, complaint_service_client::ComplaintServiceClient,
    plan_service_client::PlanServiceClient,
};
use time::Duration;
use tonic::{Code, Response, Status, transport::Channel};

use crate::{
    road::{NOON, Road, event, id},
    town::{COUNTY, TOWN, count, events, network, payload, reason, request_id},
};

fn client(harness: &Harness) -> ComplaintServiceClient<Channel> {
    ComplaintServiceClient::new(harness.channel.clone())
}

/// The town, with the clocks of complaints looked at each second.
async fn town() -> Harness {
    let every = ("XIANGTU_DEADLINES_EVERY_S".to_owned(), "1".to_owned());
    let harness = Harness::with(
        sanitation::service(),
        Setup {
            variables: BTreeMap::from([every]),
            now: Some(NOON),
        },
    )
    .await;
    network(&harness, TOWN).await;
    harness
}

fn overflow() -> Complaint {
    Complaint {
        division: "divisions/410225108200".to_owned(),
        channel: ComplaintChannel::Hotline.into(),
        category: ComplaintCategory::Overflow.into(),
        text: "村口垃圾桶三天没清".to_owned(),
        contact_name: "王礼孝".to_owned(),
        contact_phone: "13800001111".to_owned(),
        ..Complaint::default()
    }
}

async fn file(harness: &Harness, number: u8, complaint: Complaint) -> Result<Complaint, Status> {
    let request = FileComplaintRequest {
        complaint: Some(complaint),
        request_id: request_id(number),
    };
    let request = harness.request(TOWN, request);
    client(harness).file_complaint(request).await.map(Response::into_inner)
}

async fn accept(harness: &Harness, number: u8, name: &str) -> Result<Complaint, Status> {
    let request = AcceptComplaintRequest {
        name: name.to_owned(),
        request_id: request_id(number),
    };
    let request = harness.request(TOWN, request);
    client(harness)
        .accept_complaint(request)
        .await
        .map(Response::into_inner)
}

async fn assign(harness: &Harness, number: u8, name: &str, assignee: &str) -> Result<Complaint, Status> {
    let request = AssignComplaintRequest {
        name: name.to_owned(),
        assignee: assignee.to_owned(),
        request_id: request_id(number),
    };
    let request = harness.request(TOWN, request);
    client(harness)
        .assign_complaint(request)
        .await
        .map(Response::into_inner)
}

async fn answer(harness: &Harness, number: u8, name: &str) -> Result<Complaint, Status> {
    let request = AnswerComplaintRequest {
        name: name.to_owned(),
        answer: "已清运".to_owned(),
        request_id: request_id(number),
    };
    let request = harness.request(TOWN, request);
    client(harness)
        .answer_complaint(request)
        .await
        .map(Response::into_inner)
}

async fn reopen(harness: &Harness, number: u8, name: &str) -> Result<Complaint, Status> {
    let request = ReopenComplaintRequest {
        name: name.to_owned(),
        reason: "又满了".to_owned(),
        request_id: request_id(number),
    };
    let request = harness.request(TOWN, request);
    client(harness)
        .reopen_complaint(request)
        .await
        .map(Response::into_inner)
}

/// Waits until so many events of a type have been told.
async fn told(harness: &Harness, event_type: &str, number: usize) {
    for _ in 0..200 {
        if events(harness, event_type).await.len() >= number {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{event_type} was not told {number} times");
}

#[tokio::test]
async fn a_complaint_goes_its_way_and_every_step_is_kept() {
    let harness = town().await;
    let filed = file(&harness, 1, overflow()).await.expect("filed");
    assert_eq!(filed.state(), ComplaintState::Filed);
    assert_eq!(
        (filed.contact_name.as_str(), filed.contact_phone.as_str()),
        ("王**", "138****1111")
    );
    assert_eq!(filed.due_time, Some(dates::timestamp(NOON + Duration::days(1))));
    assert_eq!(file(&harness, 1, overflow()).await.expect("a repeat"), filed);
    let name = filed.name.as_str();

    let refused = answer(&harness, 2, name).await.expect_err("not accepted");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "COMPLAINT_STATE")
    );
    let accepted = accept(&harness, 3, name).await.expect("accepted");
    assert_eq!(accepted.due_time, Some(dates::timestamp(NOON + Duration::days(3))));
    let refused = assign(&harness, 4, name, "someone").await.expect_err("nobody");
    assert_eq!(refused.code(), Code::InvalidArgument);
    let assigned = assign(&harness, 5, name, "contractors/C1").await.expect("assigned");
    assert_eq!(
        (assigned.due_time, assigned.assignee.as_str()),
        (accepted.due_time, "contractors/C1")
    );
    harness.kit.clock.advance(Duration::hours(5));
    let answered = answer(&harness, 6, name).await.expect("answered");
    assert_eq!((answered.state(), answered.due_time), (ComplaintState::Answered, None));
    let close = CloseComplaintRequest {
        name: name.to_owned(),
        request_id: request_id(7),
    };
    client(&harness)
        .close_complaint(harness.request(TOWN, close))
        .await
        .expect("closed");
    harness.kit.clock.advance(Duration::hours(5));
    let reopened = reopen(&harness, 8, name).await.expect("reopened");
    assert_eq!((reopened.state(), reopened.reopen_count), (ComplaintState::Accepted, 1));
    let anew = NOON + Duration::hours(10) + Duration::days(3);
    assert_eq!(reopened.due_time, Some(dates::timestamp(anew)), "the clock begins anew");

    let request = ListComplaintStepsRequest {
        parent: name.to_owned(),
        ..ListComplaintStepsRequest::default()
    };
    let steps = client(&harness)
        .list_complaint_steps(harness.request(TOWN, request))
        .await;
    let steps = steps.expect("steps").into_inner().steps;
    let actions: Vec<&str> = steps.iter().map(|step| step.action.as_str()).collect();
    assert_eq!(actions, ["file", "accept", "assign", "answer", "close", "reopen"]);
    assert_eq!(events(&harness, "complaint.filed").await.len(), 1);

    // Who complained is not in the tables in plain text, and is shown with a reason that is kept.
    let plain = "SELECT count(*) FROM complaints WHERE to_jsonb(complaints)::text LIKE '%13800001111%'";
    assert_eq!(count(&harness, plain).await, 0);
    let disclose = DiscloseComplaintRequest {
        name: name.to_owned(),
        reason: "回访".to_owned(),
    };
    let shown = client(&harness)
        .disclose_complaint(harness.request(TOWN, disclose))
        .await;
    assert_eq!(shown.expect("shown").into_inner().contact_phone, "13800001111");
    let kept = "SELECT count(*) FROM kit.audit WHERE action = 'disclose' AND detail = '回访'";
    assert_eq!(count(&harness, kept).await, 1);
    harness.stop().await;
}

#[tokio::test]
async fn what_is_due_is_told_once_for_each_step() {
    let harness = town().await;
    let first = file(&harness, 1, overflow()).await.expect("filed");
    harness.kit.clock.advance(Duration::hours(1));
    let second = file(&harness, 2, overflow()).await.expect("filed");
    // Four hours before the first is due.
    harness.kit.clock.advance(Duration::hours(19));
    told(&harness, "complaint.due_soon", 1).await;
    harness.kit.clock.advance(Duration::minutes(270));
    told(&harness, "complaint.overdue", 1).await;
    told(&harness, "complaint.due_soon", 2).await;
    let overdue: ComplaintOverdue = payload(&events(&harness, "complaint.overdue").await[0]);
    let overdue = overdue.complaint.expect("a complaint");
    assert_eq!(
        (overdue.complaint.as_str(), overdue.state()),
        (first.name.as_str(), ComplaintState::Filed)
    );

    let request = ListDueComplaintsRequest::default();
    let due = client(&harness)
        .list_due_complaints(harness.request(TOWN, request))
        .await;
    let due = due.expect("a list").into_inner().complaints;
    let names: Vec<&str> = due.iter().map(|complaint| complaint.name.as_str()).collect();
    assert_eq!(
        names,
        [first.name.as_str(), second.name.as_str()],
        "what is due next first"
    );
    assert!(due[0].overdue_time.is_some() && due[1].overdue_time.is_none());

    // Accepted late: another step, with a clock of its own. The second is answered in time and is never told.
    accept(&harness, 3, &first.name).await.expect("accepted");
    accept(&harness, 4, &second.name).await.expect("accepted");
    answer(&harness, 5, &second.name).await.expect("answered");
    harness.kit.clock.advance(Duration::days(3));
    told(&harness, "complaint.overdue", 2).await;
    // By the time that a third one is told, nothing was told again of the first.
    let third = file(&harness, 6, overflow()).await.expect("filed");
    harness.kit.clock.advance(Duration::hours(25));
    told(&harness, "complaint.overdue", 3).await;
    let overdue = events(&harness, "complaint.overdue").await;
    let about: Vec<&str> = overdue.iter().map(|event| event.subject.as_str()).collect();
    assert_eq!(about, [first.name.as_str(), first.name.as_str(), third.name.as_str()]);
    assert_eq!(events(&harness, "complaint.due_soon").await.len(), 2);
    harness.stop().await;
}

#[tokio::test]
async fn a_complaint_of_a_missed_collection_meets_the_stop() {
    let road = Road::at_noon().await;
    let stops = road.stops(0);
    road.report(0, vec![event(1, 60, StopEventKind::Collected, &stops[0])])
        .await;
    let about = async |number: u8, stop: &str| {
        let stop = road.stop(stop).await;
        let complaint = Complaint {
            division: stop.division.clone(),
            collection_point: stop.collection_point.clone(),
            date: stop.date,
            category: ComplaintCategory::MissedCollection.into(),
            ..overflow()
        };
        file(&road.harness, number, complaint).await.expect("filed")
    };
    let contradicted = about(1, &stops[0]).await;
    assert_eq!(
        (contradicted.stop.as_str(), contradicted.stop_state()),
        (stops[0].as_str(), StopState::Collected)
    );
    assert_eq!(about(2, &stops[1]).await.stop_state(), StopState::Planned);

    // Bad ones change nothing.
    let point = format!("collectionPoints/{}", id(&stops[0]));
    let missed = Complaint {
        category: ComplaintCategory::MissedCollection.into(),
        ..overflow()
    };
    let other = Complaint {
        division: "divisions/410225108999".to_owned(),
        ..overflow()
    };
    let elsewhere = Complaint {
        division: if contradicted.division.ends_with("200") {
            "divisions/410225108201"
        } else {
            "divisions/410225108200"
        }
        .to_owned(),
        collection_point: point,
        ..overflow()
    };
    let silent = Complaint {
        text: String::new(),
        ..overflow()
    };
    let cases = [
        (missed, Code::InvalidArgument, "collection_point"),
        (other, Code::NotFound, "410225108999"),
        (elsewhere, Code::InvalidArgument, "collection_point"),
        (silent, Code::InvalidArgument, "complaint.text"),
    ];
    for (number, (complaint, code, words)) in (10..).zip(cases) {
        let refused = file(&road.harness, number, complaint).await.expect_err(words);
        assert!(
            refused.code() == code && refused.message().contains(words),
            "{refused:?}"
        );
    }
    assert_eq!(count(&road.harness, "SELECT count(*) FROM complaints").await, 2);
    let sibling = FileComplaintRequest {
        complaint: Some(overflow()),
        request_id: request_id(20),
    };
    let refused = client(&road.harness)
        .file_complaint(road.harness.request("410225104", sibling))
        .await;
    assert_eq!(refused.expect_err("a sibling").code(), Code::NotFound);
    road.harness.stop().await;
}

#[tokio::test]
async fn the_clock_goes_by_the_plan_section() {
    let harness = town().await;
    let request = ApplyPlanRequest {
        division: COUNTY.to_owned(),
        section: Some(PlanSection {
            complaints: Some(ComplaintNorm {
                accept_s: 7_200,
                answer_s: 86_400,
                remind_before_s: 600,
                working_time: None,
            }),
            ..PlanSection::default()
        }),
        ..ApplyPlanRequest::default()
    };
    let mut plans = PlanServiceClient::new(harness.channel.clone());
    plans
        .apply_plan(harness.request(COUNTY, request))
        .await
        .expect("a plan");
    let filed = file(&harness, 1, overflow()).await.expect("filed");
    assert_eq!(filed.due_time, Some(dates::timestamp(NOON + Duration::hours(2))));
    harness.stop().await;
}
