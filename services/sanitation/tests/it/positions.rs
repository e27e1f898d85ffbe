//! Positions of vehicles: arrivals that they show, tracks, and how vehicles stand to their plan.

use kit::dates;
use proto::{
    google::r#type::{Date, LatLng},
    xiangtu::sanitation::v1::{
        ArrivalSource, ListTrackPositionsRequest, ListVehiclePositionsRequest, ListVehicleVisitsRequest, Position,
        ReportPositionsRequest, ReportPositionsResponse, StopEventKind, StopState, VehiclePosition, VehicleVisit,
        position_service_client::PositionServiceClient,
    },
};
use time::{Duration, OffsetDateTime};
use tonic::{Code, Response, Status, transport::Channel};

use crate::{
    road::{NOON, Road, event, id},
    town::{TOWN, count},
};

fn client(road: &Road) -> PositionServiceClient<Channel> {
    PositionServiceClient::new(road.harness.channel.clone())
}

/// One position every five seconds from an instant on, with numbers from 1.
fn drive(begin: OffsetDateTime, way: &[LatLng]) -> Vec<Position> {
    let position = |(number, location): (i64, &LatLng)| Position {
        sequence_number: number,
        occur_time: Some(dates::timestamp(begin + Duration::seconds(5 * number))),
        location: Some(*location),
        speed_kmh: Some(20),
        accuracy_m: Some(8),
    };
    (1..).zip(way).map(position).collect()
}

async fn send(road: &Road, index: usize, positions: &[Position]) -> Result<ReportPositionsResponse, Status> {
    let request = ReportPositionsRequest {
        device: format!("devices/T{index}"),
        send_time: Some(dates::timestamp(NOON)),
        positions: positions.to_vec(),
    };
    let token = road.harness.mint.mint(
        &format!("devices/T{index}"),
        &["sanitation.positions.report"],
        TOWN,
        std::time::Duration::from_hours(1),
        NOON,
    );
    let request = road.harness.request_with(&token.expect("a token"), request);
    client(road).report_positions(request).await.map(Response::into_inner)
}

/// A way over the first stops of a vehicle: eight positions at each, with jitter, and four far off between them.
fn way(road: &Road, index: usize, stops: usize) -> Vec<LatLng> {
    let places = road.routes[index].trips.iter().flat_map(|trip| &trip.stops);
    let mut way = Vec::new();
    for stop in places.take(stops) {
        let at = stop.position.expect("a position");
        let near = |metres: i32| LatLng {
            latitude: at.latitude + f64::from(metres) / 111_195.0,
            longitude: at.longitude,
        };
        way.extend([4_000, 3_900, 3_800, 3_700].map(near));
        way.extend([9, -7, 12, -14, 3, 0, 8, -5].map(near));
    }
    way.extend(
        [LatLng {
            latitude: 34.0,
            longitude: 114.0,
        }; 6],
    );
    way
}

async fn visits(road: &Road) -> Vec<VehicleVisit> {
    let request = ListVehicleVisitsRequest {
        page_size: 1_000,
        filter: "date = 2024-04-01".to_owned(),
        ..ListVehicleVisitsRequest::default()
    };
    let answer = client(road)
        .list_vehicle_visits(road.harness.request(TOWN, request))
        .await;
    answer.expect("visits").into_inner().vehicle_visits
}

async fn current(road: &Road, filter: &str) -> Vec<VehiclePosition> {
    let request = ListVehiclePositionsRequest {
        filter: filter.to_owned(),
        ..ListVehiclePositionsRequest::default()
    };
    let answer = client(road)
        .list_vehicle_positions(road.harness.request(TOWN, request))
        .await;
    answer.expect("positions").into_inner().vehicle_positions
}

#[tokio::test]
async fn positions_show_arrivals_until_the_driver_speaks() {
    let road = Road::at_noon().await;
    let begin = NOON - Duration::hours(6);
    let positions = drive(begin, &way(&road, 0, 3));
    // In uneven batches, with what was sent already sent again.
    let (mut sent, mut taken) = (0, 0);
    while sent < positions.len() {
        let to = (sent + 7).min(positions.len());
        let from = sent.saturating_sub(3);
        let answer = send(&road, 0, &positions[from..to]).await.expect("taken");
        assert_eq!(answer.acknowledged_sequence_number, i64::try_from(to).expect("few"));
        taken += answer.taken_count;
        sent = to;
    }
    assert_eq!(taken, i32::try_from(positions.len()).expect("few"));

    let stops = road.stops(0);
    for (index, name) in (0..).zip(&stops[..3]) {
        let stop = road.stop(name).await;
        let arrived = begin + Duration::seconds(5 * (12 * index + 5));
        assert_eq!(
            (stop.state(), stop.arrival_source()),
            (StopState::Arrived, ArrivalSource::Fence)
        );
        assert_eq!(stop.arrive_time, Some(dates::timestamp(arrived)), "{name}");
    }
    let seen = visits(&road).await;
    let at_points = seen.iter().filter(|visit| visit.place.starts_with("collectionPoints/"));
    let places: Vec<&str> = at_points.clone().map(|visit| id(&visit.place)).collect();
    let expected: Vec<&str> = stops[..3].iter().rev().map(|name| id(name)).collect();
    assert_eq!(places, expected, "newest first, each once");
    assert!(at_points.clone().all(|visit| visit.leave_time.is_some()));

    // The driver's word goes before it.
    road.report(0, vec![event(1, 200, StopEventKind::Arrived, &stops[0])])
        .await;
    let stop = road.stop(&stops[0]).await;
    assert_eq!(stop.arrival_source(), ArrivalSource::Driver);
    assert_eq!(stop.arrive_time, Some(dates::timestamp(NOON - Duration::minutes(200))));
    road.harness.stop().await;
}

#[tokio::test]
async fn a_vehicle_is_held_against_its_plan() {
    let road = Road::at_noon().await;
    let stops = road.stops(0);
    assert_eq!(current(&road, "").await, [], "no vehicle has sent a position");
    let way = way(&road, 0, 1);
    send(&road, 0, &drive(NOON - Duration::minutes(30), &way))
        .await
        .expect("taken");
    let found = current(&road, "").await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0].vehicle, &found[0].next_stop),
        (&road.routes[0].vehicle, &stops[0])
    );
    assert_eq!(
        (found[0].open_stop_count, found[0].passed_over_count),
        (i64::try_from(stops.len()).expect("few"), 0)
    );
    let due = road.stop(&stops[0]).await.planned_time.expect("a time").seconds;
    assert_eq!(found[0].delay_s, (NOON.unix_timestamp() - due).max(0));
    // It did the third stop and left out two.
    road.report(0, vec![event(1, 20, StopEventKind::Collected, &stops[2])])
        .await;
    let found = current(&road, "passed_over_count > 0").await;
    assert_eq!((found[0].passed_over_count, &found[0].next_stop), (2, &stops[0]));
    road.harness.stop().await;
}

#[tokio::test]
async fn tracks_are_thinned_paged_and_cleared_by_age() {
    let road = Road::at_noon().await;
    // A thousand positions, 20 metres from one to the next: one of six is 30 seconds on.
    let straight: Vec<LatLng> = (0..900)
        .map(|step| LatLng {
            latitude: 34.5 + f64::from(step) * 20.0 / 111_195.0,
            longitude: 114.8,
        })
        .collect();
    let positions = drive(NOON - Duration::hours(3), &straight);
    send(&road, 0, &positions).await.expect("taken");
    let vehicle = road.routes[0].vehicle.clone();
    let mut request = ListTrackPositionsRequest {
        parent: vehicle,
        date: Some(Date {
            year: 2024,
            month: 4,
            day: 1,
        }),
        page_size: 40,
        page_token: String::new(),
    };
    let mut kept = Vec::new();
    loop {
        let answer = client(&road)
            .list_track_positions(road.harness.request(TOWN, request.clone()))
            .await;
        let answer = answer.expect("a track").into_inner();
        kept.extend(answer.track_positions);
        request.page_token = answer.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(kept.len(), 150);
    assert!(kept.windows(2).all(|pair| pair[0].position_time.expect("a time").seconds < pair[1].position_time.expect("a time").seconds));
    let refused = client(&road)
        .list_track_positions(road.harness.request("410225104", request))
        .await;
    assert_eq!(refused.expect_err("a sibling").code(), Code::NotFound);

    // Ninety-one days later the vehicle drives again.
    road.harness.kit.clock.advance(Duration::days(91));
    let later = NOON + Duration::days(91);
    let mut next = drive(later - Duration::hours(2), &straight[..2]);
    for position in &mut next {
        position.sequence_number += 1_000;
    }
    let request = ReportPositionsRequest {
        device: "devices/T0".to_owned(),
        send_time: Some(dates::timestamp(later)),
        positions: next,
    };
    client(&road)
        .report_positions(road.harness.request(TOWN, request))
        .await
        .expect("taken");
    assert_eq!(count(&road.harness, "SELECT count(*) FROM track_positions").await, 1);
    road.harness.stop().await;
}

#[tokio::test]
async fn what_cannot_be_right_is_refused_for_itself() {
    let road = Road::at_noon().await;
    let mut positions = drive(NOON - Duration::hours(1), &way(&road, 0, 1)[..4]);
    positions[1].location = Some(LatLng {
        latitude: 91.0,
        longitude: 114.0,
    });
    positions[2].occur_time = Some(dates::timestamp(NOON + Duration::hours(1)));
    let answer = send(&road, 0, &positions).await.expect("an answer");
    assert_eq!((answer.taken_count, answer.acknowledged_sequence_number), (2, 4));
    let refused: Vec<(i64, bool)> = answer
        .refusals
        .iter()
        .map(|refusal| {
            let message = &refusal.error.as_ref().expect("why").message;
            let field = ["location", "occur_time"][usize::from(refusal.sequence_number == 3)];
            (refusal.sequence_number, message.contains(field))
        })
        .collect();
    assert_eq!(refused, [(2, true), (3, true)]);
    // Sent again, nothing happens.
    let again = send(&road, 0, &positions).await.expect("an answer");
    assert_eq!((again.taken_count, again.repeated_count), (0, 4));
    assert!(again.refusals.is_empty());
    road.harness.stop().await;
}
