//! `ChangeRequestService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    etag,
    filter::{Field, Filter},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    ApproveChangeRequest, ChangeRequest, ChangeRequestChanged, DiscloseChangeRequestRequest,
    DiscloseChangeRequestResponse, GetChangeRequestRequest, ListChangeRequestsRequest, ListChangeRequestsResponse,
    ProposeChangeRequest, RejectChangeRequest, SensitiveValues, WithdrawChangeRequest,
    change_request_service_server::ChangeRequestService,
};
use time::{Date, Duration};
use tonic::{Request, Response, Status};

use super::{
    division::{optional_code, require_id},
    household_timeline::require_own_number,
};
use crate::{
    store::{
        cadre, cadre_post,
        change_request::{self as store, ChangeRequestQuery, ChangeRequestRow},
        household, household_life,
    },
    wire::{self, change_request::Target},
};

/// Days in which a change request can be decided.
const DAYS: Duration = Duration::days(30);
const LONGEST: usize = 500;

const FIELDS: &[Field] = &[Field::text("state", "r.state"), Field::text("proposer", "r.proposer")];

/// Change requests.
pub struct ChangeRequestApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl ChangeRequestService for ChangeRequestApi {
    async fn get_change_request(
        &self,
        request: Request<GetChangeRequestRequest>,
    ) -> Result<Response<ChangeRequest>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_change_requests(
        &self,
        request: Request<ListChangeRequestsRequest>,
    ) -> Result<Response<ListChangeRequestsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn disclose_change_request(
        &self,
        request: Request<DiscloseChangeRequestRequest>,
    ) -> Result<Response<DiscloseChangeRequestResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.disclose(&call, &request.into_inner()).await?)
    }

    async fn propose_change(&self, request: Request<ProposeChangeRequest>) -> Result<Response<ChangeRequest>, Status> {
        let call = Call::of(&request)?;
        Ok(self.propose(&call, &request.into_inner()).await?)
    }

    async fn approve_change(&self, request: Request<ApproveChangeRequest>) -> Result<Response<ChangeRequest>, Status> {
        let call = Call::of(&request)?;
        Ok(self.approve(&call, &request.into_inner()).await?)
    }

    async fn reject_change(&self, request: Request<RejectChangeRequest>) -> Result<Response<ChangeRequest>, Status> {
        let call = Call::of(&request)?;
        Ok(self.reject(&call, &request.into_inner()).await?)
    }

    async fn withdraw_change(
        &self,
        request: Request<WithdrawChangeRequest>,
    ) -> Result<Response<ChangeRequest>, Status> {
        let call = Call::of(&request)?;
        Ok(self.withdraw(&call, &request.into_inner()).await?)
    }
}

impl ChangeRequestApi {
    async fn get(&self, call: &Call, request: &GetChangeRequestRequest) -> Result<ChangeRequest> {
        let id = wire::change_request::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let row = store::change_request_get(&mut tx, id, self.kit.clock.today()).await?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        wire::change_request::change_request(&self.kit.crypt, &row)
    }

    async fn list(&self, call: &Call, request: &ListChangeRequestsRequest) -> Result<ListChangeRequestsResponse> {
        let division = optional_code("division", &request.division)?;
        if !request.target.is_empty() {
            wire::change_request::target("target", &request.target)?;
        }
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.target, &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListChangeRequests", &query)?;
        let list = ChangeRequestQuery {
            division: &division,
            target: &request.target,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = store::change_requests_list(&mut tx, &list, &filter, self.kit.clock.today()).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.change_request_id.to_string());
        let shown = rows
            .iter()
            .map(|row| wire::change_request::change_request(&self.kit.crypt, row));
        Ok(ListChangeRequestsResponse {
            change_requests: shown.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn disclose(
        &self,
        call: &Call,
        request: &DiscloseChangeRequestRequest,
    ) -> Result<Response<DiscloseChangeRequestResponse>> {
        let id = wire::change_request::id("name", &request.name)?;
        let detail = wire::household::disclosure(request.purpose, &request.reason, "proposed and present values")?;
        let mut tx = match self.kit.db.write(call, "", request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = store::change_request_get(&mut tx, id, self.kit.clock.today()).await?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let proposed = wire::change_request::opened(&self.kit.crypt, &row)?;
        let present = self.present(&mut tx, &row, &proposed).await?;
        let response = DiscloseChangeRequestResponse {
            name: request.name.clone(),
            proposed: Some(proposed),
            present,
        };
        let change = Change::new("disclose", &row.division_code, &request.name).detail(detail);
        tx.finish(change, response).await
    }

    /// What is on the register for the effective date, of the fields that are proposed.
    async fn present(
        &self,
        tx: &mut Tx,
        row: &ChangeRequestRow,
        proposed: &SensitiveValues,
    ) -> Result<Option<SensitiveValues>> {
        let date = effective_date(row)?;
        Ok(match wire::change_request::target("target", &row.target)? {
            Target::Household(id) => {
                let present = household::household_get(tx, &id, date).await?;
                let full = present.map(|it| wire::change_request::of_household(&self.kit.crypt, proposed, &it));
                full.transpose()?
            }
            Target::Cadre(id) => {
                let present = cadre::cadre_get(tx, &id, (date, None)).await?;
                let full = present.map(|it| wire::change_request::of_cadre(&self.kit.crypt, proposed, &it));
                full.transpose()?
            }
        })
    }

    async fn propose(&self, call: &Call, request: &ProposeChangeRequest) -> Result<Response<ChangeRequest>> {
        require_id(&request.request_id)?;
        let target = wire::change_request::target("target", &request.target)?;
        let values = wire::change_request::values(&target, request.values.as_ref())?;
        let date = self.kit.day("effective_date", request.effective_date)?;
        let reason = wire::names::text("reason", &request.reason, LONGEST)?;
        if request.evidence.is_empty() {
            return Err(Error::required("evidence"));
        }
        wire::names::evidence("evidence", &request.evidence)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        household_life::households_lock(&mut tx).await?;
        let (version, division_code) = seen(&mut tx, &target, date, request).await?;
        if let (Target::Household(id), Some(number)) = (&target, values.id_number.as_deref()) {
            let blind = self.kit.crypt.blind(wire::household::ID_NUMBER, number);
            let blind = (!number.is_empty()).then_some(blind);
            require_own_number(&mut tx, call, blind.as_deref(), id, date).await?;
        }
        let (now, id) = (tx.now(), self.kit.ids.next());
        let mut row = ChangeRequestRow {
            change_request_id: id,
            division_code,
            target: request.target.clone(),
            target_version: version,
            head_name: None,
            phone: None,
            id_number: None,
            content: Vec::new(),
            proposer: tx.principal().to_owned(),
            expire_date: dates::day_of(now) + DAYS,
            proposed_at: now,
            state: "PROPOSED".to_owned(),
            decision: None,
        };
        let open = wire::change_request::seal(&self.kit.crypt, &values, &mut row)?;
        let proposed = ChangeRequest {
            name: wire::change_request::name(id),
            target: row.target.clone(),
            division: wire::division::name(&row.division_code),
            values: Some(open),
            effective_date: Some(dates::to_proto(date)),
            reason: reason.to_owned(),
            evidence: request.evidence.clone(),
            proposer: row.proposer.clone(),
            propose_time: Some(dates::timestamp(now)),
            ..ChangeRequest::default()
        };
        row.content = proposed.encode_to_vec();
        store::change_request_insert(&mut tx, &row).await?;
        self.changed(tx, &row, "propose").await
    }

    /// States what became of a change request, and commits.
    pub(super) async fn changed(
        &self,
        mut tx: Tx,
        row: &ChangeRequestRow,
        verb: &str,
    ) -> Result<Response<ChangeRequest>> {
        let shown = wire::change_request::change_request(&self.kit.crypt, row)?;
        let event = ChangeRequestChanged {
            change_request: shown.name.clone(),
            target: shown.target.clone(),
            division: shown.division.clone(),
            state: shown.state,
            effective_date: shown.effective_date,
        };
        let event_type = format!("change_request.{}", row.state.to_ascii_lowercase());
        tx.emit(&event_type, &row.division_code, &shown.name, &event);
        let change = Change::new(verb, &row.division_code, &shown.name).detail(row.target.clone());
        tx.finish(change, shown).await
    }
}

/// The day from which the proposed values hold.
pub(super) fn effective_date(row: &ChangeRequestRow) -> Result<Date> {
    let kept = ChangeRequest::decode(row.content.as_slice()).map_err(Error::internal)?;
    dates::required("effective_date", kept.effective_date).map_err(Error::internal)
}

/// Version and division of the target as the proposer saw it.
async fn seen(tx: &mut Tx, target: &Target, date: Date, request: &ProposeChangeRequest) -> Result<(i64, String)> {
    let missing = || Error::not_found(&request.target);
    let (id, division, current) = match target {
        Target::Household(id) => {
            let row = household::household_get(tx, id, date).await?.ok_or_else(missing)?;
            let etag = wire::household::etag(&row);
            (row.id, row.division_code, etag)
        }
        Target::Cadre(id) => {
            let row = cadre::cadre_get(tx, id, (date, None)).await?.ok_or_else(missing)?;
            let posts = cadre_post::posts_of(tx, std::slice::from_ref(id), (date, None)).await?;
            (row.id, row.division_code.clone(), wire::cadre::etag(&row, &posts))
        }
    };
    etag::check(&request.etag, &current, &request.target)?;
    Ok((id, division))
}
