//! The collection routes of one day, and the haulage of what they bring.

use prost::Message as _;
use proto::xiangtu::sanitation::v1::{
    HaulagePlan, HaulageTotals, PlanHaulageRequest, PlanRoutesRequest, PublishRoutePlanRequest, RoutePlan,
    RoutePlanProgress, haulage_plan_service_client::HaulagePlanServiceClient,
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

/// Plans the haulage of what a route plan brings to the stations.
async fn haul(client: &Client, route_plan: &str) -> Result<HaulageTotals> {
    let request = PlanHaulageRequest {
        division: COUNTY.to_owned(),
        route_plan: route_plan.to_owned(),
        seed: 1,
        request_id: request_id("haulage 2024-04-09"),
        ..PlanHaulageRequest::default()
    };
    let mut plans = HaulagePlanServiceClient::new(client.channel("sanitation")?);
    let operation = plans.plan_haulage(client.request(request)).await?.into_inner();
    let plan: HaulagePlan = follow(client, "sanitation", operation, |_| ()).await?;
    Ok(plan.totals.unwrap_or_default())
}

/// Plans and publishes the routes of 9 April, and plans the haulage.
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
    let hauled = haul(client, &published.name).await?;
    let full = hauled.load_kg * 100 / hauled.payload_kg.max(1);
    let row = format!("{} 车次，满载率 {full}%", count(hauled.trip_count));
    table.row(["转运至处理厂".to_owned(), row]);
    table.row(["站内滞留（千克）".to_owned(), count(hauled.left_kg)]);
    let result = format!(
        "{} 辆车 {} 车次，{} 千米",
        totals.vehicle_count,
        totals.trip_count,
        count(totals.distance_m / 1_000)
    );
    Ok(Found::new(result, vec![table]).told("route_plan.published", 1))
}
