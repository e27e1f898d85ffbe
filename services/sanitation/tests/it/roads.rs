//! The registers of roads: taken whole, without effect again, given back as they came, and refused with the line that is wrong.

use kit::testing::Harness;
use proto::xiangtu::transfer::v1::{
    ExportRequest, ImportHeader, export_response::Part, export_service_client::ExportServiceClient,
};
use tonic::Code;

use crate::town::{COUNTY, TOWN, count, import, import_as, register, start, taken};

const NODES: &str = "node_id,lng,lat\na,114.9,34.8\nb,114.91,34.8\n";
const EDGES: &str = "edge_id,from_node,to_node,length_m,speed_kmh,max_gross_t,oneway,closed,bends\n";

/// The whole file of a register.
pub async fn export(harness: &Harness, register: &str) -> String {
    let request = ExportRequest {
        register: register.to_owned(),
        division: format!("divisions/{COUNTY}"),
        ..ExportRequest::default()
    };
    let mut stream = ExportServiceClient::new(harness.channel.clone())
        .export(harness.request(COUNTY, request))
        .await
        .expect("a stream")
        .into_inner();
    let mut bytes = Vec::new();
    while let Some(message) = stream.message().await.expect("a message") {
        if let Some(Part::Chunk(chunk)) = message.part {
            bytes.extend(chunk);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

async fn version(harness: &Harness) -> i64 {
    count(harness, "SELECT coalesce(max(version), 0) FROM road_networks").await
}

#[tokio::test]
async fn a_countys_roads_come_in_once_and_leave_as_they_came() {
    let harness = start().await;
    for (name, rows, after) in [("road_nodes", 486, 0), ("road_edges", 1_097, 1)] {
        let file = register(name);
        let report = taken(&harness, name, &file).await;
        assert_eq!((report.inserted_count, report.updated_count), (rows, 0), "{name}");
        let again = taken(&harness, name, &file).await;
        assert_eq!(
            (again.inserted_count, again.updated_count, again.unchanged_count),
            (0, 0, rows),
            "{name}"
        );
        // What changes nothing is no new version.
        assert_eq!(version(&harness).await, after);
        let left = export(&harness, name).await;
        let back = taken(&harness, name, &left).await;
        assert_eq!((back.unchanged_count, back.row_count), (rows, rows), "{name}");
        assert_eq!(export(&harness, name).await, left);
    }
    let limited = register("road_edges").replacen(",county,50,\n", ",county,45,12.5\n", 1);
    let report = taken(&harness, "road_edges", &limited).await;
    assert_eq!((report.inserted_count, report.updated_count), (0, 1));
    assert_eq!(version(&harness).await, 2);
    assert_eq!(
        count(
            &harness,
            "SELECT count(*) FROM road_edges WHERE max_gross_kg = 12500 AND speed_kmh = 45"
        )
        .await,
        1
    );
    harness.stop().await;
}

#[tokio::test]
async fn lines_and_directions_are_kept() {
    let harness = start().await;
    taken(&harness, "road_nodes", NODES).await;
    let file = format!("{EDGES}1,a,b,1000.5,30,,1,0,114.903 34.80;114.9070  34.8\n2,a,a,0.01,150,2.5,,1,114.9 34.9\n");
    taken(&harness, "road_edges", &file).await;
    assert_eq!(
        export(&harness, "road_edges").await,
        format!("{EDGES}1,a,b,1000.500,30,,1,0,114.903 34.8;114.907 34.8\n2,a,a,0.010,150,2.500,0,1,114.9 34.9\n")
    );
    harness.stop().await;
}

#[tokio::test]
async fn every_bad_cell_is_named_and_nothing_changes() {
    let harness = start().await;
    taken(&harness, "road_nodes", NODES).await;
    let nodes = |line: &str| ("road_nodes", format!("{NODES}{line}\n"), 4);
    let edges = |line: &str| ("road_edges", format!("{EDGES}0,a,b,500,30,,,,\n{line}\n"), 3);
    let cases = [
        (nodes("c d,1,1"), "node_id", "BAD_ID"),
        (nodes("a,1,1"), "node_id", "DUPLICATE"),
        (nodes("c,181,1"), "lng", "OUT_OF_RANGE"),
        (nodes("c,1,"), "lat", "MISSING_VALUE"),
        (edges("0,a,b,500,30,,,,"), "edge_id", "DUPLICATE"),
        (edges("1,z,b,500,30,,,,"), "from_node", "UNKNOWN_NODE"),
        (edges("1,a,z,500,30,,,,"), "to_node", "UNKNOWN_NODE"),
        (edges("1,a,a,500,30,,,,"), "to_node", "SAME_NODE"),
        (edges("1,a,b,0.009,30,,,,"), "length_m", "OUT_OF_RANGE"),
        (edges("1,a,b,1000000.001,30,,,,"), "length_m", "OUT_OF_RANGE"),
        (edges("1,a,b,,30,,,,"), "length_m", "MISSING_VALUE"),
        (edges("1,a,b,500,0,,,,"), "speed_kmh", "OUT_OF_RANGE"),
        (edges("1,a,b,500,30,0,,,"), "max_gross_t", "OUT_OF_RANGE"),
        (edges("1,a,b,500,30,,2,,"), "oneway", "BAD_FLAG"),
        (edges("1,a,b,500,30,,,yes,"), "closed", "BAD_FLAG"),
        (edges("1,a,b,500,30,,,,114.9"), "bends", "BAD_POSITIONS"),
        (edges("1,a,b,500,30,,,,114.9 34.8;190 1"), "bends", "BAD_POSITIONS"),
    ];
    for ((name, file, line), column, reason) in cases {
        let report = import(&harness, name, &file).await;
        let error = report.errors.first().unwrap_or_else(|| panic!("{file} is taken"));
        assert!(!report.applied);
        assert_eq!(
            (error.line, error.column.as_str(), error.reason.as_str()),
            (line, column, reason),
            "{file}"
        );
    }
    assert_eq!(
        (
            version(&harness).await,
            count(&harness, "SELECT count(*) FROM road_edges").await
        ),
        (0, 0)
    );
    harness.stop().await;
}

#[tokio::test]
async fn networks_of_divisions_keep_apart() {
    let harness = start().await;
    taken(&harness, "road_nodes", NODES).await;
    let of_town = |register: &str| ImportHeader {
        register: register.to_owned(),
        division: TOWN.to_owned(),
        ..ImportHeader::default()
    };
    // The county's junctions are not the township's, even where their ids are the same.
    let edges = format!("{EDGES}1,a,b,1000,30,,,,\n");
    let report = import_as(&harness, COUNTY, of_town("road_edges"), &edges)
        .await
        .expect("a report");
    assert_eq!(report.errors[0].reason, "UNKNOWN_NODE");
    let nodes = "node_id,lng,lat\na,114.95,34.85\n";
    let report = import_as(&harness, TOWN, of_town("road_nodes"), nodes)
        .await
        .expect("a report");
    assert_eq!((report.inserted_count, report.updated_count), (1, 0));
    assert!(!export(&harness, "road_nodes").await.contains("114.95"));
    let county = ImportHeader {
        division: COUNTY.to_owned(),
        ..of_town("road_nodes")
    };
    let error = import_as(&harness, TOWN, county, nodes)
        .await
        .expect_err("above the caller");
    assert_eq!(error.code(), Code::NotFound);
    harness.stop().await;
}
