//! Bins against their standard, and the mass of each day against what was weighed.

use std::collections::BTreeMap;

use proto::google::r#type::Date;
use proto::xiangtu::sanitation::v1::{
    AnomalyKind, AssessComplianceRequest, CloseMassBalanceRequest, compliance_service_client::ComplianceServiceClient,
    mass_balance_service_client::MassBalanceServiceClient,
};

use super::{COUNTY, Found, april, request_id};
use crate::{
    client::Client,
    failure::Result,
    progress::Progress,
    show::{Table, count},
};

/// Days of March of which there are weighings.
const DAYS: std::ops::RangeInclusive<i32> = 1..=30;

/// Assesses the bins of all villages.
pub async fn compliance(client: &Client) -> Result<Found> {
    let request = AssessComplianceRequest {
        division: COUNTY.to_owned(),
        as_of: Some(april(1)),
        request_id: request_id("compliance 2024-04-01"),
    };
    let mut reports = ComplianceServiceClient::new(client.channel("sanitation")?);
    let assessed = reports.assess_compliance(client.request(request)).await?.into_inner();
    let result = format!(
        "{} 个村中 {} 个达标，共缺 {} 只桶",
        assessed.village_count,
        assessed.compliant_count,
        count(assessed.missing_bin_count)
    );
    Ok(Found::new(result, Vec::new()))
}

/// Closes the mass balance of every day of the month and gathers what does not add up.
pub async fn run(client: &Client, progress: &Progress) -> Result<Found> {
    let mut balances = MassBalanceServiceClient::new(client.channel("sanitation")?);
    let mut days = Table::new(
        "最近七天物料平衡（千克）",
        &["日期", "收集", "进站", "出站", "进厂", "异常"],
    );
    let mut kinds = BTreeMap::<AnomalyKind, usize>::new();
    for (n, day) in DAYS.enumerate() {
        progress.part(n, DAYS.count());
        let request = CloseMassBalanceRequest {
            division: COUNTY.to_owned(),
            date: Some(Date {
                year: 2024,
                month: 3,
                day,
            }),
            request_id: request_id(&format!("balance 2024-03-{day:02}")),
        };
        let balance = balances.close_mass_balance(client.request(request)).await?.into_inner();
        for anomaly in &balance.anomalies {
            *kinds.entry(anomaly.kind()).or_default() += 1;
        }
        if day > 23 {
            days.row([
                format!("2024-03-{day:02}"),
                count(balance.collected_kg),
                count(balance.received_kg),
                count(balance.dispatched_kg),
                count(balance.delivered_kg),
                balance.anomalies.len().to_string(),
            ]);
        }
    }
    let mut found = Table::new("三月计量异常", &["类型", "起数"]);
    for (kind, number) in &kinds {
        found.row([display(*kind).to_owned(), number.to_string()]);
    }
    let anomalies: usize = kinds.values().sum();
    let result = format!("三月 30 天，发现 {anomalies} 起计量异常");
    Ok(Found::new(result, vec![days, found]).told("custody.discrepancy", anomalies))
}

fn display(kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::Unspecified => "未分类",
        AnomalyKind::Overload => "超载",
        AnomalyKind::NetShort => "进站短少",
        AnomalyKind::NetExcess => "进站多出",
        AnomalyKind::MissingScale => "缺过磅",
        AnomalyKind::Duplicate => "重复过磅",
        AnomalyKind::ClockBack => "时间倒退",
        AnomalyKind::ScaleMismatch => "毛皮净不符",
        AnomalyKind::HaulShort => "转运短少",
        AnomalyKind::HaulExcess => "转运多出",
        AnomalyKind::NodeUnbalanced => "站点不平衡",
        AnomalyKind::DeviceUnfit => "计量器具不合格",
        AnomalyKind::TareOff => "皮重不符",
        AnomalyKind::SealBroken => "封签异常",
        AnomalyKind::ReturnShort => "退运短少",
        AnomalyKind::ReturnExcess => "退运多出",
        AnomalyKind::ReturnMissing => "退运未归",
        AnomalyKind::LateKey => "吊销后补传",
    }
}
