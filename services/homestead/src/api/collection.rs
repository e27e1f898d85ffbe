//! `CollectionService`.

mod arrears;
mod mediations;
mod serving;
mod visits;

use kit::{
    call::Call,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    ListArrearsRequest, ListArrearsResponse, ListMediationsRequest, ListMediationsResponse, ListServedNoticesRequest,
    ListServedNoticesResponse, ListVisitsRequest, ListVisitsResponse, Mediation, RecordMediationRequest,
    RecordServedNoticeRequest, RecordVisitRequest, ServedNotice, Visit, collection_service_server::CollectionService,
};
use time::Date;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    store::{limitation, mediation, served, visit},
    wire,
};

/// The work list of collectors, and what they record.
pub struct CollectionApi {
    pub kit: Kit,
}

const VISIT_FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::text("cadre", "cadre_id"),
];

const SERVED_FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::text("dunning_notice", "notice_id::text"),
];

const MEDIATION_FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::date("mediation_date", "held_on"),
];

#[tonic::async_trait]
impl CollectionService for CollectionApi {
    async fn list_arrears(
        &self,
        request: Request<ListArrearsRequest>,
    ) -> Result<Response<ListArrearsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.arrears(&call, request.get_ref()).await?))
    }

    async fn record_visit(&self, request: Request<RecordVisitRequest>) -> Result<Response<Visit>, Status> {
        let call = Call::of(&request)?;
        self.visited(&call, &request.into_inner()).await
    }

    async fn list_visits(&self, request: Request<ListVisitsRequest>) -> Result<Response<ListVisitsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, VISIT_FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListVisits", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = visit::visit_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListVisitsResponse {
            visits: rows.iter().map(wire::visit::visit).collect(),
            next_page_token,
        }))
    }

    async fn record_served_notice(
        &self,
        request: Request<RecordServedNoticeRequest>,
    ) -> Result<Response<ServedNotice>, Status> {
        let call = Call::of(&request)?;
        self.served(&call, &request.into_inner()).await
    }

    async fn list_served_notices(
        &self,
        request: Request<ListServedNoticesRequest>,
    ) -> Result<Response<ListServedNoticesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, SERVED_FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListServedNotices", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = served::served_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListServedNoticesResponse {
            served_notices: rows.iter().map(wire::served::served).collect(),
            next_page_token,
        }))
    }

    async fn record_mediation(&self, request: Request<RecordMediationRequest>) -> Result<Response<Mediation>, Status> {
        let call = Call::of(&request)?;
        self.mediated(&call, &request.into_inner()).await
    }

    async fn list_mediations(
        &self,
        request: Request<ListMediationsRequest>,
    ) -> Result<Response<ListMediationsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, MEDIATION_FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListMediations", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = mediation::mediation_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListMediationsResponse {
            mediations: rows.iter().map(wire::mediation::mediation).collect(),
            next_page_token,
        }))
    }
}

impl CollectionApi {
    /// Starts the limitation anew of the bills of a household that were overdue on a day, and answers them.
    async fn interrupt(
        &self,
        tx: &mut Tx,
        (division_code, household_id): (&str, &str),
        kind: i16,
        effective_on: Date,
        proof: &str,
    ) -> Result<Vec<Uuid>> {
        let bills = limitation::bills_overdue(tx, household_id, effective_on).await?;
        let ids: Vec<Uuid> = bills.iter().map(|_| self.kit.ids.next()).collect();
        let principal = tx.principal().to_owned();
        let event = limitation::Event {
            division_code,
            household_id,
            kind,
            effective_on,
            proof,
            recorded_by: &principal,
            recorded_at: tx.now(),
        };
        limitation::event_insert(tx, &ids, &bills, &event).await?;
        Ok(bills)
    }
}
