//! Figures that other services know come by their events, once, and are not asked for.

use std::time::Duration;

use kit::testing::Harness;
use proto::xiangtu::{
    event::v1::Event,
    homestead::v1::ArrearsCollected,
    sanitation::v1::{BinComplianceAssessed, QualityPeriod, ServiceQuality, ServiceQualityAssessed},
    r#type::v1::Ratio,
    villages::v1::{
        BatchRecordMeasurementsRequest, IndicatorKind, ListMeasurementsRequest, Measurement, MeasurementSource,
        PlanIndicator, PlanSection, RateVillagesRequest, RecordMeasurementRequest, batch_record_result::Outcome,
    },
};
use tonic::Code;

use crate::{
    calls::{batch_record_measurements, list_measurements, rate_villages, record_measurement},
    county::{LANKAO, behind, day, fields, import, reason, refusals, request_id},
    plan_section::{criterion, indicator, plan},
    township::{PILOT, SECOND, division, figure, under},
};

/// The plan, with the bins of a village and its arrears known elsewhere and asked for by the lower tier.
fn known_elsewhere() -> PlanSection {
    let mut section = plan();
    for (code, name, origin) in [
        ("waste_collected", "垃圾桶配备率", "sanitation.bins"),
        ("arrears", "有偿使用费收缴率", "homestead.arrears"),
    ] {
        section.indicators.push(PlanIndicator {
            source: MeasurementSource::System.into(),
            origin: origin.to_owned(),
            ..indicator(code, name, IndicatorKind::Ratio, 0)
        });
        section.tiers[0].criteria.push(criterion(code, "80%"));
    }
    section
}

fn bins(harness: &Harness, village: &str, date: i32, bin_count: i64) -> Event {
    let stated = BinComplianceAssessed {
        division: division(village),
        as_of: day(2024, 3, date),
        household_count: 412,
        bin_count,
        required_bin_count: 42,
        full_marks_bin_count: 83,
        sealed_bin_count: bin_count / 2,
        bin_marks_permille: 500,
        compliant: bin_count >= 42,
    };
    harness.event("sanitation", "bin_compliance.assessed", village, &stated)
}

fn arrears(harness: &Harness, village: &str, paid_and_billed: Option<(i64, i64)>) -> Event {
    let stated = ArrearsCollected {
        division: division(village),
        as_of: day(2024, 3, 31),
        collected_fen: paid_and_billed.map(|(numerator, denominator)| Ratio { numerator, denominator }),
        overdue_household_count: 3,
    };
    harness.event("homestead", "arrears.collected", village, &stated)
}

fn service(harness: &Harness, village: &str, period: QualityPeriod, collected: i64) -> Event {
    let ratio = |numerator, denominator| Some(Ratio { numerator, denominator });
    let stated = ServiceQualityAssessed {
        period: period.into(),
        service_quality: Some(ServiceQuality {
            division: division(village),
            from_date: day(2024, 3, 1),
            to_date: day(2024, 3, 31),
            coverage: ratio(collected, 7),
            frequency: ratio(200, 217),
            ..ServiceQuality::default()
        }),
    };
    harness.event("sanitation", "service_quality.assessed", village, &stated)
}

async fn system(harness: &Harness, village: &str, superseded: bool) -> Vec<Measurement> {
    let request = ListMeasurementsRequest {
        division: division(village),
        filter: "source = \"SYSTEM\"".to_owned(),
        show_superseded: superseded,
        ..ListMeasurementsRequest::default()
    };
    let answer = list_measurements(harness, LANKAO, request).await.expect("a list");
    answer.measurements
}

/// Waits until an origin has a figure of a village.
async fn until(harness: &Harness, village: &str, origin: &str, numerator: i64) {
    loop {
        let figures = system(harness, village, false).await;
        if figures
            .iter()
            .any(|it| it.indicator == origin && it.numerator == numerator)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn bins_and_arrears_come_by_events_once_under_replays_and_are_rated() {
    let harness = under(known_elsewhere()).await;
    let first = bins(&harness, PILOT, 31, 30);
    harness.publish(1, &first).await;
    until(&harness, PILOT, "sanitation.bins", 30).await;
    // The same event again, a later state of the same day, and the same state again under another event.
    harness.publish(2, &first).await;
    harness.publish(3, &bins(&harness, PILOT, 31, 50)).await;
    harness.publish(4, &bins(&harness, PILOT, 31, 50)).await;
    harness.publish(5, &bins(&harness, SECOND, 31, 0)).await;
    harness
        .publish(1, &arrears(&harness, PILOT, Some((90_000, 100_000))))
        .await;
    harness.publish(2, &arrears(&harness, SECOND, None)).await;
    until(&harness, SECOND, "sanitation.bins", 0).await;
    until(&harness, SECOND, "homestead.overdue_households", 3).await;
    // A Redis that lost its data hands out everything again.
    harness.lose_events("sanitation").await;
    harness.publish(1, &first).await;
    harness.publish(6, &bins(&harness, SECOND, 31, 42)).await;
    until(&harness, SECOND, "sanitation.bins", 42).await;

    let of = |figures: &[Measurement]| {
        let told = figures.iter().map(|it| {
            let value = (it.numerator, it.denominator, it.revision);
            (it.indicator.clone(), value)
        });
        told.collect::<Vec<_>>()
    };
    let expected = [
        ("homestead.arrears", (90_000, Some(100_000), 1)),
        ("homestead.overdue_households", (3, None, 1)),
        ("sanitation.bin_norms", (0, None, 1)),
        ("sanitation.bin_norms", (1, None, 2)),
        ("sanitation.bins", (30, Some(42), 1)),
        ("sanitation.bins", (42, Some(42), 2)),
        ("sanitation.sealed_bins", (15, Some(30), 1)),
        ("sanitation.sealed_bins", (25, Some(50), 2)),
    ];
    let expected = expected.map(|(origin, value)| (origin.to_owned(), value));
    assert_eq!(of(&system(&harness, PILOT, true).await), expected);
    // A village without bins has no share of them that close, and one without bills none that is paid.
    let second = of(&system(&harness, SECOND, false).await);
    let origins: Vec<&str> = second.iter().map(|(origin, _)| origin.as_str()).collect();
    assert_eq!(
        origins,
        [
            "homestead.overdue_households",
            "sanitation.bin_norms",
            "sanitation.bins",
            "sanitation.sealed_bins"
        ]
    );
    let figures = system(&harness, PILOT, false).await;
    assert!(figures.iter().all(|it| it.reporter == "system:intake"));
    assert_eq!(figures[2].evidence, [format!("sanitation complianceReports/{PILOT}")]);
    let parked = behind(&harness, "SELECT error FROM kit.inbox_parked").await;
    assert_eq!(parked, [""; 0]);

    let request = RateVillagesRequest {
        division: division(LANKAO),
        as_of: day(2024, 3, 31),
        ..RateVillagesRequest::default()
    };
    rate_villages(&harness, LANKAO, request).await.expect("rated");
    let values = behind(
        &harness,
        "SELECT encode(content, 'escape') FROM ratings WHERE division_code = '410225101201'",
    )
    .await;
    assert!(
        values[0].contains("42/42") && values[0].contains("90000/100000"),
        "{values:?}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn the_service_of_a_month_comes_by_events_and_that_of_a_day_does_not() {
    let harness = under(plan()).await;
    harness
        .publish(1, &service(&harness, PILOT, QualityPeriod::Month, 5))
        .await;
    harness
        .publish(2, &service(&harness, PILOT, QualityPeriod::Day, 1))
        .await;
    harness
        .publish(3, &service(&harness, PILOT, QualityPeriod::Month, 6))
        .await;
    until(&harness, PILOT, "sanitation.coverage", 6).await;
    let figures = system(&harness, PILOT, true).await;
    let told: Vec<_> = figures
        .iter()
        .map(|it| (it.indicator.as_str(), it.numerator, it.denominator))
        .collect();
    let expected = [
        ("sanitation.coverage", 5, Some(7)),
        ("sanitation.coverage", 6, Some(7)),
        ("sanitation.frequency", 200, Some(217)),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        figures[0].evidence,
        [format!("sanitation serviceQualities?division=divisions/{PILOT}")]
    );
    harness.stop().await;
}

#[tokio::test]
async fn what_is_known_elsewhere_is_refused_through_every_door_with_the_place_where_it_is_read() {
    let harness = under(known_elsewhere()).await;
    let entry = figure(PILOT, "waste_collected", (2024, 3, 31), 40, Some(42));
    let resource = format!("sanitation complianceReports/{PILOT}");

    let request = RecordMeasurementRequest {
        measurement: Some(entry.clone()),
        request_id: request_id(&harness),
        ..RecordMeasurementRequest::default()
    };
    let single = record_measurement(&harness, LANKAO, request).await.expect_err("known");
    assert_eq!(
        (single.code(), reason(&single).as_str()),
        (Code::FailedPrecondition, "FIGURE_KNOWN")
    );
    assert!(single.message().contains(&resource) && single.message().contains("sanitation.bins"));

    let request = BatchRecordMeasurementsRequest {
        measurements: vec![
            entry.clone(),
            figure(PILOT, "arrears", (2024, 3, 31), 1, Some(2)),
            figure(PILOT, "toilet", (2024, 3, 31), 300, Some(412)),
        ],
        request_id: request_id(&harness),
    };
    let batch = batch_record_measurements(&harness, LANKAO, request)
        .await
        .expect("answered");
    let messages: Vec<String> = batch
        .results
        .into_iter()
        .map(|result| match result.outcome {
            Some(Outcome::Error(status)) => status.message,
            _ => String::new(),
        })
        .collect();
    assert!(messages[0].contains(&resource), "{messages:?}");
    assert!(messages[1].contains("homestead ageingReport"), "{messages:?}");
    assert_eq!(messages[2], "");

    let rows = format!("{PILOT},2024-03,95,60\n{SECOND},2024-03,,70\n");
    let file = format!("village_code,period,waste_collected_pct,lane_hardened_pct\n{rows}");
    let report = import(&harness, "village_indicators", file.as_bytes())
        .await
        .expect("a report");
    assert_eq!(refusals(&report), [(2, "waste_collected_pct", "FIGURE_KNOWN")]);
    assert!(
        !report.applied && report.errors[0].message.contains(&resource),
        "{report:?}"
    );

    // Nobody speaks for a service, by source or by the name of its figures.
    for (field, change) in [
        (
            "measurement.source",
            (|it| it.source = MeasurementSource::System.into()) as fn(&mut Measurement),
        ),
        ("measurement.indicator", |it| {
            it.indicator = "sanitation.bins".to_owned();
        }),
    ] {
        let mut measurement = entry.clone();
        change(&mut measurement);
        let request = RecordMeasurementRequest {
            measurement: Some(measurement),
            request_id: request_id(&harness),
            ..RecordMeasurementRequest::default()
        };
        let refused = record_measurement(&harness, LANKAO, request).await.expect_err(field);
        assert_eq!(fields(&refused), [field]);
    }
    let kept = behind(&harness, "SELECT indicator FROM measurements").await;
    assert_eq!(kept, ["toilet"]);
    harness.stop().await;
}
