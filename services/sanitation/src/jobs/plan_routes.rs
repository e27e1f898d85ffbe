//! The operation that plans the collection of a day.

use kit::{
    Kit,
    audit::Change,
    dates,
    error::{Error, Result},
    operation::{Job, Work, any},
};
use proto::xiangtu::sanitation::v1::PlanRoutesRequest;
use sanitation_core::route::Totals;
use sqlx::types::Json;
use time::Date;

use super::{
    dues::{dues_of, quantile_of},
    ground::Ground,
    searching::{Effort, found},
};
use crate::{
    planning::{Planned, Task, planned, sums},
    store::{
        route_plans::{self, route_plan_get, route_plan_in_force, route_plan_insert},
        routes::{routes_insert, unserved_insert},
    },
    travel::Travels,
    wire::{names, routes},
};

/// Kind of the operation.
pub const PLAN_ROUTES: &str = "plan_routes";

/// Plans the collection of a day.
pub struct PlanRoutes {
    kit: Kit,
    travels: Travels,
}

/// What a plan is made from.
struct Input {
    tasks: Vec<Task>,
    norms_id: Option<uuid::Uuid>,
    quantile_permille: Option<i32>,
}

/// What is to be kept.
struct Kept {
    plan: Planned,
    nearest: Totals,
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
        let ground = Ground::read(&self.kit, PLAN_ROUTES, division, date).await?;
        let (sorted, mut dues) = dues_of(&self.kit, &ground.points, date).await?;
        if request.declared_demand {
            dues.clear();
        }
        let (days, book) = ground.station_days(&sorted, dues);
        let (source, reach_m) = (request.travel_source(), request.road_reach_m);
        let tables = self.travels.tables(days, source, division, reach_m, job.cancel_token());
        let tasks: std::result::Result<_, _> = tables.await?.into_iter().map(Task::of).collect();
        Ok(Input {
            tasks: tasks.map_err(Error::internal)?,
            norms_id: book.version_id(division),
            quantile_permille: quantile_of(&book, division, request.declared_demand),
        })
    }

    async fn keep(
        &self,
        job: &Job,
        request: &PlanRoutesRequest,
        date: Date,
        kept: Kept,
    ) -> Result<route_plans::RoutePlan> {
        let mut tx = self.kit.db.system(PLAN_ROUTES).await?;
        let in_force = route_plan_in_force(&mut tx, job.division_code(), date).await?;
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
            in_force: in_force.map(|plan| plan.totals),
            nearest: Some(Json(kept.nearest)),
            replanned_from: None,
            replanned_at_s: None,
            road_reach_m: request.road_reach_m,
            week_plan_id: None,
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
        let effort = Effort {
            seconds: request.search_seconds,
            seed: request.seed,
            iteration_limit: request.iteration_limit,
        };
        let found = found(&job, input.tasks, effort).await?;
        let id = job.id();
        let plan = tokio::task::spawn_blocking(move || {
            let nearest = sums(&found.tasks, &found.nearest);
            (planned(id, &found.tasks, &found.solutions), nearest)
        });
        let (plan, nearest) = plan.await.map_err(Error::internal)?;
        let kept = Kept {
            plan,
            nearest,
            norms_id: input.norms_id,
            quantile_permille: input.quantile_permille,
        };
        let row = self.keep(&job, &request, date, kept).await?;
        Ok(any(&routes::route_plan(&row)))
    }
}
