//! The collection routes of one day.

use prost::Message as _;
use proto::xiangtu::sanitation::v1::{
    PlanRoutesRequest, PublishRoutePlanRequest, RoutePlan, RoutePlanProgress,
    route_plan_service_client::RoutePlanServiceClient,
};

use super::{
    COUNTY, Found, april,
    operation::{self, follow},
    request_id,
};
use crate::{
    client::Client,
    failure::Result,
    progress::Progress,
    show::{Table, count, yuan},
};

/// Plans the county's routes for a day and shows each improvement.
pub async fn plan(client: &Client, request: PlanRoutesRequest, progress: &Progress) -> Result<RoutePlan> {
    let mut plans = RoutePlanServiceClient::new(client.channel("sanitation")?);
    let operation = plans.plan_routes(client.request(request)).await?.into_inner();
    follow(client, "sanitation", operation, |state| {
        if let Ok(now) = RoutePlanProgress::decode(operation::metadata(state))
            && let Some(best) = &now.best
        {
            let (km, cost) = (count(best.distance_m / 1_000), yuan(best.cost_fen));
            progress.note(format!("收运路线：{km} 千米，{cost} 元"));
            let part = |stations| usize::try_from(stations).unwrap_or_default();
            progress.part(part(now.planned_station_count), part(now.station_count));
        }
    })
    .await
}

/// Plans and publishes the routes of 9 April.
pub async fn run(client: &Client, progress: &Progress, search_seconds: i32) -> Result<Found> {
    let request = PlanRoutesRequest {
        division: COUNTY.to_owned(),
        date: Some(april(9)),
        search_seconds,
        seed: 1,
        request_id: request_id("routes 2024-04-09"),
        ..PlanRoutesRequest::default()
    };
    let planned = plan(client, request, progress).await?;
    let publish = PublishRoutePlanRequest {
        name: planned.name.clone(),
        request_id: request_id("publish routes 2024-04-09"),
        ..PublishRoutePlanRequest::default()
    };
    let mut plans = RoutePlanServiceClient::new(client.channel("sanitation")?);
    let published = plans.publish_route_plan(client.request(publish)).await?.into_inner();
    let totals = published.totals.unwrap_or_default();
    let mut table = Table::new("4 月 9 日收运路线", &["项目", "数值"]);
    table.row(["停靠点".to_owned(), count(totals.stop_count)]);
    table.row(["手推车归集的点".to_owned(), count(totals.relayed_count)]);
    table.row(["未排入的点".to_owned(), count(totals.unserved_count)]);
    table.row(["车辆".to_owned(), count(totals.vehicle_count)]);
    table.row(["车次".to_owned(), count(totals.trip_count)]);
    table.row(["载荷（千克）".to_owned(), count(totals.load_kg)]);
    table.row(["里程（千米）".to_owned(), count(totals.distance_m / 1_000)]);
    table.row(["费用（元）".to_owned(), yuan(totals.cost_fen)]);
    let result = format!(
        "{} 辆车 {} 车次，{} 千米",
        totals.vehicle_count,
        totals.trip_count,
        count(totals.distance_m / 1_000)
    );
    Ok(Found::new(result, vec![table]).told("route_plan.published", 1))
}
