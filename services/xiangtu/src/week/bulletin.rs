//! The weekly bulletins of the townships and the steps drafted from them.

use proto::xiangtu::villages::v1::{
    Bulletin, GetLeagueTableRequest, IssueBulletinRequest, ListLadderStepsRequest, VerifyBulletinRequest,
    bulletin_service_client::BulletinServiceClient, ladder_service_client::LadderServiceClient,
    rating_service_client::RatingServiceClient,
};

use super::{COUNTY, Found, WEEK, april, request_id};
use crate::{
    client::Client,
    failure::{Failure, Result},
    show::{Table, count},
};

/// Issues the bulletin of every township, checks that it can be made again byte for byte, and lists the drafted steps.
pub async fn run(client: &Client) -> Result<Found> {
    let mut service = BulletinServiceClient::new(client.channel("villages")?);
    let mut table = Table::new("周通报", &["乡镇（街道）", "期数", "未完成周任务（人次）", "摘要"]);
    let mut misses = 0;
    let townships = townships(client).await?;
    for township in &townships {
        let bulletin = issue(client, township, WEEK).await?;
        let verify = VerifyBulletinRequest {
            name: bulletin.name.clone(),
        };
        if !service
            .verify_bulletin(client.request(verify))
            .await?
            .into_inner()
            .identical
        {
            return Err(Failure::new(format!(
                "{} cannot be made again byte for byte",
                bulletin.name
            )));
        }
        misses += bulletin.misses.len();
        let digest = bulletin.digest.get(..12).unwrap_or_default().to_owned();
        table.row([
            bulletin.display_name,
            bulletin.number.to_string(),
            bulletin.misses.len().to_string(),
            digest,
        ]);
    }
    let mut ladder = LadderServiceClient::new(client.channel("villages")?);
    let (mut drafted, mut page_token) = (Vec::new(), String::new());
    loop {
        let list = ListLadderStepsRequest {
            division: COUNTY.to_owned(),
            page_size: 1_000,
            page_token,
            ..ListLadderStepsRequest::default()
        };
        let page = ladder.list_ladder_steps(client.request(list)).await?.into_inner();
        drafted.extend(page.ladder_steps);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let mut steps = Table::new("拟定的问责步骤（前 5 条）", &["人员", "步骤", "审批", "申辩期（天）"]);
    for step in drafted.iter().take(5) {
        let person = step
            .person
            .as_ref()
            .map(|person| person.display_name.clone())
            .unwrap_or_default();
        steps.row([
            person,
            step.display_name.clone(),
            format!("{:?}", step.approval_post()),
            step.defence_days.to_string(),
        ]);
    }
    let drafted = count(i64::try_from(drafted.len()).unwrap_or(i64::MAX));
    Ok(Found::new(
        format!(
            "{} 期通报，{misses} 人次未完成，拟定 {drafted} 个问责步骤",
            townships.len()
        ),
        vec![table, steps],
    ))
}

/// Issues the bulletin of one division and week.
pub async fn issue(client: &Client, division: &str, week: &str) -> Result<Bulletin> {
    let request = IssueBulletinRequest {
        division: division.to_owned(),
        week: week.to_owned(),
        request_id: request_id(&format!("bulletin {division} {week}")),
        ..IssueBulletinRequest::default()
    };
    let mut service = BulletinServiceClient::new(client.channel("villages")?);
    Ok(service.issue_bulletin(client.request(request)).await?.into_inner())
}

/// The divisions below the county that have rated villages.
async fn townships(client: &Client) -> Result<Vec<String>> {
    let request = GetLeagueTableRequest {
        division: COUNTY.to_owned(),
        as_of: Some(april(7)),
    };
    let league = RatingServiceClient::new(client.channel("villages")?)
        .get_league_table(client.request(request))
        .await?;
    let mut townships: Vec<String> = league
        .into_inner()
        .entries
        .into_iter()
        .map(|entry| entry.division)
        .collect();
    townships.sort();
    Ok(townships)
}
