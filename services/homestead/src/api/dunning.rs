//! `DunningService`.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::{
    google::longrunning::Operation,
    xiangtu::homestead::v1::{
        DraftDunningNoticesRequest, ListDunningNoticesRequest, ListDunningNoticesResponse,
        dunning_service_server::DunningService,
    },
};
use tonic::{Request, Response, Status};

use crate::{
    jobs::dunning::Terms,
    store::dunning,
    wire::{collection::notice, payment::request_id},
};

/// Starts drafting and reads notices.
pub struct DunningApi {
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::text("cadre", "cadre_id"),
    Field::date("notice_date", "notice_on"),
];

#[tonic::async_trait]
impl DunningService for DunningApi {
    async fn draft_dunning_notices(
        &self,
        request: Request<DraftDunningNoticesRequest>,
    ) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let today = self.kit.clock.today();
        let terms = Terms::read(&request, today)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(operation) => return Ok(Response::new(operation)),
            Begun::Fresh(tx) => tx,
        };
        terms.check_start(today)?;
        // The day is fixed now: an operation that is resumed tomorrow still drafts for today.
        let fixed = DraftDunningNoticesRequest {
            as_of: Some(dates::to_proto(terms.day)),
            ..request
        };
        let operation = self
            .kit
            .operations
            .start(&mut tx, "dunning_run", terms.division.code(), &fixed)
            .await?;
        let change = Change::new("draft_notices", terms.division.code(), &operation.name);
        Ok(tx.finish(change, operation).await?)
    }

    async fn list_dunning_notices(
        &self,
        request: Request<ListDunningNoticesRequest>,
    ) -> Result<Response<ListDunningNoticesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListDunningNotices", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = dunning::notice_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListDunningNoticesResponse {
            dunning_notices: rows.iter().map(notice).collect(),
            next_page_token,
        }))
    }
}
