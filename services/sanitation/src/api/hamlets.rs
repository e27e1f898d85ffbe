//! `HamletService`.

use kit::{call::Call, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    GetHamletRequest, Hamlet, ListHamletsRequest, ListHamletsResponse, hamlet_service_server::HamletService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::hamlets::{hamlet_get, hamlet_list},
    wire::{names, network},
};

const FIELDS: &[Field] = &[
    Field::text("display_name", "display_name"),
    Field::int("household_count", "household_count"),
];

#[tonic::async_trait]
impl HamletService for Api {
    async fn get_hamlet(&self, request: Request<GetHamletRequest>) -> Result<Response<Hamlet>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "hamlets")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = hamlet_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(network::hamlet(row)))
    }

    async fn list_hamlets(
        &self,
        request: Request<ListHamletsRequest>,
    ) -> Result<Response<ListHamletsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListHamlets",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = hamlet_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.hamlet_id.clone());
        Ok(Response::new(ListHamletsResponse {
            hamlets: rows.into_iter().map(network::hamlet).collect(),
            next_page_token,
        }))
    }
}
