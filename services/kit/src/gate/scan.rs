//! Finds string fields in an encoded message by their field numbers, without decoding the message.

use prost::{
    bytes::Buf,
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

use crate::error::{Error, Result};

/// Calls `found` with every value of the string field at `path` (field numbers from the outside in), through repeated
/// sub-messages. Malformed bytes are `INVALID_ARGUMENT`.
pub(super) fn strings(message: &[u8], path: &[u32], found: &mut impl FnMut(&str) -> Result<()>) -> Result<()> {
    let Some((first, rest)) = path.split_first() else {
        return Ok(());
    };
    let mut left = message;
    while left.has_remaining() {
        let (tag, wire) = decode_key(&mut left).map_err(malformed)?;
        if tag != *first || wire != WireType::LengthDelimited {
            skip_field(wire, tag, &mut left, DecodeContext::default()).map_err(malformed)?;
            continue;
        }
        let length = decode_varint(&mut left).map_err(malformed)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= left.len());
        let Some(length) = length else {
            return Err(malformed("truncated"));
        };
        let (value, after) = left.split_at(length);
        left = after;
        if rest.is_empty() {
            found(std::str::from_utf8(value).map_err(malformed)?)?;
        } else {
            strings(value, rest, found)?;
        }
    }
    Ok(())
}

pub(super) fn malformed(error: impl std::fmt::Display) -> Error {
    Error::invalid("message", error, "a valid protobuf encoding of the request")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message as _;
    use proto::xiangtu::{
        event::v1::Event,
        transfer::v1::{ImportReport, RowError},
    };

    use super::*;

    fn all(message: &[u8], path: &[u32]) -> Result<Vec<String>> {
        let mut values = Vec::new();
        strings(message, path, &mut |value| {
            values.push(value.to_owned());
            Ok(())
        })?;
        Ok(values)
    }

    #[test]
    fn finds_every_value_through_repeated_messages() {
        let error = |value: &str| RowError {
            value: value.to_owned(),
            ..RowError::default()
        };
        let report = ImportReport {
            errors: vec![error("a"), error("b")],
            ..ImportReport::default()
        };
        assert_eq!(all(&report.encode_to_vec(), &[7, 3]).expect("valid"), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn agrees_with_the_decoder(division in "[0-9]{0,15}", source in ".*", sequence in any::<i64>()) {
            let event = Event { division_code: division.clone(), source, sequence, ..Event::default() };
            let expected: Vec<String> = if division.is_empty() { vec![] } else { vec![division] };
            prop_assert_eq!(all(&event.encode_to_vec(), &[4]).expect("valid"), expected);
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = all(&bytes, &[7, 3]);
        }
    }
}
