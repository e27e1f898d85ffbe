//! The weekly bulletins of the townships and the county, the steps drafted from them, and their notices.

use proto::xiangtu::villages::v1::{
    Bulletin, GetAssessmentLedgerRequest, GetLeagueTableRequest, IssueBulletinRequest, LadderStep, LadderStepState,
    ListLadderStepsRequest, ServeLadderStepRequest, ServiceMethod, VerifyBulletinRequest,
    assessment_service_client::AssessmentServiceClient, bulletin_service_client::BulletinServiceClient,
    ladder_service_client::LadderServiceClient, rating_service_client::RatingServiceClient,
};

use super::{COUNTY, Found, WEEK, april, request_id};
use crate::{
    client::Client,
    failure::{Failure, Result},
    progress::Progress,
    show::{Table, length},
};

/// Issues the bulletin of every township and of the county, checks that each can be made again byte for byte, and lists
/// the drafted steps.
pub async fn run(client: &Client, progress: &Progress) -> Result<Found> {
    let mut table = Table::new("周通报", &["发布单位", "期数", "低于日均进度（项）", "摘要"]);
    let (mut misses, mut divisions) = (0, townships(client).await?);
    divisions.push(COUNTY.to_owned());
    for (n, division) in divisions.iter().enumerate() {
        progress.part(n, divisions.len());
        let bulletin = issue(client, division).await?;
        verify(client, &bulletin).await?;
        if division != COUNTY {
            misses += bulletin.misses.len();
        }
        table.row([
            bulletin.display_name,
            bulletin.number.to_string(),
            length(bulletin.misses.len()),
            bulletin.digest.get(..12).unwrap_or_default().to_owned(),
        ]);
    }
    let mut drafted = steps(client).await?;
    for step in &mut drafted {
        *step = serve(client, step).await?;
    }
    let result = format!(
        "{} 期通报逐字节可复现，低于日均进度 {} 项，{} 个问责步骤送达告知书",
        divisions.len(),
        length(misses),
        length(drafted.len())
    );
    Ok(Found::new(result, vec![table, shown(&drafted)])
        .told("bulletin.issued", divisions.len())
        .told("ladder.step_drafted", drafted.len()))
}

/// Draws up the year's ledger as of now, twice: the same instant gives the same digest.
pub async fn account(client: &Client) -> Result<Found> {
    let mut assessment = AssessmentServiceClient::new(client.channel("villages")?);
    let mut request = GetAssessmentLedgerRequest {
        division: super::division(COUNTY),
        year: 2024,
        known_at: None,
    };
    let ledger = assessment
        .get_assessment_ledger(client.request(request.clone()))
        .await?
        .into_inner();
    request.known_at = ledger.known_at;
    let again = assessment
        .get_assessment_ledger(client.request(request))
        .await?
        .into_inner();
    if again.digest != ledger.digest {
        return Err(Failure::new("the ledger of one instant has two digests"));
    }
    let missed: i32 = ledger.persons.iter().map(|person| person.missed_week_count).sum();
    let mut table = Table::new("考核台账（村，前 5 名）", &["名次", "村", "等级", "达到目标等级"]);
    for village in ledger.villages.iter().take(5) {
        table.row([
            village.rank.to_string(),
            village.display_name.clone(),
            village.tier.clone(),
            if village.on_target { "是" } else { "否" }.to_owned(),
        ]);
    }
    let result = format!(
        "{} 人、{} 村入账，{missed} 人次低于日均进度；同一时点重算一致（{}）",
        length(ledger.persons.len()),
        length(ledger.villages.len()),
        ledger.digest.get(..12).unwrap_or_default()
    );
    Ok(Found::new(result, vec![table]))
}

async fn issue(client: &Client, division: &str) -> Result<Bulletin> {
    let request = IssueBulletinRequest {
        division: division.to_owned(),
        week: WEEK.to_owned(),
        request_id: request_id(&format!("bulletin {division} {WEEK}")),
        ..IssueBulletinRequest::default()
    };
    let mut service = BulletinServiceClient::new(client.channel("villages")?);
    Ok(service.issue_bulletin(client.request(request)).await?.into_inner())
}

async fn verify(client: &Client, bulletin: &Bulletin) -> Result<()> {
    let request = VerifyBulletinRequest {
        name: bulletin.name.clone(),
    };
    let mut service = BulletinServiceClient::new(client.channel("villages")?);
    let verified = service.verify_bulletin(client.request(request)).await?.into_inner();
    if verified.identical {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{} cannot be made again byte for byte",
            bulletin.name
        )))
    }
}

/// The divisions below the county that have rated villages.
async fn townships(client: &Client) -> Result<Vec<String>> {
    let request = GetLeagueTableRequest {
        division: COUNTY.to_owned(),
        as_of: Some(april(7)),
        ..GetLeagueTableRequest::default()
    };
    let mut ratings = RatingServiceClient::new(client.channel("villages")?);
    let league = ratings.get_league_table(client.request(request)).await?.into_inner();
    let mut townships: Vec<String> = league.entries.into_iter().map(|entry| entry.division).collect();
    townships.sort();
    Ok(townships)
}

async fn steps(client: &Client) -> Result<Vec<LadderStep>> {
    let mut ladder = LadderServiceClient::new(client.channel("villages")?);
    let (mut steps, mut page_token) = (Vec::new(), String::new());
    loop {
        let list = ListLadderStepsRequest {
            division: COUNTY.to_owned(),
            page_size: 1_000,
            page_token,
            ..ListLadderStepsRequest::default()
        };
        let page = ladder.list_ladder_steps(client.request(list)).await?.into_inner();
        steps.extend(page.ladder_steps);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(steps);
        }
    }
}

/// Hands the notice of a step over; one that was served before stays as it is.
async fn serve(client: &Client, step: &LadderStep) -> Result<LadderStep> {
    if step.state() != LadderStepState::Drafted {
        return Ok(step.clone());
    }
    let request = ServeLadderStepRequest {
        name: step.name.clone(),
        service_method: ServiceMethod::InPerson.into(),
        evidence: vec![format!("告知书回执 {}", step.week)],
        request_id: request_id(&format!("serve {}", step.name)),
        ..ServeLadderStepRequest::default()
    };
    let mut ladder = LadderServiceClient::new(client.channel("villages")?);
    Ok(ladder.serve_ladder_step(client.request(request)).await?.into_inner())
}

fn shown(steps: &[LadderStep]) -> Table {
    let mut table = Table::new(
        "已告知的问责步骤（前 5 个；申辩期满并经审批方可生效）",
        &["人员", "步骤", "未达标事项", "申辩期至"],
    );
    for step in steps.iter().take(5) {
        let person = step.person.as_ref();
        table.row([
            person.map(|person| person.display_name.clone()).unwrap_or_default(),
            step.display_name.clone(),
            length(step.misses.len()),
            step.defence_end_date
                .map(|day| format!("{}年{}月{}日", day.year, day.month, day.day))
                .unwrap_or_default(),
        ]);
    }
    table
}
