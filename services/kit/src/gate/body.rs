//! Takes the one message of a unary request from the body, and gives it back for each run.

use std::io::Read as _;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;

use crate::error::{Error, Result};

/// Largest request message in bytes; imports stream theirs in chunks.
pub const LARGEST_MESSAGE: usize = 1024 * 1024;
/// Compression flag and length before each message on the wire.
pub(super) const PREFIX: usize = 5;

/// Reads the message, inflating it where the client compressed it. Afterwards `headers` describe a plain body.
pub(super) async fn collect(headers: &mut HeaderMap, mut body: Body) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::cancelled())?;
        if let Ok(data) = frame.into_data() {
            bytes.put(data);
        }
        // The prefix states the length: refuse before the rest arrives.
        if let Some(length) = bytes.get(1..PREFIX).map(|mut length| length.get_u32() as usize)
            && length > LARGEST_MESSAGE
        {
            return Err(too_large(length));
        }
        if bytes.len() > LARGEST_MESSAGE + PREFIX {
            return Err(too_large(bytes.len()));
        }
    }
    if bytes.len() < PREFIX {
        return Err(Error::invalid(
            "message",
            format!("{} bytes", bytes.len()),
            "one length-prefixed message",
        ));
    }
    let compressed = bytes[0] == 1;
    bytes.advance(PREFIX);
    let message = bytes.freeze();
    if !compressed {
        return Ok(message);
    }
    match headers.remove("grpc-encoding") {
        Some(encoding) if encoding == "gzip" => inflate(&message),
        encoding => Err(Error::invalid(
            "grpc-encoding",
            format!("{encoding:?}"),
            "gzip or identity",
        )),
    }
}

fn inflate(message: &[u8]) -> Result<Bytes> {
    let mut plain = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(message).take(LARGEST_MESSAGE as u64 + 1);
    reader
        .read_to_end(&mut plain)
        .map_err(|error| Error::invalid("message", error, "valid gzip"))?;
    if plain.len() > LARGEST_MESSAGE {
        Err(too_large(plain.len()))
    } else {
        Ok(plain.into())
    }
}

fn too_large(length: usize) -> Error {
    Error::invalid_because(
        "MESSAGE_TOO_LARGE",
        "message",
        format!("{length} bytes"),
        format!("at most {LARGEST_MESSAGE} bytes"),
    )
}

/// The body again.
pub(super) fn replay(message: Bytes) -> Body {
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put(message);
    Body::new(Full::new(framed.freeze()))
}
