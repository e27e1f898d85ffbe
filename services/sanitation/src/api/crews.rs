//! `CrewService`.

use kit::{call::Call, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    Crew, GetCrewRequest, ListCrewsRequest, ListCrewsResponse, crew_service_server::CrewService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::crews::{crew_get, crew_list},
    wire::{names, people},
};

const FIELDS: &[Field] = &[
    Field::text("display_name", "display_name"),
    Field::text("kind", "kind"),
    Field::text("contract", "contract_id"),
];

#[tonic::async_trait]
impl CrewService for Api {
    async fn get_crew(&self, request: Request<GetCrewRequest>) -> Result<Response<Crew>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "crews")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = crew_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(people::crew(row)))
    }

    async fn list_crews(&self, request: Request<ListCrewsRequest>) -> Result<Response<ListCrewsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListCrews",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = crew_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.crew_id.clone());
        Ok(Response::new(ListCrewsResponse {
            crews: rows.into_iter().map(people::crew).collect(),
            next_page_token,
        }))
    }
}
