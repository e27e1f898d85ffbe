//! Compresses large answers for clients that take gzip. tonic would compress every answer, and on the async workers.

use std::{
    convert::Infallible,
    io::{self, Write as _},
};

use bytes::{BufMut as _, Bytes};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tonic::body::Body;

use super::body::PREFIX;
use crate::error::{Error, Result};

/// Smallest answer worth it, in bytes: below it, the round trip costs more than the bytes saved.
const SMALLEST: usize = 32 * 1024;
const ENCODING: &str = "grpc-encoding";

/// Whether the client takes gzip.
pub(super) fn accepted(headers: &HeaderMap) -> bool {
    headers
        .get_all("grpc-accept-encoding")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|encoding| encoding.trim() == "gzip")
}

/// The successful answer of a unary call, compressed if it is large. The trailers stay.
pub(super) async fn large(response: Response<Body>) -> Result<Response<Body>> {
    if response.headers().contains_key(ENCODING) {
        return Ok(response);
    }
    let (mut head, body) = response.into_parts();
    let collected = body.collect().await.map_err(Error::internal)?;
    let trailers = collected.trailers().cloned();
    let mut framed = collected.to_bytes();
    if framed.len() >= SMALLEST {
        framed = tokio::task::spawn_blocking(move || gzip(&framed))
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)?;
        head.headers.insert(ENCODING, HeaderValue::from_static("gzip"));
    }
    let frames = [Some(Frame::data(framed)), trailers.map(Frame::trailers)];
    let frames = frames.into_iter().flatten().map(Ok::<_, Infallible>);
    Ok(Response::from_parts(
        head,
        Body::new(StreamBody::new(futures::stream::iter(frames))),
    ))
}

/// One length-prefixed message, compressed at the fastest level.
fn gzip(framed: &[u8]) -> io::Result<Bytes> {
    let message = framed.get(PREFIX..).unwrap_or_default();
    let mut packed = Vec::with_capacity(framed.len() / 4);
    packed.put_bytes(0, PREFIX);
    let mut encoder = GzEncoder::new(packed, Compression::fast());
    encoder.write_all(message)?;
    let mut packed = encoder.finish()?;
    let length = u32::try_from(packed.len() - PREFIX).map_err(io::Error::other)?;
    if let Some(mut prefix) = packed.get_mut(..PREFIX) {
        prefix.put_u8(1);
        prefix.put_u32(length);
    }
    Ok(packed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(values: &[&'static str]) -> bool {
        let values = values.iter().map(|value| {
            (
                "grpc-accept-encoding".parse().expect("a name"),
                HeaderValue::from_static(value),
            )
        });
        accepted(&values.collect())
    }

    #[test]
    fn gzip_is_one_of_a_list() {
        assert!(accepts(&["gzip"]) && accepts(&["identity, deflate, gzip"]) && accepts(&["identity", "zstd,gzip"]));
        assert!(!accepts(&[]) && !accepts(&["identity,deflate"]) && !accepts(&["x-gzip"]) && !accepts(&["gzip;q=0"]));
    }
}
