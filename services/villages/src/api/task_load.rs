//! Tasks with everything known of them at an instant.

use std::collections::{BTreeSet, HashMap};

use kit::error::Result;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use villages_core::{
    bulletin,
    document::TaskTemplate,
    progress::{Tenure, Timeline},
    schedule::{Constraint, Scheduler, Spread, Work},
};

use super::plan_load::{self, Loaded};
use crate::store::{
    plan::PlanKey,
    task::{self, TaskRow},
    task_progress,
    task_tenure::{self, TenureRow},
};

/// Plan versions that tasks were made from.
#[derive(Default)]
pub(super) struct Plans(HashMap<PlanKey, Loaded>);

impl Plans {
    /// Loads the versions that `tasks` were made from.
    pub(super) async fn of<'a>(conn: &mut PgConnection, tasks: impl Iterator<Item = &'a TaskRow>) -> Result<Self> {
        let keys: BTreeSet<PlanKey> = tasks.map(TaskRow::plan).collect();
        let mut plans = HashMap::new();
        for key in keys {
            let loaded = plan_load::version(conn, &key).await?;
            plans.insert(key, loaded);
        }
        Ok(Self(plans))
    }

    /// The version that a task was made from.
    pub(super) fn get(&self, task: &TaskRow) -> Option<&Loaded> {
        self.0.get(&task.plan())
    }

    /// Makes schedules, one scheduler for each version.
    pub(super) fn schedulers(&self) -> Schedulers<'_> {
        Schedulers {
            plans: self,
            made: HashMap::new(),
        }
    }
}

/// Makes the schedules of tasks.
pub(super) struct Schedulers<'a> {
    plans: &'a Plans,
    made: HashMap<PlanKey, Scheduler<'a>>,
}

/// A schedule, or the constraints that conflict, with the working days and the template it was made by.
pub(super) struct Scheduled<'a> {
    pub outcome: Result<Spread, Vec<Constraint>>,
    pub working_days: usize,
    pub template: &'a TaskTemplate,
}

impl<'a> Schedulers<'a> {
    /// The schedule of a task; `None` if its template is not in its plan, which would be a defect.
    pub(super) fn schedule(&mut self, task: &TaskRow) -> Option<Scheduled<'a>> {
        let plan = &self.plans.get(task)?.plan;
        let template = plan.templates.iter().find(|template| template.code == task.template)?;
        let scheduler = self
            .made
            .entry(task.plan())
            .or_insert_with(|| Scheduler::new(&plan.calendar));
        let work = work(template, task.goal, task.start_date, task.deadline);
        Some(Scheduled {
            outcome: scheduler.spread(&work),
            working_days: scheduler.days(&work).len(),
            template,
        })
    }

    /// The even spread of a task's goal; `None` where it cannot be reached in time.
    pub(super) fn spread(&mut self, task: &TaskRow) -> Option<Spread> {
        self.schedule(task)?.outcome.ok()
    }
}

/// What is to be scheduled for a template.
pub(super) fn work(template: &TaskTemplate, goal: i64, start: Date, deadline: Date) -> Work<'_> {
    Work {
        goal,
        start,
        deadline,
        daily_capacity: template.daily_capacity,
        stopped_by: &template.stopped_by,
    }
}

/// Tasks of a division that had begun by `begun`, by village and identity, as known at `known_at`, each with its deadline.
pub(super) async fn known(
    conn: &mut PgConnection,
    division: &str,
    begun: Date,
    known_at: OffsetDateTime,
) -> Result<Vec<(bulletin::Task, Date)>> {
    let rows = task::tasks_begun(conn, division, begun, known_at).await?;
    let plans = Plans::of(conn, rows.iter()).await?;
    let mut tenures: HashMap<Uuid, Vec<Tenure>> = HashMap::new();
    for row in task_tenure::tenures_known(conn, division, known_at).await? {
        tenures.entry(row.task_id).or_default().push(tenure(row));
    }
    let mut timelines: HashMap<Uuid, Timeline> = HashMap::new();
    for day in task_progress::progress_known(conn, division, known_at).await? {
        timelines
            .entry(day.task_id)
            .or_default()
            .insert(day.report_date, day.cumulative);
    }
    let mut schedulers = plans.schedulers();
    let task = |row: TaskRow| {
        let task = bulletin::Task {
            id: row.task_id.as_u128(),
            spread: schedulers.spread(&row),
            timeline: timelines.remove(&row.task_id).unwrap_or_default(),
            tenures: tenures.remove(&row.task_id).unwrap_or_default(),
            village: row.division_code,
            display_name: row.display_name,
            unit: row.unit,
            goal: row.goal,
        };
        (task, row.deadline)
    };
    Ok(rows.into_iter().map(task).collect())
}

fn tenure(row: TenureRow) -> Tenure {
    Tenure {
        start: row.start_date,
        cadre: row.leader_id,
        display_name: row.leader_name,
    }
}
