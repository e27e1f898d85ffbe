//! Which line of a file a byte stands in. `\n`, `\r\n` and a lone `\r` each end a line, as editors count.

use std::collections::VecDeque;

/// Counts lines of a text that passes by, and remembers where those lie that are still asked for.
pub(super) struct Lines {
    /// Bytes that passed.
    bytes: u64,
    /// Line of the next byte; the first is 1.
    line: u64,
    last: u8,
    /// First byte and number of each line that is not empty.
    starts: VecDeque<(u64, u64)>,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            bytes: 0,
            line: 1,
            last: b'\n',
            starts: VecDeque::new(),
        }
    }

    /// Passes more of the text.
    pub(super) fn pass(&mut self, text: &[u8]) {
        for &byte in text {
            match (self.last, byte) {
                (b'\r', b'\n') => {}
                (_, b'\r' | b'\n') => self.line += 1,
                (b'\r' | b'\n', _) => self.starts.push_back((self.bytes, self.line)),
                _ => {}
            }
            self.last = byte;
            self.bytes += 1;
        }
    }

    /// Line of the next byte.
    pub(super) fn current(&self) -> u64 {
        self.line
    }

    /// Line of the first record at or after byte `from`. Records never lie on empty lines. `from` must not decrease.
    pub(super) fn of_record(&mut self, from: u64) -> u64 {
        while self.starts.front().is_some_and(|(start, _)| *start < from) {
            self.starts.pop_front();
        }
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A file of records: what is written, and in which line each begins.
    fn written(records: &[(String, bool, String)], end: &str) -> (String, Vec<u64>) {
        let (mut text, mut lines, mut line) = (String::new(), Vec::new(), 1);
        for (value, quoted, blank) in records {
            lines.push(line);
            let cell = if *quoted {
                format!("\"{value}{end}{value}\"")
            } else {
                value.clone()
            };
            text += &cell;
            text += end;
            text += &blank.replace('.', end);
            line += 1 + u64::from(*quoted) + blank.len() as u64;
        }
        (text, lines)
    }

    proptest! {
        #[test]
        fn records_have_the_line_that_an_editor_shows(
            records in proptest::collection::vec(("[a-z行]{1,9}", any::<bool>(), "[.]{0,2}"), 1..40),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            step in 1_usize..50,
        ) {
            let (text, expected) = written(&records, end);
            let mut lines = Lines::new();
            for part in text.as_bytes().chunks(step) {
                lines.pass(part);
            }
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let found: Vec<u64> = reader
                .records()
                .map(|record| {
                    let record = record.expect("a record");
                    lines.of_record(record.position().map_or(0, csv::Position::byte))
                })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
