//! Registers as CSV texts: those of Lankao county, and their way in through the public import service.

use std::{fs::File, io::Read as _, path::Path};

use flate2::read::GzDecoder;
use proto::xiangtu::transfer::v1::{
    ImportHeader, ImportReport, ImportRequest, import_request::Part, import_service_client::ImportServiceClient,
};
use tonic::{Request, Status};

use crate::Suite;

/// Imports `csv` into `register` of `service` for `division`, effective from `date`.
pub async fn import(
    suite: &Suite,
    service: &str,
    register: &str,
    division: &str,
    date: &str,
    csv: &[u8],
) -> Result<ImportReport, Status> {
    let header = ImportHeader {
        register: register.to_owned(),
        division: division.to_owned(),
        effective_date: date.to_owned(),
        ..ImportHeader::default()
    };
    let chunks = csv.chunks(512 * 1024).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts: Vec<ImportRequest> = std::iter::once(Part::Header(header))
        .chain(chunks)
        .map(|part| ImportRequest { part: Some(part) })
        .collect();
    let request: Request<_> = suite.request("", futures::stream::iter(parts));
    ImportServiceClient::new(suite.service(service).channel())
        .import(request)
        .await
        .map(tonic::Response::into_inner)
}

/// The rows of a register of Lankao county that `keep` takes, with its header line.
///
/// # Panics
///
/// If there is no such register.
pub fn lankao(register: &str, keep: impl Fn(&str) -> bool) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/lankao/{register}.csv.gz"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("gzip of UTF-8");
    let mut lines = text.lines();
    let header = lines.next().expect("a header line");
    let kept = std::iter::once(header).chain(lines.filter(|line| keep(line)));
    kept.fold(String::new(), |text, line| text + line + "\n")
}
