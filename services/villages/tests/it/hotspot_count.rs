//! What counts against a village in its ratings.

use kit::{dates, testing::Harness};
use proto::xiangtu::villages::v1::{
    HotspotState, ListMeasurementsRequest, ListRatingsRequest, MeasurementSource, PlanSection, RateVillagesRequest,
    ReportHotspotRequest,
};
use time::macros::datetime;

use crate::{
    calls::{list_measurements, list_ratings, rate_villages, report_hotspot},
    county::LANKAO,
    grid::{at, draw, town},
    hotspot::{report, sighting},
    hotspot_triage::{exonerate, triage},
    plan_section::plan,
    township::{PILOT, SECOND, TOWN, division, under},
};

/// The plan with its fires counted from hotspots.
fn counting() -> PlanSection {
    let mut section = plan();
    let fires = section
        .indicators
        .iter_mut()
        .find(|indicator| indicator.code == "fires")
        .expect("fires");
    fires.source = MeasurementSource::System.into();
    "hotspots".clone_into(&mut fires.origin);
    section
}

/// Days and figures in force of a village, but for the zero with which a year begins.
async fn figures(harness: &Harness, village: &str) -> Vec<(i32, i32, i64)> {
    let request = ListMeasurementsRequest {
        division: division(village),
        filter: "indicator = \"fires\" AND source = \"SYSTEM\"".to_owned(),
        ..ListMeasurementsRequest::default()
    };
    let page = list_measurements(harness, TOWN, request).await.expect("a list");
    page.measurements
        .iter()
        .map(|figure| (figure.as_of_date.expect("a day"), figure.numerator))
        .filter(|(day, count)| (day.month, day.day, *count) != (1, 1, 0))
        .map(|(day, count)| (day.month, day.day, count))
        .collect()
}

/// Codes of the vetoes that stand against the pilot village.
async fn vetoes(harness: &Harness) -> Vec<String> {
    let rate = RateVillagesRequest {
        division: division(LANKAO),
        ..RateVillagesRequest::default()
    };
    rate_villages(harness, LANKAO, rate).await.expect("rated");
    let list = ListRatingsRequest {
        division: division(PILOT),
        ..ListRatingsRequest::default()
    };
    let ratings = list_ratings(harness, LANKAO, list).await.expect("a list").ratings;
    ratings[0].vetoes.iter().map(|veto| veto.veto.clone()).collect()
}

#[tokio::test]
async fn a_confirmed_fire_bars_the_village_and_an_exoneration_lifts_the_veto() {
    let harness = under(counting()).await;
    draw(&harness, (1, 1), town()).await.expect("drawn");
    let fire = report(&harness, at(5, 5), "1").await;
    assert_eq!(
        (figures(&harness, PILOT).await, vetoes(&harness).await),
        (vec![], vec![])
    );
    let fire = triage(&harness, &fire, HotspotState::Burning).await.expect("judged");
    assert!(fire.counted && fire.first_fire);
    assert_eq!(figures(&harness, PILOT).await, [(4, 1, 1)]);
    assert_eq!(vetoes(&harness).await, ["straw"]);

    // Another one, seen the day before but judged later, raises the figures from its own day on, and is the first fire.
    let earlier = ReportHotspotRequest {
        observe_time: Some(dates::timestamp(datetime!(2024-03-30 16:00 UTC))),
        ..sighting(&harness, at(45, 90), "2")
    };
    let earlier = report_hotspot(&harness, LANKAO, earlier).await.expect("taken");
    let earlier = triage(&harness, &earlier, HotspotState::Burning).await.expect("judged");
    assert!(earlier.first_fire);
    assert_eq!(figures(&harness, PILOT).await, [(3, 31, 1), (4, 1, 2)]);

    exonerate(&harness, &earlier).await.expect("exonerated");
    assert_eq!(figures(&harness, PILOT).await, [(3, 31, 0), (4, 1, 1)]);
    assert_eq!(vetoes(&harness).await, ["straw"]);
    let fire = exonerate(&harness, &fire).await.expect("exonerated");
    assert_eq!(
        (fire.state(), fire.counted, fire.first_fire),
        (HotspotState::Exonerated, false, false)
    );
    assert_eq!(figures(&harness, PILOT).await, [(3, 31, 0), (4, 1, 0)]);
    assert_eq!(vetoes(&harness).await, Vec::<String>::new());
    // A person's later word counts again; the village beside has nothing to do with it.
    let fire = triage(&harness, &fire, HotspotState::Burning).await.expect("corrected");
    assert!(fire.first_fire);
    assert_eq!(figures(&harness, PILOT).await, [(3, 31, 0), (4, 1, 1)]);
    assert_eq!(figures(&harness, SECOND).await, []);
    harness.stop().await;
}

#[tokio::test]
async fn the_new_year_begins_without_fires() {
    let harness = under(counting()).await;
    draw(&harness, (1, 1), town()).await.expect("drawn");
    harness.kit.clock.set(datetime!(2024-12-31 15:59 UTC));
    let old = report(&harness, at(5, 5), "1").await;
    triage(&harness, &old, HotspotState::Burning).await.expect("judged");
    assert_eq!(vetoes(&harness).await, ["straw"]);
    // Midnight in Shanghai.
    harness.kit.clock.set(datetime!(2024-12-31 16:00 UTC));
    assert_eq!(vetoes(&harness).await, Vec::<String>::new());
    let new = report(&harness, at(45, 90), "2").await;
    let new = triage(&harness, &new, HotspotState::Burning).await.expect("judged");
    assert!(new.first_fire, "of its year");
    assert_eq!(figures(&harness, PILOT).await, [(12, 31, 1), (1, 1, 1)]);
    assert_eq!(vetoes(&harness).await, ["straw"]);
    exonerate(&harness, &old).await.expect("exonerated");
    assert_eq!(figures(&harness, PILOT).await, [(12, 31, 0), (1, 1, 1)]);
    harness.stop().await;
}
