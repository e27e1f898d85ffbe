//! Bytes of any usual encoding → UTF-8, refusing what is malformed instead of replacing it.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, GB18030, UTF_8, UTF_16LE};
use proto::xiangtu::transfer::v1::Encoding;

use super::lines::Lines;

/// A reader of UTF-8 over a reader of another encoding. A byte-order mark wins over the declared encoding.
pub(super) struct Utf8<R> {
    inner: R,
    decoder: Decoder,
    encoding: &'static str,
    raw: Vec<u8>,
    plain: Vec<u8>,
    given: usize,
    lines: Lines,
    ended: bool,
}

impl<R: Read> Utf8<R> {
    pub(super) fn new(inner: R, encoding: Encoding) -> Self {
        let encoding = match encoding {
            Encoding::Unspecified | Encoding::Utf8 => UTF_8,
            Encoding::Gb18030 => GB18030,
            Encoding::Utf16le => UTF_16LE,
        };
        Self {
            inner,
            decoder: encoding.new_decoder(),
            encoding: encoding.name(),
            raw: vec![0; 64 * 1024],
            plain: Vec::new(),
            given: 0,
            lines: Lines::new(),
            ended: false,
        }
    }

    /// Line of the record that begins at or after byte `from` of the decoded text.
    pub(super) fn line_of_record(&mut self, from: u64) -> u64 {
        self.lines.of_record(from)
    }

    fn refill(&mut self) -> io::Result<()> {
        let length = self.inner.read(&mut self.raw)?;
        self.ended = length == 0;
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(length)
            .unwrap_or(4 * length + 16);
        let mut plain = vec![0; room];
        let source = self.raw.get(..length).unwrap_or_default();
        let (result, _, written) = self
            .decoder
            .decode_to_utf8_without_replacement(source, &mut plain, self.ended);
        plain.truncate(written);
        self.lines.pass(&plain);
        self.plain = plain;
        self.given = 0;
        match result {
            DecoderResult::Malformed(..) => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("line {}: not valid {}", self.lines.current(), self.encoding),
            )),
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.plain.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let rest = self.plain.get(self.given..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], encoding: Encoding) -> io::Result<String> {
        let mut text = String::new();
        Utf8::new(bytes, encoding).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn takes_what_spreadsheets_write() {
        assert_eq!(
            decode("\u{feff}代码\r\n".as_bytes(), Encoding::Unspecified).expect("BOM"),
            "代码\r\n"
        );
        assert_eq!(decode(b"\xb4\xfa\xc2\xeb", Encoding::Gb18030).expect("GB18030"), "代码");
        assert_eq!(
            decode(b"\xff\xfe\xe3\x4e\x01\x78", Encoding::Unspecified).expect("UTF-16 by its mark"),
            "代码"
        );
    }

    #[test]
    fn names_the_line_of_broken_bytes() {
        for end in ["\n", "\r\n", "\r"] {
            let file = [b"code", end.as_bytes(), b"1", end.as_bytes(), b"\xb4\xfa"].concat();
            let error = decode(&file, Encoding::Unspecified).expect_err("not UTF-8");
            assert_eq!(error.to_string(), "line 3: not valid UTF-8", "{end:?}");
        }
    }
}
