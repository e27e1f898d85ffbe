//! Homestead fees: billing, the state of the books, dunning.

use prost::Message as _;
use proto::{
    google::r#type::Date,
    xiangtu::homestead::v1::{
        AgeingBucket, AgeingGroup, AgeingReport, BillingRun, BillingRunProgress, DraftDunningNoticesRequest,
        DunningRun, DunningRunProgress, GetAgeingReportRequest, RunBillingRequest, VerifyLedgerRequest,
        ageing_service_client::AgeingServiceClient, billing_run_service_client::BillingRunServiceClient,
        dunning_service_client::DunningServiceClient, ledger_service_client::LedgerServiceClient,
    },
};

use super::{
    COUNTY, Found, april,
    operation::{self, follow},
    request_id,
};
use crate::{
    client::Client,
    failure::{Failure, Result},
    progress::Progress,
    show::{Table, count, yuan},
};

/// Bills the households of a division and shows how far it is.
pub async fn bill(client: &Client, request: RunBillingRequest, progress: &Progress) -> Result<BillingRun> {
    let mut runs = BillingRunServiceClient::new(client.channel("homestead")?);
    let operation = runs.run_billing(client.request(request)).await?.into_inner();
    follow(client, "homestead", operation, |state| {
        if let Ok(now) = BillingRunProgress::decode(operation::metadata(state)) {
            progress.note(format!("有偿使用费出账：{} 张账单", count(now.bill_count)));
            progress.part(whole(now.done_village_count), whole(now.village_count));
        }
    })
    .await
}

/// Bills the year 2024.
pub async fn run_billing(client: &Client, progress: &Progress) -> Result<Found> {
    let request = RunBillingRequest {
        division: COUNTY.to_owned(),
        from_date: Some(Date {
            year: 2024,
            month: 1,
            day: 1,
        }),
        until_date: Some(Date {
            year: 2025,
            month: 1,
            day: 1,
        }),
        due_date: Some(Date {
            year: 2024,
            month: 1,
            day: 31,
        }),
        request_id: request_id("billing 2024"),
        ..RunBillingRequest::default()
    };
    let run = bill(client, request, progress).await?;
    let mut table = Table::new("2024 年度出账", &["项目", "数值"]);
    table.row(["村".to_owned(), count(run.village_count)]);
    table.row(["账单".to_owned(), count(run.bill_count)]);
    table.row(["应收（元）".to_owned(), yuan(run.gross_fen)]);
    table.row(["减免（元）".to_owned(), yuan(run.relief_fen)]);
    table.row(["有争议暂不出账".to_owned(), count(run.disputed_count)]);
    table.row(["待核实".to_owned(), count(run.parked_count)]);
    let result = format!(
        "{} 张账单，应收 {} 元",
        count(run.bill_count),
        yuan(run.gross_fen - run.relief_fen)
    );
    Ok(Found::new(result, vec![table]))
}

/// Outstanding bills by age.
pub async fn ageing(client: &Client, division: &str, as_of: Date, group: AgeingGroup) -> Result<AgeingReport> {
    let request = GetAgeingReportRequest {
        division: division.to_owned(),
        as_of: Some(as_of),
        group_by: group.into(),
    };
    let mut reports = AgeingServiceClient::new(client.channel("homestead")?);
    Ok(reports.get_ageing_report(client.request(request)).await?.into_inner())
}

/// Ages what is open by township, and recounts the whole ledger.
pub async fn check(client: &Client) -> Result<Found> {
    let report = ageing(client, COUNTY, april(8), AgeingGroup::Township).await?;
    let columns = [
        "乡镇（街道）",
        "未到期",
        "0—30 天",
        "31—90 天",
        "91—180 天",
        "181—365 天",
        "超过 365 天",
        "合计（元）",
    ];
    let mut table = Table::new("账龄（4 月 8 日，元）", &columns);
    let fen = |bucket: &Option<AgeingBucket>| yuan(bucket.as_ref().map_or(0, |bucket| bucket.outstanding_fen));
    for row in report.rows.iter().chain(&report.total) {
        table.row([
            if row.subject.is_empty() {
                "全县".to_owned()
            } else {
                row.subject.replace("divisions/", "")
            },
            fen(&row.not_due),
            fen(&row.days_0_to_30),
            fen(&row.days_31_to_90),
            fen(&row.days_91_to_180),
            fen(&row.days_181_to_365),
            fen(&row.days_over_365),
            fen(&row.total),
        ]);
    }
    let verify = VerifyLedgerRequest {
        division: COUNTY.to_owned(),
    };
    let mut ledger = LedgerServiceClient::new(client.channel("homestead")?);
    let recount = ledger.verify_ledger(client.request(verify)).await?.into_inner();
    if !recount.consistent {
        return Err(Failure::new(format!(
            "the ledger does not add up: {:?}",
            recount.findings
        )));
    }
    let result = format!(
        "{} 笔分录、{} 张收据核对无误",
        count(recount.entry_count),
        count(recount.receipt_count)
    );
    Ok(Found::new(result, vec![table]))
}

/// Takes every debtor to the next dunning step.
pub async fn dun(client: &Client, progress: &Progress) -> Result<Found> {
    let request = DraftDunningNoticesRequest {
        division: COUNTY.to_owned(),
        // Today, whenever the week is worked: notices bear the day on which they are drafted.
        as_of: None,
        request_id: request_id("dunning 2024-04-08"),
        validate_only: false,
    };
    let mut dunning = DunningServiceClient::new(client.channel("homestead")?);
    let operation = dunning
        .draft_dunning_notices(client.request(request))
        .await?
        .into_inner();
    let run: DunningRun = follow(client, "homestead", operation, |state| {
        if let Ok(now) = DunningRunProgress::decode(operation::metadata(state)) {
            progress.part(whole(now.done_village_count), whole(now.village_count));
        }
    })
    .await?;
    let result = format!("{} 户进入催缴阶段", count(run.notice_count));
    Ok(Found::new(result, Vec::new()).told("arrears.stage_entered", whole(run.notice_count)))
}

fn whole(count: i64) -> usize {
    usize::try_from(count).unwrap_or_default()
}
