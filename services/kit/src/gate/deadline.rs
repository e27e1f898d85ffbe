//! When an answer is worthless: the caller's `grpc-timeout`, at most ours.

use std::time::{Duration, Instant};

use http::HeaderMap;

use super::Rule;
use crate::{
    config::Limits,
    error::{Error, Result},
};

/// tonic keeps the caller's deadline too, from a moment earlier, and answers `CANCELLED`: we are ready before it.
const HEAD_START: Duration = Duration::from_millis(20);
/// Longest a stream or an import may live; watches are resumable.
const LONGEST_STREAM: Duration = Duration::from_hours(1);

pub(super) fn of(headers: &HeaderMap, rule: &Rule, limits: &Limits) -> Result<Instant> {
    let longest = if rule.client_streaming || rule.server_streaming {
        LONGEST_STREAM
    } else {
        limits.call_timeout
    };
    let asked = match headers.get("grpc-timeout") {
        Some(value) => parse(value.to_str().unwrap_or_default())
            .map(|asked| asked.saturating_sub(HEAD_START.min(asked / 10)))
            .ok_or_else(|| Error::invalid("grpc-timeout", format!("{value:?}"), "digits and one of H M S m u n"))?,
        None => longest,
    };
    Ok(Instant::now() + asked.min(longest))
}

/// `TimeoutValue TimeoutUnit` of the gRPC-over-HTTP/2 specification: at most 8 digits.
fn parse(value: &str) -> Option<Duration> {
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_the_specification() {
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse("99999999H"), Some(Duration::from_hours(99_999_999)));
        for bad in ["", "m", "1", "-1S", "123456789S", "1s", "1µ"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
