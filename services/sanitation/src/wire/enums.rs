//! Enum values as they are stored: the part of their name after the prefix, in lower case.

use kit::error::{Error, Result};
use proto::xiangtu::sanitation::v1::WasteStream;
use sanitation_core::stream::Stream;

/// Full name of a stored value.
pub fn full(prefix: &str, stored: &str) -> String {
    format!("{prefix}{}", stored.to_uppercase())
}

/// A kept stream; empty: what is not collected apart.
pub fn stream(stored: &str) -> WasteStream {
    WasteStream::from_str_name(&full("WASTE_STREAM_", stored)).unwrap_or_default()
}

/// A stream that plans tell apart.
pub fn planned_stream(field: &str, stream: WasteStream) -> Result<Stream> {
    match stream {
        WasteStream::Unspecified => Ok(Stream::Rest),
        WasteStream::Kitchen => Ok(Stream::Kitchen),
        other => Err(Error::invalid(
            field,
            other.as_str_name(),
            "WASTE_STREAM_KITCHEN, or unspecified for what is not collected apart",
        )),
    }
}

/// The stored value of a full name; the unspecified one is refused.
pub fn stored(field: &str, prefix: &str, full: &str) -> Result<String> {
    let name = full.strip_prefix(prefix).unwrap_or(full).to_lowercase();
    if name == "unspecified" {
        return Err(Error::invalid(field, full, "a specified value"));
    }
    Ok(name)
}
