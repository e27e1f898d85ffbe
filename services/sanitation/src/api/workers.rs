//! `WorkerService`.

use kit::{audit::Change, call::Call, db::Begun, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    DiscloseWorkerRequest, DiscloseWorkerResponse, GetWorkerRequest, ListWorkersRequest, ListWorkersResponse, Worker,
    worker_service_server::WorkerService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::workers::{worker_get, worker_list},
    wire::{names, people, text::line},
};

const FIELDS: &[Field] = &[
    Field::text("display_name", "display_name"),
    Field::text("role", "role"),
    Field::text("crew", "crew_id"),
    Field::date("start_date", "since"),
    Field::date("end_date", "until"),
];

#[tonic::async_trait]
impl WorkerService for Api {
    async fn get_worker(&self, request: Request<GetWorkerRequest>) -> Result<Response<Worker>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "workers")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = worker_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(people::worker(&self.kit.crypt, row)?))
    }

    async fn list_workers(
        &self,
        request: Request<ListWorkersRequest>,
    ) -> Result<Response<ListWorkersResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListWorkers",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = worker_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.worker_id.clone());
        let workers = rows.into_iter().map(|row| people::worker(&self.kit.crypt, row));
        let workers = workers.collect::<Result<_, _>>()?;
        Ok(Response::new(ListWorkersResponse {
            workers,
            next_page_token,
        }))
    }

    async fn disclose_worker(
        &self,
        request: Request<DiscloseWorkerRequest>,
    ) -> Result<Response<DiscloseWorkerResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing(&request.name, "workers")?;
        line("reason", &request.reason, 1, 200)?;
        let mut tx = match self.kit.db.write(&call, "", &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = worker_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let phone = people::phone(&self.kit.crypt, &row)?;
        let change = Change::new("disclose", &row.division_code, &request.name).detail(&request.reason);
        let name = request.name;
        Ok(tx.finish(change, DiscloseWorkerResponse { name, phone }).await?)
    }
}
