//! Doubted figures: taken, flagged, and without evidence not counted.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    ListMeasurementsRequest, Measurement, MeasurementFlag, MeasurementSource, PlanGuard, PlanSection,
    SimulateRatingsRequest,
};

use crate::{
    calls::{list_measurements, simulate_ratings},
    checklist::rating,
    county::{LANKAO, behind, counts, day, import},
    plan_section::plan,
    township::{PILOT, SECOND, division, figure, record, under},
};

/// Toilets may grow by four a day and never fall, and a full share asks for evidence.
fn guarded() -> PlanSection {
    let mut section = plan();
    section.indicators[0].guard = Some(PlanGuard {
        max_daily_gain_count: 4,
        irreversible: true,
        evidence_at_full: true,
        ..PlanGuard::default()
    });
    section
}

fn toilets(on: (i32, i32, i32), numerator: i64) -> Measurement {
    figure(PILOT, "toilet", on, numerator, Some(412))
}

async fn one(harness: &Harness, measurement: Measurement) -> Measurement {
    record(harness, vec![measurement]).await.remove(0)
}

async fn value(harness: &Harness) -> String {
    let rating = rating(harness, PILOT, (2024, 3, 31)).await;
    rating.criteria[0].value.clone()
}

#[tokio::test]
async fn a_jump_does_not_count_until_it_is_corrected_with_evidence() {
    let harness = under(guarded()).await;
    one(&harness, toilets((2024, 3, 1), 200)).await;
    let fair = one(&harness, toilets((2024, 3, 11), 240)).await;
    assert_eq!((fair.held, fair.flags().count()), (false, 0));
    let jump = one(&harness, toilets((2024, 3, 21), 281)).await;
    assert_eq!(jump.flags().collect::<Vec<_>>(), [MeasurementFlag::Jump]);
    assert!(jump.held);
    assert_eq!(value(&harness).await, "240/412", "the figure before counts");
    let held = ListMeasurementsRequest {
        filter: "held = true".to_owned(),
        ..ListMeasurementsRequest::default()
    };
    let held = list_measurements(&harness, LANKAO, held)
        .await
        .expect("a list")
        .measurements;
    assert_eq!(held.iter().map(|it| &it.name).collect::<Vec<_>>(), [&jump.name]);
    let then = harness.kit.clock.now();
    harness.kit.clock.advance(time::Duration::HOUR);

    let confirmed = Measurement {
        supersedes: jump.name,
        evidence: vec!["验收单 2024-31".to_owned()],
        ..toilets((2024, 3, 21), 281)
    };
    let confirmed = one(&harness, confirmed).await;
    assert_eq!(confirmed.flags().collect::<Vec<_>>(), [MeasurementFlag::Jump]);
    assert!(!confirmed.held);
    assert_eq!(value(&harness).await, "281/412");
    // What was known before the evidence came stays what it was.
    let before = SimulateRatingsRequest {
        division: division(PILOT),
        as_of: day(2024, 3, 31),
        known_at: Some(kit::dates::timestamp(then)),
        ..SimulateRatingsRequest::default()
    };
    simulate_ratings(&harness, LANKAO, before).await.expect("as known then");
    // From the confirmed figure on, the next one is no jump.
    let next = one(&harness, toilets((2024, 3, 22), 285)).await;
    assert!(!next.held);
    harness.stop().await;
}

#[tokio::test]
async fn an_inspection_tells_whatever_is_held() {
    let harness = under(guarded()).await;
    one(&harness, toilets((2024, 3, 1), 200)).await;
    assert!(one(&harness, toilets((2024, 3, 11), 400)).await.held);
    let inspection = Measurement {
        source: MeasurementSource::Inspection.into(),
        ..toilets((2024, 3, 11), 399)
    };
    let inspection = one(&harness, inspection).await;
    assert_eq!((inspection.held, inspection.flags().count()), (false, 0));
    assert_eq!(value(&harness).await, "399/412");
    assert!(
        !one(&harness, toilets((2024, 3, 12), 400)).await.held,
        "measured from the inspection"
    );
    let less = one(&harness, toilets((2024, 3, 13), 398)).await;
    assert_eq!(less.flags().collect::<Vec<_>>(), [MeasurementFlag::Reversal]);
    assert_eq!(value(&harness).await, "400/412");
    let full = Measurement {
        evidence: vec!["照片".to_owned()],
        ..toilets((2024, 3, 20), 412)
    };
    assert_eq!(one(&harness, full).await.flags().count(), 0);
    harness.stop().await;
}

/// The later figure is corrected first, then the earlier one: each is judged by what counted when it came.
#[tokio::test]
async fn corrections_in_reverse_order_are_judged_when_they_come() {
    let harness = under(guarded()).await;
    let first = one(&harness, toilets((2024, 3, 1), 200)).await;
    let second = one(&harness, toilets((2024, 3, 11), 240)).await;
    let correct = |before: &Measurement, numerator| Measurement {
        supersedes: before.name.clone(),
        numerator,
        name: String::new(),
        ..before.clone()
    };
    let later = one(&harness, correct(&second, 250)).await;
    assert!(later.held, "fifty in ten days since 200");
    let earlier = one(&harness, correct(&first, 210)).await;
    assert!(!earlier.held);
    let again = one(&harness, correct(&later, 250)).await;
    assert!(!again.held, "forty in ten days since 210");
    assert_eq!(value(&harness).await, "250/412");
    harness.stop().await;
}

#[tokio::test]
async fn a_file_carries_no_evidence_so_what_is_doubted_in_it_is_held() {
    let mut section = guarded();
    section.indicators[0].code = "toilet_converted".to_owned();
    for criterion in section.tiers.iter_mut().flat_map(|tier| &mut tier.criteria) {
        criterion.indicator = criterion.indicator.replace("toilet", "toilet_converted");
    }
    section.task_templates.clear();
    let harness = under(section).await;
    let file = format!("village_code,period,toilet_converted_pct\n{PILOT},2024-02,100\n{SECOND},2024-02,60\n");
    let taken = import(&harness, "village_indicators", file.as_bytes())
        .await
        .expect("taken");
    assert_eq!((taken.applied, counts(&taken)), (true, (2, 0, 0)));
    let flags = "SELECT concat_ws(' ', division_code, held, array_to_string(flags, ',')) FROM measurements ORDER BY 1";
    assert_eq!(
        behind(&harness, flags).await,
        [format!("{PILOT} t FULL_WITHOUT_EVIDENCE"), format!("{SECOND} f ")]
    );
    let again = import(&harness, "village_indicators", file.as_bytes())
        .await
        .expect("taken again");
    assert_eq!(counts(&again), (0, 0, 2), "what is held is known too");
    harness.stop().await;
}
