//! `CorrectionService`.

use kit::{
    audit::Change,
    call::Call,
    db::Begun,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::{
    google::longrunning::Operation,
    xiangtu::homestead::v1::{
        ListCorrectionsRequest, ListCorrectionsResponse, ReassessBillsRequest,
        correction_service_server::CorrectionService,
    },
};
use tonic::{Request, Response, Status};

use crate::{
    jobs::reassessment::Terms,
    store::reassessment,
    wire::{correction::correction, payment::request_id},
};

/// Starts reassessing and reads corrections.
pub struct CorrectionApi {
    pub kit: Kit,
}

const FIELDS: &[Field] = &[Field::text("household", "household_id"), Field::text("cause", "cause")];

#[tonic::async_trait]
impl CorrectionService for CorrectionApi {
    async fn reassess_bills(&self, request: Request<ReassessBillsRequest>) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let terms = Terms::read(&request)?;
        let today = self.kit.clock.today();
        if terms.due_on <= today {
            return Err(Error::invalid("due_date", terms.due_on, format!("after today, {today}")).into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(operation) => return Ok(Response::new(operation)),
            Begun::Fresh(tx) => tx,
        };
        let operation = self
            .kit
            .operations
            .start(&mut tx, "reassessment", &terms.division_code, &request)
            .await?;
        let change = Change::new("reassess", &terms.division_code, &operation.name);
        Ok(tx.finish(change, operation).await?)
    }

    async fn list_corrections(
        &self,
        request: Request<ListCorrectionsRequest>,
    ) -> Result<Response<ListCorrectionsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListCorrections", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = reassessment::list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListCorrectionsResponse {
            corrections: rows.iter().map(correction).collect(),
            next_page_token,
        }))
    }
}
