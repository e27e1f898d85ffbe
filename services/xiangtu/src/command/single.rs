//! The subcommands that do one thing.

use std::{fs::File, io::Read, path::Path};

use flate2::read::GzDecoder;
use kit::{clock::Clock, dates, id::Ids};
use proto::{
    google::r#type::Date,
    xiangtu::{
        homestead::v1::RunBillingRequest,
        sanitation::v1::{PlanRoutesRequest, TravelSource},
        transfer::v1::{Encoding, ExportRequest},
        villages::v1::{
            IssueBulletinRequest, RateVillagesRequest, bulletin_service_client::BulletinServiceClient,
            rating_service_client::RatingServiceClient,
        },
    },
};

use super::changes;
use crate::{
    cli,
    client::Client,
    county::Source,
    export,
    failure::{Failure, Result},
    import::{self, Target},
    progress::Progress,
    show::{Output, Table, count, say, yuan},
    week,
};

/// `xiangtu import`
pub async fn import(client: &Client, asked: &cli::Import, output: Output) -> Result<()> {
    let encoding = match asked.encoding.as_str() {
        "utf8" => Encoding::Utf8,
        "gb18030" => Encoding::Gb18030,
        "utf16le" => Encoding::Utf16le,
        other => return Err(Failure::new(format!("--encoding {other}: utf8, gb18030 or utf16le"))),
    };
    let file = File::open(&asked.file).map_err(|error| Failure::new(format!("{}: {error}", asked.file.display())))?;
    let gzipped = asked.file.extension().is_some_and(|extension| extension == "gz");
    let source: Box<dyn Read + Send> = if gzipped {
        Box::new(GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let target = Target {
        service: &asked.service,
        register: &asked.register,
        division: &asked.division,
        effective_date: &asked.effective_date,
        validate_only: asked.validate_only,
        encoding,
    };
    let report = import::run(client, &target, source).await?;
    let mut tables = changes::tables(&report);
    let report = match import::taken(report) {
        Ok(report) => report,
        Err(refused) => {
            Table::print_all(&tables, output);
            return Err(refused);
        }
    };
    let title = if report.applied {
        "导入"
    } else {
        "导入预览（未写入）"
    };
    let mut table = Table::new(title, &["登记簿", "行数", "新增", "变更", "未变"]);
    table.row([
        report.register.clone(),
        count(report.row_count),
        count(report.inserted_count),
        count(report.updated_count),
        count(report.unchanged_count),
    ]);
    tables.push(table);
    Table::print_all(&tables, output);
    Ok(())
}

/// `xiangtu export`
pub async fn export(client: &Client, asked: &cli::Export, output: Output) -> Result<()> {
    let request = ExportRequest {
        register: asked.register.clone(),
        division: asked.division.clone(),
        as_of: day(asked.date.as_deref())?,
        disclosure_reason: asked.disclose.clone(),
    };
    let rows = export::run(client, &asked.service, request, &asked.file).await?;
    let mut table = Table::new("导出", &["登记簿", "行数", "文件"]);
    table.row([asked.register.clone(), count(rows), asked.file.display().to_string()]);
    table.print(output);
    Ok(())
}

/// `xiangtu rate`
pub async fn rate(client: &Client, asked: &cli::Day, output: Output) -> Result<()> {
    let request = RateVillagesRequest {
        division: asked.division.clone(),
        as_of: day(asked.date.as_deref())?,
        request_id: fresh_id(),
        ..RateVillagesRequest::default()
    };
    let mut ratings = RatingServiceClient::new(client.channel("villages")?);
    let rated = ratings.rate_villages(client.request(request)).await?.into_inner();
    let mut table = Table::new("评星结果", &["等级", "村数"]);
    for tier in rated.tiers {
        let name = if tier.display_name.is_empty() {
            "未达标".to_owned()
        } else {
            tier.display_name
        };
        table.row([name, tier.village_count.to_string()]);
    }
    table.print(output);
    Ok(())
}

/// `xiangtu route`
pub async fn route(client: &Client, asked: &cli::Route, output: Output) -> Result<()> {
    let request = PlanRoutesRequest {
        division: asked.day.division.clone(),
        date: day(asked.day.date.as_deref())?,
        search_seconds: asked.search_seconds,
        seed: asked.seed,
        travel_source: match asked.travel {
            cli::Travel::GreatCircle => TravelSource::GreatCircle,
            cli::Travel::Roads => TravelSource::Roads,
            cli::Travel::Osrm => TravelSource::Osrm,
        }
        .into(),
        request_id: fresh_id(),
        ..PlanRoutesRequest::default()
    };
    let progress = Progress::new();
    let plan = week::plan_routes(client, request, &progress).await?;
    progress.finish();
    let totals = plan.totals.unwrap_or_default();
    let mut table = Table::new(plan.name, &["车辆", "车次", "停靠", "未排入", "千米", "费用（元）"]);
    table.row([
        count(totals.vehicle_count),
        count(totals.trip_count),
        count(totals.stop_count),
        count(totals.unserved_count),
        count(totals.distance_m / 1_000),
        yuan(totals.cost_fen),
    ]);
    table.print(output);
    Ok(())
}

/// `xiangtu bill`
pub async fn bill(client: &Client, asked: &cli::Bill, output: Output) -> Result<()> {
    let request = RunBillingRequest {
        division: asked.division.clone(),
        from_date: Some(Date {
            year: asked.year,
            month: 1,
            day: 1,
        }),
        until_date: Some(Date {
            year: asked.year + 1,
            month: 1,
            day: 1,
        }),
        due_date: day(Some(&asked.due))?,
        request_id: fresh_id(),
        validate_only: asked.dry_run,
        ..RunBillingRequest::default()
    };
    let progress = Progress::new();
    let run = week::bill(client, request, &progress).await?;
    progress.finish();
    let mut table = Table::new("出账", &["村", "账单", "已出账", "应收（元）", "减免（元）"]);
    table.row([
        count(run.village_count),
        count(run.bill_count),
        count(run.already_billed_count),
        yuan(run.gross_fen),
        yuan(run.relief_fen),
    ]);
    table.print(output);
    Ok(())
}

/// `xiangtu bulletin`
pub async fn bulletin(client: &Client, asked: &cli::Bulletin, output: Output) -> Result<()> {
    let request = IssueBulletinRequest {
        division: asked.division.clone(),
        week: asked.week.clone(),
        request_id: fresh_id(),
        validate_only: asked.dry_run,
        ..IssueBulletinRequest::default()
    };
    let mut service = BulletinServiceClient::new(client.channel("villages")?);
    let bulletin = service.issue_bulletin(client.request(request)).await?.into_inner();
    match output {
        Output::Table => say(&bulletin.text),
        Output::Json => {
            let json = serde_json::json!({"name": bulletin.name, "digest": bulletin.digest, "text": bulletin.text});
            say(&serde_json::to_string_pretty(&json)?);
        }
    }
    Ok(())
}

/// `xiangtu seed`
pub fn seed(register: &str, data: &Path) -> Result<()> {
    if !["households", "homesteads", "bins", "hamlets"].contains(&register) {
        return Err(Failure::new(format!(
            "{register}: households, homesteads, bins or hamlets"
        )));
    }
    let mut file = Source::open(data)?.file(register)?;
    std::io::copy(&mut file, &mut std::io::stdout().lock())?;
    Ok(())
}

fn day(text: Option<&str>) -> Result<Option<Date>> {
    let Some(text) = text else { return Ok(None) };
    Ok(Some(dates::to_proto(dates::parse("date", text)?)))
}

fn fresh_id() -> String {
    Ids::random(Clock::system()).next().to_string()
}
