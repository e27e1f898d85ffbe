//! Lankao county in a service of its own: helpers of the other files.

use std::{fs, io::Read as _, path::Path, time::Duration};

use flate2::read::GzDecoder;
use kit::testing::{Harness, Setup};
use proto::{
    google::r#type::Date,
    xiangtu::{
        transfer::v1::{
            Encoding, ImportHeader, ImportReport, ImportRequest, import_request::Part,
            import_service_client::ImportServiceClient,
        },
        villages::v1::{
            cadre_service_client::CadreServiceClient, division_service_client::DivisionServiceClient,
            household_service_client::HouseholdServiceClient, measurement_service_client::MeasurementServiceClient,
        },
    },
};
use time::macros::datetime;
use tonic::{Request, Status, transport::Channel};
use tonic_types::StatusExt as _;

pub const LANKAO: &str = "410225";

/// Requests of somebody whose token is issued by the clock of the test, which stands in the past.
pub trait Asks {
    /// A token of `officer`.
    fn pass(&self, permissions: &[&str], division: &str) -> String;

    /// `message` from somebody who may do everything inside `division`.
    fn ask<M>(&self, division: &str, message: M) -> Request<M>;
}

impl Asks for Harness {
    fn pass(&self, permissions: &[&str], division: &str) -> String {
        let now = self.kit.clock.now();
        self.mint
            .mint("officer", permissions, division, Duration::from_hours(1), now)
            .expect("a token")
    }

    fn ask<M>(&self, division: &str, message: M) -> Request<M> {
        self.request_with(&self.pass(&["*"], division), message)
    }
}

/// First day of everything that tests import.
pub const START: &str = "2024-01-01";

/// The service on 1 June 2024, with nothing in it.
pub async fn empty() -> Harness {
    let setup = Setup {
        now: Some(datetime!(2024-06-01 00:00 UTC)),
        ..Setup::default()
    };
    Harness::with(villages::service(), setup).await
}

/// The service with the real list of divisions of Lankao from [`START`] on.
pub async fn lankao() -> Harness {
    let harness = empty().await;
    let report = import(&harness, "divisions", &list("divisions"))
        .await
        .expect("the official list");
    assert!(report.applied, "{report:?}");
    harness
}

/// A list of the county as it stands in the repository.
pub fn list(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/data/lankao/{name}.csv.gz"));
    let mut text = Vec::new();
    let file = fs::File::open(&path).expect("a list of the county");
    GzDecoder::new(file).read_to_end(&mut text).expect("gzip");
    text
}

/// A small file as some program wrote it.
pub fn edge_case(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data/edge-cases")
            .join(name),
    )
    .expect("a file")
}

pub fn header(register: &str) -> ImportHeader {
    ImportHeader {
        register: register.to_owned(),
        division: LANKAO.to_owned(),
        effective_date: START.to_owned(),
        encoding: Encoding::Unspecified.into(),
        ..ImportHeader::default()
    }
}

pub async fn import(harness: &Harness, register: &str, file: &[u8]) -> Result<ImportReport, Status> {
    import_as(harness, LANKAO, header(register), file).await
}

pub async fn import_as(
    harness: &Harness,
    scope: &str,
    header: ImportHeader,
    file: &[u8],
) -> Result<ImportReport, Status> {
    let chunks = file.chunks(64 * 1024).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts: Vec<ImportRequest> = std::iter::once(Part::Header(header))
        .chain(chunks)
        .map(|part| ImportRequest { part: Some(part) })
        .collect();
    let request = harness.ask(scope, tokio_stream::iter(parts));
    let client = ImportServiceClient::new(harness.channel.clone());
    client
        .max_encoding_message_size(4 << 20)
        .import(request)
        .await
        .map(tonic::Response::into_inner)
}

/// Line, column and reason of each refused row.
pub fn refusals(report: &ImportReport) -> Vec<(i64, &str, &str)> {
    report
        .errors
        .iter()
        .map(|error| (error.line, error.column.as_str(), error.reason.as_str()))
        .collect()
}

/// Rows added, changed and left.
pub fn counts(report: &ImportReport) -> (i64, i64, i64) {
    (report.inserted_count, report.updated_count, report.unchanged_count)
}

/// The reason of a failed call.
pub fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// The refused fields of a failed call.
pub fn fields(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|request| request.field_violations)
        .unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields of requests want it")]
pub fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A request id that no other call of the test uses.
pub fn request_id(harness: &Harness) -> String {
    harness.kit.ids.next().to_string()
}

pub fn divisions(harness: &Harness) -> DivisionServiceClient<Channel> {
    DivisionServiceClient::new(harness.channel.clone())
}

pub fn households(harness: &Harness) -> HouseholdServiceClient<Channel> {
    HouseholdServiceClient::new(harness.channel.clone())
}

pub fn cadres(harness: &Harness) -> CadreServiceClient<Channel> {
    CadreServiceClient::new(harness.channel.clone())
}

pub fn measurements(harness: &Harness) -> MeasurementServiceClient<Channel> {
    MeasurementServiceClient::new(harness.channel.clone())
}

/// Runs a query as the superuser, behind the service.
pub async fn behind(harness: &Harness, sql: &'static str) -> Vec<String> {
    use sqlx::Connection as _;
    let url = harness.database.superuser_url();
    let mut conn = sqlx::PgConnection::connect(&url).await.expect("a connection");
    sqlx::query_scalar(sql)
        .fetch_all(&mut conn)
        .await
        .expect("a query of one text column")
}
