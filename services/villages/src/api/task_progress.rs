//! Takes reports of progress, one or many.

use std::collections::HashMap;

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    BatchReportProgressRequest, BatchReportProgressResponse, BatchReportProgressResult, Progress,
    ReportProgressRequest, TaskProgressed, batch_report_progress_result::Outcome,
};
use time::Date;
use tonic::Response;
use uuid::Uuid;
use villages_core::progress::{NotMonotone, Timeline, is_late};

use super::{plan_load, task::TaskApi, task_load::Plans};
use crate::{
    store::{
        bulletin_clock,
        task::{self, TaskRow},
        task_progress::{self, ProgressRow},
    },
    wire,
};

const LARGEST_COUNT: i64 = 1_000_000_000;
const LONGEST_NOTE: usize = 500;
const LARGEST_BATCH: usize = 1_000;

/// A report that was checked for itself.
struct Report {
    /// Path of the report in the request, ended by a dot where it is one of several.
    path: String,
    task: Uuid,
    date: Date,
    cumulative: i64,
    note: String,
    evidence: Vec<String>,
    correction: bool,
}

/// What the store knows of the tasks reported on.
struct Known {
    tasks: HashMap<Uuid, TaskRow>,
    plans: Plans,
    counting: HashMap<(Uuid, Date), ProgressRow>,
    timelines: HashMap<Uuid, Timeline>,
}

impl TaskApi {
    pub(super) async fn report(&self, call: &Call, request: &ReportProgressRequest) -> Result<Response<Progress>> {
        let report = self.checked("", request)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let mut outcomes = self.take(&mut tx, vec![Ok(report)]).await?;
        let (progress, division) = outcomes
            .pop()
            .unwrap_or_else(|| Err(Error::internal("a report without outcome")))?;
        let detail = format!("{} done in all", progress.cumulative_count);
        tx.finish(
            Change::new("report_progress", &division, &progress.task).detail(detail),
            progress,
        )
        .await
    }

    pub(super) async fn report_batch(
        &self,
        call: &Call,
        request: &BatchReportProgressRequest,
    ) -> Result<Response<BatchReportProgressResponse>> {
        let count = request.requests.len();
        if !(1..=LARGEST_BATCH).contains(&count) {
            return Err(Error::invalid(
                "requests",
                count,
                format!("1 to {LARGEST_BATCH} reports"),
            ));
        }
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let reports = request.requests.iter().enumerate();
        let reports = reports
            .map(|(at, report)| self.checked(&format!("requests[{at}]."), report))
            .collect();
        let outcomes = self.take(&mut tx, reports).await?;
        let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let result = |outcome: Result<(Progress, String)>| BatchReportProgressResult {
            outcome: Some(match outcome {
                Ok((progress, _)) => Outcome::Progress(progress),
                Err(error) => Outcome::Error(error.into()),
            }),
        };
        let response = BatchReportProgressResponse {
            results: outcomes.into_iter().map(result).collect(),
        };
        tx.finish(
            Change::new("report_progress", "", "tasks").detail(format!("{taken} of {count} reports")),
            response,
        )
        .await
    }

    fn checked(&self, path: &str, request: &ReportProgressRequest) -> Result<Report> {
        let task = wire::task::id(&format!("{path}task"), &request.task)?;
        let today = self.kit.clock.today();
        let field = format!("{path}report_date");
        let date = dates::from_proto(&field, request.report_date)?.unwrap_or(today);
        if date > today {
            return Err(Error::invalid(field, date, format!("a day not after today, {today}")));
        }
        let cumulative = request.cumulative_count;
        if !(0..=LARGEST_COUNT).contains(&cumulative) {
            return Err(Error::invalid(
                format!("{path}cumulative_count"),
                cumulative,
                "0 to 1,000,000,000",
            ));
        }
        if request.note.chars().count() > LONGEST_NOTE {
            return Err(Error::invalid(
                format!("{path}note"),
                &request.note,
                format!("at most {LONGEST_NOTE} characters"),
            ));
        }
        wire::names::evidence(&format!("{path}evidence"), &request.evidence)?;
        Ok(Report {
            path: path.to_owned(),
            task,
            date,
            cumulative,
            note: request.note.clone(),
            evidence: request.evidence.clone(),
            correction: request.correction,
        })
    }

    /// Takes the reports that hold; each outcome comes with the division of its task.
    async fn take(&self, tx: &mut Tx, reports: Vec<Result<Report>>) -> Result<Vec<Result<(Progress, String)>>> {
        let ids: Vec<Uuid> = reports.iter().flatten().map(|report| report.task).collect();
        let mut known = known(tx, &ids).await?;
        let (received, reporter) = (tx.now(), tx.principal().to_owned());
        let now = bulletin_clock::recorded_at(tx).await?;
        let received = dates::day_of(received);
        let mut fresh = Vec::new();
        let mut outcomes = Vec::with_capacity(reports.len());
        for report in reports {
            let outcome = report.and_then(|report| {
                let task = known
                    .tasks
                    .get(&report.task)
                    .ok_or_else(|| Error::not_found(wire::task::name(report.task)))?;
                let division = task.division_code.clone();
                if let Some(counting) = known.same(&report) {
                    return Ok((wire::task::progress(counting), division));
                }
                let late_after_days = known.accept(&report)?;
                let row = ProgressRow {
                    progress_id: self.kit.ids.next(),
                    task_id: report.task,
                    division_code: division.clone(),
                    report_date: report.date,
                    revision: known
                        .counting
                        .get(&(report.task, report.date))
                        .map_or(1, |before| before.revision + 1),
                    cumulative: report.cumulative,
                    late: is_late(report.date, received, late_after_days),
                    note: report.note,
                    evidence: report.evidence,
                    reported_by: reporter.clone(),
                    recorded_at: now,
                };
                let progress = wire::task::progress(&row);
                known.add(&row);
                fresh.push(row);
                Ok((progress, division))
            });
            outcomes.push(outcome);
        }
        task_progress::progress_insert(tx, &fresh).await?;
        for row in &fresh {
            if let Some(task) = known.tasks.get(&row.task_id) {
                let payload = TaskProgressed {
                    progress: Some(wire::task::progress(row)),
                    division: wire::division::name(&task.division_code),
                    indicator: task.indicator.clone(),
                    goal_count: task.goal,
                };
                tx.emit(
                    "task.progress",
                    &task.division_code,
                    &wire::task::name(row.task_id),
                    &payload,
                );
            }
        }
        Ok(outcomes)
    }
}

async fn known(tx: &mut Tx, ids: &[Uuid]) -> Result<Known> {
    let tasks = task::tasks_lock(tx, ids).await?;
    let plans = Plans::of(tx, tasks.iter()).await?;
    let mut known = Known {
        tasks: tasks.into_iter().map(|task| (task.task_id, task)).collect(),
        plans,
        counting: HashMap::new(),
        timelines: HashMap::new(),
    };
    for row in task_progress::progress_counting(tx, ids).await? {
        known.add(&row);
    }
    Ok(known)
}

impl Known {
    fn add(&mut self, row: &ProgressRow) {
        self.timelines
            .entry(row.task_id)
            .or_default()
            .insert(row.report_date, row.cumulative);
        self.counting.insert((row.task_id, row.report_date), row.clone());
    }

    /// The report that says the same for its day.
    fn same(&self, report: &Report) -> Option<&ProgressRow> {
        self.counting.get(&(report.task, report.date)).filter(|row| {
            row.cumulative == report.cumulative && row.note == report.note && row.evidence == report.evidence
        })
    }

    /// Checks a report against its plan and the other days; gives the days after which it is late.
    fn accept(&self, report: &Report) -> Result<i32> {
        let name = wire::task::name(report.task);
        let loaded = self.tasks.get(&report.task).and_then(|task| self.plans.get(task));
        let loaded = loaded.ok_or_else(|| Error::internal(format!("{name} has no plan")))?;
        if report.date > loaded.plan.end {
            return Err(plan_load::ended(&loaded.key, loaded.plan.end));
        }
        if report.date < loaded.plan.start {
            let rule = format!("a day of the programme, not before {}", loaded.plan.start);
            return Err(Error::invalid(format!("{}report_date", report.path), report.date, rule));
        }
        let timeline = self.timelines.get(&report.task);
        let fits = timeline.map_or(Ok(()), |timeline| timeline.check(report.date, report.cumulative));
        if let Err(NotMonotone { date, cumulative }) =
            fits.or_else(|error| if report.correction { Ok(()) } else { Err(error) })
        {
            let message = format!(
                "{} done by {} contradicts {cumulative} done by {date}",
                report.cumulative, report.date
            );
            let message_zh = format!(
                "{} 累计 {} 与 {date} 累计 {cumulative} 矛盾",
                report.date, report.cumulative
            );
            return Err(Error::rule("PROGRESS_NOT_MONOTONE", name, message, message_zh));
        }
        Ok(loaded.plan.policy.late_after_days)
    }
}
