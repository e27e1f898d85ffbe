//! What terminals report late, out of order and twice.

use kit::dates;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use proto::xiangtu::sanitation::v1::{
    ArrivalSource, CollectionMissed, CollectionMissedWithdrawn, ListMissedCollectionsRequest, ListStopEventsRequest,
    MissedReason, StopEventKind as Kind, StopState, VehicleBrokeDown,
    collection_point_service_client::CollectionPointServiceClient, stop_event_service_client::StopEventServiceClient,
};
use time::Duration;
use tonic::Code;

use crate::{
    road::{NOON, Road, batch, event, id, outcomes},
    town::{COUNTY, TOWN, count, events, payload},
};

#[tokio::test]
async fn any_order_with_repeats_in_any_batches_ends_the_same() {
    let road = Road::at_noon().await;
    let stops = road.plain_stops(0);
    let mut told = Vec::new();
    for (index, stop) in (0i64..).zip(&stops[..6]) {
        let number = 10 * index;
        told.push(event(number + 1, 200 - index, Kind::Arrived, stop));
        told.push(event(number + 2, 199 - index, Kind::Missed, stop));
        if index % 2 == 0 {
            told.push(event(number + 3, 90 - index, Kind::Collected, stop));
        }
    }
    let repeated: Vec<_> = told.iter().chain(&told).cloned().collect();
    let mut runner = TestRunner::new(Config::default());
    let shuffled = Just(repeated)
        .prop_shuffle()
        .new_tree(&mut runner)
        .expect("an order")
        .current();
    for part in shuffled.chunks(5) {
        for outcome in road.report(0, part.to_vec()).await {
            outcome.expect("taken");
        }
    }
    for (index, name) in stops[..6].iter().enumerate() {
        let stop = road.stop(name).await;
        let expected = if index % 2 == 0 {
            StopState::Collected
        } else {
            StopState::Missed
        };
        assert_eq!(stop.state(), expected, "{stop:?}");
        let arrived = NOON - Duration::minutes(200 - i64::try_from(index).expect("small"));
        assert_eq!(stop.arrive_time, Some(dates::timestamp(arrived)));
        assert_eq!(stop.arrival_source(), ArrivalSource::Driver);
        assert_eq!(stop.collected_kg, (index % 2 == 0).then_some(80));
    }
    assert_eq!(count(&road.harness, "SELECT count(*) FROM stop_events").await, 15);
    // However it came, what stands at last is what is missed, and each miss was told as often as it was recorded.
    let standing = "SELECT count(*) FROM missed_collections WHERE withdrawn_at IS NULL";
    assert_eq!(count(&road.harness, standing).await, 3);
    let recorded = count(&road.harness, "SELECT count(*) FROM missed_collections").await;
    let missed = events(&road.harness, "collection.missed").await.len();
    let withdrawn = events(&road.harness, "collection.missed_withdrawn").await.len();
    assert_eq!((i64::try_from(missed).expect("few"), withdrawn), (recorded, missed - 3));
    road.harness.stop().await;
}

#[tokio::test]
async fn a_miss_is_told_once_and_withdrawn_once() {
    let road = Road::at_noon().await;
    let stop = &road.plain_stops(0)[0];
    let missed = event(1, 60, Kind::Missed, stop);
    for _ in 0..2 {
        road.report(0, vec![missed.clone(), missed.clone()]).await;
    }
    let told = events(&road.harness, "collection.missed").await;
    assert_eq!(told.len(), 1);
    let first = payload::<CollectionMissed>(&told[0]).missed_collection.expect("a miss");
    assert_eq!(
        (first.reason(), id(&first.collection_point)),
        (MissedReason::RoadBlocked, id(stop))
    );

    let collected = event(2, 30, Kind::Collected, stop);
    for _ in 0..2 {
        road.report(0, vec![collected.clone(), missed.clone()]).await;
    }
    let withdrawn = events(&road.harness, "collection.missed_withdrawn").await;
    assert_eq!(withdrawn.len(), 1);
    let gone = payload::<CollectionMissedWithdrawn>(&withdrawn[0])
        .missed_collection
        .expect("a miss");
    assert!(gone.name == first.name && gone.withdraw_time.is_some());

    // The driver takes it back: another miss of the same day.
    road.report(0, vec![event(3, 20, Kind::Missed, stop)]).await;
    assert_eq!(events(&road.harness, "collection.missed").await.len(), 2);
    let request = ListMissedCollectionsRequest {
        filter: "withdrawn = false".to_owned(),
        ..ListMissedCollectionsRequest::default()
    };
    let mut client = CollectionPointServiceClient::new(road.harness.channel.clone());
    let standing = client
        .list_missed_collections(road.harness.request(TOWN, request))
        .await;
    let standing = standing.expect("misses").into_inner().missed_collections;
    assert_eq!(standing.len(), 1);
    assert_ne!(standing[0].name, first.name);
    road.harness.stop().await;
}

#[tokio::test]
async fn each_event_is_refused_for_itself_with_its_field() {
    let road = Road::at_noon().await;
    let stops = road.stops(0);
    road.report(0, vec![event(1, 60, Kind::Arrived, &stops[0])]).await;
    let with = |number, kind, change: &dyn Fn(&mut proto::xiangtu::sanitation::v1::StopEvent)| {
        let mut changed = event(number, 50, kind, &stops[1]);
        change(&mut changed);
        changed
    };
    let sent = vec![
        with(1, Kind::Arrived, &|it| it.stop.clone_from(&stops[2])),
        with(1, Kind::Arrived, &|it| {
            it.event_id = "00000000-0000-0000-0000-0000000000ff".to_owned();
        }),
        with(3, Kind::Missed, &|it| it.missed_reason = 0),
        with(4, Kind::Collected, &|it| it.load_kg = Some(-1)),
        with(5, Kind::Arrived, &|it| it.stop = "stops/2024-04-02/CP1".to_owned()),
        with(6, Kind::Unloaded, &|it| it.stop.clear()),
        with(7, Kind::Arrived, &|it| {
            it.occur_time = Some(dates::timestamp(NOON + Duration::minutes(6)));
        }),
        with(8, Kind::Arrived, &|it| {
            it.occur_time = Some(dates::timestamp(NOON - Duration::days(2)));
        }),
        with(9, Kind::Unspecified, &|_| ()),
        with(10, Kind::Collected, &|_| ()),
    ];
    let found = road.report(0, sent).await;
    let said = |refusal: &proto::google::rpc::Status| (Code::from(refusal.code), refusal.message.clone());
    let expected = [
        (Code::InvalidArgument, "events[0].event_id"),
        (Code::InvalidArgument, "events[1].sequence_number"),
        (Code::InvalidArgument, "events[2].missed_reason"),
        (Code::InvalidArgument, "events[3].load_kg"),
        (Code::NotFound, "stops/2024-04-02/CP1"),
        (Code::InvalidArgument, "events[5].facility"),
        (Code::InvalidArgument, "events[6].occur_time"),
        (Code::InvalidArgument, "events[7].occur_time"),
        (Code::InvalidArgument, "events[8].kind"),
    ];
    for (outcome, (code, words)) in found.iter().zip(expected) {
        let (found, message) = said(outcome.as_ref().expect_err(words));
        assert!(
            found == code && message.contains(words),
            "{found:?} {message}, not {code:?} {words}"
        );
    }
    found[9].as_ref().expect("the good one is taken");
    assert_eq!(count(&road.harness, "SELECT count(*) FROM stop_events").await, 2);
    assert_eq!(road.stop(&stops[1]).await.state(), StopState::Collected);
    road.harness.stop().await;
}

#[tokio::test]
async fn a_terminal_reports_for_itself_alone() {
    let road = Road::at_noon().await;
    let stop = &road.stops(0)[0];
    let told = || batch(0, NOON, vec![event(1, 60, Kind::Arrived, stop)]);
    let refused = road
        .send(road.as_terminal(1, told()))
        .await
        .expect_err("another terminal");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let token = road.harness.token(&["sanitation.stop_events.report"], TOWN);
    let refused = road.send(road.harness.request_with(&token, told())).await;
    assert_eq!(refused.expect_err("no relay").code(), Code::PermissionDenied);
    let refused = road.send(road.harness.request("410225104", told())).await;
    assert_eq!(refused.expect_err("a sibling").code(), Code::NotFound);

    let relay = ["sanitation.stop_events.report", "sanitation.stop_events.relay"];
    let token = road.harness.token(&relay, COUNTY);
    let taken = road.send(road.harness.request_with(&token, told())).await;
    outcomes(taken.expect("relayed")).remove(0).expect("taken");
    let request = ListStopEventsRequest {
        filter: "device = T0".to_owned(),
        ..ListStopEventsRequest::default()
    };
    let mut client = StopEventServiceClient::new(road.harness.channel.clone());
    let listed = client.list_stop_events(road.harness.request(TOWN, request)).await;
    let listed = listed.expect("events").into_inner().stop_events;
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].vehicle, &listed[0].stop), (&road.routes[0].vehicle, stop));
    road.harness.stop().await;
}

#[tokio::test]
async fn a_wrong_clock_is_noted_and_put_right() {
    let road = Road::at_noon().await;
    let stop = &road.stops(0)[0];
    // The clock of the terminal is two hours ahead; it collected ten minutes ago.
    let two_hours = Duration::hours(2);
    let mut told = event(1, 10, Kind::Collected, stop);
    told.occur_time = Some(dates::timestamp(NOON - Duration::minutes(10) + two_hours));
    let request = road.as_terminal(0, batch(0, NOON + two_hours, vec![told.clone()]));
    let taken = outcomes(road.send(request).await.expect("an answer"))
        .remove(0)
        .expect("taken");
    assert_eq!(taken.event_time, Some(dates::timestamp(NOON - Duration::minutes(10))));
    assert_eq!((taken.clock_ahead_s, taken.occur_time), (7_200, told.occur_time));
    assert_eq!(taken.receive_time, Some(dates::timestamp(NOON)));
    assert_eq!(road.stop(stop).await.done_time, taken.event_time);
    // The same event again, after its clock was put right: what was taken first stays.
    let again = road.report(0, vec![told]).await.remove(0).expect("a repeat");
    assert_eq!(again, taken);
    road.harness.stop().await;
}

#[tokio::test]
async fn a_plan_in_the_middle_of_the_day_keeps_what_was_promised() {
    let mut road = Road::at_noon().await;
    let owed = road.stops_where("date = 2024-04-01").await;
    let first = road.stops(0);
    assert!(owed.len() > first.len() && owed.iter().all(|stop| stop.state() == StopState::Planned));
    let begun = road.report(0, vec![event(1, 300, Kind::Collected, &first[0])]).await;
    begun[0].as_ref().expect("taken");
    let before = road.stop(&first[0]).await;

    let broke = road.report(0, vec![event(2, 240, Kind::BrokeDown, "")]).await;
    broke[0].as_ref().expect("taken");
    let told = events(&road.harness, "vehicle.broke_down").await;
    let told: VehicleBrokeDown = payload(&told[0]);
    assert_eq!(told.open_stop_count, i64::try_from(first.len()).expect("few") - 1);
    assert!(!told.plate.is_empty());

    road.publish(202).await;
    let after = road.stops_where("date = 2024-04-01").await;
    assert_eq!(after.len(), owed.len(), "nothing owed is lost");
    for (before, after) in owed.iter().zip(&after) {
        assert_eq!((&before.name, &before.due_time), (&after.name, &after.due_time));
        assert!(after.route_plan == road.plan.name || after.state() == StopState::Collected);
    }
    assert_eq!(road.stop(&first[0]).await, before, "what is collected stays as it was");
    road.harness.stop().await;
}
