//! Crashes: nothing accepted is lost, and what is sent again has the same id.

use std::{collections::BTreeSet, time::Duration};

use notifications::receiver::Behaviour;
use proto::xiangtu::notifications::v1::{Channel, DeliveryState};
use sqlx::{Connection as _, PgConnection};

use crate::world::World;

#[tokio::test]
async fn a_crash_in_the_middle_loses_nothing() {
    let mut world = World::start().await;
    world.template().await;
    for path in ["/a", "/b", "/c"] {
        world.endpoint(path, &[]).await;
    }
    // One end hangs, so that there is something under way when the service dies.
    world.behave("/c", Behaviour::Hang);
    let mut notices = Vec::new();
    for n in 0..60 {
        notices.push(world.send(&[Channel::Webhook]).await);
        if n % 20 == 19 {
            world.harness.crash_and_restart().await;
        }
    }
    world.behave("/c", Behaviour::Accept);
    world
        .until_tally(|tally| tally.accepted.get("meeting.called") == Some(&180))
        .await;
    let mut expected = BTreeSet::new();
    for notice in &notices {
        let deliveries = world.deliveries_of(&notice.name).await;
        expected.extend(
            deliveries
                .into_iter()
                .map(|delivery| delivery.name.replace("deliveries/", "")),
        );
    }
    let accepted: BTreeSet<String> = world
        .receiver
        .calls()
        .into_iter()
        .filter(|call| call.status == 204)
        .map(|call| call.webhook_id)
        .collect();
    assert_eq!(accepted, expected);
    let repeats = world.receiver.tally().repeats;
    assert!(repeats <= 3 * 16 * 3, "{repeats} repeats");
    world.harness.stop().await;
}

#[tokio::test]
async fn what_a_silent_worker_had_is_taken_over() {
    let world = World::start().await;
    world.template().await;
    world.endpoint("/a", &[]).await;
    world.behave("/a", Behaviour::Hang);
    let notice = world.send(&[Channel::Webhook]).await;
    let delivery = world.until_state(&notice.name, DeliveryState::Sending).await;
    // As if another process had leased it and died.
    let mut behind = PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a look behind");
    let other = world.harness.kit.ids.next();
    sqlx::query("UPDATE delivery SET lease_owner = $1")
        .bind(other)
        .execute(&mut behind)
        .await
        .expect("leased");
    world.behave("/a", Behaviour::Accept);
    let delivered = tokio::time::timeout(
        Duration::from_secs(10),
        world.until_state(&notice.name, DeliveryState::Delivered),
    );
    let delivered = delivered.await.expect("taken over within ten seconds");
    assert_eq!(delivered.name, delivery.name);
    assert_eq!(world.receiver.accepted(&delivery.name.replace("deliveries/", "")), 1);
    world.harness.stop().await;
}
