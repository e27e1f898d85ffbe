//! `BlockerService`.

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
use prost::{Message, Name};
use proto::xiangtu::villages::v1::{
    Blocker, BlockerChanged, EndBlockerRequest, GetBlockerRequest, ListBlockersRequest, ListBlockersResponse,
    RefuseBlockerRequest, ReportBlockerRequest, blocker_service_server::BlockerService,
};
use tonic::{Request, Response, Status};
use villages_core::blocker::excused_from;

use super::{
    division::{optional_code, require_id},
    plan_load,
};
use crate::{
    store::{
        blocker::{self, BlockerQuery, BlockerRow, BlockerStanding, EntryRow},
        bulletin_clock, task,
    },
    wire,
};

/// Blockers of tasks.
pub struct BlockerApi {
    /// What the service works with.
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("task", "('tasks/' || task_id)"),
    Field::text("kind", "kind"),
    Field::text("state", "state"),
    Field::date("start_date", "start_date"),
    Field::date("end_date", "end_date"),
];

#[tonic::async_trait]
impl BlockerService for BlockerApi {
    async fn report_blocker(&self, request: Request<ReportBlockerRequest>) -> Result<Response<Blocker>, Status> {
        let call = Call::of(&request)?;
        Ok(self.report(&call, &request.into_inner()).await?)
    }

    async fn end_blocker(&self, request: Request<EndBlockerRequest>) -> Result<Response<Blocker>, Status> {
        let call = Call::of(&request)?;
        Ok(self.end(&call, &request.into_inner()).await?)
    }

    async fn refuse_blocker(&self, request: Request<RefuseBlockerRequest>) -> Result<Response<Blocker>, Status> {
        let call = Call::of(&request)?;
        Ok(self.refuse(&call, &request.into_inner()).await?)
    }

    async fn get_blocker(&self, request: Request<GetBlockerRequest>) -> Result<Response<Blocker>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_blockers(
        &self,
        request: Request<ListBlockersRequest>,
    ) -> Result<Response<ListBlockersResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }
}

impl BlockerApi {
    async fn report(&self, call: &Call, request: &ReportBlockerRequest) -> Result<Response<Blocker>> {
        require_id(&request.request_id)?;
        let given = request.blocker.as_ref().ok_or_else(|| Error::required("blocker"))?;
        let today = self.kit.clock.today();
        let report = wire::blocker::report(given, today)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let standing = task::task_get(&mut tx, report.task, today).await?;
        let standing = standing.ok_or_else(|| Error::not_found(&given.task))?;
        let work = &standing.task;
        if standing.cumulative.unwrap_or(0) >= work.goal {
            let message = format!("the goal of {} is reached", given.task);
            return Err(Error::rule("TASK_DONE", &given.task, message, "该任务已完成"));
        }
        let days = report.days;
        if !(work.start_date..=work.deadline).contains(&days.first) {
            let rule = format!("{} to {}, the days of the task", work.start_date, work.deadline);
            return Err(Error::invalid("blocker.start_date", days.first, rule));
        }
        let plan = plan_load::version(&mut tx, &work.plan()).await?.plan;
        let recorded_at = bulletin_clock::recorded_at(&mut tx).await?;
        let row = BlockerRow {
            blocker_id: self.kit.ids.next(),
            task_id: report.task,
            division_code: work.division_code.clone(),
            kind: report.kind.as_str().to_owned(),
            start_date: days.first,
            end_date: days.last,
            excused_from: excused_from(days.first, dates::day_of(tx.now()), plan.policy.late_after_days),
            reason: report.reason,
            evidence: report.evidence,
            reporter: tx.principal().to_owned(),
            recorded_at,
        };
        blocker::blocker_insert(&mut tx, &row).await?;
        let standing = BlockerStanding {
            blocker: row,
            state: "REPORTED".to_owned(),
            refusal_reason: String::new(),
        };
        finish(tx, "blocked", &standing).await
    }

    async fn end(&self, call: &Call, request: &EndBlockerRequest) -> Result<Response<Blocker>> {
        let asked = Asked {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
        };
        self.close(call, request, &asked, Closing::End(request.end_date)).await
    }

    async fn refuse(&self, call: &Call, request: &RefuseBlockerRequest) -> Result<Response<Blocker>> {
        let asked = Asked {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
        };
        let reason = wire::blocker::refusal(&request.reason)?;
        self.close(call, request, &asked, Closing::Refuse(reason)).await
    }

    async fn close<R: Message + Name>(
        &self,
        call: &Call,
        request: &R,
        asked: &Asked<'_>,
        closing: Closing<'_>,
    ) -> Result<Response<Blocker>> {
        let id = wire::blocker::id("name", asked.name)?;
        require_id(asked.request_id)?;
        let mut tx = match self.kit.db.write(call, asked.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let recorded_at = bulletin_clock::recorded_at(&mut tx).await?;
        let standing = blocker::blocker_lock(&mut tx, id, recorded_at).await?;
        let mut standing = standing.ok_or_else(|| Error::not_found(asked.name))?;
        etag::check(asked.etag, &wire::blocker::blocker(&standing).etag, asked.name)?;
        let (state, verb, reason) = match closing {
            Closing::End(_) => ("ENDED", "blocker_ended", ""),
            Closing::Refuse(reason) => ("REFUSED", "blocker_refused", reason),
        };
        if standing.state == "REFUSED" || standing.state == state {
            let message = format!("{} is {}", asked.name, standing.state);
            return Err(Error::rule(
                "BLOCKER_CLOSED",
                asked.name,
                message,
                "该受阻事项已解除或者不予认定",
            ));
        }
        let row = &mut standing.blocker;
        if let Closing::End(end_date) = closing {
            let latest = row.end_date.previous_day().unwrap_or(row.end_date);
            row.end_date = wire::blocker::end_date("end_date", end_date, row.start_date, latest)?;
        }
        let principal = tx.principal().to_owned();
        let entry = EntryRow {
            state,
            end_date: row.end_date,
            reason,
            recorded_by: &principal,
            recorded_at,
        };
        blocker::entry_insert(&mut tx, row, &entry).await?;
        state.clone_into(&mut standing.state);
        reason.clone_into(&mut standing.refusal_reason);
        finish(tx, verb, &standing).await
    }

    async fn get(&self, call: &Call, request: &GetBlockerRequest) -> Result<Blocker> {
        let id = wire::blocker::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let now = bulletin_clock::present(&mut tx).await?;
        let row = blocker::blocker_get(&mut tx, id, now).await?;
        Ok(wire::blocker::blocker(
            &row.ok_or_else(|| Error::not_found(&request.name))?,
        ))
    }

    async fn list(&self, call: &Call, request: &ListBlockersRequest) -> Result<ListBlockersResponse> {
        let division = optional_code("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListBlockers", &query)?;
        let list = BlockerQuery {
            division: &division,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let now = bulletin_clock::present(&mut tx).await?;
        let rows = blocker::blockers_list(&mut tx, &list, &filter, now).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.blocker.blocker_id.to_string());
        Ok(ListBlockersResponse {
            blockers: rows.iter().map(wire::blocker::blocker).collect(),
            next_page_token,
        })
    }
}

/// Which blocker a request is about.
struct Asked<'a> {
    name: &'a str,
    etag: &'a str,
    request_id: &'a str,
}

/// How a blocker stops excusing.
enum Closing<'a> {
    /// The work went on after this day.
    End(Option<proto::google::r#type::Date>),
    /// It never was one.
    Refuse(&'a str),
}

async fn finish(mut tx: Tx, verb: &'static str, standing: &BlockerStanding) -> Result<Response<Blocker>> {
    let blocker = wire::blocker::blocker(standing);
    let division = &standing.blocker.division_code;
    let event = BlockerChanged {
        blocker: Some(blocker.clone()),
    };
    tx.emit(&format!("task.{verb}"), division, &blocker.name, &event);
    let detail = format!("{}: {}", blocker.task, standing.blocker.reason);
    tx.finish(Change::new(verb, division, &blocker.name).detail(detail), blocker)
        .await
}
