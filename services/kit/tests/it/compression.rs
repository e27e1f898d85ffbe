//! Large answers are compressed for those who take gzip; everything else is sent as it is.

use std::io::Read as _;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use kit::{audit::Change, testing::Harness};
use prost::Message;
use proto::{
    google::r#type::Date,
    xiangtu::operation::v1::{
        GetOperationRequest, ListOperationsRequest, ListOperationsResponse, WatchOperationRequest,
        operation_service_client::OperationServiceClient,
    },
};
use sqlx::{Connection as _, PgConnection};
use tonic::{Code, codec::CompressionEncoding};

use crate::{raw, service::WORDS};

const MANY: usize = 1_000;

/// A service with so many operations that a list of them is large.
async fn busy() -> Harness {
    let harness = Harness::start(WORDS).await;
    let mut tx = harness.kit.db.system("test").await.expect("a transaction");
    for _ in 0..MANY {
        harness
            .kit
            .operations
            .start(&mut tx, "nobody works on it", "410225", &Date::default())
            .await
            .expect("started");
    }
    tx.commit_as(Change::new("start", "410225", "operations"))
        .await
        .expect("committed");
    harness
}

/// What came over the wire.
struct Answer {
    headers: HeaderMap,
    compressed: bool,
    message: Bytes,
    trailers: HeaderMap,
}

/// Calls without a client that decompresses by itself.
async fn call(harness: &Harness, method: &str, message: &impl Message, accept: Option<&'static str>) -> Answer {
    let accept = accept.map(|accept| ("grpc-accept-encoding", accept));
    let response = raw::send(harness, method, &message.encode_to_vec(), accept.as_slice()).await;
    let (head, body) = response.into_parts();
    let collected = body.collect().await.expect("a whole answer");
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let framed = collected.to_bytes();
    Answer {
        headers: head.headers,
        compressed: framed.first() == Some(&1),
        message: framed.slice(framed.len().min(5)..),
        trailers,
    }
}

fn list(page_size: i32) -> ListOperationsRequest {
    ListOperationsRequest {
        page_size,
        ..ListOperationsRequest::default()
    }
}

#[tokio::test]
async fn a_large_answer_is_the_same_answer_compressed() {
    let harness = busy().await;
    let plain = call(&harness, "ListOperations", &list(1_000), None).await;
    assert!(!plain.compressed && !plain.headers.contains_key("grpc-encoding"));
    let packed = call(&harness, "ListOperations", &list(1_000), Some("identity, gzip")).await;
    assert_eq!(
        packed.headers.get("grpc-encoding").map(http::HeaderValue::as_bytes),
        Some(&b"gzip"[..])
    );
    assert!(packed.compressed && packed.message.len() * 2 < plain.message.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.message.as_ref())
        .read_to_end(&mut unpacked)
        .expect("gzip");
    assert_eq!(unpacked, plain.message);
    for answer in [plain, packed] {
        assert_eq!(
            answer.trailers.get("grpc-status").map(http::HeaderValue::as_bytes),
            Some(&b"0"[..])
        );
    }

    let response: ListOperationsResponse = OperationServiceClient::new(harness.channel.clone())
        .accept_compressed(CompressionEncoding::Gzip)
        .list_operations(harness.request("410225", list(1_000)))
        .await
        .expect("a list")
        .into_inner();
    assert_eq!(response.operations.len(), MANY);
    harness.stop().await;
}

#[tokio::test]
async fn small_answers_errors_and_streams_are_sent_as_they_are() {
    let harness = busy().await;
    let small = call(&harness, "ListOperations", &list(3), Some("gzip")).await;
    assert!(!small.compressed && !small.headers.contains_key("grpc-encoding"));
    let operations = ListOperationsResponse::decode(small.message)
        .expect("a list")
        .operations;
    assert_eq!(operations.len(), 3);
    assert_eq!(
        small.trailers.get("grpc-status").map(http::HeaderValue::as_bytes),
        Some(&b"0"[..])
    );

    let mut client = OperationServiceClient::new(harness.channel.clone()).accept_compressed(CompressionEncoding::Gzip);
    let nothing = GetOperationRequest {
        name: "operations/0197a3c0-7c1e-7000-8000-000000000001".to_owned(),
    };
    let status = client
        .get_operation(harness.request("410225", nothing))
        .await
        .expect_err("no such operation");
    assert_eq!(status.code(), Code::NotFound);
    assert!(!status.details().is_empty());

    // An answer of one message, longer than what is compressed of a unary call.
    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("a connection");
    let metadata = prost_types::Any {
        type_url: "t".to_owned(),
        value: vec![0; 100_000],
    };
    sqlx::query("UPDATE kit.operation SET metadata = $1")
        .bind(metadata.encode_to_vec())
        .execute(&mut conn)
        .await
        .expect("long metadata");
    let request = WatchOperationRequest {
        name: operations[0].name.clone(),
    };
    let stream = raw::send(
        &harness,
        "WatchOperation",
        &request.encode_to_vec(),
        &[("grpc-accept-encoding", "gzip")],
    )
    .await;
    assert!(!stream.headers().contains_key("grpc-encoding"));
    // It goes on, so it was not collected before it was sent.
    let first = stream.into_body().frame().await.expect("a frame").expect("a frame");
    let first = first.into_data().expect("data");
    assert!(first.first() == Some(&0) && first.len() > 5);
    harness.stop().await;
}
