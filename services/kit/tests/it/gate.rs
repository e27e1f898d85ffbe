use std::time::Duration;

use kit::testing::{Harness, Setup};
use proto::xiangtu::{
    operation::v1::{GetOperationRequest, ListOperationsRequest, operation_service_client::OperationServiceClient},
    transfer::v1::{ListRegistersRequest, import_service_client::ImportServiceClient},
};
use sqlx::{Connection as _, PgConnection};
use time::macros::datetime;
use tonic::{Code, Status, codec::CompressionEncoding};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use crate::service::WORDS;

fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

#[tokio::test]
async fn tokens_and_permissions() {
    let harness = Harness::start(WORDS).await;
    let mut client = ImportServiceClient::new(harness.channel.clone());
    let status = client
        .list_registers(ListRegistersRequest {})
        .await
        .expect_err("no token");
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(reason(&status), "TOKEN_MISSING");
    let token = harness.token(&["imports.write"], "410225");
    let status = client
        .list_registers(harness.request_with(&token, ListRegistersRequest {}))
        .await
        .expect_err("denied");
    assert_eq!(status.code(), Code::PermissionDenied);
    let token = harness.token(&["imports.*"], "410225");
    let registers = client
        .list_registers(harness.request_with(&token, ListRegistersRequest {}))
        .await
        .expect("listed");
    assert_eq!(registers.into_inner().registers.len(), 1);
    harness.stop().await;
}

#[tokio::test]
async fn tokens_are_good_by_the_clock_of_the_service() {
    let now = datetime!(2020-02-29 08:00 UTC);
    let setup = Setup {
        now: Some(now),
        ..Setup::default()
    };
    let harness = Harness::with(WORDS, setup).await;
    let mut client = OperationServiceClient::new(harness.channel.clone());
    let token = harness.token(&["*"], "410225");
    let mut list = async || {
        let request = harness.request_with(&token, ListOperationsRequest::default());
        client.list_operations(request).await.map(drop)
    };
    list()
        .await
        .expect("the clock stands in the past and so does the token");
    harness.kit.clock.set(now + time::Duration::minutes(59));
    list().await.expect("it is good for an hour");
    harness.kit.clock.set(now + time::Duration::minutes(62));
    let status = list().await.expect_err("expired");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unauthenticated, "TOKEN_EXPIRED")
    );
    harness.stop().await;
}

#[tokio::test]
async fn large_and_compressed_messages() {
    let harness = Harness::start(WORDS).await;
    let mut client = OperationServiceClient::new(harness.channel.clone()).send_compressed(CompressionEncoding::Gzip);
    let long = |length: usize| GetOperationRequest {
        name: "x".repeat(length),
    };
    let status = client
        .get_operation(harness.request("410225", long(1_000_000)))
        .await
        .expect_err("no such operation");
    assert_eq!(status.code(), Code::NotFound, "{status:?}");
    let status = client
        .get_operation(harness.request("410225", long(5_000_000)))
        .await
        .expect_err("inflates beyond the limit");
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
    let mut plain = OperationServiceClient::new(harness.channel.clone());
    let status = plain
        .get_operation(harness.request("410225", long(5_000_000)))
        .await
        .expect_err("too large");
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
    harness.stop().await;
}

#[tokio::test]
async fn too_many_calls_of_one_principal_are_told_when_to_come_back() {
    let variables = [("XIANGTU_CALLS_PER_SECOND".to_owned(), "5".to_owned())].into();
    let harness = Harness::with(WORDS, Setup { variables, now: None }).await;
    let mut client = OperationServiceClient::new(harness.channel.clone());
    let mut refused = None;
    for _ in 0..30 {
        if let Err(status) = client
            .list_operations(harness.request("410225", ListOperationsRequest::default()))
            .await
        {
            refused = Some(status);
            break;
        }
    }
    let status = refused.expect("the limit");
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(
        status
            .get_details_retry_info()
            .is_some_and(|info| info.retry_delay.is_some())
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_call_that_waits_too_long_says_so() {
    let variables = [("XIANGTU_CALL_TIMEOUT_S".to_owned(), "1".to_owned())].into();
    let harness = Harness::with(WORDS, Setup { variables, now: None }).await;
    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("a connection");
    let mut blocker = conn.begin().await.expect("a transaction");
    sqlx::query("LOCK kit.operation")
        .execute(&mut *blocker)
        .await
        .expect("locked");
    let request = harness.request("410225", ListOperationsRequest::default());
    let status = OperationServiceClient::new(harness.channel.clone())
        .list_operations(request)
        .await
        .expect_err("late");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    drop(blocker);
    harness.stop().await;
}

#[tokio::test]
async fn health_follows_the_database_and_needs_no_token() {
    let harness = Harness::start(WORDS).await;
    let mut client = HealthClient::new(harness.channel.clone()).send_compressed(CompressionEncoding::Gzip);
    let service = "xiangtu.operation.v1.OperationService".to_owned();
    let mut status = 0;
    for _ in 0..100 {
        let answer = client
            .check(HealthCheckRequest {
                service: service.clone(),
            })
            .await
            .expect("an answer");
        status = answer.into_inner().status;
        if status == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(status, 1, "serving");
    let request = harness.request("410225", ListOperationsRequest::default());
    OperationServiceClient::new(harness.channel.clone())
        .list_operations(request)
        .await
        .expect("a call to measure");
    let metrics = reqwest::get(format!("{}/metrics", harness.admin_url()))
        .await
        .expect("metrics");
    assert!(metrics.text().await.expect("text").contains("rpc_server_active_calls"));
    harness.stop().await;
}
