//! A running service with the registers of one township, 仪封镇 (410225108), or of the whole county.

use std::{io::Read as _, path::PathBuf};

use kit::testing::Harness;
use proto::xiangtu::{
    event::v1::Event,
    transfer::v1::{
        ExportRequest, ImportHeader, ImportReport, ImportRequest, export_response,
        export_service_client::ExportServiceClient, import_request::Part, import_service_client::ImportServiceClient,
    },
};
use sqlx::{Connection as _, PgConnection};
use tonic::Status;
use tonic_types::StatusExt as _;

pub const COUNTY: &str = "410225";
pub const TOWN: &str = "410225108";
pub const STATION: &str = "TS410225108";

/// Starts the service.
pub async fn start() -> Harness {
    Harness::start(sanitation::service()).await
}

/// A register of the county, as CSV.
pub fn register(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/lankao");
    let path = folder.join(format!("{name}.csv.gz"));
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    let mut reader = flate2::read::GzDecoder::new(file);
    reader.read_to_string(&mut text).expect("UTF-8");
    text
}

/// The rows of a CSV text that `keep` takes, with its header line.
pub fn only(text: &str, keep: impl Fn(&str) -> bool) -> String {
    let mut lines = text.lines();
    let header = lines.next().expect("a header line");
    let kept = std::iter::once(header).chain(lines.filter(|line| keep(line)));
    kept.fold(String::new(), |text, line| text + line + "\n")
}

/// The rows of a register that speak of `division`.
pub fn of_division(name: &str, division: &str) -> String {
    only(&register(name), |line| line.contains(division))
}

/// Imports a text into a register as somebody who may do everything in `scope`.
pub async fn import_as(
    harness: &Harness,
    scope: &str,
    header: ImportHeader,
    file: &str,
) -> Result<ImportReport, Status> {
    let chunks = file
        .as_bytes()
        .chunks(64 * 1024)
        .map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts: Vec<ImportRequest> = std::iter::once(Part::Header(header))
        .chain(chunks)
        .map(|part| ImportRequest { part: Some(part) })
        .collect();
    let request = harness.request(scope, futures::stream::iter(parts));
    let mut client = ImportServiceClient::new(harness.channel.clone());
    client.import(request).await.map(tonic::Response::into_inner)
}

/// Imports a text into a register of the county.
pub async fn import(harness: &Harness, register: &str, file: &str) -> ImportReport {
    let header = ImportHeader {
        register: register.to_owned(),
        division: COUNTY.to_owned(),
        ..ImportHeader::default()
    };
    import_as(harness, COUNTY, header, file).await.expect("a report")
}

/// Imports a text that must be taken whole.
pub async fn taken(harness: &Harness, register: &str, file: &str) -> ImportReport {
    let report = import(harness, register, file).await;
    assert!(report.applied, "{register}: {:?}", report.errors);
    report
}

/// A register as a file, as somebody who may do everything in `scope`; with a reason, personal data is shown in full.
pub async fn export(harness: &Harness, scope: &str, register: &str, reason: &str) -> Result<String, Status> {
    let request = ExportRequest {
        register: register.to_owned(),
        division: scope.to_owned(),
        as_of: None,
        disclosure_reason: reason.to_owned(),
    };
    let mut client = ExportServiceClient::new(harness.channel.clone());
    let mut stream = client.export(harness.request(scope, request)).await?.into_inner();
    let mut file = Vec::new();
    while let Some(message) = stream.message().await? {
        if let Some(export_response::Part::Chunk(chunk)) = message.part {
            file.extend(chunk);
        }
    }
    Ok(String::from_utf8(file).expect("UTF-8"))
}

/// Imports the network of a division: areas, station, plant, points, vehicles.
pub async fn network(harness: &Harness, division: &str) {
    for register in ["villages", "transfer_stations"] {
        taken(harness, register, &of_division(register, division)).await;
    }
    taken(harness, "plants", &register("plants")).await;
    taken(
        harness,
        "collection_points",
        &of_division("collection_points", division),
    )
    .await;
    taken(harness, "vehicles", &of_division("vehicles", &format!("TS{division}"))).await;
}

/// Imports the trips, stops and hauls of a division on the days whose text begins with `days`.
pub async fn weighings(harness: &Harness, division: &str, days: &str) {
    let of_day = |line: &str| line.split(',').nth(1).is_some_and(|date| date.starts_with(days));
    let station = format!("TS{division}");
    let trips = only(&of_division("trips_30d", &station), of_day);
    let hauls = only(&of_division("transfers_30d", &station), of_day);
    let ids: std::collections::HashSet<&str> = trips
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    let stops = only(&register("trip_stops_30d"), |line| {
        line.split(',').next().is_some_and(|id| ids.contains(id))
    });
    taken(harness, "trips", &trips).await;
    taken(harness, "trip_stops", &stops).await;
    taken(harness, "transfers", &hauls).await;
}

/// Events that the service has committed, oldest first.
pub async fn events(harness: &Harness, event_type: &str) -> Vec<Event> {
    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("the database");
    let rows: Vec<(String, String, Vec<u8>, String)> = sqlx::query_as(
        "SELECT division_code, subject, payload, payload_type FROM kit.outbox WHERE type = $1 ORDER BY id",
    )
    .bind(event_type)
    .fetch_all(&mut conn)
    .await
    .expect("the outbox");
    let event = |(division_code, subject, value, type_url)| Event {
        r#type: event_type.to_owned(),
        division_code,
        subject,
        payload: Some(prost_types::Any { type_url, value }),
        ..Event::default()
    };
    rows.into_iter().map(event).collect()
}

/// The payload of an event.
pub fn payload<M: prost::Message + prost::Name + Default>(event: &Event) -> M {
    event.payload.as_ref().expect("a payload").to_msg().expect("its type")
}

/// One number out of the database.
pub async fn count(harness: &Harness, query: &'static str) -> i64 {
    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("the database");
    sqlx::query_scalar(query).fetch_one(&mut conn).await.expect("a count")
}

/// The stable reason of a refusal.
pub fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// A request id.
pub fn request_id(number: u8) -> String {
    format!("0197a3c0-7c1e-7000-8000-0000000000{number:02x}")
}
