//! The county's registers, its plan, and what its villages hold under it.

use std::collections::BTreeMap;

use proto::xiangtu::{
    homestead::v1 as homestead,
    notifications::v1 as notifications,
    sanitation::v1 as sanitation,
    transfer::v1::Encoding,
    villages::v1::{
        self as villages, GetLeagueTableRequest, ListMeasurementsRequest, RateVillagesRequest,
        measurement_service_client::MeasurementServiceClient, rating_service_client::RatingServiceClient,
    },
};

use super::{COUNTY, Found, april, request_id};
use crate::{
    client::Client,
    county::{REGISTERS, Source},
    failure::{Failure, Result},
    import::{self, Target},
    package::Package,
    progress::Progress,
    show::{Table, count},
};

/// First day on which the imported rows hold.
const EFFECTIVE: &str = "2024-01-01";

/// Imports all registers of the county.
pub async fn import_county(client: &Client, source: &Source, progress: &Progress) -> Result<Found> {
    let mut table = Table::new("登记簿", &["服务", "登记簿", "行数", "新增", "未变"]);
    let mut rows = 0;
    for (n, register) in REGISTERS.iter().enumerate() {
        progress.note(format!("导入登记簿：{}", register.display_name));
        progress.part(n, REGISTERS.len());
        let target = Target {
            service: register.service,
            register: register.name,
            // The list of divisions begins with the province.
            division: if register.name == "divisions" { "41" } else { COUNTY },
            effective_date: EFFECTIVE,
            validate_only: false,
            encoding: Encoding::Unspecified,
        };
        let report = import::taken(import::run(client, &target, source.file(register.file)?).await?)?;
        rows += report.row_count;
        table.row([
            register.service.to_owned(),
            register.display_name.to_owned(),
            count(report.row_count),
            count(report.inserted_count),
            count(report.unchanged_count),
        ]);
    }
    Ok(Found::new(
        format!("{} 个登记簿，{} 行", REGISTERS.len(), count(rows)),
        vec![table],
    ))
}

/// Applies every section of the package. A section that was applied before stays as it is.
pub async fn apply(client: &Client, package: &Package) -> Result<Found> {
    let effective_date = Some(package.wire_date());
    let division = package.division.clone();
    if let Some(section) = package.section::<villages::PlanSection>("villages") {
        let request = villages::ApplyPlanRequest {
            division: division.clone(),
            section: Some(section),
            effective_date,
            request_id: request_id("plan villages"),
            ..villages::ApplyPlanRequest::default()
        };
        let mut plans = villages::plan_service_client::PlanServiceClient::new(client.channel("villages")?);
        plans.apply_plan(client.request(request)).await?;
    }
    if let Some(section) = package.section::<sanitation::PlanSection>("sanitation") {
        let request = sanitation::ApplyPlanRequest {
            division: division.clone(),
            section: Some(section),
            effective_date,
            request_id: request_id("plan sanitation"),
        };
        let mut plans = sanitation::plan_service_client::PlanServiceClient::new(client.channel("sanitation")?);
        plans.apply_plan(client.request(request)).await?;
    }
    if let Some(section) = package.section::<homestead::PlanSection>("homestead") {
        let request = homestead::ApplyPlanRequest {
            division: division.clone(),
            section: Some(section),
            effective_date,
            request_id: request_id("plan homestead"),
        };
        let mut plans = homestead::plan_service_client::PlanServiceClient::new(client.channel("homestead")?);
        plans.apply_plan(client.request(request)).await?;
    }
    if let Some(section) = package.section::<notifications::PlanSection>("notifications") {
        let request = notifications::ApplyPlanRequest {
            division,
            section: Some(section),
            effective_date,
            request_id: request_id("plan notifications"),
            validate_only: false,
        };
        let mut plans = notifications::plan_service_client::PlanServiceClient::new(client.channel("notifications")?);
        plans.apply_plan(client.request(request)).await?;
    }
    Ok(Found::new("四个服务的方案章节已生效", Vec::new()))
}

/// Rates the county's villages at the end of the week's first day.
pub async fn rate(client: &Client) -> Result<Found> {
    let mut ratings = RatingServiceClient::new(client.channel("villages")?);
    let request = RateVillagesRequest {
        division: COUNTY.to_owned(),
        as_of: Some(april(1)),
        request_id: request_id("rate 2024-04-01"),
        ..RateVillagesRequest::default()
    };
    let rated = ratings.rate_villages(client.request(request)).await?.into_inner();
    let mut tiers = Table::new("评星结果", &["等级", "村数"]);
    for tier in &rated.tiers {
        let name = if tier.display_name.is_empty() {
            "未达标"
        } else {
            &tier.display_name
        };
        tiers.row([name.to_owned(), count(i64::from(tier.village_count))]);
    }
    let league = GetLeagueTableRequest {
        division: COUNTY.to_owned(),
        as_of: Some(april(1)),
        ..GetLeagueTableRequest::default()
    };
    let league = ratings.get_league_table(client.request(league)).await?.into_inner();
    let mut townships = Table::new("乡镇排名", &["名次", "乡镇（街道）", "村数", "平均分", "达到目标等级"]);
    for entry in &league.entries {
        townships.row([
            entry.rank.to_string(),
            entry.display_name.clone(),
            entry.village_count.to_string(),
            format!("{:.1}", thousandths(entry.mean_score_milli)?),
            entry.on_target_count.to_string(),
        ]);
    }
    let held: i32 = rated
        .tiers
        .iter()
        .filter(|tier| !tier.tier.is_empty())
        .map(|tier| tier.village_count)
        .sum();
    let result = format!("{} 个村（社区）参评，{held} 个达标及以上", rated.village_count);
    Ok(Found::new(result, vec![tiers, townships]))
}

/// Figures that came from other services, so that nobody was asked for them.
pub async fn known(client: &Client) -> Result<Found> {
    let mut measurements = MeasurementServiceClient::new(client.channel("villages")?);
    let mut origins = BTreeMap::<String, i64>::new();
    let mut page_token = String::new();
    loop {
        let request = ListMeasurementsRequest {
            division: COUNTY.to_owned(),
            filter: "source = \"SYSTEM\"".to_owned(),
            page_size: 1_000,
            page_token,
            ..ListMeasurementsRequest::default()
        };
        let page = measurements
            .list_measurements(client.request(request))
            .await?
            .into_inner();
        for measurement in page.measurements {
            *origins.entry(measurement.indicator).or_default() += 1;
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let mut table = Table::new("他处已知、无需填报的指标", &["来源", "条数"]);
    for (origin, number) in &origins {
        table.row([origin.clone(), count(*number)]);
    }
    let result = format!(
        "{} 条指标由业务数据自动生成，村级不再填报",
        count(origins.values().sum())
    );
    Ok(Found::new(result, vec![table]))
}

fn thousandths(milli: i64) -> Result<f64> {
    let milli = i32::try_from(milli).map_err(|_| Failure::new("a score beyond all bounds"))?;
    Ok(f64::from(milli) / 1_000.0)
}
