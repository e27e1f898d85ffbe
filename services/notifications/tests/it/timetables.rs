//! Notices by the calendar, and quiet hours.

use std::time::Duration;

use proto::{
    google::r#type::Date,
    xiangtu::notifications::v1::{
        ApplyPlanRequest, Channel, DeliveryState, ListNoticesRequest, Notice, PlanSection, PlanTemplate, Priority,
        QuietHours, SendNoticeRequest, Timetable, VariableType,
    },
};
use time::macros::datetime;

use crate::world::{COUNTY, VILLAGE, World, content, variable};

fn section() -> PlanSection {
    PlanSection {
        quiet_hours: Some(QuietHours {
            start: "21:00".to_owned(),
            end: "08:00".to_owned(),
            channels: vec![Channel::Inbox.into()],
        }),
        templates: vec![PlanTemplate {
            id: "daily".to_owned(),
            display_name: "每日广播".to_owned(),
            variables: vec![variable("date", VariableType::Date)],
            contents: vec![content("zh-Hans", "宅基地有偿使用广播", "今天是{{date}}。")],
        }],
        timetables: vec![Timetable {
            id: "daily".to_owned(),
            topic: "homestead.broadcast".to_owned(),
            template: "daily".to_owned(),
            time_of_day: "12:00".to_owned(),
            end_date: Some(Date {
                year: 2030,
                month: 11,
                day: 5,
            }),
            channels: vec![Channel::Inbox.into()],
            ..Timetable::default()
        }],
        ..PlanSection::default()
    }
}

async fn apply(world: &World) {
    let request = ApplyPlanRequest {
        division: COUNTY.to_owned(),
        section: Some(section()),
        request_id: world.request_id(),
        ..ApplyPlanRequest::default()
    };
    world
        .plans()
        .apply_plan(world.harness.request(COUNTY, request))
        .await
        .expect("applied");
}

async fn notices(world: &World) -> Vec<Notice> {
    let request = world.harness.request(COUNTY, ListNoticesRequest::default());
    world
        .notices()
        .list_notices(request)
        .await
        .expect("a list")
        .into_inner()
        .notices
}

/// The job looks every ten seconds.
async fn until_notices(world: &World, count: usize) -> Vec<Notice> {
    for _ in 0..150 {
        let notices = notices(world).await;
        if notices.len() == count {
            return notices;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not {count} notices");
}

#[tokio::test]
async fn a_timetable_sends_once_a_day_until_it_ends() {
    let mut world = World::at(datetime!(2030-11-04 11:59 +8)).await;
    world.recipient(VILLAGE, "village_secretary", "").await;
    apply(&world).await;
    world.harness.kit.clock.set(datetime!(2030-11-04 12:01 +8));
    world.harness.crash_and_restart().await;
    let first = until_notices(&world, 1).await;
    assert_eq!(
        world.get_notice(&first[0].name).await.texts[0].body,
        "今天是2030年11月4日。"
    );
    // A second look, by a service that knows nothing of the first.
    world.harness.crash_and_restart().await;
    world.harness.kit.clock.set(datetime!(2030-11-05 13:59 +8));
    until_notices(&world, 2).await;
    world.harness.kit.clock.set(datetime!(2030-11-06 12:01 +8));
    world.harness.crash_and_restart().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(notices(&world).await.len(), 2, "it has ended");
    world.harness.stop().await;
}

#[tokio::test]
async fn people_are_left_alone_at_night_unless_it_is_urgent() {
    let world = World::at(datetime!(2030-11-04 21:30 +8)).await;
    world.template().await;
    world.recipient(VILLAGE, "village_secretary", "").await;
    apply(&world).await;
    let quiet = world.send(&[Channel::Inbox]).await;
    let urgent = SendNoticeRequest {
        priority: Priority::Urgent.into(),
        ..world.notice(&[Channel::Inbox])
    };
    let urgent = world.try_send(urgent).await.expect("sent");
    world.until_state(&urgent.name, DeliveryState::Delivered).await;
    let waiting = world.until_state(&quiet.name, DeliveryState::Ready).await;
    let morning = datetime!(2030-11-05 08:00 +8);
    assert_eq!(waiting.next_attempt_time, Some(kit::dates::timestamp(morning)));
    world.harness.kit.clock.set(morning);
    world.until_state(&quiet.name, DeliveryState::Delivered).await;
    world.harness.stop().await;
}
