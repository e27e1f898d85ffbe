//! `BillingRunService`.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
    service::Kit,
};
use prost::Message as _;
use proto::{
    google::longrunning::Operation,
    xiangtu::homestead::v1::{
        BillingRun, GetBillingRunRequest, ListBillingRunsRequest, ListBillingRunsResponse, RunBillingRequest,
        billing_run_service_server::BillingRunService,
    },
};
use tonic::{Request, Response, Status};

use crate::{
    jobs::billing::Terms,
    store::billing,
    wire::{names, payment::request_id},
};

/// Starts and reads billing runs.
pub struct BillingRunApi {
    pub kit: Kit,
}

#[tonic::async_trait]
impl BillingRunService for BillingRunApi {
    async fn run_billing(&self, request: Request<RunBillingRequest>) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let terms = Terms::read(&request, self.kit.clock.today())?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(operation) => return Ok(Response::new(operation)),
            Begun::Fresh(tx) => tx,
        };
        // The day is fixed now: an operation that is resumed tomorrow still issues as of today.
        let fixed = RunBillingRequest {
            issue_date: Some(dates::to_proto(terms.issued_on)),
            ..request
        };
        let operations = &self.kit.operations;
        let operation = operations
            .start(&mut tx, "billing_run", &terms.division_code, &fixed)
            .await?;
        let change = Change::new("run_billing", &terms.division_code, &operation.name);
        Ok(tx.finish(change, operation).await?)
    }

    async fn get_billing_run(&self, request: Request<GetBillingRunRequest>) -> Result<Response<BillingRun>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found_uid("billingRuns", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = billing::run_get(&mut tx, id).await.map_err(Error::from)?;
        Ok(Response::new(decode(&row.ok_or_else(|| Error::not_found(name))?)?))
    }

    async fn list_billing_runs(
        &self,
        request: Request<ListBillingRunsRequest>,
    ) -> Result<Response<ListBillingRunsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListBillingRuns", &[&division])?;
        let before = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = billing::run_list(&mut tx, &division, before, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        let without_problems = |row| {
            decode(row).map(|run| BillingRun {
                problems: Vec::new(),
                ..run
            })
        };
        let billing_runs = rows.iter().map(without_problems).collect::<Result<_>>()?;
        Ok(Response::new(ListBillingRunsResponse {
            billing_runs,
            next_page_token,
        }))
    }
}

fn decode(row: &billing::Run) -> Result<BillingRun> {
    BillingRun::decode(row.summary.as_slice()).map_err(Error::internal)
}
