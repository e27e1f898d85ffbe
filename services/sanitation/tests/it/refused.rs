//! Bad input: each gives its precise error and changes nothing.

use proto::xiangtu::transfer::v1::ImportHeader;
use tonic::Code;

use crate::town::{self, COUNTY, STATION, TOWN, import, import_as, network, of_division, reason, register, start};

/// The place and reason of every refused row.
async fn refusals(harness: &kit::testing::Harness, register: &str, file: &str) -> Vec<(i64, String, String)> {
    let report = import(harness, register, file).await;
    assert!(!report.applied, "{register} took {file}");
    assert_eq!((report.inserted_count, report.updated_count), (0, 0));
    let place = |e: &proto::xiangtu::transfer::v1::RowError| (e.line, e.column.clone(), e.reason.clone());
    report.errors.iter().map(place).collect()
}

fn header_of(name: &str) -> String {
    register(name).lines().next().expect("a header line").to_owned()
}

#[tokio::test]
async fn every_bad_cell_is_named() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let cases: &[(&str, &str, &str, &str, &str)] = &[
        (
            "villages",
            "villages",
            "41022510820,甲村,410225108000,village,114.9,34.7,x,3,100,300,200,50",
            "code",
            "BAD_CODE",
        ),
        (
            "villages",
            "villages",
            "410225108,甲村,410225108000,village,114.9,34.7,x,3,100,300,200,50",
            "code",
            "WRONG_LEVEL",
        ),
        (
            "villages",
            "villages",
            "410226108201,甲村,410226108000,village,114.9,34.7,x,3,100,300,200,50",
            "code",
            "OUTSIDE_DIVISION",
        ),
        (
            "villages",
            "villages",
            "410225108299,甲村,410225108000,village,214.9,34.7,x,3,100,300,200,50",
            "lng",
            "OUT_OF_RANGE",
        ),
        (
            "villages",
            "villages",
            "410225108299,甲村,410225108000,village,114.9,34.7,x,3,-1,300,200,50",
            "registered_households",
            "OUT_OF_RANGE",
        ),
        (
            "villages",
            "villages",
            "410225108299,,410225108000,village,114.9,34.7,x,3,100,300,200,50",
            "name",
            "MISSING_VALUE",
        ),
        (
            "transfer_stations",
            "transfer_stations",
            "TS 1,410225108000,站,25,x,05:00,19:00,114.9,34.8",
            "station_id",
            "BAD_ID",
        ),
        (
            "transfer_stations",
            "transfer_stations",
            "TS1,410225108000,站,25.0001,x,05:00,19:00,114.9,34.8",
            "capacity_t_day",
            "OUT_OF_RANGE",
        ),
        (
            "transfer_stations",
            "transfer_stations",
            "TS1,410225108000,站,25,x,19:00,05:00,114.9,34.8",
            "close",
            "WRONG_ORDER",
        ),
        (
            "transfer_stations",
            "transfer_stations",
            "TS1,410225108000,站,25,x,25:00,19:00,114.9,34.8",
            "open",
            "BAD_TIME",
        ),
        (
            "collection_points",
            "collection_points",
            "CP1,410225108298,bin_group,100,1,10,,05:30,09:00,114.9,34.8",
            "village_code",
            "UNKNOWN_VILLAGE",
        ),
        (
            "collection_points",
            "collection_points",
            "CP1,410225108200,tree,100,1,10,,05:30,09:00,114.9,34.8",
            "kind",
            "UNKNOWN_KIND",
        ),
        (
            "vehicles",
            "vehicles",
            "V1,豫B,TSNONE,compactor_3t,3000,7.3,6,05:30,13:30,32",
            "depot_id",
            "UNKNOWN_FACILITY",
        ),
        (
            "vehicles",
            "vehicles",
            "V1,豫B,TS410225108,compactor_3t,3000,2.9,6,05:30,13:30,32",
            "gross_t",
            "WRONG_ORDER",
        ),
        (
            "vehicles",
            "vehicles",
            "V1,豫B,TS410225108,rocket,3000,7.3,6,05:30,13:30,32",
            "kind",
            "UNKNOWN_KIND",
        ),
        (
            "trips",
            "trips_30d",
            "T1,2024-02-30,V410225049,TS410225108,2024-03-01T06:00:00,2024-03-01T07:00:00,7000,4300,2700,S1",
            "date",
            "BAD_DATE",
        ),
        (
            "trips",
            "trips_30d",
            "T1,2023-02-29,V410225049,TS410225108,2024-03-01T06:00:00,2024-03-01T07:00:00,7000,4300,2700,S1",
            "date",
            "BAD_DATE",
        ),
        (
            "trips",
            "trips_30d",
            "T1,2024-02-29,V410225049,TS410225108,2024-02-29T06:00,2024-02-29T07:00:00,7000,4300,2700,S1",
            "departed_at",
            "BAD_TIME",
        ),
        (
            "trips",
            "trips_30d",
            "T1,2024-02-29,VNONE,TS410225108,2024-02-29T06:00:00,2024-02-29T07:00:00,7000,4300,2700,S1",
            "vehicle_id",
            "UNKNOWN_VEHICLE",
        ),
        (
            "trips",
            "trips_30d",
            "T1,2024-02-29,V410225049,PL410225,2024-02-29T06:00:00,2024-02-29T07:00:00,7000,4300,2700,S1",
            "station_id",
            "UNKNOWN_FACILITY",
        ),
        (
            "trips",
            "trips_30d",
            "T1,2024-02-29,V410225049,TS410225108,2024-02-29T06:00:00,2024-02-29T07:00:00,7000,4300,-1,S1",
            "net_kg",
            "OUT_OF_RANGE",
        ),
        (
            "trip_stops",
            "trip_stops_30d",
            "TNONE,1,410225108200,2024-02-29T06:30:00,100,2",
            "trip_id",
            "UNKNOWN_TRIP",
        ),
    ];
    let before = town::count(&harness, "SELECT count(*) FROM kit.audit").await;
    for (register, file, row, column, expected) in cases {
        let text = format!("{}\n{row}\n", header_of(file));
        let found = refusals(&harness, register, &text).await;
        assert!(
            found.contains(&(2, (*column).to_owned(), (*expected).to_owned())),
            "{register} {row}: {found:?}"
        );
    }
    assert_eq!(town::count(&harness, "SELECT count(*) FROM kit.audit").await, before);
    harness.stop().await;
}

#[tokio::test]
async fn bins_are_held_to_their_point_and_village() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let header = "bin_id,village_code,group_code,volume_l,sealed,households_served,lng,lat,cp_id";
    let row = |id: &str, sealed: &str, point: &str| format!("{id},410225108200,,240,{sealed},7,114.95,34.78,{point}");
    let file = format!(
        "{header}\n{}\n{}\n{}\n",
        row("B1", "1", ""),
        row("B1", "1", ""),
        row("B2", "1", "CPNONE")
    );
    let found = refusals(&harness, "bins", &file).await;
    assert_eq!(
        found,
        [
            (3, "bin_id".to_owned(), "DUPLICATE".to_owned()),
            (4, "cp_id".to_owned(), "UNKNOWN_COLLECTION_POINT".to_owned())
        ]
    );
    let flags = refusals(&harness, "bins", &format!("{header}\n{}\n", row("B1", "yes", ""))).await;
    assert_eq!(flags, [(2, "sealed".to_owned(), "BAD_FLAG".to_owned())]);
    assert_eq!(town::count(&harness, "SELECT count(*) FROM bins").await, 0);
    harness.stop().await;
}

#[tokio::test]
async fn a_file_as_a_whole() {
    let harness = start().await;
    let header = |register: &str, division: &str| ImportHeader {
        register: register.to_owned(),
        division: division.to_owned(),
        ..ImportHeader::default()
    };
    let good = of_division("villages", TOWN);
    let missing = good.replacen("registered_households", "households", 1);
    let error = import_as(&harness, COUNTY, header("villages", COUNTY), &missing)
        .await
        .expect_err("a column lacks");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::InvalidArgument, "MISSING_COLUMN")
    );

    let error = import_as(&harness, COUNTY, header("rivers", COUNTY), &good)
        .await
        .expect_err("no such register");
    assert_eq!(error.code(), Code::InvalidArgument);

    let error = import_as(&harness, "410225104", header("villages", TOWN), &good)
        .await
        .expect_err("a sibling's file");
    assert_eq!(error.code(), Code::NotFound);

    let report = import_as(
        &harness,
        TOWN,
        header("villages", TOWN),
        &of_division("villages", "410225104"),
    )
    .await
    .expect("a report");
    assert!(!report.applied && report.errors.iter().all(|error| error.reason == "OUTSIDE_DIVISION"));
    assert_eq!(town::count(&harness, "SELECT count(*) FROM service_areas").await, 0);
    assert_eq!(STATION, format!("TS{TOWN}"));
    harness.stop().await;
}
