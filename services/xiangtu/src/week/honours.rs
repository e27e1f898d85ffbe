//! Points, courtyards and the one-yuan scheme of one village, and a person whom its township makes known.

use proto::xiangtu::villages::v1::{
    ApplyPointRulesRequest, AppointPublicityGroupRequest, ApproveShowcaseRequest, AwardPointsRequest,
    BatchAwardPointsRequest, EvaluateHonourRequest, GetPointLeagueRequest, HonourKind, ListHouseholdsRequest,
    NominateHonourRequest, NominateShowcaseRequest, PointItem, PointPeriod, PointRules, PublicityGroup,
    PublishHonourRequest, RecordOneYuanRequest, Showcase, ShowcaseConsent, ShowcaseKind,
    batch_award_points_result::Outcome, honour_service_client::HonourServiceClient,
    household_service_client::HouseholdServiceClient, point_rules_service_client::PointRulesServiceClient,
    point_service_client::PointServiceClient, showcase_service_client::ShowcaseServiceClient,
};

use super::{COUNTY, Found, TOWNSHIP, VILLAGE, april, chance, division, people, request_id};
use crate::{
    client::Client,
    failure::{Failure, Result},
    show::{Table, count, length},
};

/// Households that are visited.
const VISITED: i32 = 100;
/// Places of the list that are shown, and courtyards that are nominated.
const TOP: i32 = 5;

/// Awards points, nominates the best courtyards, records the month's yuan, and hands a showcase over.
pub async fn run(client: &Client) -> Result<Found> {
    rules(client).await?;
    let households = visited(client).await?;
    let points = award(client, &households).await?;
    let (table, best) = league(client).await?;
    for household in &best {
        nominate(client, household).await?;
    }
    let paid = pay(client, &households).await?;
    showcase(client).await?;
    let result = format!(
        "{} 户记 {} 分，{} 户五美庭院公示，{} 户缴纳一元，1 个典型人物发布",
        length(households.len()),
        count(points),
        length(best.len()),
        count(i64::from(paid))
    );
    Ok(Found::new(result, vec![table]).told("showcase.approved", 1))
}

async fn rules(client: &Client) -> Result<()> {
    let item = |code: &str, display_name: &str, points| PointItem {
        code: code.to_owned(),
        display_name: display_name.to_owned(),
        points,
        expiry_months: 24,
        ..PointItem::default()
    };
    let volunteer = PointItem {
        cap_points: 20,
        cap_period: PointPeriod::Month.into(),
        ..item("volunteer", "义务劳动", 5)
    };
    let litter = PointItem {
        expiry_months: 0,
        ..item("litter", "乱倒垃圾", -5)
    };
    let rules = PointRules {
        division: division(COUNTY),
        resolution: "兰乡振〔2024〕3号".to_owned(),
        effective_date: Some(april(1)),
        items: vec![item("clean_yard", "庭院整洁", 10), volunteer, litter],
        ..PointRules::default()
    };
    let request = ApplyPointRulesRequest {
        rules: Some(rules),
        request_id: request_id("point rules"),
        ..ApplyPointRulesRequest::default()
    };
    let mut service = PointRulesServiceClient::new(client.channel("villages")?);
    service.apply_point_rules(client.request(request)).await?;
    Ok(())
}

async fn visited(client: &Client) -> Result<Vec<String>> {
    let request = ListHouseholdsRequest {
        division: VILLAGE.to_owned(),
        page_size: VISITED,
        ..ListHouseholdsRequest::default()
    };
    let mut service = HouseholdServiceClient::new(client.channel("villages")?);
    let page = service.list_households(client.request(request)).await?.into_inner();
    Ok(page.households.into_iter().map(|household| household.name).collect())
}

/// Of ten households six have a clean yard, three worked for the village, one threw waste away. Answers the sum of points.
async fn award(client: &Client, households: &[String]) -> Result<i64> {
    let award = |household: &String| AwardPointsRequest {
        household: household.clone(),
        item: match chance(household, 10) {
            0 => "litter",
            1..=3 => "volunteer",
            _ => "clean_yard",
        }
        .to_owned(),
        occurrence_date: Some(april(7)),
        reason: "四月第一周入户评分".to_owned(),
        ..AwardPointsRequest::default()
    };
    let request = BatchAwardPointsRequest {
        awards: households.iter().map(award).collect(),
        request_id: request_id("points"),
    };
    let mut service = PointServiceClient::new(client.channel("villages")?);
    let answer = service.batch_award_points(client.request(request)).await?.into_inner();
    let booked = answer.results.into_iter().map(|result| match result.outcome {
        Some(Outcome::PointEntry(entry)) => Ok(entry.points),
        other => Err(Failure::new(format!("points were refused: {other:?}"))),
    });
    booked.sum()
}

/// The village's public list, and who leads it.
async fn league(client: &Client) -> Result<(Table, Vec<String>)> {
    let request = GetPointLeagueRequest {
        division: division(VILLAGE),
        page_size: TOP,
        ..GetPointLeagueRequest::default()
    };
    let mut service = PointServiceClient::new(client.channel("villages")?);
    let league = service.get_point_league(client.request(request)).await?.into_inner();
    let mut table = Table::new("积分榜（公示，姓名已脱敏）", &["名次", "户主", "年度积分"]);
    for row in &league.rows {
        table.row([row.rank.to_string(), row.head_name.clone(), count(row.earned_points)]);
    }
    Ok((table, league.rows.into_iter().map(|row| row.household).collect()))
}

async fn nominate(client: &Client, household: &str) -> Result<()> {
    let mut service = HonourServiceClient::new(client.channel("villages")?);
    let request = NominateHonourRequest {
        household: household.to_owned(),
        kind: HonourKind::FiveBeautyCourtyard.into(),
        season: "2024-Q2".to_owned(),
        reason: "庭院整洁，积分领先".to_owned(),
        request_id: request_id(&format!("courtyard {household}")),
    };
    let name = service
        .nominate_honour(client.request(request))
        .await?
        .into_inner()
        .name;
    let request = EvaluateHonourRequest {
        name: name.clone(),
        finding: "入户查看，五项达标".to_owned(),
        evidence: vec!["照片 1".to_owned()],
        request_id: request_id(&format!("courtyard found {household}")),
        ..EvaluateHonourRequest::default()
    };
    service.evaluate_honour(client.request(request)).await?;
    let request = PublishHonourRequest {
        name,
        request_id: request_id(&format!("courtyard published {household}")),
        ..PublishHonourRequest::default()
    };
    service.publish_honour(client.request(request)).await?;
    Ok(())
}

async fn pay(client: &Client, households: &[String]) -> Result<i32> {
    let request = RecordOneYuanRequest {
        division: division(VILLAGE),
        month: "2024-04".to_owned(),
        households: households.to_vec(),
        amount_fen: 0,
        request_id: request_id("one yuan"),
    };
    let mut service = HonourServiceClient::new(client.channel("villages")?);
    let answer = service.record_one_yuan(client.request(request)).await?.into_inner();
    Ok(answer.recorded_count)
}

async fn showcase(client: &Client) -> Result<()> {
    let leaders = people::holding(client, TOWNSHIP, "TOWNSHIP_LEADER", 1).await?;
    let mut service = ShowcaseServiceClient::new(client.channel("villages")?);
    let group = PublicityGroup {
        division: division(TOWNSHIP),
        cadres: leaders.clone(),
        ..PublicityGroup::default()
    };
    let request = AppointPublicityGroupRequest {
        publicity_group: Some(group),
        request_id: request_id("publicity group"),
    };
    service.appoint_publicity_group(client.request(request)).await?;
    let showcase = Showcase {
        division: division(VILLAGE),
        kind: ShowcaseKind::Person.into(),
        title: "闲置荒片变四园".to_owned(),
        text: "他带着邻居整理闲置宅基地，建成小菜园、小果园、小花园、小游园。".to_owned(),
        consent: Some(ShowcaseConsent {
            person_name: "田守信".to_owned(),
            consent_date: Some(april(5)),
            evidence: "本人同意书 2024-1".to_owned(),
        }),
        ..Showcase::default()
    };
    let request = NominateShowcaseRequest {
        showcase: Some(showcase),
        request_id: request_id("showcase"),
    };
    let name = service
        .nominate_showcase(client.request(request))
        .await?
        .into_inner()
        .name;
    let request = ApproveShowcaseRequest {
        name,
        approver: leaders.into_iter().next().unwrap_or_default(),
        request_id: request_id("showcase approved"),
        ..ApproveShowcaseRequest::default()
    };
    service.approve_showcase(client.request(request)).await?;
    Ok(())
}
