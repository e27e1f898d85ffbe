//! How a service starts and how it ends.

use std::time::{Duration, Instant};

use kit::{
    clock::Clock,
    config::Env,
    id::Ids,
    lifecycle::Lifecycle,
    service::{Running, start},
    testing::Harness,
};
use proto::xiangtu::operation::v1::{WatchOperationRequest, operation_service_client::OperationServiceClient};
use tokio::net::{TcpListener, TcpStream};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::{operations::begin, service::WORDS};

async fn start_with(harness: &Harness, changes: &[(&str, &str)]) -> Result<Running, String> {
    let mut variables = harness.variables.clone();
    variables.extend(
        changes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let clock = Clock::system();
    start(
        WORDS,
        &mut Env::of(variables),
        clock.clone(),
        Ids::random(clock),
        Lifecycle::new(),
    )
    .await
}

#[tokio::test]
async fn every_mistake_of_the_configuration_is_named_at_once_before_anything_is_bound() {
    let harness = Harness::start(WORDS).await;
    // Would be refused if it came to binding.
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let wrong = [
        ("XIANGTU_DATABASE_URL", "mysql://x"),
        ("XIANGTU_DATABASE_CONNECTIONS", "0"),
        ("XIANGTU_REDIS_URL", "amqp://x"),
        ("XIANGTU_AUTH_ISSUER", ""),
        ("XIANGTU_AUTH_JWKS", "/nowhere/jwks.json"),
        ("XIANGTU_PII_KEYS", "k1"),
        ("XIANGTU_PII_INDEX_KEY", "short"),
        ("XIANGTU_PAGE_KEY", "c2hvcnQ="),
        ("XIANGTU_CALL_TIMEOUT_S", "soon"),
        ("XIANGTU_TRACE_RATIO", "NaN"),
        ("XIANGTU_WORDS_LIKED", "-1"),
    ];
    let settings = [&wrong[..], &[("XIANGTU_LISTEN", address.as_str())]].concat();
    let Err(mistakes) = start_with(&harness, &settings).await else {
        panic!("it started");
    };
    for (name, _) in wrong {
        let lines = mistakes.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!(lines, 1, "{name} in\n{mistakes}");
    }
    assert_eq!(mistakes.lines().count(), wrong.len(), "{mistakes}");
    assert!(
        !mistakes.contains("c2hvcnQ") && !mistakes.contains("short"),
        "{mistakes}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn an_idle_connection_and_an_endless_watch_do_not_hold_it_beyond_the_deadline() {
    let harness = Harness::start(WORDS).await;
    let running = start_with(&harness, &[("XIANGTU_SHUTDOWN_S", "2")])
        .await
        .expect("started");
    let _idle = TcpStream::connect(running.address).await.expect("connected");
    let operation = begin(&harness, "410225104201", 100_000).await;
    let request = harness.request("410225", WatchOperationRequest { name: operation.name });
    let mut watch = OperationServiceClient::connect(format!("http://{}", running.address))
        .await
        .expect("connected")
        .watch_operation(request)
        .await
        .expect("a stream")
        .into_inner();
    watch.message().await.expect("a message");
    let asked = Instant::now();
    let stopped = tokio::time::timeout(Duration::from_secs(8), running.stop()).await;
    assert!(!stopped.expect("it ends"), "the idle connection was cut off");
    assert!(asked.elapsed() >= Duration::from_secs(2), "it had until the deadline");
    harness.stop().await;
}

#[tokio::test]
async fn a_watch_is_sent_to_another_replica_before_it_stops() {
    let harness = Harness::start(WORDS).await;
    let running = start_with(&harness, &[]).await.expect("started");
    let operation = begin(&harness, "410225104201", 100_000).await;
    let request = harness.request("410225", WatchOperationRequest { name: operation.name });
    let mut watch = OperationServiceClient::connect(format!("http://{}", running.address))
        .await
        .expect("connected")
        .watch_operation(request)
        .await
        .expect("a stream")
        .into_inner();
    watch.message().await.expect("a message");
    let stopped = tokio::spawn(running.stop());
    let told = loop {
        match watch.message().await {
            Ok(state) => assert!(state.is_some(), "the operation goes on"),
            Err(status) => break status,
        }
    };
    assert_eq!(told.code(), Code::Unavailable, "{told:?}");
    assert!(told.get_details_retry_info().is_some(), "{told:?}");
    assert!(stopped.await.expect("no panic"), "everything ended by itself");
    harness.stop().await;
}
