//! A day on the road: a published plan of the town, and the terminals of its vehicles.

use std::time::Duration;

use kit::{
    dates,
    testing::{Harness, Setup},
};
use proto::{
    google::rpc::Status as Refusal,
    xiangtu::sanitation::v1::{
        GetStopRequest, ListStopsRequest, MissedReason, PlanRoutesRequest, PublishRoutePlanRequest,
        ReportStopEventsRequest, Route, RoutePlan, Stop, StopEvent, StopEventKind, report_stop_event_result::Outcome,
        stop_event_service_client::StopEventServiceClient,
    },
};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    routing::{client, parts, planned, request},
    town::{TOWN, network, taken},
};

/// Noon of the day of [`request`].
pub const NOON: OffsetDateTime = datetime!(2024-04-01 12:00 +8);

pub struct Road {
    pub harness: Harness,
    pub plan: RoutePlan,
    /// The routes; vehicle `i` has the terminal `T{i}`.
    pub routes: Vec<Route>,
}

impl Road {
    /// The day at noon, with a plan in force that was published in the night before.
    pub async fn at_noon() -> Self {
        Self::at_noon_after(async |_| {}).await
    }

    /// The same with further registers, which `prepare` imports.
    pub async fn at_noon_after(prepare: impl AsyncFnOnce(&Harness)) -> Self {
        let before = datetime!(2024-03-31 20:00 +8);
        let harness = Harness::with(
            sanitation::service(),
            Setup {
                now: Some(before),
                ..Setup::default()
            },
        )
        .await;
        network(&harness, TOWN).await;
        prepare(&harness).await;
        let mut road = Self {
            harness,
            plan: RoutePlan::default(),
            routes: Vec::new(),
        };
        road.publish(201).await;
        let terminals = road.routes.iter().enumerate();
        let rows = terminals.map(|(index, route)| format!("T{index},terminal,,{},,,\n", id(&route.vehicle)));
        let head = "device_id,kind,facility_id,vehicle_id,model,calibrated_on,calibrated_until\n".to_owned();
        taken(&road.harness, "devices", &rows.fold(head, |text, row| text + &row)).await;
        road.harness.kit.clock.advance(NOON - before);
        road
    }

    /// Plans the day and puts the plan in force.
    pub async fn publish(&mut self, number: u8) {
        let request = PlanRoutesRequest {
            iteration_limit: 50,
            seed: number.into(),
            ..request(TOWN, number)
        };
        self.plan = planned(&self.harness, request).await;
        (self.routes, _) = parts(&self.harness, &self.plan).await;
        let publish = PublishRoutePlanRequest {
            name: self.plan.name.clone(),
            ..PublishRoutePlanRequest::default()
        };
        let publish = self.harness.request(TOWN, publish);
        client(&self.harness)
            .publish_route_plan(publish)
            .await
            .expect("in force");
    }

    /// Names of the stops of a vehicle, in order.
    pub fn stops(&self, index: usize) -> Vec<String> {
        let stops = self.routes[index].trips.iter().flat_map(|trip| &trip.stops);
        stops
            .map(|stop| format!("stops/2024-04-01/{}", id(&stop.collection_point)))
            .collect()
    }

    /// Those of them to which no other point's waste is brought.
    pub fn plain_stops(&self, index: usize) -> Vec<String> {
        let stops = self.routes[index].trips.iter().flat_map(|trip| &trip.stops);
        let plain = stops.filter(|stop| stop.relays.is_empty());
        plain
            .map(|stop| format!("stops/2024-04-01/{}", id(&stop.collection_point)))
            .collect()
    }

    /// A request with a terminal's own token.
    pub fn as_terminal<M>(&self, index: usize, message: M) -> Request<M> {
        let token = self.harness.mint.mint(
            &format!("devices/T{index}"),
            &["sanitation.stop_events.report"],
            TOWN,
            Duration::from_hours(1),
            self.harness.kit.clock.now(),
        );
        self.harness.request_with(&token.expect("a token"), message)
    }

    /// Sends events of a terminal with its own token and a right clock.
    pub async fn report(&self, index: usize, events: Vec<StopEvent>) -> Vec<Result<StopEvent, Refusal>> {
        let request = self.as_terminal(index, batch(index, self.harness.kit.clock.now(), events));
        outcomes(self.send(request).await.expect("an answer"))
    }

    pub async fn send(&self, request: Request<ReportStopEventsRequest>) -> Result<Vec<Outcome>, Status> {
        let mut client = StopEventServiceClient::new(self.harness.channel.clone());
        let results = client.report_stop_events(request).await?.into_inner().results;
        Ok(results.into_iter().filter_map(|result| result.outcome).collect())
    }

    pub async fn stop(&self, name: &str) -> Stop {
        let request = GetStopRequest { name: name.to_owned() };
        let mut client = StopEventServiceClient::new(self.harness.channel.clone());
        client
            .get_stop(self.harness.request(TOWN, request))
            .await
            .map(Response::into_inner)
            .expect("a stop")
    }

    pub async fn stops_where(&self, filter: &str) -> Vec<Stop> {
        let request = ListStopsRequest {
            filter: filter.to_owned(),
            page_size: 1_000,
            ..ListStopsRequest::default()
        };
        let mut client = StopEventServiceClient::new(self.harness.channel.clone());
        let answer = client.list_stops(self.harness.request(TOWN, request)).await;
        answer.expect("stops").into_inner().stops
    }
}

/// The id in a name.
pub fn id(name: &str) -> &str {
    name.rsplit('/').next().expect("an id")
}

pub fn outcomes(results: Vec<Outcome>) -> Vec<Result<StopEvent, Refusal>> {
    let outcome = |outcome| match outcome {
        Outcome::StopEvent(event) => Ok(event),
        Outcome::Error(refusal) => Err(refusal),
    };
    results.into_iter().map(outcome).collect()
}

pub fn batch(index: usize, sent: OffsetDateTime, events: Vec<StopEvent>) -> ReportStopEventsRequest {
    ReportStopEventsRequest {
        device: format!("devices/T{index}"),
        send_time: Some(dates::timestamp(sent)),
        events,
        request_id: String::new(),
    }
}

/// An event of that number, so many minutes before noon.
pub fn event(number: i64, minutes_ago: i64, kind: StopEventKind, stop: &str) -> StopEvent {
    let collected = kind == StopEventKind::Collected;
    let reason = match kind {
        StopEventKind::Missed => MissedReason::RoadBlocked,
        _ => MissedReason::Unspecified,
    };
    StopEvent {
        event_id: Uuid::from_u128(u128::from(number.unsigned_abs())).to_string(),
        sequence_number: number,
        kind: kind.into(),
        occur_time: Some(dates::timestamp(NOON - time::Duration::minutes(minutes_ago))),
        stop: stop.to_owned(),
        load_kg: collected.then_some(80),
        bin_count: collected.then_some(2),
        missed_reason: reason.into(),
        ..StopEvent::default()
    }
}
