//! An officer of the township beside changes and reads nothing, by division or by the id of a row.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    BatchRecordMeasurementsRequest, BatchReportProgressRequest, GenerateTasksRequest, GetBulletinRequest,
    GetLeagueTableRequest, GetRatingRequest, GetTaskRequest, ListBulletinsRequest, ListRatingsRequest,
    ListTasksRequest, RateVillagesRequest, ReassignTaskRequest, RecordMeasurementRequest, VerifyBulletinRequest,
    batch_report_progress_result::Outcome,
};
use tonic::{Code, Status};

use crate::{
    calls::{
        batch_record_measurements, batch_report_progress, generate_tasks, get_bulletin, get_league_table, get_rating,
        get_task, issue_bulletin, list_bulletins, list_ratings, list_tasks, rate_villages, reassign_task,
        record_measurement, report_progress, verify_bulletin,
    },
    county::{LANKAO, behind, request_id},
    plan_section::plan,
    township::{
        BESIDE, HILL, PILOT, SECOND, SECOND_MONDAY, TOWN, at_work, division, figure, issue, progress, record, task,
    },
};

/// The county with a rating, tasks and a bulletin of the town.
async fn world() -> Harness {
    let harness = at_work(plan()).await;
    record(&harness, vec![figure(PILOT, "toilet", (2024, 3, 31), 90, Some(100))]).await;
    let rate = RateVillagesRequest {
        division: division(LANKAO),
        ..RateVillagesRequest::default()
    };
    rate_villages(&harness, LANKAO, rate).await.expect("rated");
    harness.kit.clock.set(SECOND_MONDAY);
    harness
}

/// Rows of everything that the calls could change.
async fn rows(harness: &Harness) -> Vec<String> {
    behind(
        harness,
        "SELECT (SELECT count(*) FROM ratings) || ' ' || (SELECT count(*) FROM measurements) || ' '
             || (SELECT count(*) FROM tasks) || ' ' || (SELECT count(*) FROM task_tenures) || ' '
             || (SELECT count(*) FROM task_progress) || ' ' || (SELECT count(*) FROM bulletins) || ' '
             || (SELECT count(*) FROM misses) || ' ' || (SELECT count(*) FROM kit.outbox)",
    )
    .await
}

fn refused<T: std::fmt::Debug>(what: &str, answer: Result<T, Status>) {
    assert_eq!(answer.expect_err(what).code(), Code::NotFound, "{what}");
}

#[tokio::test]
async fn no_mutation_reaches_a_division_beside() {
    let harness = world().await;
    let his = task(&harness, PILOT, "set_bins").await.name;
    let before = rows(&harness).await;
    for scope in [BESIDE, SECOND, "410226"] {
        let rate = RateVillagesRequest {
            division: division(TOWN),
            ..RateVillagesRequest::default()
        };
        refused("rate", rate_villages(&harness, scope, rate).await);
        let generate = GenerateTasksRequest {
            division: division(TOWN),
            ..GenerateTasksRequest::default()
        };
        refused("generate", generate_tasks(&harness, scope, generate).await);
        let reassign = ReassignTaskRequest {
            name: his.clone(),
            leader: "cadres/hill-secretary".to_owned(),
            reason: "工作调整".to_owned(),
            ..ReassignTaskRequest::default()
        };
        refused("reassign", reassign_task(&harness, scope, reassign).await);
        refused(
            "report",
            report_progress(&harness, scope, progress(&his, (2024, 4, 1), 1)).await,
        );
        let issue = proto::xiangtu::villages::v1::IssueBulletinRequest {
            division: division(TOWN),
            request_id: request_id(&harness),
            ..Default::default()
        };
        refused("issue", issue_bulletin(&harness, scope, issue).await);
        let figure = figure(PILOT, "lane", (2024, 3, 31), 1, Some(2));
        let one = RecordMeasurementRequest {
            measurement: Some(figure.clone()),
            request_id: request_id(&harness),
            ..RecordMeasurementRequest::default()
        };
        refused("record", record_measurement(&harness, scope, one).await);
        let several = BatchRecordMeasurementsRequest {
            measurements: vec![figure],
            request_id: request_id(&harness),
        };
        refused(
            "record several",
            batch_record_measurements(&harness, scope, several).await,
        );
    }
    assert_eq!(rows(&harness).await, before);
    harness.stop().await;
}

#[tokio::test]
async fn a_batch_tells_the_rows_of_others_apart() {
    let harness = world().await;
    let (his, mine) = (
        task(&harness, PILOT, "set_bins").await.name,
        task(&harness, HILL, "set_bins").await.name,
    );
    let batch = BatchReportProgressRequest {
        requests: vec![progress(&his, (2024, 4, 1), 1), progress(&mine, (2024, 4, 1), 1)],
        request_id: request_id(&harness),
    };
    let answer = batch_report_progress(&harness, BESIDE, batch)
        .await
        .expect("one of two");
    let taken: Vec<bool> = answer
        .results
        .iter()
        .map(|result| match &result.outcome {
            Some(Outcome::Error(status)) => {
                assert_eq!(status.code, i32::from(Code::NotFound));
                false
            }
            other => other.is_some(),
        })
        .collect();
    assert_eq!(taken, [false, true]);
    // The leader of a task may come from elsewhere only if the officer may know him.
    let reassign = ReassignTaskRequest {
        name: mine,
        leader: "cadres/pilot-secretary".to_owned(),
        reason: "工作调整".to_owned(),
        ..ReassignTaskRequest::default()
    };
    refused("a cadre beside", reassign_task(&harness, BESIDE, reassign).await);
    harness.stop().await;
}

#[tokio::test]
async fn no_row_of_a_division_beside_is_read() {
    let harness = world().await;
    let his = task(&harness, PILOT, "set_bins").await.name;
    let bulletin = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    let of_town = ListRatingsRequest {
        division: division(PILOT),
        ..ListRatingsRequest::default()
    };
    let rating = list_ratings(&harness, TOWN, of_town).await.expect("his own").ratings[0]
        .name
        .clone();
    let get = |name: &str| GetBulletinRequest { name: name.to_owned() };
    let verify = |name: &str| VerifyBulletinRequest { name: name.to_owned() };
    for scope in [BESIDE, SECOND, "410226"] {
        refused(
            "task",
            get_task(&harness, scope, GetTaskRequest { name: his.clone() }).await,
        );
        refused("bulletin", get_bulletin(&harness, scope, get(&bulletin.name)).await);
        refused("verify", verify_bulletin(&harness, scope, verify(&bulletin.name)).await);
        let request = GetRatingRequest { name: rating.clone() };
        refused("rating", get_rating(&harness, scope, request).await);
        let table = GetLeagueTableRequest {
            division: division(TOWN),
            ..GetLeagueTableRequest::default()
        };
        refused("league", get_league_table(&harness, scope, table).await);
        let tasks = list_tasks(&harness, scope, ListTasksRequest::default())
            .await
            .expect("a list")
            .tasks;
        assert!(!tasks.iter().any(|task| task.name == his));
        let ratings = list_ratings(&harness, scope, ListRatingsRequest::default())
            .await
            .expect("a list")
            .ratings;
        assert!(!ratings.iter().any(|it| it.name == rating));
        let bulletins = list_bulletins(&harness, scope, ListBulletinsRequest::default())
            .await
            .expect("a list");
        assert_eq!(bulletins.bulletins, []);
        let tasks = ListTasksRequest {
            division: division(TOWN),
            ..ListTasksRequest::default()
        };
        refused("tasks", list_tasks(&harness, scope, tasks).await);
    }
    harness.stop().await;
}
