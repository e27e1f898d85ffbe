//! `BinService`.

use kit::{call::Call, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    Bin, GetBinRequest, ListBinsRequest, ListBinsResponse, bin_service_server::BinService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::bins::{bin_get, bin_list},
    wire::{names, network},
};

const FIELDS: &[Field] = &[
    Field::bool("sealed", "sealed"),
    Field::int("volume_l", "volume_l"),
    Field::text("group_code", "group_code"),
    Field::text("collection_point", "point_id"),
    Field::text("stream", "stream"),
];

#[tonic::async_trait]
impl BinService for Api {
    async fn get_bin(&self, request: Request<GetBinRequest>) -> Result<Response<Bin>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "bins")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = bin_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(network::bin(row)))
    }

    async fn list_bins(&self, request: Request<ListBinsRequest>) -> Result<Response<ListBinsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListBins",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = bin_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.bin_id.clone());
        Ok(Response::new(ListBinsResponse {
            bins: rows.into_iter().map(network::bin).collect(),
            next_page_token,
        }))
    }
}
