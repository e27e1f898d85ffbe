use kit::testing::Harness;
use proto::xiangtu::villages::v1::{GetDivisionRequest, ListMeasurementsRequest, Measurement};

use crate::county::{Asks as _, LANKAO, counts, day, divisions, import, lankao, list, measurements, refusals};

async fn of(harness: &Harness, division: &str, superseded: bool) -> Vec<Measurement> {
    let request = ListMeasurementsRequest {
        division: division.to_owned(),
        show_superseded: superseded,
        page_size: 1_000,
        ..ListMeasurementsRequest::default()
    };
    let answer = measurements(harness)
        .list_measurements(harness.ask(LANKAO, request))
        .await
        .expect("a list");
    answer.into_inner().measurements
}

#[tokio::test]
async fn percentages_become_exact_ratios_and_a_second_import_changes_nothing() {
    let harness = lankao().await;
    let first = import(&harness, "village_indicators", &list("village_indicators"))
        .await
        .expect("taken");
    assert!(first.applied, "{:?}", first.errors);
    assert_eq!((first.row_count, first.updated_count), (466, 0));
    let again = import(&harness, "village_indicators", &list("village_indicators"))
        .await
        .expect("taken again");
    assert_eq!(counts(&again), (0, 0, first.inserted_count));

    let figures = of(&harness, "410225001001", false).await;
    let value = |indicator: &str| {
        let figure = figures
            .iter()
            .find(|figure| figure.indicator == indicator)
            .expect(indicator);
        (figure.numerator, figure.denominator)
    };
    assert_eq!(figures.len(), 10);
    assert!(figures.iter().all(|figure| figure.as_of_date == day(2024, 3, 31)));
    assert_eq!(value("main_street_hardened"), (978, Some(1_000)));
    assert_eq!(value("d_grade_houses"), (8, None));
    harness.stop().await;
}

#[tokio::test]
async fn another_value_is_a_correction() {
    let harness = lankao().await;
    let file = |value: &str| format!("village_code,period,lane_hardened_pct\n410225001001,2024-02,{value}\n");
    assert_eq!(
        counts(
            &import(&harness, "village_indicators", file("80.5").as_bytes())
                .await
                .expect("taken")
        ),
        (1, 0, 0)
    );
    assert_eq!(
        counts(
            &import(&harness, "village_indicators", file("81").as_bytes())
                .await
                .expect("taken")
        ),
        (0, 1, 0)
    );
    let revisions: Vec<_> = of(&harness, "410225001001", true)
        .await
        .iter()
        .map(|figure| (figure.revision, figure.numerator, figure.denominator, figure.as_of_date))
        .collect();
    assert_eq!(
        revisions,
        [
            (1, 805, Some(1_000), day(2024, 2, 29)),
            (2, 81, Some(100), day(2024, 2, 29))
        ]
    );
    harness.stop().await;
}

#[tokio::test]
async fn bad_rows_are_refused_by_line() {
    let harness = lankao().await;
    let rows =
        "410225001001,2024-03,100.1,\n410225001001,2024-13,1,\n410225001001,2024-03,1,-1\n4.10225E+11,2024-03,1,1\n";
    let file = format!("village_code,period,lane_hardened_pct,d_grade_houses\n{rows}");
    let report = import(&harness, "village_indicators", file.as_bytes())
        .await
        .expect("a report");
    assert_eq!(
        refusals(&report),
        [
            (2, "lane_hardened_pct", "OUT_OF_RANGE"),
            (3, "period", "BAD_DATE"),
            (4, "d_grade_houses", "OUT_OF_RANGE"),
            (5, "village_code", "CODE_AS_NUMBER")
        ]
    );
    let rows = "410225001001,2024-03,1\n410225001001,2024-03-31,2\n410225001002,2024-07,1\n410225001999,2024-03,1\n";
    let file = format!("village_code,period,lane_hardened_pct\n{rows}");
    let report = import(&harness, "village_indicators", file.as_bytes())
        .await
        .expect("a report");
    assert_eq!(
        refusals(&report),
        [
            (3, "village_code", "DUPLICATE"),
            (4, "period", "IN_FUTURE"),
            (5, "village_code", "UNKNOWN_DIVISION")
        ]
    );
    harness.stop().await;
}

#[tokio::test]
async fn villages_get_their_position_and_size() {
    let harness = lankao().await;
    let report = import(&harness, "villages", &list("villages")).await.expect("taken");
    assert_eq!((counts(&report), report.applied), ((469, 0, 0), true));
    let request = GetDivisionRequest {
        name: "divisions/410225001001".to_owned(),
        as_of: day(2024, 2, 29),
        known_at: None,
    };
    let division = divisions(&harness)
        .get_division(harness.ask(LANKAO, request))
        .await
        .expect("there")
        .into_inner();
    let profile = division.profile.expect("a profile");
    assert_eq!(
        (profile.registered_household_count, profile.resident_person_count),
        (Some(695), Some(1_446))
    );
    assert_eq!(
        profile.position.expect("a position").longitude.to_bits(),
        114.826_376_f64.to_bits()
    );
    let file = "code,arable_mu\n410225001001,1.5\n";
    assert_eq!(
        counts(&import(&harness, "villages", file.as_bytes()).await.expect("taken")),
        (0, 1, 0)
    );
    let request = GetDivisionRequest {
        name: "divisions/410225001001".to_owned(),
        as_of: None,
        known_at: None,
    };
    let division = divisions(&harness)
        .get_division(harness.ask(LANKAO, request))
        .await
        .expect("there")
        .into_inner();
    let profile = division.profile.expect("a profile");
    assert_eq!(
        (profile.arable_dm2, profile.registered_household_count),
        (Some(100_000), Some(695))
    );
    harness.stop().await;
}
