use kit::{dates, testing::Harness};
use proto::xiangtu::villages::v1::{
    AbolishDivisionRequest, BatchRecordMeasurementsRequest, ListMeasurementsRequest, Measurement, MeasurementSource,
    RecordMeasurementRequest, batch_record_result::Outcome,
};
use time::Duration;
use tonic::{Code, Status};

use crate::county::{Asks as _, LANKAO, behind, day, divisions, fields, lankao, measurements, reason, request_id};

fn lanes(numerator: i64) -> Measurement {
    Measurement {
        division: "divisions/410225001213".to_owned(),
        indicator: "lane_hardened".to_owned(),
        as_of_date: day(2024, 5, 31),
        numerator,
        denominator: Some(1_000),
        source: MeasurementSource::SelfReport.into(),
        evidence: vec!["photos/1".to_owned()],
        ..Measurement::default()
    }
}

async fn record(harness: &Harness, measurement: Measurement) -> Result<Measurement, Status> {
    let request_id = request_id(harness);
    let request = RecordMeasurementRequest {
        measurement: Some(measurement),
        validate_only: false,
        request_id,
    };
    measurements(harness)
        .record_measurement(harness.ask(LANKAO, request))
        .await
        .map(tonic::Response::into_inner)
}

async fn listed(harness: &Harness, request: ListMeasurementsRequest) -> Vec<i64> {
    let answer = measurements(harness)
        .list_measurements(harness.ask(LANKAO, request))
        .await
        .expect("a list");
    answer
        .into_inner()
        .measurements
        .iter()
        .map(|measurement| measurement.numerator)
        .collect()
}

#[tokio::test]
async fn a_correction_supersedes_and_what_was_known_stays_answerable() {
    let harness = lankao().await;
    let first = record(&harness, lanes(640)).await.expect("recorded");
    assert_eq!((first.revision, first.reporter.as_str()), (1, "officer"));
    let twice = record(&harness, lanes(650)).await.expect_err("there already");
    assert_eq!(twice.code(), Code::AlreadyExists);
    let then = dates::timestamp(harness.kit.clock.now());

    harness.kit.clock.advance(Duration::DAY);
    let second = record(
        &harness,
        Measurement {
            supersedes: first.name.clone(),
            ..lanes(700)
        },
    )
    .await
    .expect("corrected");
    assert_eq!((second.revision, second.supersedes.as_str()), (2, first.name.as_str()));
    let late = record(
        &harness,
        Measurement {
            supersedes: first.name.clone(),
            ..lanes(710)
        },
    )
    .await
    .expect_err("late");
    assert_eq!(
        (late.code(), reason(&late).as_str()),
        (Code::FailedPrecondition, "MEASUREMENT_SUPERSEDED")
    );
    let elsewhere = Measurement {
        indicator: "lighting".to_owned(),
        supersedes: second.name.clone(),
        ..lanes(1)
    };
    assert_eq!(
        fields(&record(&harness, elsewhere).await.expect_err("another fact")),
        ["measurement.supersedes"]
    );

    let all = ListMeasurementsRequest::default;
    assert_eq!(listed(&harness, all()).await, [700]);
    assert_eq!(
        listed(
            &harness,
            ListMeasurementsRequest {
                known_at: Some(then),
                ..all()
            }
        )
        .await,
        [640]
    );
    assert_eq!(
        listed(
            &harness,
            ListMeasurementsRequest {
                show_superseded: true,
                ..all()
            }
        )
        .await,
        [640, 700]
    );
    assert_eq!(
        listed(
            &harness,
            ListMeasurementsRequest {
                as_of: day(2024, 5, 30),
                ..all()
            }
        )
        .await,
        [0_i64; 0]
    );
    let events = behind(
        &harness,
        "SELECT subject FROM kit.outbox WHERE type = 'measurement.recorded' ORDER BY id",
    )
    .await;
    assert_eq!(events, [first.name, second.name]);
    harness.stop().await;
}

#[tokio::test]
async fn the_latest_figure_up_to_a_date_is_the_one_in_force() {
    let harness = lankao().await;
    for (month, numerator) in [(3, 300), (4, 400), (5, 500)] {
        let figure = Measurement {
            as_of_date: day(2024, month, 1),
            ..lanes(numerator)
        };
        record(&harness, figure).await.expect("recorded");
    }
    let inspection = Measurement {
        source: MeasurementSource::Inspection.into(),
        ..lanes(450)
    };
    record(&harness, inspection).await.expect("recorded");
    let on = |month, date| ListMeasurementsRequest {
        as_of: day(2024, month, date),
        ..ListMeasurementsRequest::default()
    };
    assert_eq!(listed(&harness, on(4, 30)).await, [400]);
    assert_eq!(listed(&harness, on(5, 31)).await, [500, 450]);
    let filter = r#"source = "INSPECTION""#.to_owned();
    assert_eq!(
        listed(&harness, ListMeasurementsRequest { filter, ..on(5, 31) }).await,
        [450]
    );
    harness.stop().await;
}

#[tokio::test]
async fn bad_figures_are_refused_and_change_nothing() {
    let harness = lankao().await;
    let refused = async |change: fn(&mut Measurement)| {
        let mut figure = lanes(640);
        change(&mut figure);
        let status = record(&harness, figure).await.expect_err("refused");
        (status.code(), fields(&status).join(" "))
    };
    let invalid = |field: &str| (Code::InvalidArgument, format!("measurement.{field}"));
    assert_eq!(refused(|figure| figure.numerator = 1_001).await, invalid("numerator"));
    assert_eq!(refused(|figure| figure.deductible = 361).await, invalid("numerator"));
    assert_eq!(refused(|figure| figure.numerator = -1).await, invalid("numerator"));
    assert_eq!(
        refused(|figure| figure.denominator = Some(0)).await,
        invalid("denominator")
    );
    assert_eq!(refused(|figure| figure.deductible = 1_000).await, invalid("deductible"));
    assert_eq!(
        refused(|figure| figure.as_of_date = day(2023, 2, 29)).await,
        invalid("as_of_date")
    );
    assert_eq!(
        refused(|figure| figure.as_of_date = day(2024, 6, 2)).await,
        invalid("as_of_date")
    );
    assert_eq!(refused(|figure| figure.source = 0).await, invalid("source"));
    assert_eq!(refused(|figure| figure.source = 9).await, invalid("source"));
    assert_eq!(
        refused(|figure| figure.indicator = "Lane".to_owned()).await,
        invalid("indicator")
    );
    assert_eq!(
        refused(|figure| figure.division = "410225001".to_owned()).await,
        invalid("division")
    );
    assert_eq!(
        refused(|figure| figure.evidence = vec![String::new()]).await,
        invalid("evidence[0]")
    );
    let both = refused(|figure| {
        figure.source = 0;
        figure.numerator = -1;
    })
    .await;
    assert_eq!(both.1, "measurement.source measurement.numerator");
    assert_eq!(
        refused(|figure| figure.division = "410225001999".to_owned()).await.0,
        Code::NotFound
    );
    let request = RecordMeasurementRequest {
        measurement: Some(lanes(1)),
        validate_only: false,
        request_id: String::new(),
    };
    let nameless = measurements(&harness)
        .record_measurement(harness.ask(LANKAO, request))
        .await;
    assert_eq!(fields(&nameless.expect_err("no id")), ["request_id"]);
    let request_id = request_id(&harness);
    let request = RecordMeasurementRequest {
        measurement: Some(lanes(1)),
        validate_only: true,
        request_id,
    };
    measurements(&harness)
        .record_measurement(harness.ask(LANKAO, request.clone()))
        .await
        .expect("possible");
    let sibling = measurements(&harness)
        .record_measurement(harness.ask("410225002", request))
        .await;
    assert_eq!(sibling.expect_err("not theirs").code(), Code::NotFound);
    assert_eq!(behind(&harness, "SELECT count(*)::text FROM measurements").await, ["0"]);

    let leap = Measurement {
        as_of_date: day(2024, 2, 29),
        ..lanes(640)
    };
    record(&harness, leap).await.expect("a leap year");
    let count = Measurement {
        indicator: "d_grade_houses".to_owned(),
        denominator: None,
        ..lanes(8)
    };
    assert_eq!(record(&harness, count).await.expect("a count").denominator, None);
    harness.stop().await;
}

#[tokio::test]
async fn a_batch_answers_each_figure_for_itself() {
    let harness = lankao().await;
    let figures = vec![
        lanes(640),
        lanes(1_001),
        lanes(640),
        Measurement {
            division: "410225001214".to_owned(),
            ..lanes(1)
        },
    ];
    let request = BatchRecordMeasurementsRequest {
        measurements: figures,
        request_id: request_id(&harness),
    };
    let batch = async |scope: &str, request: BatchRecordMeasurementsRequest| {
        measurements(&harness)
            .batch_record_measurements(harness.ask(scope, request))
            .await
            .map(tonic::Response::into_inner)
    };
    let answer = batch(LANKAO, request.clone()).await.expect("answered");
    let outcomes: Vec<i32> = answer
        .results
        .iter()
        .map(|result| match &result.outcome {
            Some(Outcome::Error(status)) => status.code,
            _ => 0,
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            Code::Ok as i32,
            Code::InvalidArgument as i32,
            Code::AlreadyExists as i32,
            Code::Ok as i32
        ]
    );
    assert!(matches!(&answer.results[1].outcome, Some(Outcome::Error(status)) if !status.details.is_empty()));
    assert_eq!(batch(LANKAO, request.clone()).await.expect("replayed"), answer);
    let other = BatchRecordMeasurementsRequest {
        measurements: vec![lanes(1)],
        ..request.clone()
    };
    assert_eq!(
        reason(&batch(LANKAO, other).await.expect_err("another body")),
        "REQUEST_ID_REUSED"
    );
    assert_eq!(
        batch("410225001213", request).await.expect_err("not all theirs").code(),
        Code::NotFound
    );
    for count in [0, 1_001] {
        let request_id = request_id(&harness);
        let request = BatchRecordMeasurementsRequest {
            measurements: vec![lanes(1); count],
            request_id,
        };
        assert_eq!(
            fields(&batch(LANKAO, request).await.expect_err("bounds")),
            ["measurements"]
        );
    }
    harness.stop().await;
}

#[tokio::test]
async fn concurrent_first_figures_leave_one() {
    let harness = lankao().await;
    let calls = (0..16).map(|numerator| record(&harness, lanes(numerator)));
    let codes: Vec<Code> = futures::future::join_all(calls)
        .await
        .into_iter()
        .map(|answer| answer.map_or_else(|status| status.code(), |_| Code::Ok))
        .collect();
    assert_eq!(codes.iter().filter(|code| **code == Code::Ok).count(), 1);
    assert_eq!(
        codes.iter().filter(|code| **code == Code::AlreadyExists).count(),
        15,
        "{codes:?}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_village_that_ended_has_no_later_figures() {
    let harness = lankao().await;
    let abolish = AbolishDivisionRequest {
        name: "divisions/410225001213".to_owned(),
        effective_date: day(2024, 5, 31),
        request_id: request_id(&harness),
        ..AbolishDivisionRequest::default()
    };
    divisions(&harness)
        .abolish_division(harness.ask(LANKAO, abolish))
        .await
        .expect("ended");
    assert_eq!(
        reason(&record(&harness, lanes(1)).await.expect_err("ended")),
        "DIVISION_ENDED"
    );
    record(
        &harness,
        Measurement {
            as_of_date: day(2024, 5, 30),
            ..lanes(1)
        },
    )
    .await
    .expect("the day before");
    harness.stop().await;
}
