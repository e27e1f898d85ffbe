//! `DeviceService`.

use kit::{call::Call, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    Device, GetDeviceRequest, ListDevicesRequest, ListDevicesResponse, device_service_server::DeviceService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::devices::{calibrations_of, device_get, device_list},
    wire::{devices, names},
};

const FIELDS: &[Field] = &[
    Field::text("kind", "kind"),
    Field::text("model", "model"),
    Field::text("facility", "facility_id"),
    Field::text("vehicle", "vehicle_id"),
];

#[tonic::async_trait]
impl DeviceService for Api {
    async fn get_device(&self, request: Request<GetDeviceRequest>) -> Result<Response<Device>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "devices")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = device_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        let calibrations = calibrations_of(&mut tx, &[id]).await.map_err(Error::from)?;
        Ok(Response::new(devices::device(row, &calibrations)))
    }

    async fn list_devices(
        &self,
        request: Request<ListDevicesRequest>,
    ) -> Result<Response<ListDevicesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListDevices",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = device_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.device_id.clone());
        let ids: Vec<&str> = rows.iter().map(|row| row.device_id.as_str()).collect();
        let calibrations = calibrations_of(&mut tx, &ids).await.map_err(Error::from)?;
        let devices = rows.into_iter().map(|row| devices::device(row, &calibrations));
        Ok(Response::new(ListDevicesResponse {
            devices: devices.collect(),
            next_page_token,
        }))
    }
}
