//! `VehicleService`.

use kit::{call::Call, dates, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    GetVehicleRequest, ListTaresRequest, ListTaresResponse, ListVehiclesRequest, ListVehiclesResponse, Vehicle,
    vehicle_service_server::VehicleService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::{
        tares::tare_list,
        vehicles::{vehicle_get, vehicle_list},
    },
    wire::{devices, names, network},
};

const FIELDS: &[Field] = &[
    Field::text("kind", "kind"),
    Field::text("model", "model"),
    Field::text("plate", "plate"),
    Field::int("payload_kg", "payload_kg"),
    Field::text("depot", "depot_id"),
    Field::text("stream", "stream"),
];

#[tonic::async_trait]
impl VehicleService for Api {
    async fn get_vehicle(&self, request: Request<GetVehicleRequest>) -> Result<Response<Vehicle>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "vehicles")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = vehicle_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(network::vehicle(row)))
    }

    async fn list_vehicles(
        &self,
        request: Request<ListVehiclesRequest>,
    ) -> Result<Response<ListVehiclesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListVehicles",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = vehicle_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.vehicle_id.clone());
        Ok(Response::new(ListVehiclesResponse {
            vehicles: rows.into_iter().map(network::vehicle).collect(),
            next_page_token,
        }))
    }

    async fn list_tares(&self, request: Request<ListTaresRequest>) -> Result<Response<ListTaresResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing(&request.parent, "vehicles")?;
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListTares", &[&request.parent])?;
        let before = page.after.as_deref().map(|day| dates::parse("page_token", day));
        let mut tx = self.kit.db.read(&call).await?;
        if vehicle_get(&mut tx, id).await.map_err(Error::from)?.is_none() {
            return Err(Error::not_found(&request.parent).into());
        }
        let rows = tare_list(&mut tx, id, before.transpose()?, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.weighed_on.to_string());
        Ok(Response::new(ListTaresResponse {
            tares: rows.into_iter().map(devices::tare).collect(),
            next_page_token,
        }))
    }
}
