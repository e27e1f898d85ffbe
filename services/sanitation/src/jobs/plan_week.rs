//! The operation that plans the collection of a week.

use std::collections::{BTreeMap, HashMap};

use kit::{
    Kit,
    audit::Change,
    dates,
    error::{Error, Result},
    operation::{Job, Work, any},
};
use proto::xiangtu::sanitation::v1::PlanWeekRequest;
use sanitation_core::{
    comparison::{Figures, figures},
    route::Totals,
    week::WEEK,
};
use sqlx::types::Json;
use time::{Date, Duration};
use uuid::Uuid;

use super::{
    dues::{known_of, quantile_of},
    ground::Ground,
    searching::{Effort, Found, found},
};
use crate::{
    planning::{Calendar, Planned, Task, planned, sorted, sums, week, week_dues},
    store::{
        route_plans::{RoutePlan, route_plan_in_force, route_plan_insert},
        routes::{routes_insert, unserved_insert},
        week_plans::{StationWeek, WeekPlan, days_of, week_plan_get, week_plan_insert, week_points_insert},
    },
    travel::Travels,
    wire::{comparison::side, names, routes, weeks},
};

/// Kind of the operation.
pub const PLAN_WEEK: &str = "plan_week";

/// Plans the collection of a week.
pub struct PlanWeek {
    kit: Kit,
    travels: Travels,
}

/// The days of the week that is planned.
struct Drawn {
    tasks: Vec<Task>,
    calendar: Calendar,
    norms_id: Option<Uuid>,
    quantile_permille: Option<i32>,
}

/// A day with what drivers who plan nothing would drive.
type Day = (Uuid, Planned, Totals);

impl PlanWeek {
    /// The work of this service.
    pub fn new(kit: &Kit, travels: Travels) -> Self {
        Self {
            kit: kit.clone(),
            travels,
        }
    }

    async fn draw(&self, job: &Job, monday: Date, request: &PlanWeekRequest) -> Result<Drawn> {
        let division = job.division_code();
        let ground = Ground::read(&self.kit, PLAN_WEEK, division, monday).await?;
        let known = known_of(&self.kit, &ground.points, monday).await?;
        let declared = request.declared_demand;
        let dues = tokio::task::spawn_blocking(move || {
            let sorted = sorted(&known);
            let dues = if declared {
                HashMap::new()
            } else {
                week_dues(&known, &sorted, monday)
            };
            (sorted, dues)
        });
        let (sorted, dues) = dues.await.map_err(Error::internal)?;
        let (days, book) = ground.station_days(&sorted, HashMap::new());
        let (source, reach_m) = (request.travel_source(), request.road_reach_m);
        let tables = self.travels.tables(days, source, division, reach_m, job.cancel_token());
        let (days, interval) = (tables.await?, usize::try_from(request.interval_days).unwrap_or(0));
        let drawn = tokio::task::spawn_blocking(move || week(&days, &dues, interval));
        let (tasks, calendar) = drawn.await.map_err(Error::internal)?.map_err(Error::internal)?;
        Ok(Drawn {
            tasks,
            calendar,
            norms_id: book.version_id(division),
            quantile_permille: quantile_of(&book, division, request.declared_demand),
        })
    }

    /// Everything at once, so that a week is never kept by halves.
    async fn keep(
        &self,
        job: &Job,
        request: &PlanWeekRequest,
        row: WeekPlan,
        (days, calendar, quantile): (Vec<Day>, Calendar, Option<i32>),
    ) -> Result<(WeekPlan, Vec<RoutePlan>)> {
        let mut tx = self.kit.db.system(PLAN_WEEK).await?;
        let row = WeekPlan {
            created_at: tx.now(),
            ..row
        };
        week_plan_insert(&mut tx, &row).await?;
        week_points_insert(&mut tx, row.week_plan_id, &calendar).await?;
        let (mut kept, mut date) = (Vec::new(), row.start_date);
        for (id, plan, nearest) in days {
            let in_force = route_plan_in_force(&mut tx, &row.division_code, date).await?;
            let day = RoutePlan {
                route_plan_id: id,
                division_code: row.division_code.clone(),
                date,
                state: row.state.clone(),
                seed: row.seed,
                search_seconds: row.search_seconds,
                travel_source: row.travel_source.clone(),
                norms_id: row.norms_id,
                quantile_permille: quantile,
                totals: Json(plan.totals),
                in_force: in_force.map(|plan| plan.totals),
                nearest: Some(Json(nearest)),
                replanned_from: None,
                replanned_at_s: None,
                road_reach_m: request.road_reach_m,
                week_plan_id: Some(row.week_plan_id),
                created_at: row.created_at,
                published_at: None,
            };
            route_plan_insert(&mut tx, &day).await?;
            routes_insert(&mut tx, &plan.routes).await?;
            unserved_insert(&mut tx, &plan.unserved).await?;
            kept.push(day);
            date = date.saturating_add(Duration::DAY);
        }
        let name = names::week_plan(row.week_plan_id);
        let change = Change::new("create", &row.division_code, &name).detail(format!("for {}", job.principal()));
        tx.commit_as(change).await?;
        Ok((row, kept))
    }
}

#[tonic::async_trait]
impl Work for PlanWeek {
    fn kind(&self) -> &'static str {
        PLAN_WEEK
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        let request: PlanWeekRequest = job.request()?;
        let monday = dates::required("start_date", request.start_date)?;
        {
            let mut tx = self.kit.db.system(PLAN_WEEK).await?;
            // Kept, but the process died before it could say so.
            if let Some(row) = week_plan_get(&mut tx, job.id()).await? {
                let days = days_of(&mut tx, &[row.week_plan_id]).await?;
                return Ok(any(&weeks::week_plan(&row, &days, true)));
            }
        }
        let drawn = self.draw(&job, monday, &request).await?;
        let effort = Effort {
            seconds: request.search_seconds,
            seed: request.seed,
            iteration_limit: request.iteration_limit,
        };
        let found = found(&job, drawn.tasks, effort).await?;
        let ids: Vec<Uuid> = (0..WEEK).map(|_| self.kit.ids.next()).collect();
        let days = tokio::task::spawn_blocking(move || days(&ids, &found));
        let days = days.await.map_err(Error::internal)?;
        let (mut totals, mut nearest) = (Totals::default(), Totals::default());
        for (_, plan, other) in &days {
            totals += plan.totals;
            nearest += *other;
        }
        let row = WeekPlan {
            week_plan_id: job.id(),
            division_code: job.division_code().to_owned(),
            start_date: monday,
            state: "draft".to_owned(),
            seed: request.seed.cast_signed(),
            search_seconds: request.search_seconds,
            interval_days: request.interval_days,
            travel_source: routes::travel_source(request.travel_source()),
            norms_id: drawn.norms_id,
            totals: Json(totals),
            nearest: Json(nearest),
            stations: Json(stations(&days)),
            created_at: self.kit.clock.now(),
            published_at: None,
        };
        let (row, days) = self
            .keep(&job, &request, row, (days, drawn.calendar, drawn.quantile_permille))
            .await?;
        Ok(any(&weeks::week_plan(&row, &days, true)))
    }
}

/// The days: tasks lie day by day.
fn days(ids: &[Uuid], found: &Found) -> Vec<Day> {
    let each = found.tasks.len() / WEEK;
    let day = |(number, id): (usize, &Uuid)| {
        let part = number * each..(number + 1) * each;
        let tasks = &found.tasks[part.clone()];
        let plan = planned(*id, tasks, &found.solutions[part.clone()]);
        (*id, plan, sums(tasks, &found.nearest[part]))
    };
    ids.iter().enumerate().map(day).collect()
}

/// The sums of each station's days.
fn stations(days: &[Day]) -> Vec<StationWeek> {
    let mut stations: BTreeMap<&str, Vec<Figures>> = BTreeMap::new();
    for (number, (_, plan, _)) in days.iter().enumerate() {
        for (station, sums) in figures(&side(&plan.routes, &plan.unserved)) {
            stations
                .entry(station)
                .or_insert_with(|| vec![Figures::default(); WEEK])[number] = sums;
        }
    }
    let station = |(station_id, days): (&str, Vec<Figures>)| StationWeek {
        station_id: station_id.to_owned(),
        days,
    };
    stations
        .into_iter()
        .filter(|(station, _)| !station.is_empty())
        .map(station)
        .collect()
}
