//! Scales with their calibration, and tares of vehicles: registers in and out, and what the balance makes of them.

use kit::testing::Harness;
use proto::{
    google::r#type::Date,
    xiangtu::{
        sanitation::v1::{
            AnomalyKind, DeviceKind, GetDeviceRequest, GetMassBalanceRequest, ListDevicesRequest, ListTaresRequest,
            device_service_client::DeviceServiceClient, mass_balance_service_client::MassBalanceServiceClient,
            vehicle_service_client::VehicleServiceClient,
        },
        transfer::v1::{ExportRequest, export_response::Part, export_service_client::ExportServiceClient},
    },
};
use tonic::Code;

use crate::town::{COUNTY, STATION, TOWN, import, network, of_division, only, start, taken};

const TRIP: &str = "T410225240301000057";
const VEHICLE: &str = "V410225049";

const DEVICES: &str = "device_id,kind,facility_id,vehicle_id,model,calibrated_on,calibrated_until";

fn devices(until: &str) -> String {
    format!(
        "{DEVICES}\nWB-108,weighbridge,{STATION},,SCS-50,2023-03-01,{until}\nWB-PL,weighbridge,PL410225,,,2023-06-01,2024-05-31\n\
         BS-49,onboard_scale,,{VEHICLE},,2023-09-01,2024-08-31\nT-49,terminal,,{VEHICLE},,,\n"
    )
}

async fn export(harness: &Harness, register: &str, day: i32) -> String {
    let request = ExportRequest {
        register: register.to_owned(),
        division: COUNTY.to_owned(),
        as_of: march(day),
        disclosure_reason: String::new(),
    };
    let mut client = ExportServiceClient::new(harness.channel.clone());
    let mut stream = client
        .export(harness.request(COUNTY, request))
        .await
        .expect("a stream")
        .into_inner();
    let mut file = Vec::new();
    while let Some(message) = stream.message().await.expect("a message") {
        if let Some(Part::Chunk(chunk)) = message.part {
            file.extend(chunk);
        }
    }
    String::from_utf8(file).expect("UTF-8")
}

const fn march(day: i32) -> Option<Date> {
    Some(Date {
        year: 2024,
        month: 3,
        day,
    })
}

/// Kinds and explanations of the anomalies of loads on 1 March.
async fn anomalies(harness: &Harness, scope: &str) -> Vec<(AnomalyKind, String)> {
    let request = GetMassBalanceRequest {
        division: TOWN.to_owned(),
        date: march(1),
    };
    let mut client = MassBalanceServiceClient::new(harness.channel.clone());
    let balance = client
        .get_mass_balance(harness.request(scope, request))
        .await
        .expect("a balance")
        .into_inner();
    let told = balance.anomalies.into_iter().filter(|one| !one.trip.is_empty());
    told.map(|one| (one.kind(), one.explanation)).collect()
}

#[tokio::test]
async fn registers_come_in_again_and_out_without_effect() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let report = taken(&harness, "devices", &devices("2024-02-29")).await;
    assert_eq!((report.inserted_count, report.updated_count), (4, 0));
    // A calibration that follows is one more; the former one stays.
    let next = devices("2024-02-29").replace("2023-03-01,2024-02-29", "2024-03-05,2025-03-04");
    let report = taken(&harness, "devices", &next).await;
    assert_eq!((report.updated_count, report.unchanged_count), (1, 3));
    assert_eq!(
        export(&harness, "devices", 4)
            .await
            .matches("2023-03-01,2024-02-29")
            .count(),
        1
    );
    let file = export(&harness, "devices", 5).await;
    assert!(
        file.starts_with(DEVICES) && file.contains("2024-03-05,2025-03-04"),
        "{file}"
    );
    let again = taken(&harness, "devices", &file).await;
    assert_eq!((again.updated_count, again.unchanged_count), (0, 4));

    let tares = format!("vehicle_id,weighed_on,tare_kg\n{VEHICLE},2024-01-05,4300\n{VEHICLE},2024-03-10,4350\n");
    assert_eq!(taken(&harness, "tares", &tares).await.inserted_count, 2);
    assert_eq!(taken(&harness, "tares", &tares).await.unchanged_count, 2);
    let file = export(&harness, "tares", 9).await;
    assert_eq!(
        file,
        format!("vehicle_id,weighed_on,tare_kg\n{VEHICLE},2024-01-05,4300\n")
    );
    assert_eq!(taken(&harness, "tares", &file).await.unchanged_count, 1);

    let mut client = DeviceServiceClient::new(harness.channel.clone());
    let name = "devices/WB-108".to_owned();
    let get = |scope: &str| harness.request(scope, GetDeviceRequest { name: name.clone() });
    let device = client.get_device(get(TOWN)).await.expect("a device").into_inner();
    assert_eq!(
        (device.kind(), device.owner.as_str(), device.calibrations.len()),
        (DeviceKind::Weighbridge, "facilities/TS410225108", 2)
    );
    assert_eq!(device.calibrations[0].calibration_date, march(5));
    let error = client.get_device(get("410225104")).await.expect_err("of a sibling");
    assert_eq!(error.code(), Code::NotFound);
    // The county's plant weighs the township's waste.
    let listed = client
        .list_devices(harness.request(TOWN, ListDevicesRequest::default()))
        .await
        .expect("devices")
        .into_inner();
    assert_eq!(listed.devices.len(), 4);
    let request = ListTaresRequest {
        parent: format!("vehicles/{VEHICLE}"),
        page_size: 1,
        page_token: String::new(),
    };
    let mut vehicles = VehicleServiceClient::new(harness.channel.clone());
    let page = vehicles
        .list_tares(harness.request(TOWN, request.clone()))
        .await
        .expect("tares")
        .into_inner();
    assert_eq!((page.tares.len(), page.tares[0].tare_kg), (1, 4_350));
    let request = ListTaresRequest {
        page_token: page.next_page_token,
        ..request
    };
    let page = vehicles
        .list_tares(harness.request(TOWN, request))
        .await
        .expect("tares")
        .into_inner();
    assert_eq!((page.tares[0].tare_kg, page.next_page_token.as_str()), (4_300, ""));
    harness.stop().await;
}

#[tokio::test]
async fn bad_rows_are_named() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let cases = [
        ("X,weighbridge,,,,2024-01-01,2024-12-31", "vehicle_id", "ONE_OWNER"),
        (
            "X,weighbridge,TS410225108,V410225049,,2024-01-01,2024-12-31",
            "vehicle_id",
            "ONE_OWNER",
        ),
        ("X,sundial,TS410225108,,,2024-01-01,2024-12-31", "kind", "UNKNOWN_KIND"),
        (
            "X,weighbridge,TS410225108,,,2024-01-02,2024-01-01",
            "calibrated_until",
            "WRONG_ORDER",
        ),
        (
            "X,weighbridge,TS410225108,,,2024-01-02,",
            "calibrated_until",
            "WRONG_ORDER",
        ),
        (
            "X,terminal,TS410225108,,,2024-01-02,2024-12-31",
            "calibrated_on",
            "NO_SCALE",
        ),
        (
            "X,weighbridge,NONE,,,2024-01-02,2024-12-31",
            "facility_id",
            "UNKNOWN_FACILITY",
        ),
        (
            "X,onboard_scale,,NONE,,2024-01-02,2024-12-31",
            "vehicle_id",
            "UNKNOWN_VEHICLE",
        ),
    ];
    for (row, column, reason) in cases {
        let report = import(&harness, "devices", &format!("{DEVICES}\n{row}\n")).await;
        let error = &report.errors[0];
        assert_eq!(
            (report.applied, error.line, error.column.as_str(), error.reason.as_str()),
            (false, 2, column, reason),
            "{row}"
        );
    }
    let tares = "vehicle_id,weighed_on,tare_kg\nV410225049,2024-01-05,0\nV410225049,2024-01-06,4300\nV410225049,2024-01-06,4301\n";
    let report = import(&harness, "tares", tares).await;
    let found: Vec<_> = report.errors.iter().map(|e| (e.line, e.reason.as_str())).collect();
    assert_eq!(found, [(2, "OUT_OF_RANGE")]);
    let report = import(&harness, "tares", &tares.replace(",0\n", ",4290\n")).await;
    let found: Vec<_> = report.errors.iter().map(|e| (e.line, e.reason.as_str())).collect();
    assert_eq!(found, [(4, "DUPLICATE")]);
    harness.stop().await;
}

#[tokio::test]
async fn a_scale_out_of_calibration_and_a_wrong_tare_are_told() {
    let harness = start().await;
    network(&harness, TOWN).await;
    taken(&harness, "devices", &devices("2024-02-29")).await;
    let trips = only(&of_division("trips_30d", TRIP), |_| true);
    let trips = trips.replace("seal_no\n", "seal_no,device_id\n");
    let line = trips.lines().nth(1).expect("the trip").to_owned();
    let unknown = trips.replace(&line, &format!("{line},WB-NONE"));
    let report = import(&harness, "trips", &unknown).await;
    assert_eq!(report.errors[0].reason, "UNKNOWN_SCALE");
    let terminal = trips.replace(&line, &format!("{line},T-49"));
    assert_eq!(
        import(&harness, "trips", &terminal).await.errors[0].reason,
        "UNKNOWN_SCALE"
    );
    taken(&harness, "trips", &trips.replace(&line, &format!("{line},WB-108"))).await;
    let told = anomalies(&harness, TOWN).await;
    let expected = "calibration of WB-108 ran out on 2024-02-29, used on 2024-03-01";
    assert_eq!(told, [(AnomalyKind::DeviceUnfit, expected.to_owned())]);
    // It was calibrated after all, and the vehicle weighs something else.
    taken(&harness, "devices", &devices("2024-03-31")).await;
    let register = format!("vehicle_id,weighed_on,tare_kg\n{VEHICLE},2024-01-05,3973\n");
    taken(&harness, "tares", &register).await;
    for scope in [TOWN, COUNTY] {
        let told = anomalies(&harness, scope).await;
        let expected = "tare 4273 kg, registered 3973 kg: 300 kg off, 129 kg allowed";
        assert_eq!(told, [(AnomalyKind::TareOff, expected.to_owned())]);
    }
    harness.stop().await;
}
