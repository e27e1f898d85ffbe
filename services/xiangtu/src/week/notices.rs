//! Where the week's notices go, and whether all of them have arrived.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use prost::Message as _;
use proto::xiangtu::{
    event::v1::Event,
    homestead::v1::ArrearsStageEntered,
    notifications::v1::{
        CreateEndpointRequest, DeliveryState, Endpoint, ListDeliveriesRequest, WatchEventsRequest,
        delivery_service_client::DeliveryServiceClient, endpoint_service_client::EndpointServiceClient,
        event_service_client::EventServiceClient,
    },
};

use super::{COUNTY, Found, Told, request_id};
use crate::{
    client::Client,
    failure::{Failure, Result},
    progress::Progress,
    show::{Table, length},
};

/// Secret of the development endpoint; the receiver of `xiangtu up` knows it.
pub const SECRET: &str = "whsec_eGlhbmd0dS1kZXZlbG9wbWVudC1zZWNyZXQtMzItYnl0ZXM=";
/// How long the last event or notice may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often deliveries are looked at.
const EVERY: Duration = Duration::from_millis(250);

/// What is subscribed to: the topics of the plan's rules.
const TOPICS: [&str; 14] = [
    "bulletin.issued",
    "ladder.step_drafted",
    "arrears.stage_entered",
    "payment.posted",
    "custody.discrepancy",
    "route_plan.published",
    "collection.missed",
    "collection.missed_withdrawn",
    "vehicle.broke_down",
    "complaint.due_soon",
    "complaint.overdue",
    "works_order.overdue",
    "hotspot.raised",
    "showcase.approved",
];

/// Subscribes the webhook at `url`.
pub async fn subscribe(client: &Client, url: &str) -> Result<Found> {
    let endpoint = Endpoint {
        division: format!("divisions/{COUNTY}"),
        display_name: "县级平台（开发）".to_owned(),
        url: url.to_owned(),
        topics: TOPICS.map(str::to_owned).to_vec(),
        secret: SECRET.to_owned(),
        in_flight_limit: 64,
        ..Endpoint::default()
    };
    let request = CreateEndpointRequest {
        endpoint: Some(endpoint),
        request_id: request_id(&format!("endpoint {url}")),
        validate_only: false,
    };
    let mut endpoints = EndpointServiceClient::new(client.channel("notifications")?);
    let created = endpoints.create_endpoint(client.request(request)).await?.into_inner();
    let result = format!("{} 订阅 {} 类事件", created.url, TOPICS.len());
    Ok(Found::new(result, Vec::new()))
}

/// Waits until notifications has learned of everything that the week told, and until each of these events has reached
/// the webhook.
pub async fn arrive(client: &Client, told: &Told, progress: &Progress) -> Result<Found> {
    let events = tokio::time::timeout(PATIENCE, events(client, told, progress))
        .await
        .map_err(|_| Failure::new("events of the week are still on their way after five minutes"))??;
    let total: usize = events.values().sum();
    let arrived = tokio::time::timeout(PATIENCE, deliveries(client, total, progress));
    arrived
        .await
        .map_err(|_| Failure::new("notices are still on their way after five minutes"))??;
    let mut table = Table::new("事件与网络回调", &["事件", "条数"]);
    for (topic, number) in &events {
        table.row([topic.clone(), length(*number)]);
    }
    let result = format!("{0} 个事件，{0} 条网络回调全部送达", length(total));
    Ok(Found::new(result, vec![table]))
}

/// Reads the stream of events from its beginning until it holds all that was told. Answers events by type.
async fn events(client: &Client, told: &Told, progress: &Progress) -> Result<BTreeMap<String, usize>> {
    let request = WatchEventsRequest {
        division: COUNTY.to_owned(),
        types: TOPICS.map(str::to_owned).to_vec(),
        resume_token: String::new(),
    };
    let mut service = EventServiceClient::new(client.channel("notifications")?);
    let mut stream = service.watch_events(client.request(request)).await?.into_inner();
    let (mut seen, mut facts, mut events) = (HashSet::new(), Told::default(), BTreeMap::new());
    while facts != *told {
        let Some(event) = stream.message().await?.and_then(|message| message.event) else {
            continue;
        };
        if seen.insert(event.event_id.clone()) {
            facts.add(&event.r#type, facts_in(&event)?);
            *events.entry(event.r#type).or_default() += 1;
            progress.part(facts.total(), told.total());
        }
    }
    Ok(events)
}

/// Facts that an event states: an event of arrears speaks of several households.
fn facts_in(event: &Event) -> Result<usize> {
    match &event.payload {
        Some(payload) if event.r#type == "arrears.stage_entered" => {
            Ok(ArrearsStageEntered::decode(payload.value.as_slice())?.households.len())
        }
        _ => Ok(1),
    }
}

/// Waits until `total` notices lie at webhooks; one that failed for good ends the wait.
async fn deliveries(client: &Client, total: usize, progress: &Progress) -> Result<()> {
    loop {
        let failed = listed(client, DeliveryState::Failed).await?;
        if failed > 0 {
            return Err(Failure::new(format!("{failed} notices failed for good")));
        }
        let delivered = listed(client, DeliveryState::Delivered).await?;
        progress.part(delivered, total);
        match delivered.cmp(&total) {
            std::cmp::Ordering::Less => tokio::time::sleep(EVERY).await,
            std::cmp::Ordering::Equal => return Ok(()),
            std::cmp::Ordering::Greater => {
                return Err(Failure::new(format!("{delivered} notices for {total} events")));
            }
        }
    }
}

/// Notices of the county with a webhook delivery in a state.
async fn listed(client: &Client, state: DeliveryState) -> Result<usize> {
    let mut service = DeliveryServiceClient::new(client.channel("notifications")?);
    let (mut notices, mut page_token) = (HashSet::new(), String::new());
    loop {
        let request = ListDeliveriesRequest {
            division: COUNTY.to_owned(),
            states: vec![state.into()],
            page_size: 1_000,
            page_token,
            ..ListDeliveriesRequest::default()
        };
        let page = service.list_deliveries(client.request(request)).await?.into_inner();
        let webhooks = page.deliveries.into_iter().filter(|it| !it.endpoint.is_empty());
        notices.extend(webhooks.map(|delivery| delivery.notice));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(notices.len());
        }
    }
}

/// What the development receiver took.
pub fn received(tally: &notifications::receiver::Tally) -> Table {
    let mut table = Table::new("网络回调收到的通知", &["事件", "条数"]);
    for (kind, number) in &tally.accepted {
        table.row([kind.clone(), number.to_string()]);
    }
    table.row(["重复（已去重）".to_owned(), tally.repeats.to_string()]);
    table
}
