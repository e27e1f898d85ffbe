//! The operation that plans the collection of a day.

use std::{
    collections::HashMap,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use kit::{
    Kit,
    audit::Change,
    dates,
    error::{Error, Result},
    operation::{Job, Work, any},
};
use proto::xiangtu::sanitation::v1::{PlanRoutesRequest, RoutePlanProgress};
use routing::Solution;
use sqlx::types::Json;
use time::Date;
use tokio::sync::watch;

use super::dues::dues_of;
use crate::{
    book::Book,
    planning::{Budget, Planned, Snapshot, Task, planned, search, station_days},
    store::{
        facilities::stations_of,
        points::points_of,
        route_plans::{self, route_plan_get, route_plan_in_force, route_plan_insert},
        routes::{routes_insert, unserved_insert},
        vehicles::collectors_of,
    },
    travel::Travels,
    wire::{names, routes},
};

/// Kind of the operation.
pub const PLAN_ROUTES: &str = "plan_routes";
/// Seconds of search where the request says 0.
pub const USUAL_SEARCH_SECONDS: i32 = 60;
/// How often progress is stored at most.
const STORE: Duration = Duration::from_millis(400);

/// Plans the collection of a day.
pub struct PlanRoutes {
    kit: Kit,
    travels: Travels,
}

/// What a plan is made from.
struct Input {
    tasks: Vec<Task>,
    in_force: Option<route_plans::RoutePlan>,
    norms_id: Option<uuid::Uuid>,
    quantile_permille: Option<i32>,
}

impl PlanRoutes {
    /// The work of this service.
    pub fn new(kit: &Kit, travels: Travels) -> Self {
        Self {
            kit: kit.clone(),
            travels,
        }
    }

    async fn input(&self, job: &Job, date: Date, request: &PlanRoutesRequest) -> Result<Input> {
        let division = job.division_code();
        let mut tx = self.kit.db.system(PLAN_ROUTES).await?;
        let book = Book::read(&mut tx, division, date).await?;
        let (stations, vehicles) = (
            stations_of(&mut tx, division).await?,
            collectors_of(&mut tx, division).await?,
        );
        let points = points_of(&mut tx, division).await?;
        let in_force = route_plan_in_force(&mut tx, division, date).await?;
        drop(tx);
        let dues = if request.declared_demand {
            HashMap::new()
        } else {
            dues_of(&self.kit, &points, date).await?
        };
        let days = station_days(stations, vehicles, points, &Arc::new(dues), |code| book.norms(code));
        let (source, reach_m) = (request.travel_source(), request.road_reach_m);
        let tables = self.travels.tables(days, source, division, reach_m, job.cancel_token());
        let days = tables.await?;
        let tasks: std::result::Result<_, _> = days.into_iter().map(Task::of).collect();
        let quantile = book.norms(division).demand.quantile_permille;
        Ok(Input {
            quantile_permille: i32::try_from(quantile).ok().filter(|_| !request.declared_demand),
            tasks: tasks.map_err(Error::internal)?,
            in_force,
            norms_id: book.version_id(division),
        })
    }

    async fn search(&self, job: &Job, tasks: Vec<Task>, request: &PlanRoutesRequest) -> Result<Found> {
        let budget = Budget {
            time: Duration::from_secs(u64::try_from(request.search_seconds).unwrap_or(1)),
            seed: request.seed,
            iterations: u64::try_from(request.iteration_limit).ok().filter(|limit| *limit > 0),
            threads: thread::available_parallelism().map_or(1, usize::from),
        };
        let frame = RoutePlanProgress {
            station_count: i32::try_from(tasks.len()).unwrap_or(i32::MAX),
            point_count: tasks
                .iter()
                .map(|task| i64::try_from(task.day.points.len()).unwrap_or(0))
                .sum(),
            search_seconds: request.search_seconds.into(),
            ..RoutePlanProgress::default()
        };
        let (sender, mut receiver) = watch::channel(Snapshot::default());
        let cancel = job.cancel_token().clone();
        let mut searched = tokio::task::spawn_blocking(move || {
            let told = |snapshot| {
                sender.send_replace(snapshot);
            };
            let solutions = search(&tasks, budget, &|| cancel.is_cancelled(), &told);
            Found { tasks, solutions }
        });
        let begun = Instant::now();
        loop {
            tokio::select! {
                found = &mut searched => return found.map_err(Error::internal),
                () = tokio::time::sleep(STORE) => {}
            }
            if receiver.has_changed().unwrap_or(false) {
                let snapshot = receiver.borrow_and_update().clone();
                job.progress(&progress(&frame, &snapshot, begun)).await?;
            }
        }
    }

    async fn keep(
        &self,
        job: &Job,
        request: &PlanRoutesRequest,
        date: Date,
        kept: Kept,
    ) -> Result<route_plans::RoutePlan> {
        let mut tx = self.kit.db.system(PLAN_ROUTES).await?;
        let row = route_plans::RoutePlan {
            route_plan_id: job.id(),
            division_code: job.division_code().to_owned(),
            date,
            state: "draft".to_owned(),
            seed: request.seed.cast_signed(),
            search_seconds: request.search_seconds,
            travel_source: routes::travel_source(request.travel_source()),
            norms_id: kept.norms_id,
            quantile_permille: kept.quantile_permille,
            totals: Json(kept.plan.totals),
            in_force: kept.in_force.map(|plan| plan.totals),
            created_at: tx.now(),
            published_at: None,
        };
        route_plan_insert(&mut tx, &row).await?;
        routes_insert(&mut tx, &kept.plan.routes).await?;
        unserved_insert(&mut tx, &kept.plan.unserved).await?;
        let name = names::route_plan(row.route_plan_id);
        let change = Change::new("create", &row.division_code, &name).detail(format!("for {}", job.principal()));
        tx.commit_as(change).await?;
        Ok(row)
    }
}

/// Tasks with their solutions.
struct Found {
    tasks: Vec<Task>,
    solutions: Vec<Option<Solution>>,
}

/// What is to be kept.
struct Kept {
    plan: Planned,
    in_force: Option<route_plans::RoutePlan>,
    norms_id: Option<uuid::Uuid>,
    quantile_permille: Option<i32>,
}

#[tonic::async_trait]
impl Work for PlanRoutes {
    fn kind(&self) -> &'static str {
        PLAN_ROUTES
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        let request: PlanRoutesRequest = job.request()?;
        let date = dates::required("date", request.date)?;
        let kept = {
            let mut tx = self.kit.db.system(PLAN_ROUTES).await?;
            route_plan_get(&mut tx, job.id()).await?
        };
        // Kept, but the process died before it could say so.
        if let Some(row) = kept {
            return Ok(any(&routes::route_plan(&row)));
        }
        let input = self.input(&job, date, &request).await?;
        let found = self.search(&job, input.tasks, &request).await?;
        if job.cancelled() {
            return Err(Error::cancelled());
        }
        let id = job.id();
        let plan = tokio::task::spawn_blocking(move || planned(id, &found.tasks, &found.solutions));
        let kept = Kept {
            plan: plan.await.map_err(Error::internal)?,
            in_force: input.in_force,
            norms_id: input.norms_id,
            quantile_permille: input.quantile_permille,
        };
        let row = self.keep(&job, &request, date, kept).await?;
        Ok(any(&routes::route_plan(&row)))
    }
}

fn progress(frame: &RoutePlanProgress, snapshot: &Snapshot, begun: Instant) -> RoutePlanProgress {
    RoutePlanProgress {
        planned_station_count: i32::try_from(snapshot.planned).unwrap_or(i32::MAX),
        elapsed_s: i64::try_from(begun.elapsed().as_secs()).unwrap_or(i64::MAX),
        iteration_count: i64::try_from(snapshot.iterations).unwrap_or(i64::MAX),
        best: Some(routes::totals(&snapshot.totals)),
        ..*frame
    }
}
