//! What is known is not asked again, and what is asked by hand is counted.

use proto::xiangtu::villages::v1::{
    Burden, ListBurdensRequest, Measurement, MeasurementSource, RecordMeasurementRequest,
};
use tonic::Code;

use crate::{
    calls::{list_burdens, record_measurement},
    county::{LANKAO, fields, import, reason, refusals, request_id},
    plan_section::plan,
    township::{
        MONDAY, PILOT, SECOND, SECOND_MONDAY, TOWN, at_work, code, division, figure, record, report, task, under,
    },
};

fn found(village: &str, numerator: i64) -> Measurement {
    Measurement {
        source: MeasurementSource::Inspection.into(),
        ..figure(village, "toilet", (2024, 3, 31), numerator, Some(412))
    }
}

#[tokio::test]
async fn a_village_is_not_asked_for_what_an_inspection_found() {
    let harness = under(plan()).await;
    let before = record(&harness, vec![figure(SECOND, "toilet", (2024, 3, 31), 310, Some(412))]).await;
    let inspections = record(&harness, vec![found(PILOT, 300), found(SECOND, 300)]).await;
    let single = async |measurement: Measurement| {
        let request = RecordMeasurementRequest {
            measurement: Some(measurement),
            request_id: request_id(&harness),
            ..RecordMeasurementRequest::default()
        };
        record_measurement(&harness, LANKAO, request).await
    };
    let again = single(figure(PILOT, "toilet", (2024, 3, 31), 300, Some(412)))
        .await
        .expect_err("known");
    assert_eq!(
        (again.code(), reason(&again).as_str()),
        (Code::FailedPrecondition, "FIGURE_KNOWN")
    );
    assert!(again.message().contains(&inspections[0].name), "{again:?}");
    single(figure(PILOT, "toilet", (2024, 4, 1), 301, Some(412)))
        .await
        .expect("of another day");
    // What was reported before the inspection may be put right.
    let right = Measurement {
        supersedes: before[0].name.clone(),
        ..figure(SECOND, "toilet", (2024, 3, 31), 300, Some(412))
    };
    single(right).await.expect("corrected");

    let lanes = Measurement {
        indicator: "lane_hardened".to_owned(),
        ..found(PILOT, 300)
    };
    record(&harness, vec![lanes]).await;
    let file = format!("village_code,period,lane_hardened_pct\n{PILOT},2024-03,75\n");
    let refused = import(&harness, "village_indicators", file.as_bytes())
        .await
        .expect("a report");
    assert_eq!(refusals(&refused), [(2, "lane_hardened_pct", "FIGURE_KNOWN")]);
    harness.stop().await;
}

fn counts(burdens: &[Burden]) -> Vec<(&str, i64, i64, i64)> {
    let counts = burdens.iter().map(|it| {
        (
            code(&it.division),
            it.self_report_count,
            it.progress_report_count,
            it.inspection_count,
        )
    });
    counts.collect()
}

#[tokio::test]
async fn what_villages_enter_by_hand_is_counted_by_week_and_kind() {
    let harness = at_work(plan()).await;
    record(
        &harness,
        vec![
            figure(PILOT, "toilet", (2024, 3, 31), 300, Some(412)),
            figure(PILOT, "danger", (2024, 3, 31), 2, None),
            found(SECOND, 300),
        ],
    )
    .await;
    let bins = task(&harness, PILOT, "set_bins").await.name;
    report(&harness, &bins, (2024, 4, 1), 1).await.expect("taken");
    harness.kit.clock.set(SECOND_MONDAY);
    report(&harness, &bins, (2024, 4, 8), 2).await.expect("taken");

    let of = async |scope: &str, week: &str, page_size: i32, page_token: &str| {
        let request = ListBurdensRequest {
            division: division(TOWN),
            week: week.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
        };
        list_burdens(&harness, scope, request).await
    };
    let first = of(LANKAO, "2024-W14", 0, "").await.expect("a list");
    assert_eq!(counts(&first.burdens), [(PILOT, 2, 1, 0), (SECOND, 0, 0, 1)]);
    assert_eq!(first.burdens[0].week, "2024-W14");
    let present = of(LANKAO, "", 0, "").await.expect("a list");
    assert_eq!(counts(&present.burdens), [(PILOT, 0, 1, 0)]);
    let page = of(LANKAO, "2024-W14", 1, "").await.expect("a page");
    let next = of(LANKAO, "2024-W14", 1, &page.next_page_token)
        .await
        .expect("the next");
    assert_eq!(
        (counts(&page.burdens), counts(&next.burdens)),
        (vec![(PILOT, 2, 1, 0)], vec![(SECOND, 0, 0, 1)])
    );
    let bad = of(LANKAO, "2024-14", 0, "").await.expect_err("no week");
    assert_eq!(fields(&bad), ["week"]);
    assert_eq!(
        of("410225102", "", 0, "").await.expect_err("a sibling").code(),
        Code::NotFound
    );
    harness.kit.clock.set(MONDAY);
    harness.stop().await;
}
