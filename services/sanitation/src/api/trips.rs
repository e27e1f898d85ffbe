//! `TripService`.

use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    error::{Error, Result},
    filter::Field,
};
use proto::xiangtu::sanitation::v1::{
    CreateTripRequest, GetTripRequest, ListTripsRequest, ListTripsResponse, Trip, trip_service_server::TripService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::{
        facilities::facility_get,
        trips::{self, trip_get, trip_insert, trip_list},
        vehicles::vehicle_get,
    },
    wire::{names, trips as wire},
};

const FIELDS: &[Field] = &[
    Field::date("date", "date"),
    Field::text("kind", "kind"),
    Field::text("vehicle", "vehicle_id"),
    Field::text("station", "station_id"),
    Field::text("stream", "stream"),
    Field::int("sent_count", "sent_count"),
];

#[tonic::async_trait]
impl TripService for Api {
    async fn get_trip(&self, request: Request<GetTripRequest>) -> Result<Response<Trip>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "trips")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = trip_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(wire::trip(row)))
    }

    async fn list_trips(&self, request: Request<ListTripsRequest>) -> Result<Response<ListTripsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListTrips",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = trip_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.trip_id.clone());
        Ok(Response::new(ListTripsResponse {
            trips: rows.into_iter().map(wire::trip).collect(),
            next_page_token,
        }))
    }

    async fn create_trip(&self, request: Request<CreateTripRequest>) -> Result<Response<Trip>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        if request.request_id.is_empty() {
            return Err(Error::required("request_id").into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let trip = request.trip.ok_or_else(|| Error::required("trip"))?;
        let mut row = wire::new_trip(&request.trip_id, &trip, tx.now())?;
        places(&mut tx, &mut row).await?;
        let name = names::trip(&row.trip_id);
        if !trip_insert(&mut tx, &row).await.map_err(Error::from)? {
            return Err(Error::exists(name).into());
        }
        let change = Change::new("create", &row.division_code, &name);
        Ok(tx.finish(change, wire::trip(row)).await?)
    }
}

/// Checks that vehicle, station and plant exist; the division is the station's, and the stream the vehicle's if none is given.
async fn places(tx: &mut Tx, row: &mut trips::Trip) -> Result<()> {
    let vehicle = vehicle_get(tx, &row.vehicle_id).await?;
    let vehicle = vehicle.ok_or_else(|| Error::not_found(names::vehicle(&row.vehicle_id)))?;
    if row.stream.is_empty() {
        row.stream = vehicle.stream;
    }
    let of_kind = |found: Option<crate::store::facilities::Facility>, kind: &str, id: &str| {
        found
            .filter(|facility| facility.kind == kind)
            .ok_or_else(|| Error::not_found(names::facility(id)))
    };
    if let Some(plant) = &row.plant_id {
        of_kind(facility_get(tx, plant).await?, "plant", plant)?;
    }
    let station = of_kind(
        facility_get(tx, &row.station_id).await?,
        "transfer_station",
        &row.station_id,
    )?;
    row.division_code = station.division_code;
    Ok(())
}
