//! The mass balance against the anomalies planted in the county's weighings, and missed collections.

use std::collections::BTreeSet;

use kit::testing::Harness;
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        CloseMassBalanceRequest, CollectionMissed, CustodyDiscrepancy, GetMassBalanceRequest, ListAnomaliesRequest,
        ListMissedCollectionsRequest, MassBalance, MissedCollection, MissedReason, ReportMissedCollectionRequest,
        collection_point_service_client::CollectionPointServiceClient,
        mass_balance_service_client::MassBalanceServiceClient,
    },
};
use tonic::Code;

use crate::town::{
    COUNTY, STATION, TOWN, events, network, of_division, payload, register, request_id, start, taken, weighings,
};

const fn march(day: i32) -> Option<Date> {
    Some(Date {
        year: 2024,
        month: 3,
        day,
    })
}

async fn close(harness: &Harness, division: &str, day: i32) -> MassBalance {
    let request = CloseMassBalanceRequest {
        division: format!("divisions/{division}"),
        date: march(day),
        request_id: String::new(),
    };
    let mut client = MassBalanceServiceClient::new(harness.channel.clone());
    client
        .close_mass_balance(harness.request(division, request))
        .await
        .expect("a balance")
        .into_inner()
}

#[tokio::test]
async fn a_township_day_adds_up_and_names_what_does_not() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03-01").await;
    let mut client = MassBalanceServiceClient::new(harness.channel.clone());
    let request = GetMassBalanceRequest {
        division: TOWN.to_owned(),
        date: march(1),
    };
    let open = client
        .get_mass_balance(harness.request(TOWN, request.clone()))
        .await
        .expect("a balance")
        .into_inner();
    assert!(!open.closed);
    let station = open
        .nodes
        .iter()
        .find(|node| node.node == format!("facilities/{STATION}"))
        .expect("the station");
    assert_eq!(station.display_name, "仪封镇垃圾转运站");
    assert_eq!(
        station.in_kg,
        station.out_kg + station.stock_change_kg + station.declared_loss_kg + station.unexplained_kg
    );
    assert!(station.unexplained_kg.abs() <= station.tolerance_kg);
    assert_eq!((station.in_kg, station.out_kg), (open.received_kg, open.dispatched_kg));
    assert_eq!(open.arcs.len(), 2);
    // Planted: T410225240301000058 lost a fifth of its load on the way.
    assert_eq!(open.anomalies.len(), 1);
    let anomaly = &open.anomalies[0];
    assert_eq!(
        (anomaly.trip.as_str(), anomaly.kind().as_str_name()),
        ("trips/T410225240301000058", "ANOMALY_KIND_NET_SHORT")
    );
    assert_eq!((anomaly.expected_kg, anomaly.found_kg), (Some(3_462), Some(2_798)));
    assert_eq!(
        (anomaly.from.as_str(), anomaly.name.as_str()),
        ("vehicles/V410225050", "")
    );

    let closed = close(&harness, TOWN, 1).await;
    assert!(closed.closed && !closed.anomalies[0].name.is_empty());
    assert_eq!(
        close(&harness, TOWN, 1).await,
        closed,
        "closing again finds nothing new"
    );
    let told = events(&harness, "custody.discrepancy").await;
    assert_eq!((told.len(), told[0].division_code.as_str()), (1, TOWN));
    assert_eq!(
        payload::<CustodyDiscrepancy>(&told[0]).anomaly.as_ref(),
        Some(&closed.anomalies[0])
    );
    let of_sibling = client
        .get_mass_balance(harness.request("410225104", request))
        .await
        .expect_err("of a sibling");
    assert_eq!(of_sibling.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn thirty_days_of_the_county_find_what_was_planted() {
    let harness = start().await;
    for (name, file) in [
        ("villages", "villages"),
        ("transfer_stations", "transfer_stations"),
        ("plants", "plants"),
        ("vehicles", "vehicles"),
        ("trips", "trips_30d"),
        ("trip_stops", "trip_stops_30d"),
        ("transfers", "transfers_30d"),
    ] {
        taken(&harness, name, &register(file)).await;
    }
    let mut found = BTreeSet::new();
    for day in 1..=30 {
        for anomaly in close(&harness, COUNTY, day).await.anomalies {
            let kind = anomaly
                .kind()
                .as_str_name()
                .trim_start_matches("ANOMALY_KIND_")
                .to_lowercase();
            assert!(found.insert((anomaly.trip.trim_start_matches("trips/").to_owned(), kind)));
        }
    }
    let truth = register("loads_truth_30d");
    let planted: BTreeSet<_> = truth
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split(',');
            let mut cell = || cells.next().expect("a cell").to_owned();
            (cell(), cell())
        })
        .collect();
    assert_eq!(found, planted);
    assert_eq!(events(&harness, "custody.discrepancy").await.len(), planted.len());
    let request = ListAnomaliesRequest {
        filter: "kind = overload".to_owned(),
        ..ListAnomaliesRequest::default()
    };
    let mut client = MassBalanceServiceClient::new(harness.channel.clone());
    let listed = client
        .list_anomalies(harness.request(COUNTY, request))
        .await
        .expect("anomalies")
        .into_inner();
    assert_eq!(listed.anomalies.len(), 5);
    harness.stop().await;
}

#[tokio::test]
async fn a_missed_collection_is_recorded_once_and_told() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let points = of_division("collection_points", TOWN);
    let point = points
        .lines()
        .nth(1)
        .and_then(|line| line.split(',').next())
        .expect("a point");
    let request = |number: u8, reason: MissedReason| ReportMissedCollectionRequest {
        missed_collection: Some(MissedCollection {
            collection_point: format!("collectionPoints/{point}"),
            date: march(30),
            reason: reason.into(),
            note: "桥断".to_owned(),
            ..MissedCollection::default()
        }),
        request_id: request_id(number),
    };
    let mut client = CollectionPointServiceClient::new(harness.channel.clone());
    let mut report = async |scope: &str, request| {
        let request = harness.request(scope, request);
        client
            .report_missed_collection(request)
            .await
            .map(tonic::Response::into_inner)
    };
    let first = report(TOWN, request(1, MissedReason::RoadBlocked))
        .await
        .expect("recorded");
    assert_eq!(
        report(TOWN, request(1, MissedReason::RoadBlocked))
            .await
            .expect("the same"),
        first
    );
    let error = report(TOWN, request(2, MissedReason::RoadBlocked))
        .await
        .expect_err("once a day");
    assert_eq!(error.code(), Code::AlreadyExists);
    let error = report(TOWN, request(3, MissedReason::Unspecified))
        .await
        .expect_err("no reason");
    assert_eq!(error.code(), Code::InvalidArgument);
    let error = report("410225104", request(4, MissedReason::Breakdown))
        .await
        .expect_err("a sibling");
    assert_eq!(error.code(), Code::NotFound);
    let told = events(&harness, "collection.missed").await;
    assert_eq!(told.len(), 1);
    assert_eq!(payload::<CollectionMissed>(&told[0]).missed_collection, Some(first));
    let mut lists = CollectionPointServiceClient::new(harness.channel.clone());
    let all = ListMissedCollectionsRequest {
        filter: "reason = road_blocked AND date = 2024-03-30".to_owned(),
        ..ListMissedCollectionsRequest::default()
    };
    let listed = lists
        .list_missed_collections(harness.request(TOWN, all))
        .await
        .expect("misses")
        .into_inner();
    assert_eq!(listed.missed_collections.len(), 1);
    harness.stop().await;
}
