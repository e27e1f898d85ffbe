//! What the transport promises to those who are not polite, and to those who ask what there is.

use std::time::{Duration, Instant};

use kit::testing::{Harness, Setup};
use proto::xiangtu::operation::v1::{ListOperationsRequest, operation_service_client::OperationServiceClient};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{Code, codec::CompressionEncoding, transport::Endpoint};
use tonic_reflection::pb::{v1, v1alpha};

use crate::service::WORDS;

async fn with(name: &str, value: &str) -> Harness {
    let variables = [(name.to_owned(), value.to_owned())].into();
    Harness::with(WORDS, Setup { variables, now: None }).await
}

async fn connect(harness: &Harness) -> TcpStream {
    let address = harness.url().replace("http://", "");
    TcpStream::connect(address).await.expect("connected")
}

/// The settings frame that a server sends first, by number.
async fn settings(stream: &mut TcpStream) -> Vec<(u16, u32)> {
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .expect("written");
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.expect("a frame");
    assert_eq!(head[3], 4, "settings come first");
    let mut body = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
    stream.read_exact(&mut body).await.expect("settings");
    body.chunks_exact(6)
        .map(|setting| {
            let number = u16::from_be_bytes([setting[0], setting[1]]);
            (
                number,
                u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]]),
            )
        })
        .collect()
}

#[tokio::test]
async fn one_connection_may_open_128_streams() {
    let harness = Harness::start(WORDS).await;
    let found = settings(&mut connect(&harness).await).await;
    assert!(found.contains(&(3, 128)), "{found:?}");
    harness.stop().await;
}

#[tokio::test]
async fn an_old_connection_is_asked_to_leave_and_not_cut_off() {
    let harness = with("XIANGTU_CONNECTION_AGE_S", "1").await;
    let mut stream = connect(&harness).await;
    settings(&mut stream).await;
    let asked = tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.expect("a frame, not the end");
            let mut body = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
            stream.read_exact(&mut body).await.expect("a whole frame");
            if head[3] == 7 {
                break body;
            }
        }
    });
    // Every stream that was begun until then is answered, and nothing was wrong.
    let asked = asked.await.expect("asked to leave");
    assert_eq!(asked[..8], [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    harness.stop().await;
}

#[tokio::test]
async fn who_does_not_begin_within_five_seconds_is_hung_up_on() {
    let harness = Harness::start(WORDS).await;
    let mut silent = connect(&harness).await;
    let mut slow = connect(&harness).await;
    slow.write_all(b"PRI * HTTP").await.expect("half a greeting");
    let mut polite = connect(&harness).await;
    settings(&mut polite).await;
    let begun = Instant::now();
    let mut byte = [0];
    for stream in [&mut silent, &mut slow] {
        let ended = tokio::time::timeout(Duration::from_secs(10), async {
            while stream.read(&mut byte).await.is_ok_and(|length| length > 0) {}
        });
        ended.await.expect("hung up on");
    }
    assert!(begun.elapsed() > Duration::from_secs(4), "{:?}", begun.elapsed());
    let ping = b"\0\0\x08\x06\0\0\0\0\0xiangtu!";
    polite.write_all(ping).await.expect("still there");
    let mut answer = Vec::new();
    while !answer.ends_with(b"xiangtu!") {
        answer.push(polite.read_u8().await.expect("an answer"));
    }
    harness.stop().await;
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_a_place() {
    let harness = with("XIANGTU_CONNECTIONS", "1").await;
    let mut first = connect(&harness).await;
    settings(&mut first).await;
    let channel = Endpoint::from_shared(harness.url()).expect("a URL").connect_lazy();
    let mut client = OperationServiceClient::new(channel);
    let mut call = async |patience: Duration| {
        let mut request = harness.request("410225", ListOperationsRequest::default());
        request.set_timeout(patience);
        client.list_operations(request).await
    };
    call(Duration::from_millis(500)).await.expect_err("no place");
    drop(first);
    call(Duration::from_secs(10)).await.expect("a place");
    harness.stop().await;
}

#[tokio::test]
async fn both_versions_of_reflection_list_the_contract_in_development() {
    let harness = Harness::start(WORDS).await;
    let services = "xiangtu.operation.v1.OperationService";
    let ask = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut answers = v1::server_reflection_client::ServerReflectionClient::new(harness.channel.clone())
        .send_compressed(CompressionEncoding::Gzip)
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .expect("reflection")
        .into_inner();
    let answer = answers.message().await.expect("an answer").expect("an answer");
    assert!(format!("{answer:?}").contains(services), "{answer:?}");
    let ask = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1alpha::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut answers = v1alpha::server_reflection_client::ServerReflectionClient::new(harness.channel.clone())
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .expect("reflection")
        .into_inner();
    let answer = answers.message().await.expect("an answer").expect("an answer");
    assert!(format!("{answer:?}").contains(services), "{answer:?}");
    harness.stop().await;
}

#[tokio::test]
async fn production_shows_no_reflection() {
    let harness = with("XIANGTU_REFLECTION", "0").await;
    let ask = v1::ServerReflectionRequest::default();
    let status = v1::server_reflection_client::ServerReflectionClient::new(harness.channel.clone())
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .expect_err("not there");
    assert_eq!(status.code(), Code::Unimplemented);
    harness.stop().await;
}
