//! `ComplaintService`.

mod process;

use kit::{
    audit::Change,
    call::Call,
    db::Begun,
    error::{Error, Result},
    filter::Field,
};
use proto::xiangtu::sanitation::v1::{
    AcceptComplaintRequest, AnswerComplaintRequest, AssignComplaintRequest, CloseComplaintRequest, Complaint,
    DiscloseComplaintRequest, DiscloseComplaintResponse, FileComplaintRequest, GetComplaintRequest,
    ListComplaintStepsRequest, ListComplaintStepsResponse, ListComplaintsRequest, ListComplaintsResponse,
    ListDueComplaintsRequest, ListDueComplaintsResponse, ReopenComplaintRequest,
    complaint_service_server::ComplaintService,
};
use sanitation_core::complaint::Action;
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::complaints::{complaint_get, complaint_list, complaints_due, due_key, step_list},
    wire::{complaints as wire, names, text::line},
};

const FIELDS: &[Field] = &[
    Field::text("state", "state"),
    Field::text("category", "category"),
    Field::text("channel", "channel"),
    Field::text("collection_point", "point_id"),
    Field::text("assignee", "assignee"),
    Field::date("date", "date"),
    Field::bool("overdue", "(overdue_at IS NOT NULL)"),
];

const DUE_FIELDS: &[Field] = &[
    Field::text("state", "state"),
    Field::text("category", "category"),
    Field::text("assignee", "assignee"),
    Field::bool("overdue", "(overdue_at IS NOT NULL)"),
];

#[tonic::async_trait]
impl ComplaintService for Api {
    async fn file_complaint(&self, request: Request<FileComplaintRequest>) -> Result<Response<Complaint>, Status> {
        let call = Call::of(&request)?;
        Ok(process::file(self, &call, &request.into_inner()).await?)
    }

    async fn get_complaint(&self, request: Request<GetComplaintRequest>) -> Result<Response<Complaint>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing_uuid(&name, "complaints")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = complaint_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(wire::complaint(&self.kit.crypt, &row)?))
    }

    async fn list_complaints(
        &self,
        request: Request<ListComplaintsRequest>,
    ) -> Result<Response<ListComplaintsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListComplaints",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = complaint_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.complaint_id.to_string());
        let complaints: Result<_> = rows.iter().map(|row| wire::complaint(&self.kit.crypt, row)).collect();
        Ok(Response::new(ListComplaintsResponse {
            complaints: complaints?,
            next_page_token,
        }))
    }

    async fn list_due_complaints(
        &self,
        request: Request<ListDueComplaintsRequest>,
    ) -> Result<Response<ListDueComplaintsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListDueComplaints",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, DUE_FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = complaints_due(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, due_key);
        let complaints: Result<_> = rows.iter().map(|row| wire::complaint(&self.kit.crypt, row)).collect();
        Ok(Response::new(ListDueComplaintsResponse {
            complaints: complaints?,
            next_page_token,
        }))
    }

    async fn list_complaint_steps(
        &self,
        request: Request<ListComplaintStepsRequest>,
    ) -> Result<Response<ListComplaintStepsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing_uuid(&request.parent, "complaints")?;
        let (size, token) = (request.page_size, &request.page_token);
        let page = self
            .kit
            .pages
            .open(size, token, "ListComplaintSteps", &[&request.parent])?;
        let after = page.after.as_deref().map(str::parse).transpose();
        let after = after.map_err(Error::internal)?.unwrap_or(0);
        let mut tx = self.kit.db.read(&call).await?;
        if complaint_get(&mut tx, id).await.map_err(Error::from)?.is_none() {
            return Err(Error::not_found(&request.parent).into());
        }
        let rows = step_list(&mut tx, id, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.number.to_string());
        Ok(Response::new(ListComplaintStepsResponse {
            steps: rows.into_iter().map(wire::step).collect(),
            next_page_token,
        }))
    }

    async fn accept_complaint(&self, request: Request<AcceptComplaintRequest>) -> Result<Response<Complaint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let step = process::Step {
            name: &request.name,
            request_id: &request.request_id,
            action: Action::Accept,
            note: "",
        };
        Ok(process::advance(self, &call, &request, &step).await?)
    }

    async fn assign_complaint(&self, request: Request<AssignComplaintRequest>) -> Result<Response<Complaint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        wire::assignee(&request.assignee)?;
        let step = process::Step {
            name: &request.name,
            request_id: &request.request_id,
            action: Action::Assign,
            note: &request.assignee,
        };
        Ok(process::advance(self, &call, &request, &step).await?)
    }

    async fn answer_complaint(&self, request: Request<AnswerComplaintRequest>) -> Result<Response<Complaint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        wire::text("answer", &request.answer, 1_000)?;
        let step = process::Step {
            name: &request.name,
            request_id: &request.request_id,
            action: Action::Answer,
            note: &request.answer,
        };
        Ok(process::advance(self, &call, &request, &step).await?)
    }

    async fn close_complaint(&self, request: Request<CloseComplaintRequest>) -> Result<Response<Complaint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let step = process::Step {
            name: &request.name,
            request_id: &request.request_id,
            action: Action::Close,
            note: "",
        };
        Ok(process::advance(self, &call, &request, &step).await?)
    }

    async fn reopen_complaint(&self, request: Request<ReopenComplaintRequest>) -> Result<Response<Complaint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        line("reason", &request.reason, 1, 200)?;
        let step = process::Step {
            name: &request.name,
            request_id: &request.request_id,
            action: Action::Reopen,
            note: &request.reason,
        };
        Ok(process::advance(self, &call, &request, &step).await?)
    }

    async fn disclose_complaint(
        &self,
        request: Request<DiscloseComplaintRequest>,
    ) -> Result<Response<DiscloseComplaintResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing_uuid(&request.name, "complaints")?;
        line("reason", &request.reason, 1, 200)?;
        let mut tx = match self.kit.db.write(&call, "", &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = complaint_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let (contact_name, contact_phone) = wire::contact(&self.kit.crypt, &row)?;
        let change = Change::new("disclose", &row.division_code, &request.name).detail(&request.reason);
        let response = DiscloseComplaintResponse {
            name: request.name,
            contact_name,
            contact_phone,
        };
        Ok(tx.finish(change, response).await?)
    }
}
