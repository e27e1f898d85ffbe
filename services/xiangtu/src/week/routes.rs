//! The collection routes of a day and of the week after, and the haulage of what the day brings.

use prost::Message as _;
use proto::google::longrunning::Operation;
use proto::xiangtu::sanitation::v1::{
    HaulagePlan, HaulageTotals, PlanHaulageRequest, PlanRoutesRequest, PlanWeekRequest, PublishRoutePlanRequest,
    PublishWeekPlanRequest, RoutePlan, RoutePlanProgress, RouteTotals, WeekPlan,
    haulage_plan_service_client::HaulagePlanServiceClient, route_plan_service_client::RoutePlanServiceClient,
    week_plan_service_client::WeekPlanServiceClient,
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
    follow(client, "sanitation", operation, |state| improved(state, progress)).await
}

/// Shows an improvement.
fn improved(state: &Operation, progress: &Progress) {
    if let Ok(now) = RoutePlanProgress::decode(operation::metadata(state))
        && let Some(best) = &now.best
    {
        let (km, cost) = (count(best.distance_m / 1_000), yuan(best.cost_fen));
        progress.note(format!("收运路线：{km} 千米，{cost} 元"));
        let part = |stations| usize::try_from(stations).unwrap_or_default();
        progress.part(part(now.planned_station_count), part(now.station_count));
    }
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
    let (totals, savings) = (
        published.totals.unwrap_or_default(),
        published.savings.unwrap_or_default(),
    );
    let table = sums(
        "4 月 9 日收运路线",
        &totals,
        &savings.nearest_neighbour.unwrap_or_default(),
    );
    let hauled = haul(client, &published.name).await?;
    let full = hauled.load_kg * 100 / hauled.payload_kg.max(1);
    let mut haulage = Table::new("4 月 9 日转运", &["项目", "数值"]);
    haulage.row(["车次".to_owned(), count(hauled.trip_count)]);
    haulage.row(["满载率".to_owned(), format!("{full}%")]);
    haulage.row(["站内滞留（千克）".to_owned(), count(hauled.left_kg)]);
    let result = format!(
        "{}；比最近邻法少 {}",
        driven(&totals),
        saved(savings.distance_m, savings.duration_s)
    );
    Ok(Found::new(result, vec![table, haulage]).told("route_plan.published", 1))
}

/// Plans and publishes the week from 15 April on, in which nothing waits longer than two days.
pub async fn week(client: &Client, progress: &Progress, search_seconds: i32) -> Result<Found> {
    let request = PlanWeekRequest {
        division: COUNTY.to_owned(),
        start_date: Some(april(15)),
        interval_days: 2,
        search_seconds,
        seed: 1,
        request_id: request_id("routes 2024-W16"),
        ..PlanWeekRequest::default()
    };
    let mut plans = WeekPlanServiceClient::new(client.channel("sanitation")?);
    let operation = plans.plan_week(client.request(request)).await?.into_inner();
    let planned: WeekPlan = follow(client, "sanitation", operation, |state| improved(state, progress)).await?;
    let publish = PublishWeekPlanRequest {
        name: planned.name.clone(),
        request_id: request_id("publish routes 2024-W16"),
        ..PublishWeekPlanRequest::default()
    };
    let published = plans.publish_week_plan(client.request(publish)).await?.into_inner();
    let (totals, savings) = (
        published.totals.unwrap_or_default(),
        published.savings.unwrap_or_default(),
    );
    let mut days = Table::new(
        "第 16 周收运路线（每点至多隔日收运）",
        &["日期", "车辆", "车次", "停靠点", "载荷（千克）", "里程（千米）", "工时"],
    );
    for day in &published.days {
        let (date, sums) = (day.date.unwrap_or_default(), day.totals.unwrap_or_default());
        days.row([
            format!("{} 月 {} 日", date.month, date.day),
            count(sums.vehicle_count),
            count(sums.trip_count),
            count(sums.stop_count),
            count(sums.load_kg),
            count(sums.distance_m / 1_000),
            count(sums.duration_s / 3_600),
        ]);
    }
    let table = sums("第 16 周合计", &totals, &savings.nearest_neighbour.unwrap_or_default());
    let result = format!(
        "七天 {}；比最近邻法少 {}",
        driven(&totals),
        saved(savings.distance_m, savings.duration_s)
    );
    Ok(Found::new(result, vec![days, table]).told("route_plan.published", published.days.len()))
}

fn driven(totals: &RouteTotals) -> String {
    format!(
        "{} 辆车 {} 车次，{} 千米",
        totals.vehicle_count,
        totals.trip_count,
        count(totals.distance_m / 1_000)
    )
}

fn saved(distance_m: i64, duration_s: i64) -> String {
    format!("{} 千米、{} 小时", count(distance_m / 1_000), count(duration_s / 3_600))
}

/// What a plan brings, beside what drivers who plan nothing would drive.
fn sums(title: &str, totals: &RouteTotals, nearest: &RouteTotals) -> Table {
    let mut table = Table::new(title, &["项目", "方案", "最近邻法"]);
    let mut row = |name: &str, of: fn(&RouteTotals) -> String| table.row([name.to_owned(), of(totals), of(nearest)]);
    row("停靠点", |sums| count(sums.stop_count));
    row("手推车归集的点", |sums| count(sums.relayed_count));
    row("未排入的点", |sums| count(sums.unserved_count));
    row("车辆", |sums| count(sums.vehicle_count));
    row("车次", |sums| count(sums.trip_count));
    row("载荷（千克）", |sums| count(sums.load_kg));
    row("里程（千米）", |sums| count(sums.distance_m / 1_000));
    row("工时", |sums| count(sums.duration_s / 3_600));
    row("周转量（吨·千米）", |sums| count(sums.transport_kg_km / 1_000));
    row("费用（元）", |sums| yuan(sums.cost_fen));
    table
}
