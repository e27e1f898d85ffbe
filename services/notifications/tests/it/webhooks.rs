//! Webhooks: signed, traced, tried again; one bad end does not hold up the others.

use std::time::{Duration, Instant};

use notifications::receiver::Behaviour;
use proto::xiangtu::notifications::v1::{
    AttemptOutcome, Channel, DeliveryState, DisableEndpointRequest, EnableEndpointRequest, Endpoint, EndpointHealth,
    EndpointState, RetryDeliveryRequest, RotateEndpointSecretRequest, SendNoticeRequest,
};

use crate::world::{COUNTY, NEXT_SECRET, World};

async fn ready() -> World {
    let world = World::start().await;
    world.template().await;
    world
}

#[tokio::test]
async fn a_notice_fans_out_to_whoever_subscribes() {
    let world = ready().await;
    for (path, topics) in [
        ("/all", &[][..]),
        ("/one", &["meeting.called"]),
        ("/noun", &["meeting.*"]),
        ("/no", &["a.b"]),
    ] {
        world.endpoint(path, topics).await;
    }
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut request = world.harness.request("410225104", world.notice(&[Channel::Webhook]));
    request
        .metadata_mut()
        .insert("traceparent", traceparent.parse().expect("a header"));
    let notice = world.notices().send_notice(request).await.expect("sent").into_inner();
    world.until_tally(|tally| tally.calls == 3).await;
    let mut calls = world.receiver.calls();
    calls.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(
        calls.iter().map(|call| call.path.as_str()).collect::<Vec<_>>(),
        ["/all", "/noun", "/one"]
    );
    for call in calls {
        assert!(call.verified);
        assert!(
            call.traceparent.starts_with(&traceparent[..35]),
            "{} continues {traceparent}",
            call.traceparent
        );
        assert_eq!(call.body["id"], call.webhook_id.as_str());
        assert_eq!(call.body["type"], "meeting.called");
        assert_eq!(call.body["specversion"], "1.0");
        assert_eq!(call.body["data"]["notice"], notice.name.as_str());
        assert_eq!(call.body["data"]["title"], "东坝头村会议");
        assert_eq!(call.body["data"]["variables"]["day"], "2024-11-04");
    }
    world.harness.stop().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_with_the_same_id_and_when_one_succeeds_all_go() {
    let world = ready().await;
    let endpoint = world.endpoint("/a", &[]).await;
    world.behave("/a", Behaviour::Answer(503));
    let first = world.send(&[Channel::Webhook]).await;
    let failing = world.until_state(&first.name, DeliveryState::Waiting).await;
    assert_eq!(failing.last_error, "REFUSED 503");
    let mut others = Vec::new();
    for _ in 0..2 {
        others.push(world.send(&[Channel::Webhook]).await);
        world
            .until_state(&others.last().expect("sent").name, DeliveryState::Waiting)
            .await;
    }
    assert_eq!(
        world.get_endpoint(&endpoint.name).await.health(),
        EndpointHealth::Failing
    );
    world.behave("/a", Behaviour::Accept);
    // Only the first is due by now; its success makes the others due.
    world.harness.kit.clock.set(due(failing.next_attempt_time));
    let delivered = world.until_state(&first.name, DeliveryState::Delivered).await;
    let outcomes: Vec<_> = delivered
        .attempts
        .iter()
        .map(|attempt| (attempt.number, attempt.outcome()))
        .collect();
    assert_eq!(outcomes, [(1, AttemptOutcome::Refused), (2, AttemptOutcome::Accepted)]);
    for other in others {
        world.until_state(&other.name, DeliveryState::Delivered).await;
    }
    let ids: Vec<_> = world.receiver.calls().into_iter().map(|call| call.webhook_id).collect();
    assert_eq!(ids.len(), 6);
    assert_eq!(ids[0], delivered.name.trim_start_matches("deliveries/"));
    assert_eq!(world.receiver.tally().repeats, 0);
    assert_eq!(world.get_endpoint(&endpoint.name).await.health(), EndpointHealth::Ok);
    world.harness.stop().await;
}

fn due(at: Option<prost_types::Timestamp>) -> time::OffsetDateTime {
    let at = at.expect("it waits");
    let seconds = time::OffsetDateTime::from_unix_timestamp(at.seconds).expect("an instant");
    seconds + time::Duration::nanoseconds(i64::from(at.nanos))
}

#[tokio::test]
async fn after_an_outage_everything_goes_soon_after_the_return() {
    let world = ready().await;
    let endpoint = world.endpoint("/a", &[]).await;
    world.behave("/a", Behaviour::Answer(500));
    for _ in 0..20 {
        world.send(&[Channel::Webhook]).await;
    }
    world.until_tally(|tally| tally.calls >= 6).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.get_endpoint(&endpoint.name).await.health(), EndpointHealth::Open);
    world.behave("/a", Behaviour::Accept);
    let back = Instant::now();
    world
        .until_tally(|tally| tally.accepted.get("meeting.called") == Some(&20))
        .await;
    assert!(back.elapsed() < Duration::from_secs(3), "{:?}", back.elapsed());
    assert_eq!(world.receiver.tally().repeats, 0);
    world.harness.stop().await;
}

#[tokio::test]
async fn gone_disables_and_enabling_sends_what_was_parked() {
    let world = ready().await;
    let endpoint = world.endpoint("/a", &[]).await;
    world.behave("/a", Behaviour::Answer(500));
    let waiting = world.send(&[Channel::Webhook]).await;
    world.until_state(&waiting.name, DeliveryState::Waiting).await;
    world.behave("/a", Behaviour::Answer(410));
    let gone = world.send(&[Channel::Webhook]).await;
    let failed = world.until_state(&gone.name, DeliveryState::Failed).await;
    assert_eq!(failed.attempts[0].outcome(), AttemptOutcome::Gone);
    world.until_state(&waiting.name, DeliveryState::Parked).await;
    let disabled = world.get_endpoint(&endpoint.name).await;
    assert_eq!(
        (disabled.state(), disabled.disabled_reason.as_str()),
        (EndpointState::Disabled, "GONE")
    );
    let nobody = world
        .try_send(world.notice(&[Channel::Webhook]))
        .await
        .expect_err("nobody listens");
    assert_eq!(crate::world::reason(&nobody), "NO_RECIPIENTS");
    let retry = RetryDeliveryRequest {
        name: failed.name.clone(),
        request_id: String::new(),
    };
    let status = world
        .deliveries()
        .retry_delivery(world.harness.request(COUNTY, retry.clone()))
        .await;
    assert_eq!(
        crate::world::reason(&status.expect_err("disabled")),
        "ENDPOINT_DISABLED"
    );

    world.behave("/a", Behaviour::Accept);
    let enable = EnableEndpointRequest {
        name: endpoint.name.clone(),
        request_id: String::new(),
    };
    let enabled = world
        .endpoints()
        .enable_endpoint(world.harness.request(COUNTY, enable))
        .await
        .expect("enabled");
    assert_eq!(enabled.into_inner().state(), EndpointState::Active);
    world.until_state(&waiting.name, DeliveryState::Delivered).await;
    world
        .deliveries()
        .retry_delivery(world.harness.request(COUNTY, retry))
        .await
        .expect("started again");
    let again = world.until_state(&gone.name, DeliveryState::Delivered).await;
    assert_eq!(again.attempts.len(), 2);

    let disable = DisableEndpointRequest {
        name: endpoint.name.clone(),
        request_id: String::new(),
    };
    world
        .endpoints()
        .disable_endpoint(world.harness.request(COUNTY, disable))
        .await
        .expect("disabled");
    assert_eq!(world.get_endpoint(&endpoint.name).await.disabled_reason, "BY_OPERATOR");
    world.harness.stop().await;
}

#[tokio::test]
async fn a_hanging_end_holds_up_nobody_else() {
    let world = ready().await;
    world.endpoint("/hang", &[]).await;
    world.endpoint("/good", &[]).await;
    world.behave("/hang", Behaviour::Hang);
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    for n in 1..=40 {
        let begun = Instant::now();
        world.send(&[Channel::Webhook]).await;
        world
            .until_tally(|tally| tally.accepted.get("meeting.called") == Some(&n))
            .await;
        slowest = slowest.max(begun.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    let hanging = world
        .receiver
        .calls()
        .iter()
        .filter(|call| call.path == "/hang")
        .count();
    // Calls that hang end after three seconds, and others take their place.
    let rounds = 1 + usize::try_from(start.elapsed().as_secs() / 3).expect("a small number");
    assert!(hanging <= (16 + 1) * rounds, "{hanging} calls hang");
    world.harness.stop().await;
}

#[tokio::test]
async fn an_end_that_asks_for_a_pause_gets_it() {
    let world = ready().await;
    world.endpoint("/a", &[]).await;
    world.behave("/a", Behaviour::Throttle(429, 3_600));
    let first = world.send(&[Channel::Webhook]).await;
    world.until_state(&first.name, DeliveryState::Waiting).await;
    world.behave("/a", Behaviour::Accept);
    let second = world.send(&[Channel::Webhook]).await;
    world.pass(3_500);
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(
        world.receiver.tally().calls,
        1,
        "the pause is for the endpoint, not for the message"
    );
    world.pass(101);
    for notice in [first, second] {
        world.until_state(&notice.name, DeliveryState::Delivered).await;
    }
    world.harness.stop().await;
}

#[tokio::test]
async fn a_blamed_message_is_given_up_and_the_others_go_on() {
    let world = ready().await;
    let endpoint = world.endpoint("/a", &[]).await;
    world.behave("/a", Behaviour::Answer(422));
    let notice = world.send(&[Channel::Webhook]).await;
    for attempts in 1..=3 {
        world.until_tally(|tally| tally.calls == attempts).await;
        if attempts < 3 {
            world.until_state(&notice.name, DeliveryState::Waiting).await;
            world.pass(40);
        }
    }
    world.until_state(&notice.name, DeliveryState::Failed).await;
    assert_eq!(world.get_endpoint(&endpoint.name).await.failure_streak_count, 0);
    world.harness.stop().await;
}

#[tokio::test]
async fn redirects_are_not_followed_and_endless_answers_not_read() {
    let world = ready().await;
    world.endpoint("/redirect", &[]).await;
    world.endpoint("/flood", &[]).await;
    world.behave("/redirect", Behaviour::Answer(307));
    world.behave("/flood", Behaviour::Flood);
    let notice = world.send(&[Channel::Webhook]).await;
    for _ in 0..200 {
        if world
            .get_notice(&notice.name)
            .await
            .deliveries
            .is_some_and(|counts| counts.delivered_count == 1)
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let deliveries = world.deliveries_of(&notice.name).await;
    let errors: Vec<_> = deliveries
        .iter()
        .map(|delivery| (delivery.state(), delivery.last_error.as_str()))
        .collect();
    assert!(errors.contains(&(DeliveryState::Waiting, "REFUSED 307")), "{errors:?}");
    assert!(errors.contains(&(DeliveryState::Delivered, "")), "{errors:?}");
    world.harness.stop().await;
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_called() {
    let world = World::strict().await;
    world.template().await;
    let url = format!("https://localhost:{}/a", world.receiver.address.port());
    world
        .create_endpoint(Endpoint {
            url,
            ..crate::world::endpoint(&[])
        })
        .await
        .expect("a name tells nothing yet");
    let notice = world.send(&[Channel::Webhook]).await;
    let waiting = world.until_state(&notice.name, DeliveryState::Waiting).await;
    assert_eq!(waiting.attempts[0].outcome(), AttemptOutcome::Blocked);
    assert!(waiting.last_error.contains("this machine"), "{}", waiting.last_error);
    assert_eq!(world.receiver.tally().calls, 0);
    world.harness.stop().await;
}

#[tokio::test]
async fn what_comes_too_late_expires() {
    let world = ready().await;
    world.endpoint("/a", &[]).await;
    world.behave("/a", Behaviour::Answer(500));
    let now = world.harness.kit.clock.now();
    let expire_time = Some(kit::dates::timestamp(now + time::Duration::minutes(2)));
    let notice = SendNoticeRequest {
        expire_time,
        ..world.notice(&[Channel::Webhook])
    };
    let notice = world.try_send(notice).await.expect("sent");
    world.until_state(&notice.name, DeliveryState::Waiting).await;
    world.pass(121);
    world.until_state(&notice.name, DeliveryState::Expired).await;
    world.harness.stop().await;
}

#[tokio::test]
async fn both_secrets_sign_while_they_rotate() {
    let world = ready().await;
    let endpoint = world.endpoint("/a", &[]).await;
    let rotate = RotateEndpointSecretRequest {
        name: endpoint.name,
        secret: NEXT_SECRET.to_owned(),
        ..RotateEndpointSecretRequest::default()
    };
    world
        .endpoints()
        .rotate_endpoint_secret(world.harness.request(COUNTY, rotate))
        .await
        .expect("rotated");
    world.send(&[Channel::Webhook]).await;
    let tally = world.until_tally(|tally| tally.calls == 1).await;
    assert_eq!(tally.unverified, 0);
    world.harness.stop().await;
}
