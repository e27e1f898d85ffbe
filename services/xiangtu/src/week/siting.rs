//! Where bins and collection points are missing.

use proto::xiangtu::sanitation::v1::{
    BinLevel, SitingSum, SummarizeSitingRequest, siting_service_client::SitingServiceClient,
};

use super::{COUNTY, Found, april};
use crate::{
    client::Client,
    failure::{Failure, Result},
    show::{Table, count},
};

/// Sums up what is proposed for the county's villages, for the fewest bins allowed and for full marks.
pub async fn run(client: &Client) -> Result<Found> {
    let mut table = Table::new(
        "垃圾桶与收集点选址",
        &["标准", "新增桶", "下界", "新增收集点", "下界", "已证最优的村"],
    );
    let mut required = SitingSum::default();
    let mut service = SitingServiceClient::new(client.channel("sanitation")?);
    for (name, level) in [("达标", BinLevel::Required), ("满分", BinLevel::FullMarks)] {
        let request = SummarizeSitingRequest {
            division: COUNTY.to_owned(),
            as_of: Some(april(1)),
            level: level.into(),
            ..SummarizeSitingRequest::default()
        };
        let summary = service.summarize_siting(client.request(request)).await?.into_inner();
        let total = summary.total.ok_or_else(|| Failure::new("a summary without a total"))?;
        table.row([
            name.to_owned(),
            count(total.new_bin_count),
            count(total.least_new_bin_count),
            count(total.new_point_count),
            count(total.least_new_point_count),
            count(total.proven_count),
        ]);
        if level == BinLevel::Required {
            required = total;
        }
    }
    let result = format!(
        "新增 {} 只桶、{} 个收集点即全部达标，{} 个村已证明不可再少",
        count(required.new_bin_count),
        count(required.new_point_count),
        count(required.proven_count)
    );
    Ok(Found::new(result, vec![table]))
}
