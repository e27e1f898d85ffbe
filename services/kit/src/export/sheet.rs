//! The file as it leaves: CSV, counted and digested on the way.

use std::time::Duration;

use proto::xiangtu::transfer::v1::{ExportResponse, ExportTrailer, export_response::Part};
use ring::digest::{Context, SHA256};
use tokio::sync::mpsc;
use tonic::Status;

use crate::error::{Error, Result};

const CHUNK: usize = 512 * 1024;
/// Longest wait for a reader: it keeps a state of the database alive.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the messages of a stream go.
pub(super) type Sender = mpsc::Sender<Result<ExportResponse, Status>>;

/// A file that is being written.
pub(super) struct Sheet {
    sender: Sender,
    digest: Context,
    rows: i64,
}

impl Sheet {
    pub(super) fn new(sender: Sender) -> Self {
        Self {
            sender,
            digest: Context::new(&SHA256),
            rows: 0,
        }
    }

    /// Sends some rows.
    pub(super) async fn rows(&mut self, rows: &[Vec<String>]) -> Result<()> {
        self.rows += i64::try_from(rows.len()).map_err(Error::internal)?;
        self.lines(rows).await
    }

    /// Sends lines that are no rows of the register.
    pub(super) async fn lines(&mut self, lines: &[Vec<String>]) -> Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for line in lines {
            writer.write_record(line).map_err(Error::internal)?;
        }
        let text = writer.into_inner().map_err(Error::internal)?;
        self.digest.update(&text);
        for chunk in text.chunks(CHUNK) {
            self.send(Part::Chunk(chunk.to_vec())).await?;
        }
        Ok(())
    }

    /// Sends the end.
    pub(super) async fn finish(self) -> Result<()> {
        let trailer = ExportTrailer {
            row_count: self.rows,
            sha256: hex::encode(self.digest.clone().finish()),
        };
        self.send(Part::Trailer(trailer)).await
    }

    /// Sends a message, if somebody reads.
    pub(super) async fn send(&self, part: Part) -> Result<()> {
        let message = Ok(ExportResponse { part: Some(part) });
        self.sender
            .send_timeout(message, PATIENCE)
            .await
            .map_err(|_| Error::cancelled())
    }
}
