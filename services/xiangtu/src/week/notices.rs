//! Where the week's notices go, and whether they have arrived.

use std::time::Duration;

use proto::xiangtu::notifications::v1::{
    CreateEndpointRequest, DeliveryState, Endpoint, ListDeliveriesRequest, ListEndpointsRequest,
    delivery_service_client::DeliveryServiceClient, endpoint_service_client::EndpointServiceClient,
};

use super::{COUNTY, Found, request_id};
use crate::{
    client::Client,
    failure::{Failure, Result},
    show::Table,
};

/// Secret of the development endpoint; the receiver of `xiangtu up` knows it.
pub const SECRET: &str = "whsec_eGlhbmd0dS1kZXZlbG9wbWVudC1zZWNyZXQtMzItYnl0ZXM=";
/// How long the last notice may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// What is subscribed to.
const TOPICS: [&str; 7] = [
    "bulletin.issued",
    "ladder.step_drafted",
    "arrears.stage_entered",
    "payment.posted",
    "custody.discrepancy",
    "route_plan.published",
    "collection.missed",
];

/// Subscribes the webhook at `url` to the topics of the plan's rules.
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
    Ok(Found::new(
        format!("{} 订阅 {} 类事件", created.url, TOPICS.len()),
        Vec::new(),
    ))
}

/// Waits until nothing is on its way to the webhook any more; `received` counts what came.
pub async fn arrive(client: &Client, received: impl Fn() -> u64) -> Result<Found> {
    let mut endpoints = EndpointServiceClient::new(client.channel("notifications")?);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let (mut quiet, mut known) = (0, 0);
    while quiet < 16 {
        if tokio::time::Instant::now() > deadline {
            return Err(Failure::new("notices are still on their way after five minutes"));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let request = ListEndpointsRequest {
            division: COUNTY.to_owned(),
            ..ListEndpointsRequest::default()
        };
        let all = endpoints
            .list_endpoints(client.request(request))
            .await?
            .into_inner()
            .endpoints;
        let waiting: i64 = all
            .iter()
            .map(|endpoint| endpoint.waiting_count.unwrap_or_default())
            .sum();
        // Events may still be on the bus: quiet means that nothing new came for eight seconds.
        let now = received();
        quiet = if waiting == 0 && now == known { quiet + 1 } else { 0 };
        known = now;
    }
    let failed = failed(client).await?;
    if failed > 0 {
        return Err(Failure::new(format!("{failed} notices failed for good")));
    }
    Ok(Found::new(format!("{known} 条全部送达"), Vec::new()))
}

async fn failed(client: &Client) -> Result<usize> {
    let request = ListDeliveriesRequest {
        division: COUNTY.to_owned(),
        states: vec![DeliveryState::Failed.into()],
        ..ListDeliveriesRequest::default()
    };
    let mut deliveries = DeliveryServiceClient::new(client.channel("notifications")?);
    Ok(deliveries
        .list_deliveries(client.request(request))
        .await?
        .into_inner()
        .deliveries
        .len())
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
