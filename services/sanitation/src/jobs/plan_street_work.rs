//! The operation that plans the sprinkling or sweeping of a day.

use std::{
    ops::ControlFlow,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use arcs::{Params, Progress, Solution, check, solve};
use kit::{
    Kit,
    audit::Change,
    dates,
    error::{Error, Result},
    operation::{Job, Work, any},
};
use proto::xiangtu::sanitation::v1::{PlanStreetWorkRequest, StreetWorkProgress};
use sqlx::types::Json;
use time::Date;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    book::Book,
    planning::{StreetDay, StreetPlan, Streets},
    store::{
        facilities::{facilities_by_id, stations_of},
        roads::{edge_page, nodes_of},
        street_plans::{StreetWorkPlan, street_plan_get, street_plan_insert, street_routes_insert, uncovered_insert},
        streets::{open_water_points, tasks_of},
        vehicles::vehicles_of,
    },
    travel::{MOST_ROADS, read, too_many_roads},
    wire::{names, streets},
};

/// Kind of the operation.
pub const PLAN_STREET_WORK: &str = "plan_street_work";
/// How often progress is stored at most.
const STORE: Duration = Duration::from_millis(400);
/// Most passes of a day: the engine keeps the ways between all of them.
const MOST_PASSES: i64 = 2_500;

/// Plans the sprinkling or sweeping of a day.
pub struct PlanStreetWork {
    kit: Kit,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy, Default)]
struct Snapshot {
    iterations: u64,
    missing: usize,
    cost: i64,
}

impl PlanStreetWork {
    /// The work of this service.
    pub fn new(kit: &Kit) -> Self {
        Self { kit: kit.clone() }
    }

    async fn day(&self, job: &Job, date: Date, work: &str) -> Result<(StreetDay, Option<Uuid>)> {
        let division = job.division_code();
        let mut tx = self.kit.db.system(PLAN_STREET_WORK).await?;
        let book = Book::read(&mut tx, division, date).await?;
        let sprinkling = work == "sprinkling";
        let kind = if sprinkling { "sprinkler" } else { "sweeper" };
        let vehicles = vehicles_of(&mut tx, division, kind).await?;
        let mut depots: Vec<String> = vehicles.iter().map(|vehicle| vehicle.depot_id.clone()).collect();
        depots.sort_unstable();
        depots.dedup();
        let (mut water_points, mut stations) = (Vec::new(), Vec::new());
        if sprinkling {
            water_points = open_water_points(&mut tx, division, date.month().into()).await?;
        } else {
            stations = stations_of(&mut tx, division).await?;
        }
        let edges = edge_page(&mut tx, division, "", MOST_ROADS + 1).await?;
        if i64::try_from(edges.len()).is_ok_and(|edges| edges > MOST_ROADS) {
            return Err(too_many_roads(division));
        }
        let day = StreetDay {
            date,
            nodes: nodes_of(&mut tx, division).await?,
            edges,
            tasks: tasks_of(&mut tx, division, work).await?,
            vehicles,
            depots: facilities_by_id(&mut tx, &depots).await?,
            water_points,
            stations,
            norms: book.norms(division).routing.clone(),
        };
        let due = day.passes();
        if due > MOST_PASSES {
            return Err(Error::rule(
                "TOO_MANY_TASKS",
                names::division(division),
                format!("{due} passes are due; at most {MOST_PASSES}"),
                format!("当日应作业 {due} 次，最多 {MOST_PASSES} 次"),
            ));
        }
        Ok((day, book.version_id(division)))
    }

    async fn search(&self, job: &Job, streets: Arc<Streets>, request: &PlanStreetWorkRequest) -> Result<Solution> {
        let frame = StreetWorkProgress {
            pass_count: streets.passes(),
            search_seconds: request.search_seconds.into(),
            ..StreetWorkProgress::default()
        };
        let (sender, mut receiver) = watch::channel(Snapshot::default());
        let (cancel, stated) = (job.cancel_token().clone(), request.clone());
        let mut searched = tokio::task::spawn_blocking(move || {
            let told = |snapshot| {
                sender.send_replace(snapshot);
            };
            search(&streets, &stated, &|| cancel.is_cancelled(), &told)
        });
        let begun = Instant::now();
        loop {
            tokio::select! {
                found = &mut searched => return found.map_err(Error::internal)?,
                () = tokio::time::sleep(STORE) => {}
            }
            if receiver.has_changed().unwrap_or(false) {
                let snapshot = *receiver.borrow_and_update();
                job.progress(&progress(&frame, snapshot, begun)).await?;
            }
        }
    }

    async fn keep(&self, job: &Job, (row, plan): (StreetWorkPlan, StreetPlan)) -> Result<StreetWorkPlan> {
        let mut tx = self.kit.db.system(PLAN_STREET_WORK).await?;
        let row = StreetWorkPlan {
            created_at: tx.now(),
            ..row
        };
        street_plan_insert(&mut tx, &row).await?;
        street_routes_insert(&mut tx, &plan.routes).await?;
        uncovered_insert(&mut tx, &row.division_code, &plan.uncovered).await?;
        let name = names::street_work_plan(row.street_work_plan_id);
        let change = Change::new("create", &row.division_code, &name).detail(format!("for {}", job.principal()));
        tx.commit_as(change).await?;
        Ok(row)
    }
}

/// Searches and checks what is found. With a bound on iterations the clock only stops a search that takes too long, so that
/// the plan does not depend on it.
fn search(
    streets: &Streets,
    request: &PlanStreetWorkRequest,
    cancelled: &dyn Fn() -> bool,
    told: &dyn Fn(Snapshot),
) -> Result<Solution> {
    let bound = u64::try_from(request.iteration_limit).ok().filter(|limit| *limit > 0);
    let params = Params {
        seed: request.seed,
        max_iterations: bound.unwrap_or(u64::MAX),
        threads: thread::available_parallelism().map_or(1, usize::from),
    };
    let (begun, seconds) = (Instant::now(), f64::from(request.search_seconds.max(1)));
    let mut watch = |progress: &Progress<'_>| {
        if cancelled() {
            return ControlFlow::Break(());
        }
        if progress.improved {
            told(Snapshot {
                iterations: progress.iterations,
                missing: progress.objective.missing,
                cost: progress.objective.cost,
            });
        }
        let used = begun.elapsed().as_secs_f64() / seconds;
        match bound {
            Some(_) if used < 1.0 => ControlFlow::Continue(0.0),
            _ => ControlFlow::Continue(used.min(1.0)),
        }
    };
    let solution = solve(&streets.problem, &params, &mut watch);
    check(&streets.problem, &solution).map_err(|broken| Error::internal(format!("{:?}", broken.first())))?;
    Ok(solution)
}

#[tonic::async_trait]
impl Work for PlanStreetWork {
    fn kind(&self) -> &'static str {
        PLAN_STREET_WORK
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        let request: PlanStreetWorkRequest = job.request()?;
        let date = dates::required("date", request.date)?;
        let work = streets::work("work", request.work)?;
        let kept = {
            let mut tx = self.kit.db.system(PLAN_STREET_WORK).await?;
            street_plan_get(&mut tx, job.id()).await?
        };
        // Kept, but the process died before it could say so.
        if let Some(row) = kept {
            return Ok(any(&streets::plan(&row)));
        }
        let (day, norms_id) = self.day(&job, date, &work).await?;
        let stated = tokio::task::spawn_blocking(move || {
            let open: Vec<_> = day.edges.iter().filter(|edge| !edge.closed).cloned().collect();
            let (network, _) = read(&day.nodes, &open)?;
            Streets::of(day, network).map_err(Error::internal)
        });
        let streets = job.cancel_token().run_until_cancelled(stated).await;
        let streets = Arc::new(streets.ok_or_else(Error::cancelled)?.map_err(Error::internal)??);
        let solution = self.search(&job, Arc::clone(&streets), &request).await?;
        if job.cancelled() {
            return Err(Error::cancelled());
        }
        let plan = streets.plan(job.id(), &solution);
        let row = StreetWorkPlan {
            street_work_plan_id: job.id(),
            division_code: job.division_code().to_owned(),
            date,
            work,
            seed: request.seed.cast_signed(),
            search_seconds: request.search_seconds,
            norms_id,
            totals: Json(plan.totals),
            created_at: time::OffsetDateTime::UNIX_EPOCH,
        };
        let row = self.keep(&job, (row, plan)).await?;
        Ok(any(&streets::plan(&row)))
    }
}

fn progress(frame: &StreetWorkProgress, snapshot: Snapshot, begun: Instant) -> StreetWorkProgress {
    StreetWorkProgress {
        elapsed_s: i64::try_from(begun.elapsed().as_secs()).unwrap_or(i64::MAX),
        iteration_count: i64::try_from(snapshot.iterations).unwrap_or(i64::MAX),
        uncovered_count: i64::try_from(snapshot.missing).unwrap_or(i64::MAX),
        cost_fen: snapshot.cost / 1_000,
        ..*frame
    }
}
