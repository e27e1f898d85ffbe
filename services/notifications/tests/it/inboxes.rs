//! Inboxes: listed, acknowledged, watched.

use std::time::Duration;

use proto::xiangtu::notifications::v1::{
    AcknowledgeInboxItemRequest, Channel, DeliveryState, InboxItem, ListInboxRequest, SendNoticeRequest,
    WatchInboxRequest, WatchInboxResponse, inbox_service_client::InboxServiceClient,
};
use tonic::{Code, Streaming, transport};

use crate::world::{COUNTY, SIBLING, TOWNSHIP, VILLAGE, World};

fn inbox(world: &World) -> InboxServiceClient<transport::Channel> {
    InboxServiceClient::new(world.harness.channel.clone())
}

async fn list(world: &World, request: ListInboxRequest) -> Vec<InboxItem> {
    let request = world.harness.request(TOWNSHIP, request);
    inbox(world)
        .list_inbox(request)
        .await
        .expect("a list")
        .into_inner()
        .items
}

async fn until_items(world: &World, count: usize) -> Vec<InboxItem> {
    for _ in 0..300 {
        let items = list(world, ListInboxRequest::default()).await;
        if items.len() == count {
            return items;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not {count} items");
}

#[tokio::test]
async fn an_item_is_read_and_acknowledged_by_its_owner_only() {
    let world = World::start().await;
    world.template().await;
    // The subject of the tokens that the harness mints.
    let own = world.recipient(VILLAGE, "village_secretary", "officer").await;
    let other = world.recipient(VILLAGE, "grid_worker", "somebody").await;
    let notice = SendNoticeRequest {
        acknowledgement_required: true,
        ..world.notice(&[Channel::Inbox])
    };
    let notice = world.try_send(notice).await.expect("sent");
    let item = until_items(&world, 1).await.remove(0);
    assert_eq!(
        (item.recipient.as_str(), item.title.as_str()),
        (own.name.as_str(), "东坝头村会议")
    );
    assert!(item.acknowledgement_required && item.acknowledge_time.is_none());

    let theirs = list(
        &world,
        ListInboxRequest {
            recipient: other.name.clone(),
            ..ListInboxRequest::default()
        },
    )
    .await;
    assert_eq!(theirs.len(), 1, "who may read recipients may read their inboxes");
    let token = world.harness.token(&["notifications.inbox.read"], TOWNSHIP);
    let peek = ListInboxRequest {
        recipient: other.name,
        ..ListInboxRequest::default()
    };
    let status = inbox(&world)
        .list_inbox(world.harness.request_with(&token, peek))
        .await
        .expect_err("not allowed");
    assert_eq!(status.code(), Code::PermissionDenied);

    let acknowledge = |name: &str| AcknowledgeInboxItemRequest {
        name: name.to_owned(),
        request_id: String::new(),
    };
    let request = world.harness.request(TOWNSHIP, acknowledge(&theirs[0].name));
    let status = inbox(&world)
        .acknowledge_inbox_item(request)
        .await
        .expect_err("not its owner");
    assert_eq!(status.code(), Code::NotFound);
    let request = world.harness.request(SIBLING, acknowledge(&item.name));
    let status = inbox(&world)
        .acknowledge_inbox_item(request)
        .await
        .expect_err("another township");
    assert_eq!(status.code(), Code::NotFound);
    let request = world.harness.request(TOWNSHIP, acknowledge(&item.name));
    let first = inbox(&world)
        .acknowledge_inbox_item(request)
        .await
        .expect("acknowledged")
        .into_inner();
    world.pass(60);
    let request = world.harness.request(TOWNSHIP, acknowledge(&item.name));
    let again = inbox(&world)
        .acknowledge_inbox_item(request)
        .await
        .expect("acknowledged")
        .into_inner();
    assert_eq!(first.acknowledge_time, again.acknowledge_time);
    let open = ListInboxRequest {
        unacknowledged_only: true,
        ..ListInboxRequest::default()
    };
    assert!(list(&world, open).await.is_empty());
    let states: Vec<_> = world
        .deliveries_of(&notice.name)
        .await
        .iter()
        .map(proto::xiangtu::notifications::v1::Delivery::state)
        .collect();
    assert!(states.contains(&DeliveryState::Acknowledged) && states.contains(&DeliveryState::Delivered));
    world.harness.stop().await;
}

async fn watch(world: &World, resume_token: &str) -> Streaming<WatchInboxResponse> {
    let request = WatchInboxRequest {
        recipient: String::new(),
        resume_token: resume_token.to_owned(),
    };
    let stream = inbox(world).watch_inbox(world.harness.request(TOWNSHIP, request)).await;
    stream.expect("a stream").into_inner()
}

async fn next(stream: &mut Streaming<WatchInboxResponse>) -> WatchInboxResponse {
    let next = tokio::time::timeout(Duration::from_secs(5), stream.message())
        .await
        .expect("in time");
    next.expect("no error").expect("not the end")
}

#[tokio::test]
async fn a_watch_goes_on_where_it_was() {
    let mut world = World::start().await;
    world.template().await;
    world.recipient(VILLAGE, "village_secretary", "officer").await;
    let mut stream = watch(&world, "").await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(world.send(&[Channel::Inbox]).await.name);
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    for _ in 0..3 {
        let message = next(&mut stream).await;
        seen.push(message.item.expect("an item").notice);
        token = message.resume_token;
    }
    drop(stream);
    world.harness.crash_and_restart().await;
    sent.push(world.send(&[Channel::Inbox]).await.name);
    let mut stream = watch(&world, &token).await;
    for _ in 0..3 {
        seen.push(next(&mut stream).await.item.expect("an item").notice);
    }
    assert_eq!(seen, sent, "each once, in order");
    let request = WatchInboxRequest {
        recipient: String::new(),
        resume_token: "x".to_owned(),
    };
    let status = inbox(&world)
        .watch_inbox(world.harness.request(COUNTY, request))
        .await
        .expect_err("a bad token");
    assert_eq!(crate::world::refused(&status), ["resume_token"]);
    world.harness.stop().await;
}
