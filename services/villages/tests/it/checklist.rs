//! An indicator that is a checklist: the small-power list, once-at-most service.

use proto::xiangtu::villages::v1::{
    Checklist, ChecklistEntry, CriterionOutcome, IndicatorKind, Measurement, PlanChecklistItem, PlanIndicator,
    PlanSection, RateVillagesRequest, Rating, RecordMeasurementRequest,
};
use tonic::Status;

use crate::{
    calls::{get_rating, list_ratings, rate_villages, record_measurement},
    county::{LANKAO, day, fields, request_id},
    plan_section::{indicator, plan_about},
    township::{PILOT, division, figure, under},
};
use kit::testing::Harness;
use proto::xiangtu::villages::v1::{GetRatingRequest, ListRatingsRequest};

const ITEMS: [(&str, &str); 3] = [
    ("seal", "公章使用登记公开"),
    ("tender", "工程招投标公开"),
    ("subsidy", "补助评定公示"),
];

fn with_list() -> PlanSection {
    let list = PlanIndicator {
        unit: "项".to_owned(),
        checklist: ITEMS
            .map(|(code, display_name)| PlanChecklistItem {
                code: code.to_owned(),
                display_name: display_name.to_owned(),
            })
            .to_vec(),
        ..indicator("small_power", "小微权力清单", IndicatorKind::Ratio, 0)
    };
    plan_about(list, "100%")
}

fn entries(fulfilled: &[(&str, bool)]) -> Option<Checklist> {
    let entry = |(item, fulfilled): &(&str, bool)| ChecklistEntry {
        item: (*item).to_owned(),
        fulfilled: *fulfilled,
        evidence: if *fulfilled {
            vec!["村务公开栏照片".to_owned()]
        } else {
            Vec::new()
        },
    };
    Some(Checklist {
        entries: fulfilled.iter().map(entry).collect(),
    })
}

async fn record(harness: &Harness, measurement: Measurement) -> Result<Measurement, Status> {
    let request = RecordMeasurementRequest {
        measurement: Some(measurement),
        request_id: request_id(harness),
        ..RecordMeasurementRequest::default()
    };
    record_measurement(harness, LANKAO, request).await
}

pub async fn rating(harness: &Harness, village: &str, on: (i32, i32, i32)) -> Rating {
    let request = RateVillagesRequest {
        division: division(village),
        as_of: day(on.0, on.1, on.2),
        request_id: request_id(harness),
        ..RateVillagesRequest::default()
    };
    rate_villages(harness, LANKAO, request).await.expect("rated");
    let request = ListRatingsRequest {
        division: division(village),
        as_of: day(on.0, on.1, on.2),
        ..ListRatingsRequest::default()
    };
    let latest = list_ratings(harness, LANKAO, request).await.expect("a list").ratings;
    let request = GetRatingRequest {
        name: latest[0].name.clone(),
    };
    get_rating(harness, LANKAO, request).await.expect("a rating")
}

#[tokio::test]
async fn items_are_recorded_one_by_one_and_make_the_share() {
    let harness = under(with_list()).await;
    let list = |fulfilled: &[(&str, bool)]| Measurement {
        checklist: entries(fulfilled),
        ..figure(PILOT, "small_power", (2024, 3, 31), 0, None)
    };
    let two = list(&[("seal", true), ("tender", true), ("subsidy", false)]);
    let kept = record(&harness, two.clone()).await.expect("recorded");
    assert_eq!((kept.numerator, kept.denominator), (2, Some(3)));
    assert_eq!(kept.checklist, two.checklist);
    let failed = rating(&harness, PILOT, (2024, 3, 31)).await;
    assert_eq!(failed.criteria[0].statement, "1 more 项 of 3");

    let all = Measurement {
        supersedes: kept.name,
        numerator: 3,
        denominator: Some(3),
        ..list(&[("subsidy", true), ("seal", true), ("tender", true)])
    };
    record(&harness, all.clone()).await.expect("corrected");
    let holds = rating(&harness, PILOT, (2024, 3, 31)).await;
    assert_eq!(holds.criteria[0].outcome(), CriterionOutcome::Pass);

    let fresh = |fulfilled: &[(&str, bool)]| Measurement {
        as_of_date: day(2024, 3, 30),
        ..list(fulfilled)
    };
    let other = Measurement {
        indicator: "toilet".to_owned(),
        ..fresh(&[("seal", true)])
    };
    let claims = Measurement {
        numerator: 3,
        ..fresh(&[("seal", true), ("tender", true), ("subsidy", false)])
    };
    for (field, bad) in [
        ("measurement.checklist", fresh(&[("seal", true), ("tender", true)])),
        (
            "measurement.checklist",
            fresh(&[("seal", true), ("seal", true), ("tender", true), ("subsidy", true)]),
        ),
        (
            "measurement.checklist",
            Measurement {
                checklist: None,
                denominator: Some(3),
                ..fresh(&[])
            },
        ),
        ("measurement.checklist", other),
        ("measurement.numerator", claims),
    ] {
        let refused = record(&harness, bad).await.expect_err(field);
        assert_eq!(fields(&refused), [field], "{refused:?}");
    }
    harness.stop().await;
}
