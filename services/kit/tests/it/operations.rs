use futures::StreamExt as _;
use kit::{audit::Change, testing::Harness};
use prost::Message as _;
use proto::{
    google::{
        longrunning::{Operation, operation},
        r#type::Date,
    },
    xiangtu::operation::v1::{
        CancelOperationRequest, GetOperationRequest, ListOperationsRequest, WatchOperationRequest,
        operation_service_client::OperationServiceClient,
    },
};
use tonic::Code;

use crate::service::WORDS;

pub async fn begin(harness: &Harness, division: &str, days: i32) -> Operation {
    let mut tx = harness.kit.db.system("test").await.expect("a transaction");
    let request = Date {
        year: 2024,
        month: 3,
        day: days,
    };
    let operation = harness
        .kit
        .operations
        .start(&mut tx, "count", division, &request)
        .await
        .expect("started");
    tx.commit_as(Change::new("start", division, &operation.name))
        .await
        .expect("committed");
    operation
}

fn day(operation: &Operation) -> i32 {
    let metadata = operation
        .metadata
        .as_ref()
        .map(|any| any.value.as_slice())
        .unwrap_or_default();
    Date::decode(metadata).expect("a date").day
}

async fn watch(harness: &Harness, name: &str) -> Vec<Operation> {
    let request = harness.request("410225", WatchOperationRequest { name: name.to_owned() });
    let stream = OperationServiceClient::new(harness.channel.clone())
        .watch_operation(request)
        .await
        .expect("a stream");
    stream
        .into_inner()
        .map(|operation| operation.expect("an operation"))
        .collect()
        .await
}

#[tokio::test]
async fn progress_is_streamed_to_the_end() {
    let harness = Harness::start(WORDS).await;
    let operation = begin(&harness, "410225104201", 40).await;
    let seen = watch(&harness, &operation.name).await;
    assert!(seen.len() > 2, "{}", seen.len());
    assert!(seen.windows(2).all(|pair| day(&pair[0]) <= day(&pair[1])));
    let last = seen.last().expect("an end");
    assert!(last.done);
    assert!(matches!(last.result, Some(operation::Result::Response(_))), "{last:?}");
    harness.stop().await;
}

#[tokio::test]
async fn a_killed_operation_is_resumed_and_a_cancelled_one_ends() {
    let mut harness = Harness::start(WORDS).await;
    let operation = begin(&harness, "410225104201", 100).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    harness.crash_and_restart().await;
    let cancelled = begin(&harness, "410225104201", 100_000).await;
    let last = watch(&harness, &operation.name).await.pop().expect("an end");
    assert!(matches!(last.result, Some(operation::Result::Response(_))), "{last:?}");

    let request = harness.request(
        "410225",
        CancelOperationRequest {
            name: cancelled.name.clone(),
        },
    );
    OperationServiceClient::new(harness.channel.clone())
        .cancel_operation(request)
        .await
        .expect("asked");
    let last = watch(&harness, &cancelled.name).await.pop().expect("an end");
    assert!(
        matches!(&last.result, Some(operation::Result::Error(error)) if error.code == i32::from(Code::Cancelled)),
        "{last:?}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_claim_lasts_its_term_and_none_that_lies_further_ahead_counts() {
    let harness = Harness::start(WORDS).await;
    let request = Date {
        year: 2024,
        month: 3,
        day: 1,
    };
    for (claimed_for, waits) in [(time::Duration::seconds(2), true), (time::Duration::DAY, false)] {
        let mut tx = harness.kit.db.system("test").await.expect("a transaction");
        let operations = &harness.kit.operations;
        let operation = operations.start(&mut tx, "count", "410225104201", &request).await;
        let operation = operation.expect("started");
        // A worker that is no more took it up, in the second case before the clock of the database went back.
        sqlx::query("UPDATE kit.operation SET worker = gen_random_uuid(), lease_until = clock_timestamp() + $1 WHERE done_at IS NULL")
            .bind(claimed_for)
            .execute(&mut *tx)
            .await
            .expect("claimed");
        tx.commit_as(Change::new("start", "410225104201", &operation.name))
            .await
            .expect("committed");
        let started = std::time::Instant::now();
        let last = watch(&harness, &operation.name).await.pop().expect("an end");
        assert!(matches!(last.result, Some(operation::Result::Response(_))), "{last:?}");
        assert_eq!(started.elapsed() > std::time::Duration::from_secs(1), waits);
    }
    harness.stop().await;
}

#[tokio::test]
async fn another_divisions_operation_does_not_exist() {
    let harness = Harness::start(WORDS).await;
    let operation = begin(&harness, "410225104201", 1).await;
    let mut client = OperationServiceClient::new(harness.channel.clone());
    let request = harness.request(
        "410225105",
        GetOperationRequest {
            name: operation.name.clone(),
        },
    );
    assert_eq!(
        client.get_operation(request).await.expect_err("hidden").code(),
        Code::NotFound
    );
    let listed = client
        .list_operations(harness.request("410225105", ListOperationsRequest::default()))
        .await
        .expect("a list");
    assert!(listed.into_inner().operations.is_empty());
    let listed = client
        .list_operations(harness.request("410225104", ListOperationsRequest::default()))
        .await
        .expect("a list");
    assert_eq!(listed.into_inner().operations.len(), 1);
    harness.stop().await;
}
