use std::time::Duration;

use kit::testing::{Harness, Setup};
use proto::xiangtu::{
    operation::v1::{
        GetOperationRequest, ListOperationsRequest, ListOperationsResponse,
        operation_service_client::OperationServiceClient,
    },
    transfer::v1::{ListRegistersRequest, import_service_client::ImportServiceClient},
};
use sqlx::{Connection as _, PgConnection};
use time::macros::datetime;
use tonic::{Code, Status, codec::CompressionEncoding};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use crate::{raw, service::WORDS};

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

/// Holds a lock that every list of operations waits for.
async fn blocker(harness: &Harness) -> PgConnection {
    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("a connection");
    for statement in ["BEGIN", "LOCK kit.operation"] {
        sqlx::query(statement).execute(&mut conn).await.expect("locked");
    }
    conn
}

/// Lists only: the worker of operations waits too.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = $1 AND wait_event_type = 'Lock' AND query LIKE '%FROM kit.operation WHERE true%'";

/// Waits until so many calls wait for the lock, at most ten seconds.
async fn until_waiting(harness: &Harness, expected: i64) {
    // A connection of its own: within a transaction the view would not change.
    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("a connection");
    for _ in 0..500 {
        let waiting: i64 = sqlx::query_scalar(WAITING)
            .bind(&harness.database.name)
            .fetch_one(&mut conn)
            .await
            .expect("a count");
        if waiting == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never {expected} waiting");
}

async fn list(harness: &Harness) -> Result<ListOperationsResponse, Status> {
    let request = harness.request("410225", ListOperationsRequest::default());
    let mut client = OperationServiceClient::new(harness.channel.clone());
    client.list_operations(request).await.map(tonic::Response::into_inner)
}

/// The failure of a list of operations that may take so long.
async fn late(harness: &Harness, timeout: &str) -> (Code, String) {
    let answer = raw::send(harness, "ListOperations", b"", &[("grpc-timeout", timeout)]).await;
    let status = Status::from_header_map(answer.headers()).expect("a status");
    (status.code(), reason(&status))
}

#[tokio::test]
async fn a_call_that_waits_too_long_says_so_and_leaves_nothing_waiting() {
    let variables = [("XIANGTU_CALL_TIMEOUT_S".to_owned(), "1".to_owned())].into();
    let harness = Harness::with(WORDS, Setup { variables, now: None }).await;
    let blocker = blocker(&harness).await;
    // Ours is shorter than the caller's; then the caller's is shorter than ours.
    for timeout in ["1H", "200m"] {
        let expected = (Code::DeadlineExceeded, "DEADLINE_PASSED".to_owned());
        assert_eq!(late(&harness, timeout).await, expected, "{timeout}");
    }
    until_waiting(&harness, 0).await;
    for nonsense in ["1", "soon", "-1S", "999999999S"] {
        assert_eq!(late(&harness, nonsense).await.0, Code::InvalidArgument, "{nonsense}");
    }
    drop(blocker);
    harness.stop().await;
}

#[tokio::test]
async fn more_calls_at_once_than_allowed_are_told_when_to_come_back_and_probes_are_not() {
    let variables = [("XIANGTU_CONCURRENT_CALLS".to_owned(), "2".to_owned())].into();
    let harness = Harness::with(WORDS, Setup { variables, now: None }).await;
    let mut blocker = blocker(&harness).await;
    let (first, second, ()) = tokio::join!(list(&harness), list(&harness), async {
        until_waiting(&harness, 2).await;
        let status = list(&harness).await.expect_err("one too many");
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::ResourceExhausted, "TOO_MANY_CALLS")
        );
        let info = status.get_details_retry_info().expect("when to come back");
        assert!(info.retry_delay.is_some_and(|delay| !delay.is_zero()));
        let service = String::new();
        HealthClient::new(harness.channel.clone())
            .check(HealthCheckRequest { service })
            .await
            .expect("never refused");
        sqlx::query("ROLLBACK").execute(&mut blocker).await.expect("unlocked");
    });
    first.expect("answered");
    second.expect("answered");
    list(&harness).await.expect("there is room again");
    harness.stop().await;
}

#[tokio::test]
async fn bytes_that_are_no_message_are_the_fault_of_the_caller() {
    let harness = Harness::start(WORDS).await;
    // Field 2, the page token, of wire type 2 and 100 bytes that do not follow; then of bytes that are no UTF-8.
    for bytes in [&b"\x12\x64x"[..], b"\x12\x02\xb4\xfa", b"\xff\xff\xff"] {
        let answer = raw::send(&harness, "ListOperations", bytes, &[]).await;
        let status = Status::from_header_map(answer.headers()).expect("a status");
        assert_eq!(status.code(), Code::InvalidArgument, "{bytes:?} {status:?}");
        assert_eq!(reason(&status), "INVALID_FIELD");
    }
    harness.stop().await;
}

#[tokio::test]
async fn pages_go_on_where_they_ended_and_only_there() {
    let harness = Harness::start(WORDS).await;
    for _ in 0..5 {
        crate::operations::begin(&harness, "410225104201", 0).await;
    }
    let mut client = OperationServiceClient::new(harness.channel.clone());
    let mut page = async |page_token: &str| {
        let request = ListOperationsRequest {
            page_size: 2,
            page_token: page_token.to_owned(),
        };
        let answer = client.list_operations(harness.request("410225", request)).await;
        answer.map(tonic::Response::into_inner)
    };
    let (mut names, mut token, mut first) = (Vec::new(), String::new(), None);
    loop {
        let answer = page(&token).await.expect("a page");
        names.extend(answer.operations.into_iter().map(|operation| operation.name));
        token = answer.next_page_token;
        first.get_or_insert_with(|| token.clone());
        if token.is_empty() {
            break;
        }
    }
    assert!(
        names.len() == 5 && names.is_sorted_by(|newer, older| newer > older),
        "{names:?}"
    );
    // As the token of another list is: sealed, but not for this query.
    let other = harness
        .kit
        .pages
        .open(1, "", "ListWords", &[])
        .expect("a page")
        .close(vec![1, 2], ToString::to_string)
        .1;
    for wrong in [other, first.unwrap_or_default().to_lowercase(), "x".to_owned()] {
        let status = page(&wrong).await.expect_err("not of this list");
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "PAGE_TOKEN_MISMATCH"),
            "{wrong}"
        );
    }
    harness.stop().await;
}

#[tokio::test]
async fn calls_are_measured() {
    let harness = Harness::start(WORDS).await;
    list(&harness).await.expect("a call to measure");
    let metrics = reqwest::get(format!("{}/metrics", harness.admin_url()))
        .await
        .expect("metrics");
    assert!(metrics.text().await.expect("text").contains("rpc_server_active_calls"));
    harness.stop().await;
}
