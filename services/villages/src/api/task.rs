//! `TaskService`.

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
use proto::xiangtu::villages::v1::{
    BatchReportProgressRequest, BatchReportProgressResponse, GenerateTasksRequest, GenerateTasksResponse,
    GetMeetingSheetRequest, GetTaskRequest, ListTasksRequest, ListTasksResponse, MeetingSheet, Progress,
    ReassignTaskRequest, ReportProgressRequest, Task, task_service_server::TaskService,
};
use time::Date;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    division::optional_code,
    task_load::{Blockers, Plans},
};
use crate::{
    store::{
        bulletin_clock,
        task::{self, TaskQuery, TaskStanding},
        task_progress,
        task_tenure::{self, TenureRow},
    },
    wire,
};

/// Tasks of villages.
pub struct TaskApi {
    /// What the service works with.
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("template", "t.template"),
    Field::text("indicator", "t.indicator"),
    Field::text("leader", "('cadres/' || u.leader_id)"),
    Field::date("deadline", "t.deadline"),
    Field::bool("key_work", "t.key_work"),
];
const MOST_MEMBERS: usize = 20;

#[tonic::async_trait]
impl TaskService for TaskApi {
    async fn generate_tasks(
        &self,
        request: Request<GenerateTasksRequest>,
    ) -> Result<Response<GenerateTasksResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.generate(&call, &request.into_inner()).await?)
    }

    async fn get_task(&self, request: Request<GetTaskRequest>) -> Result<Response<Task>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_tasks(&self, request: Request<ListTasksRequest>) -> Result<Response<ListTasksResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn reassign_task(&self, request: Request<ReassignTaskRequest>) -> Result<Response<Task>, Status> {
        let call = Call::of(&request)?;
        Ok(self.reassign(&call, &request.into_inner()).await?)
    }

    async fn report_progress(&self, request: Request<ReportProgressRequest>) -> Result<Response<Progress>, Status> {
        let call = Call::of(&request)?;
        Ok(self.report(&call, &request.into_inner()).await?)
    }

    async fn batch_report_progress(
        &self,
        request: Request<BatchReportProgressRequest>,
    ) -> Result<Response<BatchReportProgressResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.report_batch(&call, &request.into_inner()).await?)
    }

    async fn get_meeting_sheet(
        &self,
        request: Request<GetMeetingSheetRequest>,
    ) -> Result<Response<MeetingSheet>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.meeting(&call, &request.into_inner()).await?))
    }
}

impl TaskApi {
    async fn get(&self, call: &Call, request: &GetTaskRequest) -> Result<Task> {
        let id = wire::task::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        self.whole(&mut tx, id, &request.name).await
    }

    /// A task with its schedule, its assignments and its reports.
    async fn whole(&self, tx: &mut Tx, id: Uuid, name: &str) -> Result<Task> {
        let today = self.kit.clock.today();
        let row = task::task_get(tx, id, today)
            .await?
            .ok_or_else(|| Error::not_found(name))?;
        let tenures = task_tenure::tenures_of(tx, id).await?;
        let reports = task_progress::progress_counting(tx, &[id]).await?;
        let plans = Plans::of(tx, std::iter::once(&row.task)).await?;
        let now = bulletin_clock::present(tx).await?;
        let blockers = Blockers::of(tx, std::iter::once(&row.task), now).await?;
        let scheduled = plans.schedulers(&blockers).schedule(&row.task);
        let scheduled = scheduled.ok_or_else(|| Error::internal(format!("{name} has no template")))?;
        let planned = scheduled.outcome.as_ref().map_or(0, |spread| spread.planned(today));
        let mut written = wire::task::task(&row, planned, today);
        let outcome = scheduled.outcome.as_ref().map_err(Vec::as_slice);
        let milestones = &scheduled.template.milestone_permille;
        written.schedule = Some(wire::task::schedule(outcome, scheduled.working_days, milestones));
        written.assignments = wire::task::assignments(&tenures);
        written.reports = reports.iter().map(wire::task::progress).collect();
        Ok(written)
    }

    async fn list(&self, call: &Call, request: &ListTasksRequest) -> Result<ListTasksResponse> {
        let division = optional_code("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListTasks", &query)?;
        let after = page.after_id()?;
        let today = self.kit.clock.today();
        let list = TaskQuery {
            division: &division,
            today,
            after,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = task::tasks_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.task.task_id.to_string());
        let plans = Plans::of(&mut tx, rows.iter().map(|row| &row.task)).await?;
        let now = bulletin_clock::present(&mut tx).await?;
        let blockers = Blockers::of(&mut tx, rows.iter().map(|row| &row.task), now).await?;
        let mut schedulers = plans.schedulers(&blockers);
        let task = |row: &TaskStanding| {
            let planned = schedulers.spread(&row.task).map_or(0, |spread| spread.planned(today));
            wire::task::task(row, planned, today)
        };
        Ok(ListTasksResponse {
            tasks: rows.iter().map(task).collect(),
            next_page_token,
        })
    }

    async fn reassign(&self, call: &Call, request: &ReassignTaskRequest) -> Result<Response<Task>> {
        let id = wire::task::id("name", &request.name)?;
        let people = people(request)?;
        let reason = wire::names::text("reason", &request.reason, 200)?.to_owned();
        let today = self.kit.clock.today();
        let start_date = dates::from_proto("start_date", request.start_date)?.unwrap_or(today);
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        task::tasks_lock(&mut tx, &[id]).await?;
        let row = task::task_get(&mut tx, id, today)
            .await?
            .ok_or_else(|| Error::not_found(&request.name))?;
        etag::check(&request.etag, &wire::task::task_etag(&row), &request.name)?;
        if row.cumulative.unwrap_or(0) >= row.task.goal {
            let message = format!("the goal of {} is reached", request.name);
            return Err(Error::rule("TASK_DONE", &request.name, message, "该任务已完成"));
        }
        let tenures = task_tenure::tenures_of(&mut tx, id).await?;
        check_start(start_date, &tenures, row.task.deadline.max(today))?;
        let names: std::collections::HashMap<String, String> = task_tenure::names_of(&mut tx, &people, today)
            .await?
            .into_iter()
            .collect();
        let mut named = Vec::with_capacity(people.len());
        for person in &people {
            named.push(
                names
                    .get(person)
                    .cloned()
                    .ok_or_else(|| Error::not_found(wire::cadre::name(person)))?,
            );
        }
        let (leader, members) = people.split_first().ok_or_else(|| Error::required("leader"))?;
        let (leader_name, member_names) = named.split_first().ok_or_else(|| Error::required("leader"))?;
        let recorded_at = bulletin_clock::recorded_at(&mut tx).await?;
        let entry = TenureRow {
            task_id: id,
            division_code: row.task.division_code.clone(),
            start_date,
            leader_id: leader.clone(),
            leader_name: leader_name.clone(),
            member_ids: members.to_vec(),
            member_names: member_names.to_vec(),
            reason,
            recorded_by: tx.principal().to_owned(),
            recorded_at,
        };
        task_tenure::tenures_insert(&mut tx, std::slice::from_ref(&entry)).await?;
        let response = self.whole(&mut tx, id, &request.name).await?;
        let detail = format!("{} to {leader} from {start_date}: {}", row.leader_id, entry.reason);
        tx.finish(
            Change::new("reassign", &row.task.division_code, &request.name).detail(detail),
            response,
        )
        .await
    }
}

/// The leader, then the members, all different.
fn people(request: &ReassignTaskRequest) -> Result<Vec<String>> {
    if request.members.len() > MOST_MEMBERS {
        return Err(Error::invalid(
            "members",
            request.members.len(),
            format!("at most {MOST_MEMBERS} members"),
        ));
    }
    let mut people = vec![wire::cadre::id("leader", &request.leader)?];
    for (at, member) in request.members.iter().enumerate() {
        let field = format!("members[{at}]");
        let id = wire::cadre::id(&field, member)?;
        if people.contains(&id) {
            return Err(Error::invalid(field, member, "neither the leader nor named twice"));
        }
        people.push(id);
    }
    Ok(people)
}

/// Nobody loses days on which he has answered, and nobody is named for days on which there is nothing to do.
fn check_start(start: Date, tenures: &[TenureRow], last: Date) -> Result<()> {
    if start > last {
        return Err(Error::invalid(
            "start_date",
            start,
            format!("not after {last}, the deadline or today"),
        ));
    }
    match tenures.iter().map(|tenure| tenure.start_date).max() {
        Some(latest) if start < latest => Err(Error::invalid(
            "start_date",
            start,
            format!("not before {latest}, the first day of the last leader"),
        )),
        _ => Ok(()),
    }
}
