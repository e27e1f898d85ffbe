//! Streams a file into a register.

use std::io::Read;

use proto::xiangtu::transfer::v1::{
    Encoding, ImportHeader, ImportReport, ImportRequest, import_request::Part,
    import_service_client::ImportServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    client::Client,
    failure::{Failure, Result},
};

const CHUNK: usize = 512 * 1024;

/// What to import, where.
pub struct Target<'a> {
    /// Service that keeps the register.
    pub service: &'a str,
    /// Name of the register.
    pub register: &'a str,
    /// Division that the file is about.
    pub division: &'a str,
    /// Date from which the rows hold, `YYYY-MM-DD`.
    pub effective_date: &'a str,
    /// Check everything and change nothing.
    pub validate_only: bool,
    /// Encoding of the file.
    pub encoding: Encoding,
}

/// Imports everything that `source` yields, while it yields it.
pub async fn run(client: &Client, target: &Target<'_>, source: impl Read + Send + 'static) -> Result<ImportReport> {
    let header = ImportHeader {
        register: target.register.to_owned(),
        division: target.division.to_owned(),
        request_id: String::new(),
        validate_only: target.validate_only,
        encoding: target.encoding.into(),
        effective_date: target.effective_date.to_owned(),
    };
    let (sender, receiver) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || read(header, source, &sender));
    let request = client.request(ReceiverStream::new(receiver));
    let answer = ImportServiceClient::new(client.channel(target.service)?)
        .import(request)
        .await;
    let read = reading.await.map_err(|error| Failure::new(error.to_string()))?;
    // A refusal ends the stream early; it says more than the broken stream.
    let report = answer?.into_inner();
    read?;
    Ok(report)
}

fn read(header: ImportHeader, mut source: impl Read, sender: &mpsc::Sender<ImportRequest>) -> Result<()> {
    let mut part = Some(Part::Header(header));
    loop {
        if sender.blocking_send(ImportRequest { part }).is_err() {
            return Ok(());
        }
        let mut chunk = Vec::with_capacity(CHUNK);
        source.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return Ok(());
        }
        part = Some(Part::Chunk(chunk));
    }
}

/// Fails with the refused rows if the import was refused.
pub fn taken(report: ImportReport) -> Result<ImportReport> {
    if report.error_count == 0 {
        return Ok(report);
    }
    let rows: Vec<String> = report
        .errors
        .iter()
        .take(10)
        .map(|error| {
            format!(
                "  line {}, {}: {:?} {} — {}",
                error.line, error.column, error.value, error.reason, error.message
            )
        })
        .collect();
    Err(Failure::new(format!(
        "{}: {} rows refused, nothing changed\n{}",
        report.register,
        report.error_count,
        rows.join("\n")
    )))
}
