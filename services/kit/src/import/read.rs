//! A file, chunk by chunk from the network, as checked rows. Runs on a blocking thread.

use std::io::{self, BufReader, Read};

use bytes::{Buf as _, Bytes};
use csv::{ReaderBuilder, StringRecord};
use proto::xiangtu::transfer::v1::Encoding;
use tokio::sync::mpsc;

use super::{Column, Register, Row, RowError, decode::Utf8, stage};
use crate::error::{Error, Result};

/// Errors reported at most; the rest is counted.
pub(super) const MOST_ERRORS: usize = 200;

/// What reading found.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub rows: i64,
    pub errors: i64,
    pub first_errors: Vec<RowError>,
}

/// Reads all rows and sends those to stage as COPY text. After the first refused row nothing more is sent.
pub(super) fn rows(
    register: &dyn Register,
    encoding: Encoding,
    chunks: mpsc::Receiver<Bytes>,
    staged: &mpsc::Sender<Vec<u8>>,
) -> Result<Tally> {
    let source = Chunks {
        chunks,
        current: Bytes::new(),
    };
    let mut text = BufReader::with_capacity(64 * 1024, Utf8::new(source, encoding));
    let delimiter = delimiter(&mut text)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text);
    let positions = positions(
        reader.headers().map_err(|error| unreadable(&error))?,
        register.columns(),
    )?;
    let width = reader.headers().map_err(|error| unreadable(&error))?.len();

    let mut tally = Tally::default();
    let mut copy = stage::Text::default();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        tally.rows += 1;
        // The reader's own count stands before the `\n` of `\r\n` and before empty lines.
        let begin = record.position().map_or(0, csv::Position::byte);
        let line = reader.get_mut().get_mut().line_of_record(begin);
        let row = Row {
            line,
            record: &record,
            positions: &positions,
            columns: register.columns(),
        };
        let values = if record.len() == width {
            register.stage(&row)
        } else {
            let fields = record.len();
            Err(super::row_error(
                row.line(),
                "",
                &format!("{fields} fields"),
                "FIELD_COUNT",
                &format!("{width} fields as in the header line"),
                &format!("应有 {width} 列，与表头一致"),
            ))
        };
        match values {
            Ok(values) if tally.errors == 0 => {
                copy.push(row.line(), &values);
                if copy.is_full() && staged.blocking_send(copy.take()).is_err() {
                    return Err(Error::cancelled());
                }
            }
            Ok(_) => {}
            Err(error) => {
                tally.errors += 1;
                if tally.first_errors.len() < MOST_ERRORS {
                    tally.first_errors.push(error);
                }
            }
        }
    }
    if tally.errors == 0 && staged.blocking_send(copy.take()).is_err() {
        return Err(Error::cancelled());
    }
    Ok(tally)
}

/// A tab where the header line has tabs and no commas, as spreadsheet programs write "Unicode text".
fn delimiter(text: &mut impl io::BufRead) -> Result<u8> {
    let head = text.fill_buf().map_err(|error| bad_encoding(&error))?;
    let line = head
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    Ok(if line.contains(&b'\t') && !line.contains(&b',') {
        b'\t'
    } else {
        b','
    })
}

fn positions(header: &StringRecord, columns: &'static [Column]) -> Result<Vec<Option<usize>>> {
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    let mut positions = Vec::with_capacity(columns.len());
    let mut missing = Vec::new();
    for column in columns {
        let mut found = names
            .iter()
            .enumerate()
            .filter(|(_, name)| **name == column.name)
            .map(|(index, _)| index);
        let position = found.next();
        if found.next().is_some() {
            return Err(Error::invalid_because(
                "DUPLICATE_COLUMN",
                "chunk",
                column.name,
                "each column once in the header line",
            ));
        }
        let instead = column.unless.is_some_and(|other| names.contains(&other));
        if position.is_none() && column.required && !instead {
            missing.push(column.name);
        }
        positions.push(position);
    }
    if missing.is_empty() {
        return Ok(positions);
    }
    let rule = format!(
        "a header line with the columns {}; it lacks {}",
        required(columns),
        missing.join(", ")
    );
    Err(Error::invalid_because("MISSING_COLUMN", "chunk", names.join(","), rule))
}

fn required(columns: &[Column]) -> String {
    let names: Vec<String> = columns
        .iter()
        .filter(|column| column.required)
        .map(|column| match column.unless {
            Some(other) => format!("{} or {other}", column.name),
            None => column.name.to_owned(),
        })
        .collect();
    names.join(", ")
}

fn unreadable(error: &csv::Error) -> Error {
    match error.kind() {
        csv::ErrorKind::Io(error) => bad_encoding(error),
        _ => Error::invalid_because(
            "BAD_CSV",
            "chunk",
            error,
            "comma-separated values with a header line (RFC 4180)",
        ),
    }
}

fn bad_encoding(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => Error::invalid_because(
            "BAD_ENCODING",
            "chunk",
            error,
            "UTF-8, or the encoding declared in header.encoding (ENCODING_GB18030, ENCODING_UTF16LE)",
        ),
        _ => Error::cancelled(),
    }
}

/// A blocking reader over the chunks of the stream.
struct Chunks {
    chunks: mpsc::Receiver<Bytes>,
    current: Bytes,
}

impl Read for Chunks {
    /// Fills the buffer, however small the chunks are, so that the first buffer holds the whole header line.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            if self.current.is_empty() {
                match self.chunks.blocking_recv() {
                    Some(chunk) => self.current = chunk,
                    None => break,
                }
            }
            let length = self.current.len().min(room.len());
            self.current.copy_to_slice(&mut room[..length]);
            filled += length;
        }
        Ok(filled)
    }
}
