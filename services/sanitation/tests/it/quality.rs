//! How well villages are served: figures from stops and weighings, told once.

use kit::{dates, testing::Harness};
use proto::{
    google::r#type::Date,
    xiangtu::{
        sanitation::v1::{
            AssessServiceQualityRequest, AssessServiceQualityResponse, ListServiceQualitiesRequest, QualityLevel,
            QualityPeriod, ServiceQuality, ServiceQualityAssessed, StopEventKind,
            service_quality_service_client::ServiceQualityServiceClient,
        },
        r#type::v1::Ratio,
    },
};
use time::macros::date;
use tonic::Code;

use crate::{
    road::{Road, event, id},
    town::{COUNTY, TOWN, events, network, payload, request_id, start, weighings},
};

async fn listed(harness: &Harness, scope: &str, request: ListServiceQualitiesRequest) -> Vec<ServiceQuality> {
    let mut client = ServiceQualityServiceClient::new(harness.channel.clone());
    let answer = client.list_service_qualities(harness.request(scope, request)).await;
    answer.expect("figures").into_inner().service_qualities
}

async fn assess(harness: &Harness, number: u8, period: QualityPeriod) -> AssessServiceQualityResponse {
    let request = AssessServiceQualityRequest {
        division: format!("divisions/{TOWN}"),
        period: period.into(),
        date: None,
        request_id: request_id(number),
    };
    let mut client = ServiceQualityServiceClient::new(harness.channel.clone());
    let answer = client.assess_service_quality(harness.request(TOWN, request)).await;
    answer.expect("an answer").into_inner()
}

fn of(period: QualityPeriod, level: QualityLevel) -> ListServiceQualitiesRequest {
    ListServiceQualitiesRequest {
        period: period.into(),
        level: level.into(),
        page_size: 1_000,
        ..ListServiceQualitiesRequest::default()
    }
}

#[tokio::test]
async fn figures_follow_from_what_became_of_the_stops() {
    let road = Road::at_noon().await;
    let stops = road.stops(0);
    let mut told = vec![event(1, 60, StopEventKind::Missed, &stops[1])];
    // One at its time, one at noon, which is late if it was due half an hour ago and more.
    let first = road.stop(&stops[0]).await;
    let mut punctual = event(2, 0, StopEventKind::Collected, &stops[0]);
    punctual.occur_time = first.due_time;
    told.push(punctual);
    told.push(event(3, 0, StopEventKind::Collected, &stops[2]));
    for outcome in road.report(0, told).await {
        outcome.expect("taken");
    }
    let third = road.stop(&stops[2]).await;
    let late = dates::timestamp(crate::road::NOON).seconds > third.due_time.expect("due").seconds + 1_800;
    assert_eq!(third.late, late);
    let relayed = road.stops_where("date = 2024-04-01").await;
    let with = |stop: &str| {
        let served =
            |it: &&proto::xiangtu::sanitation::v1::Stop| id(&it.name) == id(stop) || id(&it.served_at) == id(stop);
        i64::try_from(relayed.iter().filter(served).count()).expect("few")
    };
    let (missed, collected) = (with(&stops[1]), with(&stops[0]) + with(&stops[2]));

    let day = of(QualityPeriod::Day, QualityLevel::Township);
    let towns = listed(&road.harness, TOWN, day).await;
    assert_eq!(towns.len(), 1);
    let town = &towns[0];
    assert_eq!(town.division, format!("divisions/{TOWN}"));
    let owed = i64::try_from(relayed.len()).expect("few");
    assert_eq!(
        (town.owed_count, town.collected_count, town.missed_count),
        (owed, collected, missed)
    );
    assert_eq!(town.unknown_count, owed - collected - missed);
    assert_eq!(town.collected_kg, 160);
    assert_eq!(town.late_count, if late { with(&stops[2]) } else { 0 });
    let ratio = |numerator, denominator| Some(Ratio { numerator, denominator });
    assert_eq!(town.on_time, ratio(collected - town.late_count, owed));
    assert_eq!(town.coverage, ratio(collected, town.point_count));
    assert_eq!(
        town.frequency,
        ratio(collected, town.point_count),
        "a day is one day of each point"
    );

    // The sums of villages and of points are those of the township.
    for level in [QualityLevel::Village, QualityLevel::Point] {
        let parts = listed(&road.harness, TOWN, of(QualityPeriod::Day, level)).await;
        let sum = |figure: fn(&ServiceQuality) -> i64| parts.iter().map(figure).sum::<i64>();
        assert_eq!(sum(|it| it.owed_count), town.owed_count);
        assert_eq!(sum(|it| it.collected_count), town.collected_count);
        assert_eq!(sum(|it| it.collected_kg), town.collected_kg);
        assert_eq!(sum(|it| it.point_count), town.point_count);
    }
    // A month has only its first day so far, and pages follow one another.
    let mut request = of(QualityPeriod::Month, QualityLevel::Point);
    let all = listed(&road.harness, TOWN, request.clone()).await;
    assert!(all.iter().all(|it| it.from_date == it.to_date));
    request.page_size = 7;
    let mut client = ServiceQualityServiceClient::new(road.harness.channel.clone());
    let mut paged = Vec::new();
    loop {
        let answer = client
            .list_service_qualities(road.harness.request(TOWN, request.clone()))
            .await;
        let answer = answer.expect("a page").into_inner();
        paged.extend(answer.service_qualities);
        request.page_token = answer.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);
    road.harness.stop().await;
}

#[tokio::test]
async fn figures_are_told_once_and_again_when_they_change() {
    let road = Road::at_noon().await;
    let stops = road.stops(0);
    let first = assess(&road.harness, 1, QualityPeriod::Month).await;
    assert!(first.village_count > 10 && first.emitted_count == first.village_count);
    assert_eq!(assess(&road.harness, 1, QualityPeriod::Month).await, first);
    assert_eq!(assess(&road.harness, 2, QualityPeriod::Month).await.emitted_count, 0);
    assert_eq!(
        assess(&road.harness, 3, QualityPeriod::Day).await.emitted_count,
        first.village_count
    );

    road.report(0, vec![event(1, 30, StopEventKind::Collected, &stops[0])])
        .await;
    let village = road.stop(&stops[0]).await.division;
    let again = assess(&road.harness, 4, QualityPeriod::Month).await;
    assert!((1..first.village_count).contains(&again.emitted_count), "{again:?}");
    let told = events(&road.harness, "service_quality.assessed").await;
    let of_village = told
        .iter()
        .rev()
        .find(|event| format!("divisions/{}", event.division_code) == village);
    let told: ServiceQualityAssessed = payload(of_village.expect("told"));
    assert_eq!(told.period(), QualityPeriod::Month);
    let found = told.service_quality.expect("figures");
    assert_eq!((found.collected_count, found.collected_kg), (1, 80));
    road.harness.stop().await;
}

#[tokio::test]
async fn treated_shares_go_by_weighings() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03-0").await;
    let request = |level: QualityLevel| ListServiceQualitiesRequest {
        date: Some(dates::to_proto(date!(2024 - 03 - 15))),
        ..of(QualityPeriod::Month, level)
    };
    let towns = listed(&harness, COUNTY, request(QualityLevel::Township)).await;
    let town = towns[0].treated.expect("weighed");
    let villages = listed(&harness, COUNTY, request(QualityLevel::Village)).await;
    let shares: Vec<Ratio> = villages.iter().filter_map(|village| village.treated).collect();
    assert!(shares.len() > 10);
    let sums = shares
        .iter()
        .fold((0, 0), |sum, it| (sum.0 + it.numerator, sum.1 + it.denominator));
    assert_eq!((town.numerator, town.denominator), sums);
    // The station passes on nearly everything it takes in.
    assert!(
        town.numerator * 100 > town.denominator * 90 && town.numerator <= town.denominator,
        "{town:?}"
    );
    let onboard = crate::town::count(
        &harness,
        "SELECT sum(net_kg)::bigint FROM hand_overs WHERE kind = 'collected'",
    );
    assert_eq!(town.denominator, onboard.await);
    harness.stop().await;
}

#[tokio::test]
async fn days_to_come_are_refused() {
    let road = Road::at_noon().await;
    let request = ListServiceQualitiesRequest {
        date: Some(Date {
            year: 2024,
            month: 4,
            day: 2,
        }),
        ..of(QualityPeriod::Day, QualityLevel::Village)
    };
    let mut client = ServiceQualityServiceClient::new(road.harness.channel.clone());
    let refused = client.list_service_qualities(road.harness.request(TOWN, request)).await;
    let refused = refused.expect_err("tomorrow");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("date"), "{refused:?}");
    road.harness.stop().await;
}
