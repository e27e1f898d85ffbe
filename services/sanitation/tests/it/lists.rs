//! Lists: pages, filters, and nothing of another division.

use proto::xiangtu::sanitation::v1::{
    GetFacilityRequest, GetServiceAreaRequest, ListCollectionPointsRequest, ListFacilitiesRequest, ListTripsRequest,
    ListVehiclesRequest, StationClass, collection_point_service_client::CollectionPointServiceClient,
    facility_service_client::FacilityServiceClient, service_area_service_client::ServiceAreaServiceClient,
    trip_service_client::TripServiceClient, vehicle_service_client::VehicleServiceClient,
};
use tonic::Code;

use crate::town::{COUNTY, STATION, TOWN, network, reason, start, weighings};

#[tokio::test]
async fn pages_walk_through_and_are_bound_to_their_query() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let mut client = CollectionPointServiceClient::new(harness.channel.clone());
    let mut request = ListCollectionPointsRequest {
        division: format!("divisions/{TOWN}"),
        page_size: 40,
        filter: "bin_count >= 10".to_owned(),
        ..ListCollectionPointsRequest::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = client
            .list_collection_points(harness.request(COUNTY, request.clone()))
            .await
            .expect("a page")
            .into_inner();
        assert!(page.collection_points.iter().all(|point| point.bin_count >= 10));
        seen.extend(page.collection_points.into_iter().map(|point| point.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert!(seen.len() > 40 && seen.is_sorted());
    request.filter = "bin_count >= 11".to_owned();
    let error = client
        .list_collection_points(harness.request(COUNTY, request.clone()))
        .await
        .expect_err("a token of another query");
    assert_eq!(reason(&error), "PAGE_TOKEN_MISMATCH");
    request.filter = "colour = red".to_owned();
    let error = client
        .list_collection_points(harness.request(COUNTY, request))
        .await
        .expect_err("no such field");
    assert_eq!(error.code(), Code::InvalidArgument);
    harness.stop().await;
}

#[tokio::test]
async fn filters_by_kind() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let request = ListVehiclesRequest {
        filter: "kind = compactor".to_owned(),
        ..ListVehiclesRequest::default()
    };
    let vehicles = VehicleServiceClient::new(harness.channel.clone())
        .list_vehicles(harness.request(TOWN, request))
        .await
        .expect("vehicles")
        .into_inner()
        .vehicles;
    assert_eq!(vehicles.len(), 3);
    assert!(vehicles.iter().all(|vehicle| vehicle.model.starts_with("compactor")));
    let request = ListFacilitiesRequest {
        filter: "kind = transfer_station".to_owned(),
        ..ListFacilitiesRequest::default()
    };
    let stations = FacilityServiceClient::new(harness.channel.clone())
        .list_facilities(harness.request(COUNTY, request))
        .await
        .expect("facilities")
        .into_inner()
        .facilities;
    assert_eq!(stations.len(), 1);
    assert_eq!(stations[0].capacity_kg_per_day, 30_000);
    assert_eq!(stations[0].station_class(), StationClass::Small);
    harness.stop().await;
}

#[tokio::test]
async fn another_division_does_not_exist() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03-01").await;
    let sibling = "410225104";
    let name = format!("facilities/{STATION}");
    let mut facilities = FacilityServiceClient::new(harness.channel.clone());
    let get = |scope: &str| harness.request(scope, GetFacilityRequest { name: name.clone() });
    assert!(facilities.get_facility(get(TOWN)).await.is_ok());
    let error = facilities.get_facility(get(sibling)).await.expect_err("of a sibling");
    assert_eq!(error.code(), Code::NotFound);

    let mut areas = ServiceAreaServiceClient::new(harness.channel.clone());
    let request = GetServiceAreaRequest {
        name: "serviceAreas/410225108200".to_owned(),
    };
    let error = areas
        .get_service_area(harness.request(sibling, request))
        .await
        .expect_err("of a sibling");
    assert_eq!(error.code(), Code::NotFound);

    let mut trips = TripServiceClient::new(harness.channel.clone());
    let of_town = ListTripsRequest {
        division: format!("divisions/{TOWN}"),
        ..ListTripsRequest::default()
    };
    let error = trips
        .list_trips(harness.request(sibling, of_town.clone()))
        .await
        .expect_err("of a sibling");
    assert_eq!(error.code(), Code::NotFound);
    let all = trips
        .list_trips(harness.request(sibling, ListTripsRequest::default()))
        .await
        .expect("none");
    assert_eq!(all.into_inner().trips, []);
    let own = trips
        .list_trips(harness.request(TOWN, of_town))
        .await
        .expect("some")
        .into_inner();
    assert!(!own.trips.is_empty());
    harness.stop().await;
}
