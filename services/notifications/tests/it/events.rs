//! Events of the other services become notices, once for each, and can be followed.

use std::time::Duration;

use notifications::receiver::Behaviour;
use prost::{Message as _, Name};
use proto::{
    google::r#type::Date,
    xiangtu::{
        event::v1::Event,
        homestead::v1::{ArrearsHousehold, ArrearsStageEntered, DunningStage},
        notifications::v1::{
            AcknowledgeInboxItemRequest, AudienceLevel, Channel, DeliveryState, ListNoticesRequest, Notice,
            NoticeServed, NoticeState, PlanSection, PlanTemplate, Rule, RuleAudience, SendNoticeRequest, Variable,
            VariableType, WatchEventsRequest, event_service_client::EventServiceClient,
            inbox_service_client::InboxServiceClient,
        },
    },
};

use crate::world::{COUNTY, TOWNSHIP, VILLAGE, World, content, values, variable};

fn arrears(world: &World, cadre: &str) -> Event {
    let payload = ArrearsStageEntered {
        division: format!("divisions/{VILLAGE}"),
        cadre: cadre.to_owned(),
        stage: DunningStage::Notice.into(),
        notice_date: Some(Date {
            year: 2024,
            month: 11,
            day: 4,
        }),
        households: vec![ArrearsHousehold::default(); 12],
        overdue_fen: 345_600,
        ..ArrearsStageEntered::default()
    };
    event(world, "homestead", "arrears.stage_entered", &payload)
}

fn event<M: Name>(world: &World, source: &str, kind: &str, payload: &M) -> Event {
    Event {
        event_id: world.request_id(),
        source: source.to_owned(),
        r#type: kind.to_owned(),
        division_code: VILLAGE.to_owned(),
        subject: format!("divisions/{VILLAGE}"),
        event_time: Some(kit::dates::timestamp(world.harness.kit.clock.now())),
        payload: Some(prost_types::Any {
            type_url: M::type_url(),
            value: payload.encode_to_vec(),
        }),
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
        sequence: 0,
    }
}

fn section() -> PlanSection {
    let stage = Variable {
        labels: values(&[("NOTICE", "催缴通知书")]),
        ..variable("stage", VariableType::Text)
    };
    PlanSection {
        templates: vec![PlanTemplate {
            id: "dunning".to_owned(),
            display_name: "催缴".to_owned(),
            variables: vec![
                stage,
                variable("notice_date", VariableType::Date),
                variable("households_count", VariableType::Integer),
                variable("overdue_fen", VariableType::MoneyFen),
            ],
            contents: vec![content(
                "zh-Hans",
                "{{stage}}",
                "{{notice_date}}：{{households_count}}户欠缴{{overdue_fen}}元。",
            )],
        }],
        rules: vec![Rule {
            id: "dunning".to_owned(),
            event_type: "arrears.stage_entered".to_owned(),
            template: "dunning".to_owned(),
            audience: Some(RuleAudience {
                level: AudienceLevel::Township.into(),
                roles: vec!["township_leader".to_owned()],
                person_variable: "cadre".to_owned(),
                ..RuleAudience::default()
            }),
            channels: vec![Channel::Webhook.into(), Channel::Inbox.into()],
            acknowledgement_required: true,
            ..Rule::default()
        }],
        ..PlanSection::default()
    }
}

async fn list(world: &World) -> Vec<Notice> {
    let request = world.harness.request(COUNTY, ListNoticesRequest::default());
    world
        .notices()
        .list_notices(request)
        .await
        .expect("a list")
        .into_inner()
        .notices
}

async fn until_notices(world: &World, count: usize) -> Vec<Notice> {
    for _ in 0..500 {
        let notices = list(world).await;
        if notices.len() == count {
            return notices;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} notices, not {count}", list(world).await.len());
}

#[tokio::test]
async fn an_event_becomes_one_notice_however_often_it_comes() {
    let mut world = World::start().await;
    world.endpoint("/a", &["arrears.*"]).await;
    let cadre = world.recipient(VILLAGE, "stationed_cadre", "").await;
    let leader = world.recipient(TOWNSHIP, "township_leader", "").await;
    world.recipient(VILLAGE, "township_leader", "").await;
    world.apply(section()).await.expect("applied");
    let event = arrears(&world, &cadre.person);
    world.harness.publish(1, &event).await;
    // A relay that publishes again gives the same event.
    world.harness.publish(2, &event).await;
    let notice = world.get_notice(&until_notices(&world, 1).await[0].name).await;
    assert_eq!(notice.texts[0].title, "催缴通知书");
    assert_eq!(notice.texts[0].body, "2024年11月4日：12户欠缴3,456.00元。");
    assert_eq!(
        (notice.event_id.as_str(), notice.division.as_str()),
        (event.event_id.as_str(), "divisions/410225104201")
    );
    let mut recipients: Vec<_> = world
        .deliveries_of(&notice.name)
        .await
        .into_iter()
        .map(|delivery| delivery.recipient)
        .collect();
    let mut expected = vec![String::new(), cadre.name, leader.name];
    recipients.sort();
    expected.sort();
    assert_eq!(recipients, expected);

    // Redis loses everything, the service dies, and the relay publishes from the start.
    world.harness.lose_events("homestead").await;
    world.harness.crash_and_restart().await;
    world.harness.publish(1, &event).await;
    let other = arrears(&world, "cadres/unknown");
    world.harness.publish(3, &other).await;
    until_notices(&world, 2).await;
    let tally = world.until_tally(|tally| tally.calls == 2).await;
    assert_eq!(
        (tally.repeats, tally.accepted.get("arrears.stage_entered")),
        (0, Some(&2))
    );
    let trace = &event.traceparent[..35];
    assert!(
        world
            .receiver
            .calls()
            .iter()
            .all(|call| call.traceparent.starts_with(trace))
    );
    world.harness.stop().await;
}

#[tokio::test]
async fn what_a_rule_wants_and_cannot_have_is_kept_with_the_reason() {
    let world = World::start().await;
    let mut section = section();
    section.templates[0]
        .variables
        .push(variable("receipt_number", VariableType::Integer));
    world.apply(section).await.expect("applied");
    world.harness.publish(1, &arrears(&world, "")).await;
    let rejected = until_notices(&world, 1).await.remove(0);
    assert_eq!(rejected.state(), NoticeState::Rejected);
    assert!(rejected.problem.contains("receipt_number"), "{}", rejected.problem);
    let mut section = self::section();
    section.rules[0].channels = vec![Channel::Inbox.into()];
    world.apply(section).await.expect("applied");
    world.harness.publish(2, &arrears(&world, "")).await;
    let rejected = until_notices(&world, 2).await.remove(0);
    assert!(rejected.problem.starts_with("no recipient"), "{}", rejected.problem);
    world.harness.stop().await;
}

#[tokio::test]
async fn events_are_followed_from_a_cursor() {
    let world = World::start().await;
    let follow = |division: &str, types: &[&str], resume_token: &str| WatchEventsRequest {
        division: division.to_owned(),
        types: types.iter().map(|kind| (*kind).to_owned()).collect(),
        resume_token: resume_token.to_owned(),
    };
    let watch = async |request: WatchEventsRequest| {
        let mut events = EventServiceClient::new(world.harness.channel.clone());
        let request = world.harness.request(COUNTY, request);
        events.watch_events(request).await.map(tonic::Response::into_inner)
    };
    let mut published = Vec::new();
    for sequence in 1..=3 {
        let event = Event {
            sequence,
            ..arrears(&world, "")
        };
        world.harness.publish(sequence, &event).await;
        published.push(event);
    }
    let mut stream = watch(follow("", &[], "")).await.expect("a stream");
    let mut token = String::new();
    for event in &published[..2] {
        let message = stream.message().await.expect("no error").expect("an event");
        assert_eq!(message.event.as_ref(), Some(event));
        token = message.resume_token;
    }
    let mut resumed = watch(follow(VILLAGE, &["arrears.stage_entered"], &token))
        .await
        .expect("a stream");
    let message = resumed.message().await.expect("no error").expect("an event");
    assert_eq!(message.event.as_ref(), published.last());
    let outside = watch(follow("410226", &[], "")).await.expect_err("another county");
    assert_eq!(outside.code(), tonic::Code::NotFound);
    for (field, request) in [
        ("types[0]", follow("", &["x"], "")),
        ("resume_token", follow("", &[], "x")),
    ] {
        assert_eq!(crate::world::refused(&watch(request).await.expect_err(field)), [field]);
    }
    world.harness.stop().await;
}

#[tokio::test]
async fn serving_a_notice_is_a_fact_for_the_others() {
    let world = World::start().await;
    world.template().await;
    let recipient = world.recipient(VILLAGE, "village_secretary", "officer").await;
    let notice = SendNoticeRequest {
        acknowledgement_required: true,
        subject: "bulletins/7".to_owned(),
        ..world.notice(&[Channel::Inbox])
    };
    let notice = world.try_send(notice).await.expect("sent");
    let delivery = world.until_state(&notice.name, DeliveryState::Delivered).await;
    let name = delivery.name.replace("deliveries/", "inboxItems/");
    let mut inbox = InboxServiceClient::new(world.harness.channel.clone());
    let acknowledge = AcknowledgeInboxItemRequest {
        name,
        request_id: world.request_id(),
    };
    for _ in 0..2 {
        let request = world.harness.request(TOWNSHIP, acknowledge.clone());
        inbox.acknowledge_inbox_item(request).await.expect("acknowledged");
    }
    let mut events = EventServiceClient::new(world.harness.channel.clone());
    let request = world.harness.request(COUNTY, WatchEventsRequest::default());
    let mut stream = events.watch_events(request).await.expect("a stream").into_inner();
    let event = stream
        .message()
        .await
        .expect("no error")
        .expect("an event")
        .event
        .expect("an event");
    assert_eq!(
        (event.r#type.as_str(), event.subject.as_str()),
        ("notice.served", notice.name.as_str())
    );
    let served = NoticeServed::decode(event.payload.expect("a payload").value.as_slice()).expect("the payload");
    assert_eq!(
        (served.person, served.subject.as_str()),
        (recipient.person, "bulletins/7")
    );
    assert_eq!(served.text_digest, notice.texts[0].digest);
    let more = tokio::time::timeout(Duration::from_secs(1), stream.message()).await;
    assert!(more.is_err(), "it was served once");
    world.harness.stop().await;
}

#[tokio::test]
async fn what_this_service_states_can_be_followed_too() {
    let world = World::start().await;
    world.template().await;
    world.endpoint("/a", &[]).await;
    world.behave("/a", Behaviour::Answer(410));
    world.send(&[Channel::Webhook]).await;
    let mut events = EventServiceClient::new(world.harness.channel.clone());
    let request = world.harness.request(COUNTY, WatchEventsRequest::default());
    let mut stream = events.watch_events(request).await.expect("a stream").into_inner();
    let mut types = Vec::new();
    for _ in 0..2 {
        types.push(
            stream
                .message()
                .await
                .expect("no error")
                .expect("an event")
                .event
                .expect("an event")
                .r#type,
        );
    }
    assert_eq!(types, ["delivery.failed", "endpoint.disabled"]);
    world.harness.stop().await;
}
