//! Streams a register into a file, which appears only when it is whole.

use std::{
    fs,
    io::{BufWriter, Write},
    path::Path,
};

use flate2::{Compression, write::GzEncoder};
use proto::xiangtu::transfer::v1::{
    ExportRequest, ExportResponse, ExportTrailer, export_response::Part, export_service_client::ExportServiceClient,
};
use ring::digest::{Context, SHA256};

use tonic::Streaming;

use crate::{
    client::Client,
    failure::{Failure, Result},
    files,
};

/// Exports what `request` asks of a service into `path`, gzipped if its name ends in .gz; answers the rows.
pub async fn run(client: &Client, service: &str, request: ExportRequest, path: &Path) -> Result<i64> {
    let mut exports = ExportServiceClient::new(client.channel(service)?);
    let stream = exports.export(client.request(request)).await?.into_inner();
    let draft = path.with_extension("part");
    let written = write(stream, path, &draft).await;
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

async fn write(mut stream: Streaming<ExportResponse>, path: &Path, draft: &Path) -> Result<i64> {
    let named = |error: std::io::Error| Failure::new(format!("{}: {error}", draft.display()));
    let file = BufWriter::new(files::create_private(draft).map_err(named)?);
    let mut sink: Sink = if path.extension().is_some_and(|extension| extension == "gz") {
        Sink::Gzip(GzEncoder::new(file, Compression::default()))
    } else {
        Sink::Plain(file)
    };
    let (mut digest, mut trailer) = (Context::new(&SHA256), None);
    while let Some(message) = stream.message().await? {
        match message.part {
            Some(Part::Chunk(chunk)) => {
                digest.update(&chunk);
                sink.writer().write_all(&chunk).map_err(named)?;
            }
            Some(Part::Trailer(end)) => trailer = Some(end),
            Some(Part::Header(_)) | None => {}
        }
    }
    sink.finish().map_err(named)?;
    let ExportTrailer { row_count, sha256 } =
        trailer.ok_or_else(|| Failure::new("the stream ended before the file did; nothing was kept"))?;
    if hex::encode(digest.finish()) != sha256 {
        return Err(Failure::new("the file is not what was sent; nothing was kept"));
    }
    fs::rename(draft, path).map_err(named)?;
    Ok(row_count)
}

enum Sink {
    Plain(BufWriter<fs::File>),
    Gzip(GzEncoder<BufWriter<fs::File>>),
}

impl Sink {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file,
        }
    }

    fn finish(self) -> std::io::Result<()> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file.finish()?,
        };
        file.into_inner()
            .map_err(std::io::IntoInnerError::into_error)?
            .sync_all()
    }
}
