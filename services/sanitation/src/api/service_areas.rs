//! `ServiceAreaService`.

use kit::{call::Call, error::Error};
use proto::xiangtu::sanitation::v1::{
    GetServiceAreaRequest, ListServiceAreasRequest, ListServiceAreasResponse, ServiceArea,
    service_area_service_server::ServiceAreaService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::areas::{area_get, area_list},
    wire::{names, network},
};

#[tonic::async_trait]
impl ServiceAreaService for Api {
    async fn get_service_area(&self, request: Request<GetServiceAreaRequest>) -> Result<Response<ServiceArea>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "serviceAreas")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = area_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(network::area(row)))
    }

    async fn list_service_areas(
        &self,
        request: Request<ListServiceAreasRequest>,
    ) -> Result<Response<ListServiceAreasResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListServiceAreas",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: "",
        };
        let query = list::Query::of(&self.kit, &common, &[])?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = area_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.division_code.clone());
        Ok(Response::new(ListServiceAreasResponse {
            service_areas: rows.into_iter().map(network::area).collect(),
            next_page_token,
        }))
    }
}
