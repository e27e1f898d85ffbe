//! The rest of a running day is planned anew.

mod known;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    thread,
    time::Duration,
};

use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{ReplanRoutesRequest, ReplanRoutesResponse, TravelSource};
use sanitation_core::{comparison::compare, stream::Stream};
use sqlx::types::Json;
use tokio_util::sync::CancellationToken;
use tonic::Response;
use uuid::Uuid;

use super::{
    Api,
    comparison::USUAL_SHIFT_S,
    route_plans::{existing, superseded},
    routes::ALL,
};
use crate::{
    book::Book,
    planning::{Base, Budget, Happened, Planned, Running, StationDay, search, verify},
    store::{
        facilities::{Facility, stations_of},
        points::{Point, points_of},
        route_plans::{RoutePlan, route_plan_in_force, route_plan_insert},
        routes::{lines_of, route_list, routes_insert, unserved_insert, unserved_list},
        vehicles::{Vehicle, collectors_of},
    },
    travel::USUAL_REACH_M,
    wire::{self, names},
};

/// Milliseconds of search where the request says 0.
const USUAL_MILLIS: i32 = 1_000;

/// Everything that the rest of a day is planned from.
struct Day {
    plan: RoutePlan,
    base: Base,
    happened: Happened,
    stations: Vec<Facility>,
    vehicles: Vec<Vehicle>,
    points: Vec<Point>,
    book: Book,
}

pub(super) async fn run(
    api: &Api,
    call: &Call,
    mut request: ReplanRoutesRequest,
) -> Result<Response<ReplanRoutesResponse>> {
    if request.search_millis != 0 && !(100..=5_000).contains(&request.search_millis) {
        return Err(Error::invalid(
            "search_millis",
            request.search_millis,
            "0 (meaning 1,000), or 100 to 5,000",
        ));
    }
    let mut tx = match api.kit.db.write(call, &request.request_id, &request).await? {
        Begun::Replay(first) => return Ok(Response::new(first)),
        Begun::Fresh(tx) => tx,
    };
    if request.search_millis == 0 {
        request.search_millis = USUAL_MILLIS;
    }
    let day = read(api, &mut tx, &request).await?;
    let (plan, at_s) = (day.plan.clone(), request.time_s);
    let in_force = route_plan_in_force(&mut tx, &plan.division_code, plan.date).await?;
    let row = RoutePlan {
        route_plan_id: api.kit.ids.next(),
        state: "draft".to_owned(),
        seed: request.seed.cast_signed(),
        search_seconds: (request.search_millis + 999) / 1_000,
        in_force: in_force.map(|plan| plan.totals),
        nearest: None,
        week_plan_id: None,
        replanned_from: Some(plan.route_plan_id),
        replanned_at_s: Some(at_s),
        created_at: tx.now(),
        published_at: None,
        ..plan.clone()
    };
    let base = (day.base.routes.clone(), day.base.left.clone());
    let planned = planned(api, day, &request, row.route_plan_id).await?;
    let row = RoutePlan {
        totals: Json(planned.totals),
        ..row
    };
    route_plan_insert(&mut tx, &row).await?;
    routes_insert(&mut tx, &planned.routes).await?;
    unserved_insert(&mut tx, &planned.unserved).await?;
    let found = compare(
        &wire::comparison::side(&base.0, &base.1),
        &wire::comparison::side(&planned.routes, &planned.unserved),
        USUAL_SHIFT_S,
    );
    let stranded = planned
        .routes
        .iter()
        .flat_map(|route| route.trips.iter())
        .filter(|trip| trip.broken_off);
    let answer = ReplanRoutesResponse {
        route_plan: Some(wire::routes::route_plan(&row)),
        comparison: Some(wire::comparison::comparison(&plan, &row, &found, found.changes.iter())),
        stranded_load_kg: stranded.map(|trip| trip.load_kg).sum(),
    };
    let name = names::route_plan(row.route_plan_id);
    let change = Change::new("replan", &row.division_code, &name).detail(format!("from {}", request.name));
    tx.finish(change, answer).await
}

async fn read(api: &Api, tx: &mut Tx, request: &ReplanRoutesRequest) -> Result<Day> {
    let (id, plan) = existing(tx, &request.name).await?;
    if plan.state == "superseded" {
        return Err(superseded(&request.name));
    }
    let vehicles = collectors_of(tx, &plan.division_code).await?;
    let payloads: HashMap<&str, i64> = vehicles
        .iter()
        .map(|row| (row.vehicle_id.as_str(), row.payload_kg))
        .collect();
    let mut happened = wire::replan::happened(request, &payloads)?;
    if let Some(known_s) = plan.replanned_at_s.filter(|known_s| request.time_s < *known_s) {
        let rule = format!("not before {known_s}, until when the day was known when this plan was made");
        return Err(Error::invalid("time_s", request.time_s, rule));
    }
    let mut routes = route_list(tx, id, 0, ALL).await?;
    let mut lines: HashMap<i32, _> = lines_of(tx, id).await?.into_iter().collect();
    for route in &mut routes {
        route.lines = lines.remove(&route.ordinal);
    }
    // Norms of a county hold in townships whose officers do not see it.
    let mut system = api.kit.db.system("replan").await?;
    let book = Book::read(&mut system, &plan.division_code, plan.date).await?;
    let base = Base {
        routes,
        left: unserved_list(tx, id, "", ALL).await?,
    };
    let points = called(points_of(tx, &plan.division_code).await?, &base);
    let collects = |vehicle: &str| payloads.contains_key(vehicle);
    known::reported(tx, &plan, &base, collects, &mut happened)
        .await?
        .map_err(|untold| wire::replan::untold(request, untold))?;
    known::recorded(tx, &plan, &mut happened).await?;
    Ok(Day {
        base,
        happened,
        stations: stations_of(tx, &plan.division_code).await?,
        vehicles,
        points,
        book,
        plan,
    })
}

async fn planned(api: &Api, mut day: Day, request: &ReplanRoutesRequest, id: Uuid) -> Result<Planned> {
    let depots = (day.vehicles.iter()).map(|row| (row.vehicle_id.clone(), row.depot_id.clone()));
    let depots: HashMap<String, String> = depots.collect();
    let touched = day.base.touched(&day.happened, &depots);
    if touched.is_empty() {
        return Err(Error::rule(
            "NOTHING_HAPPENED",
            &request.name,
            "nothing is told or reported otherwise than planned: name a vehicle that is out, a point that was missed, or a stop done by another vehicle",
            "与方案一致：请列出停驶车辆、漏收的点或由其他车辆完成的停靠点",
        ));
    }
    let done = day
        .base
        .done(&day.happened)
        .map_err(|untold| wire::replan::untold(request, untold))?;
    let station_of = day.base.station_of(&day.happened, &depots);
    let stations = day
        .stations
        .iter()
        .filter(|station| touched.contains(&station.facility_id));
    let days = stations.map(|station| day.at(station, &station_of)).collect();
    let source = TravelSource::from_str_name(&wire::enums::full("TRAVEL_SOURCE_", &day.plan.travel_source));
    let reach_m = match day.plan.road_reach_m {
        0 => USUAL_REACH_M,
        reach_m => reach_m,
    };
    let cancel = CancellationToken::new();
    let tables = api.travels.tables(
        days,
        source.unwrap_or_default(),
        &day.plan.division_code,
        reach_m,
        &cancel,
    );
    let days = tables.await?;
    let budget = Budget {
        time: Duration::from_millis(u64::try_from(request.search_millis).unwrap_or(1_000)),
        seed: request.seed,
        iterations: None,
        threads: thread::available_parallelism().map_or(1, usize::from),
    };
    let name = request.name.clone();
    let stopped = api.kit.stop.clone();
    let search = tokio::task::spawn_blocking(move || -> Result<Planned> {
        let mut parts = std::mem::take(&mut day.base).split();
        let (mut runs, mut tasks) = (Vec::new(), Vec::new());
        for station in days {
            let key = station.station.as_ref().map(|station| station.facility_id.clone());
            let mut run = Running::new(parts.remove(&key).unwrap_or_default(), &done, &station);
            tasks.push(
                run.begin(station, &day.happened)
                    .map_err(|why| impossible(&name, &why.0))?,
            );
            runs.push((key, run));
        }
        let solutions = search(&tasks, budget, &|| stopped.is_cancelled(), &|_| {});
        verify(&tasks, &solutions).map_err(Error::internal)?;
        let mut plans: BTreeMap<Option<String>, Planned> = BTreeMap::new();
        for (((key, run), task), solution) in runs.iter().zip(&tasks).zip(&solutions) {
            plans.insert(key.clone(), run.planned(id, task, solution.as_ref()));
        }
        for (key, part) in parts {
            let division = part
                .routes
                .first()
                .map_or(day.plan.division_code.as_str(), |route| &route.division_code);
            let norms = day.book.norms(division);
            let untouched = part.untouched(id, norms);
            plans.insert(key, untouched);
        }
        Ok(whole(plans.into_values()))
    });
    search.await.map_err(Error::internal)?
}

impl Day {
    /// A station with its vehicles and its points by `station_of`.
    fn at(&self, station: &Facility, station_of: &HashMap<&str, &str>) -> StationDay {
        let here = |point: &&Point| station_of.get(point.point_id.as_str()) == Some(&station.facility_id.as_str());
        StationDay {
            vehicles: (self.vehicles.iter())
                .filter(|row| row.depot_id == station.facility_id)
                .cloned()
                .collect(),
            points: self.points.iter().filter(here).cloned().collect(),
            norms: self.book.norms(&station.division_code).clone(),
            dues: Arc::default(),
            table: None,
            resting: HashSet::new(),
            none_takes: false,
            station: Some(station.clone()),
        }
    }
}

/// The points as the plan calls at them: those that sort once for each stream. Their loads are the plan's.
fn called(points: Vec<Point>, base: &Base) -> Vec<Point> {
    let calls: HashSet<&str> = base.calls().collect();
    let of_kitchen = |point: &Point| {
        let call_id = Stream::Kitchen.call_id(&point.point_id);
        calls.contains(call_id.as_str()).then(|| Point {
            point_id: call_id,
            stream: Stream::Kitchen,
            ..point.clone()
        })
    };
    let apart: Vec<Point> = points.iter().filter_map(of_kitchen).collect();
    points.into_iter().chain(apart).collect()
}

/// The parts of all stations as one plan.
fn whole(parts: impl Iterator<Item = Planned>) -> Planned {
    let mut plan = Planned::default();
    for part in parts {
        plan.totals += part.totals;
        plan.routes.extend(part.routes);
        plan.unserved.extend(part.unserved);
    }
    for (ordinal, route) in (1..).zip(&mut plan.routes) {
        route.ordinal = ordinal;
    }
    plan
}

fn impossible(plan: &str, why: &str) -> Error {
    Error::rule(
        "REST_IMPOSSIBLE",
        plan,
        format!("what is aboard cannot be unloaded in the rest of a shift or while the station is open: {why}"),
        "车上的垃圾无法在剩余班次和转运站开放时间内卸下",
    )
}
