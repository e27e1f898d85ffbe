//! Calls without a client that keeps deadlines or decompresses by itself.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kit::testing::Harness;
use tokio::net::TcpStream;

/// Sends `message` to a method of the operation service with headers beside the usual ones.
pub async fn send(harness: &Harness, method: &str, message: &[u8], headers: &[(&str, &str)]) -> Response<Incoming> {
    let address = harness.url().replace("http://", "");
    let stream = TcpStream::connect(address).await.expect("connected");
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .expect("HTTP/2");
    tokio::spawn(connection);
    let url = format!("{}/xiangtu.operation.v1.OperationService/{method}", harness.url());
    let mut request = Request::post(url)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", format!("Bearer {}", harness.token(&["*"], "410225")));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(framed(message))).expect("a request");
    sender.send_request(request).await.expect("an answer")
}

/// One message as it stands in the body.
fn framed(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).expect("a short message"));
    framed.put(message);
    framed.freeze()
}
