//! Notices: what is refused, who gets one, how far it came.

use proto::xiangtu::notifications::v1::{
    Audience, Channel, DeliveryState, GetNoticeCoverageRequest, GetNoticeRequest, ListNoticesRequest, NoticeState,
    RetryDeliveryRequest, SendNoticeRequest,
};
use tonic::Code;

use crate::world::{COUNTY, SIBLING, TOWNSHIP, VILLAGE, World, reason, refused, values};

#[tokio::test]
async fn bad_orders_change_nothing() {
    let world = World::start().await;
    world.template().await;
    world.recipient(VILLAGE, "village_secretary", "").await;
    let good = world.notice(&[Channel::Inbox]);
    let cases = [
        (
            "request_id",
            SendNoticeRequest {
                request_id: String::new(),
                ..good.clone()
            },
        ),
        (
            "request_id",
            SendNoticeRequest {
                request_id: "1".to_owned(),
                ..good.clone()
            },
        ),
        (
            "topic",
            SendNoticeRequest {
                topic: "meeting".to_owned(),
                ..good.clone()
            },
        ),
        (
            "template",
            SendNoticeRequest {
                template: "meeting".to_owned(),
                ..good.clone()
            },
        ),
        (
            "template",
            SendNoticeRequest {
                template: "divisions/410226/templates/meeting".to_owned(),
                ..good.clone()
            },
        ),
        (
            "channels",
            SendNoticeRequest {
                channels: vec![],
                ..good.clone()
            },
        ),
        (
            "channels[0]",
            SendNoticeRequest {
                channels: vec![9],
                ..good.clone()
            },
        ),
        (
            "channels[1]",
            SendNoticeRequest {
                channels: vec![2, 2],
                ..good.clone()
            },
        ),
        (
            "priority",
            SendNoticeRequest {
                priority: 0,
                ..good.clone()
            },
        ),
        (
            "audience",
            SendNoticeRequest {
                audience: None,
                ..good.clone()
            },
        ),
        (
            "expire_time",
            SendNoticeRequest {
                expire_time: Some(prost_types::Timestamp::default()),
                ..good.clone()
            },
        ),
        (
            "variables[\"day\"]",
            SendNoticeRequest {
                variables: values(&[("village", "x")]),
                ..good.clone()
            },
        ),
    ];
    for (field, request) in cases {
        let status = world.try_send(request).await.expect_err(field);
        assert_eq!(refused(&status), [field], "{status:?}");
    }
    let sms = world
        .try_send(world.notice(&[Channel::Sms]))
        .await
        .expect_err("no gateway");
    assert_eq!(
        (sms.code(), reason(&sms).as_str()),
        (Code::FailedPrecondition, "CHANNEL_NOT_OFFERED")
    );
    let nobody = world
        .try_send(world.notice(&[Channel::Webhook]))
        .await
        .expect_err("no endpoint");
    assert_eq!(
        (nobody.code(), reason(&nobody).as_str()),
        (Code::FailedPrecondition, "NO_RECIPIENTS")
    );
    let missing = SendNoticeRequest {
        template: "divisions/410225/templates/none".to_owned(),
        ..good.clone()
    };
    assert_eq!(
        world.try_send(missing).await.expect_err("no template").code(),
        Code::NotFound
    );

    let checked = SendNoticeRequest {
        validate_only: true,
        ..good.clone()
    };
    let checked = world.try_send(checked).await.expect("it would be sent");
    assert_eq!(checked.deliveries.map(|counts| counts.total_count), Some(1));
    let list = world.harness.request(COUNTY, ListNoticesRequest::default());
    assert!(
        world
            .notices()
            .list_notices(list)
            .await
            .expect("a list")
            .into_inner()
            .notices
            .is_empty()
    );

    world.try_send(good.clone()).await.expect("sent");
    let other = SendNoticeRequest {
        topic: "meeting.moved".to_owned(),
        ..good
    };
    assert_eq!(
        reason(&world.try_send(other).await.expect_err("another body")),
        "REQUEST_ID_REUSED"
    );
    world.harness.stop().await;
}

#[tokio::test]
async fn an_audience_is_found_below_and_by_role_and_frozen() {
    let world = World::start().await;
    world.template().await;
    let secretary = world.recipient(VILLAGE, "village_secretary", "").await;
    let leader = world.recipient(TOWNSHIP, "township_leader", "").await;
    let sibling = world.recipient(SIBLING, "township_leader", "").await;
    let to = |audience: Audience| SendNoticeRequest {
        audience: Some(audience),
        ..world.notice(&[Channel::Inbox])
    };
    let below = Audience {
        division: TOWNSHIP.to_owned(),
        ..Audience::default()
    };
    let cases = [
        (below.clone(), vec![&secretary, &leader]),
        (
            Audience {
                exact: true,
                ..below.clone()
            },
            vec![&leader],
        ),
        (
            Audience {
                roles: vec!["village_secretary".to_owned()],
                ..below.clone()
            },
            vec![&secretary],
        ),
        (
            Audience {
                recipients: vec![leader.name.clone()],
                ..Audience::default()
            },
            vec![&leader],
        ),
    ];
    for (audience, expected) in cases {
        let notice = world.try_send(to(audience)).await.expect("sent");
        let mut names: Vec<_> = world
            .deliveries_of(&notice.name)
            .await
            .into_iter()
            .map(|d| d.recipient)
            .collect();
        let mut expected: Vec<_> = expected.into_iter().map(|recipient| recipient.name.clone()).collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
    }
    for audience in [
        Audience {
            division: SIBLING.to_owned(),
            ..Audience::default()
        },
        Audience {
            recipients: vec![sibling.name.clone()],
            ..Audience::default()
        },
    ] {
        assert_eq!(
            world.try_send(to(audience)).await.expect_err("outside").code(),
            Code::NotFound
        );
    }
    // Who comes later is not in an audience of before.
    let notice = world.try_send(to(below)).await.expect("sent");
    world.recipient(VILLAGE, "grid_worker", "").await;
    let coverage = GetNoticeCoverageRequest {
        name: notice.name.clone(),
    };
    let coverage = world
        .notices()
        .get_notice_coverage(world.harness.request(COUNTY, coverage))
        .await;
    let places: Vec<_> = coverage
        .expect("coverage")
        .into_inner()
        .divisions
        .into_iter()
        .map(|place| (place.division, place.deliveries.unwrap_or_default().total_count))
        .collect();
    assert_eq!(
        places,
        [
            (format!("divisions/{TOWNSHIP}"), 1),
            (format!("divisions/{VILLAGE}"), 1)
        ]
    );
    let get = GetNoticeRequest { name: notice.name };
    let hidden = world
        .notices()
        .get_notice(world.harness.request(SIBLING, get))
        .await
        .expect_err("another township");
    assert_eq!(hidden.code(), Code::NotFound);
    world.harness.stop().await;
}

#[tokio::test]
async fn a_notice_is_said_in_every_language_of_its_audience() {
    let world = World::start().await;
    world.template().await;
    world.endpoint("/a", &["meeting.*"]).await;
    let mut guest = world.recipient(TOWNSHIP, "guest", "").await;
    let update = proto::xiangtu::notifications::v1::UpdateRecipientRequest {
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["language".to_owned()],
        }),
        recipient: Some({
            guest.language = "en".to_owned();
            guest
        }),
        request_id: String::new(),
    };
    world
        .recipients()
        .update_recipient(world.harness.request(COUNTY, update))
        .await
        .expect("changed");
    let notice = world.send(&[Channel::Webhook, Channel::Inbox]).await;
    let texts: Vec<_> = notice
        .texts
        .iter()
        .map(|text| (text.language.as_str(), text.title.as_str()))
        .collect();
    assert_eq!(texts, [("en", "Meeting in 东坝头村"), ("zh-Hans", "东坝头村会议")]);
    assert_eq!(notice.state(), NoticeState::Sending);
    for _ in 0..200 {
        if world.get_notice(&notice.name).await.state() == NoticeState::Finished {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let done = world.get_notice(&notice.name).await;
    assert_eq!(
        done.deliveries
            .map(|counts| (counts.open_count, counts.delivered_count)),
        Some((0, 2))
    );
    world.harness.stop().await;
}

#[tokio::test]
async fn only_what_failed_is_started_again() {
    let world = World::start().await;
    world.template().await;
    world.endpoint("/a", &[]).await;
    let notice = world.send(&[Channel::Webhook]).await;
    let delivery = world.until_state(&notice.name, DeliveryState::Delivered).await;
    let retry = RetryDeliveryRequest {
        name: delivery.name,
        request_id: String::new(),
    };
    let status = world
        .deliveries()
        .retry_delivery(world.harness.request(COUNTY, retry))
        .await
        .expect_err("delivered");
    assert_eq!(reason(&status), "DELIVERY_NOT_RETRYABLE");
    world.harness.stop().await;
}
