//! Tasks with everything known of them at an instant.

use std::collections::{BTreeSet, HashMap};

use kit::error::Result;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use villages_core::{
    blocker::Blocker,
    bulletin,
    document::TaskTemplate,
    progress::{Tenure, Timeline},
    schedule::{Blocked, Constraint, Scheduler, Spread, Work},
};

use super::plan_load::{self, Loaded};
use crate::{
    store::{
        blocker,
        plan::PlanKey,
        task::{self, TaskRow},
        task_progress,
        task_tenure::{self, TenureRow},
    },
    wire,
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

    /// Makes schedules around blockers, one scheduler for each version.
    pub(super) fn schedulers<'a>(&'a self, blockers: &'a Blockers) -> Schedulers<'a> {
        Schedulers {
            plans: self,
            blockers,
            made: HashMap::new(),
        }
    }
}

/// What excuses tasks.
#[derive(Default)]
pub(super) struct Blockers(HashMap<Uuid, Vec<Blocker>>);

impl Blockers {
    /// Loads what was known at an instant.
    pub(super) async fn of<'a>(
        conn: &mut PgConnection,
        tasks: impl Iterator<Item = &'a TaskRow>,
        known_at: OffsetDateTime,
    ) -> Result<Self> {
        let tasks: Vec<Uuid> = tasks.map(|task| task.task_id).collect();
        let mut blockers: HashMap<Uuid, Vec<Blocker>> = HashMap::new();
        for row in blocker::blockers_of(conn, &tasks, known_at).await? {
            let of_task = blockers.entry(row.blocker.task_id).or_default();
            of_task.extend(wire::blocker::standing(&row));
        }
        Ok(Self(blockers))
    }

    fn get(&self, task: &TaskRow) -> &[Blocker] {
        self.0.get(&task.task_id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Makes the schedules of tasks.
pub(super) struct Schedulers<'a> {
    plans: &'a Plans,
    blockers: &'a Blockers,
    made: HashMap<PlanKey, Scheduler<'a>>,
}

/// A schedule, or the constraints that conflict, with the number of working days and the template it was made by.
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
        let blocked: Vec<Blocked> = self.blockers.get(task).iter().map(|blocker| blocker.days).collect();
        let around = |spread: Spread| spread.around(&plan.calendar, &work, &blocked);
        Some(Scheduled {
            outcome: scheduler.spread(&work).map(around),
            working_days: scheduler
                .days(&work)
                .iter()
                .filter(|day| !blocked.iter().any(|it| it.covers(**day)))
                .count(),
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

/// Tasks of a division that had begun by `begun`, by village and identity, as known at `known_at`.
pub(super) async fn known(
    conn: &mut PgConnection,
    division: &str,
    begun: Date,
    known_at: OffsetDateTime,
) -> Result<Vec<bulletin::Task>> {
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
    let blockers = Blockers::of(conn, rows.iter(), known_at).await?;
    let mut schedulers = plans.schedulers(&blockers);
    let task = |row: TaskRow| bulletin::Task {
        id: row.task_id.as_u128(),
        spread: schedulers.spread(&row),
        timeline: timelines.remove(&row.task_id).unwrap_or_default(),
        tenures: tenures.remove(&row.task_id).unwrap_or_default(),
        blockers: blockers.get(&row).to_vec(),
        village: row.division_code,
        display_name: row.display_name,
        unit: row.unit,
        goal: row.goal,
        deadline: row.deadline,
        key_work: row.key_work,
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
