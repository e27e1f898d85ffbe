//! Health follows the database, not Redis, and is never refused.

use std::time::Duration;

use kit::testing::{Harness, Setup};
use proto::xiangtu::operation::v1::{ListOperationsRequest, operation_service_client::OperationServiceClient};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tonic::{Code, codec::CompressionEncoding};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use crate::service::WORDS;

const SERVING: i32 = 1;
const NOT_SERVING: i32 = 2;

/// Waits until the server and one of its services say `expected`, and so does the probe.
async fn until(harness: &Harness, expected: i32) {
    let mut client = HealthClient::new(harness.channel.clone()).send_compressed(CompressionEncoding::Gzip);
    for _ in 0..200 {
        let mut said = Vec::new();
        for service in ["", "xiangtu.operation.v1.OperationService"] {
            let service = service.to_owned();
            let answer = client.check(HealthCheckRequest { service }).await;
            said.push(answer.expect("never refused").into_inner().status);
        }
        let probe = reqwest::get(format!("{}/readyz", harness.admin_url()))
            .await
            .expect("a probe");
        if said == [expected, expected] && probe.status().is_success() == (expected == SERVING) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("health did not become {expected}");
}

#[tokio::test]
async fn a_service_without_its_database_says_so_and_recovers() {
    let harness = Harness::start(WORDS).await;
    until(&harness, SERVING).await;
    let server = std::env::var("XIANGTU_TEST_DATABASE_URL").expect("set by make test");
    let mut conn = PgConnection::connect(&server).await.expect("a connection");
    let name = &harness.database.name;
    let close = format!("ALTER DATABASE {name} CONNECTION LIMIT 0");
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    for statement in [close, end] {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut conn)
            .await
            .expect("closed");
    }
    until(&harness, NOT_SERVING).await;
    let request = harness.request("410225", ListOperationsRequest::default());
    let status = OperationServiceClient::new(harness.channel.clone())
        .list_operations(request)
        .await
        .expect_err("no database");
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
    let alive = reqwest::get(format!("{}/livez", harness.admin_url()))
        .await
        .expect("a probe");
    assert!(alive.status().is_success(), "a restart would not help");
    let open = format!("ALTER DATABASE {name} CONNECTION LIMIT -1");
    sqlx::raw_sql(AssertSqlSafe(open))
        .execute(&mut conn)
        .await
        .expect("open again");
    until(&harness, SERVING).await;
    harness.stop().await;
}

#[tokio::test]
async fn a_service_without_redis_serves() {
    let variables = [("XIANGTU_REDIS_URL".to_owned(), "redis://127.0.0.1:1".to_owned())].into();
    let harness = Harness::with(WORDS, Setup { variables, now: None }).await;
    until(&harness, SERVING).await;
    harness.stop().await;
}
