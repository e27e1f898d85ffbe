//! `ContractService`.

use kit::{call::Call, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    Contract, GetContractRequest, ListContractsRequest, ListContractsResponse, contract_service_server::ContractService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::contracts::{contract_get, contract_list},
    wire::{names, people},
};

const FIELDS: &[Field] = &[
    Field::text("contractor", "contractor"),
    Field::text("price_basis", "price_basis"),
    Field::date("start_date", "starts_on"),
    Field::date("end_date", "ends_on"),
];

#[tonic::async_trait]
impl ContractService for Api {
    async fn get_contract(&self, request: Request<GetContractRequest>) -> Result<Response<Contract>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "contracts")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = contract_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(people::contract(row)))
    }

    async fn list_contracts(
        &self,
        request: Request<ListContractsRequest>,
    ) -> Result<Response<ListContractsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListContracts",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = contract_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.contract_id.clone());
        Ok(Response::new(ListContractsResponse {
            contracts: rows.into_iter().map(people::contract).collect(),
            next_page_token,
        }))
    }
}
