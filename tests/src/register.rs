//! Imports a CSV text through the public import service.

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
