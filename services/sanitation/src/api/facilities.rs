//! `FacilityService`.

use kit::{call::Call, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    Facility, GetFacilityRequest, ListFacilitiesRequest, ListFacilitiesResponse,
    facility_service_server::FacilityService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    book::Book,
    store::facilities::{Facility as Row, facility_get, facility_list},
    wire::{names, network},
};

const FIELDS: &[Field] = &[Field::text("kind", "kind"), Field::text("display_name", "display_name")];

#[tonic::async_trait]
impl FacilityService for Api {
    async fn get_facility(&self, request: Request<GetFacilityRequest>) -> Result<Response<Facility>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "facilities")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = facility_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        let book = Book::read(&mut tx, &row.division_code, self.kit.clock.today()).await?;
        let norms = book.norms(&row.division_code);
        Ok(Response::new(network::facility(row.clone(), norms)))
    }

    async fn list_facilities(
        &self,
        request: Request<ListFacilitiesRequest>,
    ) -> Result<Response<ListFacilitiesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListFacilities",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = facility_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let book = Book::read(&mut tx, query.division(), self.kit.clock.today()).await?;
        let facility = |row: Row| {
            let norms = book.norms(&row.division_code);
            network::facility(row, norms)
        };
        let (rows, next_page_token) = query.page.close(rows, |row| row.facility_id.clone());
        Ok(Response::new(ListFacilitiesResponse {
            facilities: rows.into_iter().map(facility).collect(),
            next_page_token,
        }))
    }
}
