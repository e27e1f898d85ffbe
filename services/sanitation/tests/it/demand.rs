//! Forecasts from weighings that are in the database.

use kit::testing::Harness;
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        ApplyPlanRequest, DemandBacktest, DemandBasis, DemandForecast, DemandNorm, DemandScore,
        GetDemandBacktestRequest, ListDemandForecastsRequest, MarketNorm, PlanRoutesRequest, PlanSection,
        demand_service_client::DemandServiceClient, plan_service_client::PlanServiceClient,
    },
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::{
    routing::{check, parts, planned, request},
    town::{COUNTY, TOWN, network, register, start, taken, weighings},
};

const fn day(month: i32, day: i32) -> Option<Date> {
    Some(Date { year: 2024, month, day })
}

/// All forecasts, page by page.
async fn forecasts(harness: &Harness, scope: &str, division: &str, last: i32, page_size: i32) -> Vec<DemandForecast> {
    let mut client = DemandServiceClient::new(harness.channel.clone());
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListDemandForecastsRequest {
            division: division.to_owned(),
            first_date: day(4, 1),
            last_date: day(4, last),
            page_size,
            page_token,
        };
        let page = client.list_demand_forecasts(harness.request(scope, request)).await;
        let page = page.expect("a page").into_inner();
        all.extend(page.demand_forecasts);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

async fn backtest(harness: &Harness, division: &str) -> DemandBacktest {
    let request = GetDemandBacktestRequest {
        division: division.to_owned(),
        first_date: day(3, 9),
        last_date: day(3, 30),
        horizon_days: 0,
    };
    let mut client = DemandServiceClient::new(harness.channel.clone());
    let answer = client.get_demand_backtest(harness.request(COUNTY, request)).await;
    answer.expect("a backtest").into_inner()
}

#[tokio::test]
async fn a_township_is_forecast_from_its_weighings_and_beats_both_simple_ways() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let before = forecasts(&harness, TOWN, "", 1, 1_000).await;
    assert!(
        before
            .iter()
            .all(|it| it.basis() == DemandBasis::Declared && it.p90_g.is_none())
    );

    weighings(&harness, TOWN, "2024-03").await;
    let all = forecasts(&harness, TOWN, "", 3, 1_000).await;
    assert_eq!(all.len(), before.len() * 3);
    assert_eq!(all, forecasts(&harness, TOWN, TOWN, 3, 7).await, "in small pages");
    assert_eq!(all, forecasts(&harness, COUNTY, TOWN, 3, 1_000).await, "whoever asks");
    let village = "410225108200";
    let own: Vec<_> = all
        .iter()
        .filter(|it| it.division.ends_with(village))
        .cloned()
        .collect();
    assert_eq!(
        own,
        forecasts(&harness, village, "", 3, 1_000).await,
        "the village's own officer"
    );
    for pair in all.chunks(3) {
        let [monday, tuesday, _] = pair else {
            panic!("three days a point")
        };
        assert_eq!(monday.collection_point, tuesday.collection_point);
        assert!(monday.basis() == DemandBasis::Weighed);
        assert!((1_150..1_450).contains(&monday.weekday_permille), "{monday:?}");
        assert!(monday.p50_g > tuesday.p50_g && monday.p90_g > Some(monday.p50_g));
    }

    let found = backtest(&harness, TOWN).await;
    let total = found.total.expect("sums");
    let error = |score: Option<DemandScore>| score.expect("a score").absolute_error_kg;
    let [model, naive, seasonal] = [error(total.model), error(total.naive), error(total.seasonal_naive)];
    assert!(
        model * 10 < naive * 8 && model * 10 < seasonal * 9,
        "{model} {naive} {seasonal}"
    );
    assert_eq!(found.townships.len(), 1);
    harness.stop().await;
}

#[tokio::test]
async fn the_plan_section_says_when_markets_are_held() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let market = MarketNorm {
        division: TOWN.to_owned(),
        lunar: false,
        days_of_ten: vec![2],
        weekdays: Vec::new(),
        factor_permille: 1_500,
    };
    let demand = |division: &str| DemandNorm {
        quantile_permille: 700,
        history_days: 400,
        half_life_days: 28,
        lag_days: 0,
        markets: vec![MarketNorm {
            division: division.to_owned(),
            ..market.clone()
        }],
        ..DemandNorm::default()
    };
    let apply = |division: &str| ApplyPlanRequest {
        division: TOWN.to_owned(),
        section: Some(PlanSection {
            demand: Some(demand(division)),
            ..PlanSection::default()
        }),
        effective_date: day(1, 1),
        request_id: String::new(),
    };
    let mut plans = PlanServiceClient::new(harness.channel.clone());
    let error = plans.apply_plan(harness.request(COUNTY, apply("somewhere"))).await;
    assert_eq!(error.expect_err("no division").code(), Code::InvalidArgument);
    let error = plans.apply_plan(harness.request(COUNTY, apply("410225104"))).await;
    let error = error.expect_err("a market of a sibling");
    let violations = error.get_details_bad_request().expect("the field").field_violations;
    assert_eq!(violations[0].field, "section.demand.markets[0].division");
    let plan = plans
        .apply_plan(harness.request(COUNTY, apply(TOWN)))
        .await
        .expect("a version");
    let section = plan.into_inner().section.expect("a section");
    assert_eq!(
        section.demand.expect("demand").markets[0].division,
        format!("divisions/{TOWN}")
    );
    let all = forecasts(&harness, TOWN, TOWN, 2, 1_000).await;
    for pair in all.chunks(2) {
        assert_eq!((pair[0].market_permille, pair[1].market_permille), (1_000, 1_500));
        assert!(pair[1].p50_g * 2 >= pair[0].p50_g * 3 - 2, "{pair:?}");
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_county_is_forecast_in_time() {
    let harness = start().await;
    network(&harness, COUNTY).await;
    for name in ["trips", "trip_stops"] {
        taken(&harness, name, &register(&format!("{name}_30d"))).await;
    }
    let begun = std::time::Instant::now();
    let mut client = DemandServiceClient::new(harness.channel.clone());
    let request = ListDemandForecastsRequest {
        division: COUNTY.to_owned(),
        first_date: day(4, 1),
        page_size: 1_000,
        ..ListDemandForecastsRequest::default()
    };
    let page = client
        .list_demand_forecasts(harness.request(COUNTY, request))
        .await
        .expect("a page");
    println!("a page of 1,000 of 2,703 points: {} ms", begun.elapsed().as_millis());
    assert_eq!(page.into_inner().demand_forecasts.len(), 1_000);
    let begun = std::time::Instant::now();
    let found = backtest(&harness, COUNTY).await;
    println!("a backtest of 22 days: {} ms", begun.elapsed().as_millis());
    let total = found.total.expect("sums");
    println!("{total:?}");
    let error = |score: Option<DemandScore>| score.expect("a score").absolute_error_kg;
    let [model, naive, seasonal] = [error(total.model), error(total.naive), error(total.seasonal_naive)];
    assert!(
        model * 10 < naive * 8 && model * 10 < seasonal * 8,
        "{model} {naive} {seasonal}"
    );
    assert!(found.townships.len() >= 16);
    harness.stop().await;
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let mut client = DemandServiceClient::new(harness.channel.clone());
    let backwards = ListDemandForecastsRequest {
        first_date: day(4, 2),
        last_date: day(4, 1),
        ..ListDemandForecastsRequest::default()
    };
    let error = client.list_demand_forecasts(harness.request(TOWN, backwards)).await;
    assert_eq!(error.expect_err("backwards").code(), Code::InvalidArgument);
    let request = |division: &str, last: i32, horizon_days: i32| GetDemandBacktestRequest {
        division: division.to_owned(),
        first_date: day(3, 9),
        last_date: day(last, 9),
        horizon_days,
    };
    for bad in [request("410225108200", 3, 0), request(TOWN, 7, 0), request(TOWN, 3, 29)] {
        let error = client
            .get_demand_backtest(harness.request(COUNTY, bad))
            .await
            .expect_err("bad");
        assert_eq!(error.code(), Code::InvalidArgument);
    }
    let error = client
        .get_demand_backtest(harness.request("410225104", request(TOWN, 3, 0)))
        .await;
    assert_eq!(error.expect_err("a sibling").code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn routes_are_planned_for_the_forecast_unless_told_otherwise() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03").await;
    let mut loads = Vec::new();
    for (number, declared_demand, basis) in [(1, false, DemandBasis::Weighed), (2, true, DemandBasis::Declared)] {
        let request = PlanRoutesRequest {
            iteration_limit: 50,
            declared_demand,
            ..request(TOWN, number)
        };
        let plan = planned(&harness, request).await;
        let (routes, unserved) = parts(&harness, &plan).await;
        check(TOWN, &plan, &routes, &unserved);
        let stops = routes
            .iter()
            .flat_map(|route| &route.trips)
            .flat_map(|trip| &trip.stops);
        assert!(stops.into_iter().all(|stop| stop.demand_basis() == basis));
        assert_eq!(plan.quantile_permille, (!declared_demand).then_some(700));
        assert!(unserved.iter().all(|point| point.demand_basis() == basis));
        let left: i64 = unserved.iter().map(|point| point.load_kg).sum();
        loads.push(plan.totals.expect("sums").load_kg + left);
    }
    // 1 April is a Monday, which brings a third more than other days, and 700 per mille is above the middle.
    assert!(loads[0] * 10 > loads[1] * 13, "{loads:?}");
    harness.stop().await;
}
