//! The operation that plans the haulage of a day.

use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use haulage::{Params, Plan, Problem, Progress, Shortage, check, shortages, solve};
use kit::{
    Kit,
    audit::Change,
    dates,
    db::Tx,
    error::{Error, Result},
    operation::{Job, Work, any},
};
use proto::xiangtu::sanitation::v1::{HaulagePlanProgress, PlanHaulageRequest, TravelSource};
use sqlx::types::Json;
use time::Date;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::dues::dues_of;
use crate::{
    book::Book,
    planning::{Hauled, HaulingDay, Yard, by_stream, forecast, routed, station_days},
    store::{
        facilities::{Facility, facilities_by_id, plants_for, stations_of},
        haulage::{haulage_stock_list, haulage_stocks_insert, haulage_trips_insert},
        haulage_plans::{self, haulage_plan_get, haulage_plan_in_force, haulage_plan_insert},
        points::points_of,
        route_plans::{RoutePlan, route_plan_get, route_plan_in_force},
        routes::route_list,
        vehicles::{collectors_of, haulers_of},
    },
    travel::Travels,
    wire::{haulage as wire, names, routes::travel_source},
};

/// Kind of the operation.
pub const PLAN_HAULAGE: &str = "plan_haulage";
/// Steps of search where the request says 0.
pub const USUAL_STEPS: i64 = 20_000;
/// How often progress is stored at most.
const STORE: Duration = Duration::from_millis(400);
/// More than any plan has.
const ALL: i64 = 1_000_000;
/// Steps of search for each limit that is lifted, as a part of those of the plan.
const PART: u64 = 8;

/// Plans the haulage of a day.
pub struct PlanHaulage {
    kit: Kit,
    travels: Travels,
}

/// What a plan is made from.
struct Input {
    day: HaulingDay,
    route_plan: Option<RoutePlan>,
    in_force: Option<haulage_plans::HaulagePlan>,
    norms_id: Option<uuid::Uuid>,
}

/// What the search found.
struct Found {
    plan: Plan,
    shortages: Vec<Shortage>,
}

impl PlanHaulage {
    /// The work of this service.
    pub fn new(kit: &Kit, travels: Travels) -> Self {
        Self {
            kit: kit.clone(),
            travels,
        }
    }

    async fn input(&self, job: &Job, date: Date, request: &PlanHaulageRequest) -> Result<Input> {
        let division = job.division_code();
        let mut tx = self.kit.db.system(PLAN_HAULAGE).await?;
        let book = Book::read(&mut tx, division, date).await?;
        let stations = stations_of(&mut tx, division).await?;
        let plants = plants_for(&mut tx, division).await?;
        let trucks = haulers_of(&mut tx, division).await?;
        let known: Vec<&str> = stations
            .iter()
            .chain(&plants)
            .map(|place| place.facility_id.as_str())
            .collect();
        let elsewhere = trucks.iter().map(|truck| truck.depot_id.clone());
        let elsewhere: Vec<String> = elsewhere.filter(|depot| !known.contains(&depot.as_str())).collect();
        let depots = facilities_by_id(&mut tx, &elsewhere).await?;
        let route_plan = if request.route_plan.is_empty() {
            route_plan_in_force(&mut tx, division, date).await?
        } else {
            route_plan_get(&mut tx, names::existing_uuid(&request.route_plan, "routePlans")?).await?
        };
        let start_kg = start_stocks(&mut tx, division, date, request).await?;
        let in_force = haulage_plan_in_force(&mut tx, division, date).await?;
        let mut arrivals = HashMap::new();
        if let Some(plan) = &route_plan {
            let routes = route_list(&mut tx, plan.route_plan_id, 0, ALL).await?;
            for station in &stations {
                let unload_s = book.norms(&station.division_code).routing.unload_s;
                arrivals.insert(
                    station.facility_id.clone(),
                    routed(&routes, &station.facility_id, unload_s),
                );
            }
            drop(tx);
        } else {
            let points = points_of(&mut tx, division).await?;
            let collectors = collectors_of(&mut tx, division).await?;
            drop(tx);
            let (sorted, dues) = dues_of(&self.kit, &points, date).await?;
            let (points, dues) = (by_stream(points, &sorted), Arc::new(dues));
            for day in station_days(stations.clone(), collectors, points, &dues, |code| book.norms(code)) {
                if let Some(station) = &day.station {
                    arrivals.insert(station.facility_id.clone(), forecast(&day));
                }
            }
        }
        let yard = |station: Facility| Yard {
            start_kg: start_kg.get(&station.facility_id).copied().unwrap_or(0),
            arrivals: arrivals.remove(&station.facility_id).unwrap_or_default(),
            haulage: book.norms(&station.division_code).haulage,
            station,
        };
        Ok(Input {
            day: HaulingDay {
                stations: stations.into_iter().map(yard).collect(),
                plants,
                depots,
                trucks,
                norms: book.norms(division).clone(),
            },
            route_plan,
            in_force,
            norms_id: book.version_id(division),
        })
    }

    async fn search(&self, job: &Job, problem: Arc<Problem>, request: &PlanHaulageRequest) -> Result<Found> {
        let frame = HaulagePlanProgress {
            station_count: i32::try_from(problem.spec().stations.len()).unwrap_or(i32::MAX),
            vehicle_count: i32::try_from(problem.spec().trucks.len()).unwrap_or(i32::MAX),
            step_limit: request.step_limit,
            ..HaulagePlanProgress::default()
        };
        let params = Params {
            seed: request.seed,
            steps: u64::try_from(request.step_limit).unwrap_or(1),
        };
        let (sender, mut receiver) = watch::channel(None);
        let cancel = job.cancel_token().clone();
        let mut searched = tokio::task::spawn_blocking(move || {
            found(&problem, params, &cancel, &|progress| {
                sender.send_replace(Some(progress));
            })
        });
        loop {
            tokio::select! {
                found = &mut searched => return found.map_err(Error::internal)?,
                () = tokio::time::sleep(STORE) => {}
            }
            let told = *receiver.borrow_and_update();
            if let Some(told) = told {
                job.progress(&progress(&frame, &told)).await?;
            }
        }
    }

    async fn keep(
        &self,
        job: &Job,
        request: &PlanHaulageRequest,
        date: Date,
        (input, found): (&Input, &Found),
    ) -> Result<haulage_plans::HaulagePlan> {
        let hauled: Hauled = input.day.hauled(job.id(), &found.plan, &found.shortages);
        let mut tx = self.kit.db.system(PLAN_HAULAGE).await?;
        let row = haulage_plans::HaulagePlan {
            haulage_plan_id: job.id(),
            division_code: job.division_code().to_owned(),
            date,
            state: "draft".to_owned(),
            route_plan_id: input.route_plan.as_ref().map(|plan| plan.route_plan_id),
            seed: request.seed.cast_signed(),
            step_limit: request.step_limit,
            travel_source: travel_source(request.travel_source()),
            norms_id: input.norms_id,
            totals: Json(hauled.totals),
            in_force: input.in_force.as_ref().map(|plan| plan.totals),
            created_at: tx.now(),
            published_at: None,
        };
        haulage_plan_insert(&mut tx, &row).await?;
        haulage_trips_insert(&mut tx, &hauled.trips).await?;
        haulage_stocks_insert(&mut tx, &hauled.stocks).await?;
        let name = names::haulage_plan(row.haulage_plan_id);
        let change = Change::new("create", &row.division_code, &name).detail(format!("for {}", job.principal()));
        tx.commit_as(change).await?;
        Ok(row)
    }
}

/// Stocks at midnight by station: what the request states, else what the plan in force for the day before leaves.
async fn start_stocks(
    tx: &mut Tx,
    division: &str,
    date: Date,
    request: &PlanHaulageRequest,
) -> Result<HashMap<String, i64>> {
    let mut found = HashMap::new();
    let before = match date.previous_day() {
        Some(before) => haulage_plan_in_force(tx, division, before).await?,
        None => None,
    };
    if let Some(plan) = before {
        for row in haulage_stock_list(tx, plan.haulage_plan_id, "", ALL).await? {
            found.insert(row.station_id, row.stock.left_kg);
        }
    }
    for (index, stated) in request.start_stocks.iter().enumerate() {
        let field = format!("start_stocks[{index}].station");
        let station = names::reference(&field, &stated.station, "facilities")?;
        found.insert(station.to_owned(), stated.stock_kg);
    }
    Ok(found)
}

/// Plans, verifies and says what is missing. Long.
fn found(problem: &Problem, params: Params, cancel: &CancellationToken, told: &dyn Fn(Progress)) -> Result<Found> {
    let going = || {
        if cancel.is_cancelled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let mut last: Option<Instant> = None;
    let plan = solve(problem, params, &mut |progress| {
        if last.is_none_or(|last| last.elapsed() >= STORE) {
            told(*progress);
            last = Some(Instant::now());
        }
        going()
    });
    let lifted = Params {
        steps: params.steps / PART,
        ..params
    };
    let shortages = shortages(problem, &plan, lifted, &mut || going());
    if cancel.is_cancelled() {
        return Err(Error::cancelled());
    }
    if let Some(violation) = check(problem, &plan).first() {
        return Err(Error::internal(violation.clone()));
    }
    Ok(Found { plan, shortages })
}

#[tonic::async_trait]
impl Work for PlanHaulage {
    fn kind(&self) -> &'static str {
        PLAN_HAULAGE
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        let request: PlanHaulageRequest = job.request()?;
        let date = dates::required("date", request.date)?;
        let kept = {
            let mut tx = self.kit.db.system(PLAN_HAULAGE).await?;
            haulage_plan_get(&mut tx, job.id()).await?
        };
        // Kept, but the process died before it could say so.
        if let Some(row) = kept {
            return Ok(any(&wire::haulage_plan(&row)));
        }
        let input = self.input(&job, date, &request).await?;
        let (source, reach_m): (TravelSource, i32) = (request.travel_source(), request.road_reach_m);
        let ways = self
            .travels
            .ways(&input.day, source, job.division_code(), reach_m, job.cancel_token());
        let problem = input.day.problem(ways.await?).map_err(Error::internal)?;
        let found = self.search(&job, Arc::new(problem), &request).await?;
        let row = self.keep(&job, &request, date, (&input, &found)).await?;
        Ok(any(&wire::haulage_plan(&row)))
    }
}

fn progress(frame: &HaulagePlanProgress, told: &Progress) -> HaulagePlanProgress {
    HaulagePlanProgress {
        step_count: i64::try_from(told.steps).unwrap_or(i64::MAX),
        overflow_kg: told.best.over_kg,
        late_kg: told.best.late_kg,
        cost_fen: told.best.cost / 1_000,
        ..*frame
    }
}
