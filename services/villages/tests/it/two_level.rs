//! An indicator that is counted by natural villages.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    IndicatorKind, Measurement, MergeDivisionsRequest, PlanIndicator, PlanSection, PlanTwoLevel, Rating,
    RecordMeasurementRequest, UnitOutcome,
};
use tonic::{Code, Status};

use crate::{
    calls::{merge_divisions, record_measurement},
    checklist::rating,
    county::{LANKAO, day, fields, import, reason, refusals, request_id},
    plan_section::{indicator, plan_about},
    township::{MONDAY, PILOT, SECOND, division, figure, record, under},
};

const EAST: &str = "410225101201001";
const WEST: &str = "410225101201002";
const HILLSIDE: &str = "410225101201003";
const RIVER: &str = "410225101202001";

/// A village must have sewage treated in half of its natural villages, each of which counts from 60 % of its households on.
fn sewage() -> PlanSection {
    let sewage = PlanIndicator {
        unit: "个".to_owned(),
        two_level: Some(PlanTwoLevel {
            unit_threshold: "60%".to_owned(),
        }),
        ..indicator("sewage_treated", "生活污水治理率", IndicatorKind::Ratio, 0)
    };
    plan_about(sewage, "50%")
}

/// A county of three natural villages in the pilot village and one in the second.
async fn natural_villages() -> Harness {
    let harness = under(sewage()).await;
    let groups = format!(
        "group_code,village_code,name\n{EAST},{PILOT},东庄\n{WEST},{PILOT},西庄\n{HILLSIDE},{PILOT},坡上\n\
         {RIVER},{SECOND},河湾\n"
    );
    let report = import(&harness, "groups", groups.as_bytes()).await.expect("taken");
    assert!(report.applied, "{report:?}");
    harness
}

fn served(unit: &str, date: i32, numerator: i64) -> Measurement {
    figure(unit, "sewage_treated", (2024, 3, date), numerator, Some(50))
}

async fn one(harness: &Harness, measurement: Measurement) -> Result<Measurement, Status> {
    let request = RecordMeasurementRequest {
        measurement: Some(measurement),
        request_id: request_id(harness),
        ..RecordMeasurementRequest::default()
    };
    record_measurement(harness, LANKAO, request).await
}

/// Value of the criterion, and name, outcome and missing households of each natural village.
fn told(rating: &Rating) -> (&str, Vec<(&str, UnitOutcome, i64)>) {
    let units = rating.unit_counts.iter().flat_map(|count| &count.units);
    let units = units.map(|unit| (unit.display_name.as_str(), unit.outcome(), unit.missing_count));
    (rating.criteria[0].value.as_str(), units.collect())
}

#[tokio::test]
async fn a_natural_village_counts_from_its_threshold_and_the_rating_says_which() {
    let harness = natural_villages().await;
    let kept = record(&harness, vec![served(EAST, 10, 30), served(WEST, 10, 29)]).await;
    let first = rating(&harness, PILOT, (2024, 3, 31)).await;
    let expected = vec![
        ("东庄", UnitOutcome::Counts, 0),
        ("西庄", UnitOutcome::Misses, 1),
        ("坡上", UnitOutcome::NoData, 0),
    ];
    assert_eq!(told(&first), ("1/3", expected));
    assert_eq!(first.criteria[0].statement, "1 more 个 of 3");
    assert_eq!(first.criteria[0].measurement, "");
    let count = &first.unit_counts[0];
    assert_eq!(
        (count.counted_count, count.all_count, count.unit_threshold.as_str()),
        (1, 3, "60%")
    );
    assert_eq!(count.units[0].measurement, kept[0].name);
    assert_eq!(count.units[1].value, "29/50");
    let then = harness.kit.clock.now();
    harness.kit.clock.advance(time::Duration::HOUR);

    // One more household in the west, and the hillside is being relocated.
    let west = Measurement {
        supersedes: kept[1].name.clone(),
        ..served(WEST, 10, 30)
    };
    let relocated = Measurement {
        unit_deducted: true,
        evidence: vec!["搬迁批复".to_owned()],
        ..figure(HILLSIDE, "sewage_treated", (2024, 3, 20), 0, None)
    };
    record(&harness, vec![west, relocated]).await;
    let second = rating(&harness, PILOT, (2024, 3, 31)).await;
    let expected = vec![
        ("东庄", UnitOutcome::Counts, 0),
        ("西庄", UnitOutcome::Counts, 0),
        ("坡上", UnitOutcome::Deducted, 0),
    ];
    assert_eq!((told(&second), second.tier.as_str()), (("2/2", expected), "compliant"));
    // A day on which only the correction was known, and an instant at which it was not.
    let earlier = rating(&harness, PILOT, (2024, 3, 15)).await;
    assert_eq!(earlier.criteria[0].value, "2/3");
    let known = known_at(&harness, then).await;
    assert_eq!((known.criteria[0].value.as_str(), known.tier.as_str()), ("1/3", ""));
    harness.stop().await;
}

async fn known_at(harness: &Harness, instant: time::OffsetDateTime) -> Rating {
    use proto::xiangtu::villages::v1::{GetRatingRequest, ListRatingsRequest, RateVillagesRequest};
    let request = RateVillagesRequest {
        division: division(PILOT),
        as_of: day(2024, 3, 31),
        known_at: Some(kit::dates::timestamp(instant)),
        request_id: request_id(harness),
        ..RateVillagesRequest::default()
    };
    crate::calls::rate_villages(harness, LANKAO, request)
        .await
        .expect("rated");
    let request = ListRatingsRequest {
        division: division(PILOT),
        ..ListRatingsRequest::default()
    };
    let ratings = crate::calls::list_ratings(harness, LANKAO, request)
        .await
        .expect("a list")
        .ratings;
    let then = Some(kit::dates::timestamp(instant));
    let found = ratings
        .into_iter()
        .find(|rating| rating.known_at == then)
        .expect("rated then");
    let request = GetRatingRequest { name: found.name };
    crate::calls::get_rating(harness, LANKAO, request)
        .await
        .expect("a rating")
}

#[tokio::test]
async fn figures_of_the_wrong_level_are_refused() {
    let harness = natural_villages().await;
    let of_village = one(&harness, served(PILOT, 10, 30)).await.expect_err("counted by unit");
    assert_eq!(
        (of_village.code(), reason(&of_village).as_str()),
        (Code::FailedPrecondition, "COUNTED_BY_UNIT")
    );
    let file = format!("village_code,period,sewage_treated_pct\n{PILOT},2024-03,60\n");
    let report = import(&harness, "village_indicators", file.as_bytes())
        .await
        .expect("a report");
    assert_eq!(refusals(&report), [(2, "sewage_treated_pct", "COUNTED_BY_UNIT")]);
    let bad = [
        (
            "measurement.division",
            figure(EAST, "toilet", (2024, 3, 10), 1, Some(2)),
        ),
        (
            "measurement.denominator",
            figure(EAST, "sewage_treated", (2024, 3, 10), 1, None),
        ),
        (
            "measurement.unit_deducted",
            Measurement {
                unit_deducted: true,
                ..figure(EAST, "sewage_treated", (2024, 3, 10), 0, None)
            },
        ),
        (
            "measurement.unit_deducted",
            Measurement {
                unit_deducted: true,
                evidence: vec!["批复".to_owned()],
                ..figure(PILOT, "sewage_treated", (2024, 3, 10), 0, None)
            },
        ),
    ];
    for (field, measurement) in bad {
        let refused = one(&harness, measurement).await.expect_err(field);
        assert_eq!(fields(&refused), [field], "{refused:?}");
    }
    harness.stop().await;
}

#[tokio::test]
async fn natural_villages_of_a_merged_village_go_on_with_the_one_that_took_it_in() {
    let harness = natural_villages().await;
    record(&harness, vec![served(EAST, 10, 30), served(RIVER, 10, 50)]).await;
    harness.kit.clock.set(MONDAY + time::Duration::days(60));
    let merge = MergeDivisionsRequest {
        target: division(PILOT),
        sources: vec![division(SECOND)],
        effective_date: day(2024, 5, 1),
        request_id: request_id(&harness),
        ..MergeDivisionsRequest::default()
    };
    merge_divisions(&harness, LANKAO, merge).await.expect("merged");
    assert_eq!(rating(&harness, PILOT, (2024, 4, 30)).await.criteria[0].value, "1/3");
    let merged = rating(&harness, PILOT, (2024, 5, 1)).await;
    assert_eq!(
        (merged.criteria[0].value.as_str(), merged.tier.as_str()),
        ("2/4", "compliant")
    );
    let ended = one(&harness, figure(RIVER, "sewage_treated", (2024, 5, 2), 50, Some(50)));
    assert_eq!(reason(&ended.await.expect_err("ended")), "DIVISION_ENDED");

    // Registered again under its new village and its old name it is the same, and goes on with new figures.
    let river = "410225101201004";
    let groups = format!("group_code,village_code,name\n{river},{PILOT},河湾\n");
    let header = proto::xiangtu::transfer::v1::ImportHeader {
        effective_date: "2024-05-01".to_owned(),
        ..crate::county::header("groups")
    };
    let report = crate::county::import_as(&harness, LANKAO, header, groups.as_bytes())
        .await
        .expect("taken");
    assert!(report.applied, "{report:?}");
    let again = rating(&harness, PILOT, (2024, 5, 1)).await;
    assert_eq!(again.criteria[0].value, "2/4");
    assert!(
        again.unit_counts[0]
            .units
            .iter()
            .any(|unit| unit.division == division(river))
    );
    one(&harness, figure(river, "sewage_treated", (2024, 5, 3), 10, Some(50)))
        .await
        .expect("its own now");
    assert_eq!(rating(&harness, PILOT, (2024, 5, 3)).await.criteria[0].value, "1/4");
    harness.stop().await;
}
