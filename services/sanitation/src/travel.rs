//! Where distances and driving times of a day come from: straight lines, the county's own roads, or a router.

mod facilities;
mod networks;
mod router;

use std::{sync::Arc, thread};

use kit::{
    Kit,
    config::Env,
    db::Tx,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::TravelSource;
use tokio_util::sync::CancellationToken;

use crate::{
    planning::{Fleet, StationDay, by_road},
    store::{facilities::Facility, roads::network_of},
    wire::names,
};
use networks::Networks;
pub use networks::{MOST_ROADS, read, too_many_roads};
use router::Router;

/// Most pairs of places in the tables of a day; they take 16 bytes each while it is planned.
const MOST_PAIRS: usize = 16_000_000;
/// How far a place may lie from a road where the request says 0.
pub const USUAL_REACH_M: i32 = 1_000;

/// All sources. Cheap to clone.
#[derive(Clone)]
pub struct Travels {
    kit: Kit,
    networks: Arc<Networks>,
    router: Option<Arc<Router>>,
}

impl Travels {
    /// Reads where the router is, if there is one.
    pub fn new(kit: &Kit, env: &mut Env) -> Self {
        Self {
            kit: kit.clone(),
            networks: Arc::default(),
            router: Router::read(env).map(Arc::new),
        }
    }

    /// Refuses a source that cannot serve a division.
    pub async fn check(&self, tx: &mut Tx, source: TravelSource, division: &str) -> Result<()> {
        match source {
            TravelSource::Roads if network_of(tx, division).await?.is_none() => Err(no_roads(division)),
            TravelSource::Osrm => self.router().map(drop),
            _ => Ok(()),
        }
    }

    /// Gives each day that has a station and vehicles its table.
    pub async fn tables(
        &self,
        days: Vec<StationDay>,
        source: TravelSource,
        division: &str,
        reach_m: i32,
        cancel: &CancellationToken,
    ) -> Result<Vec<StationDay>> {
        if matches!(source, TravelSource::Unspecified | TravelSource::GreatCircle) {
            return Ok(days);
        }
        let pairs: usize = days.iter().map(|day| (day.points.len() + 1).pow(2)).sum();
        if pairs > MOST_PAIRS {
            return Err(Error::rule(
                "TOO_MANY_POINTS",
                names::division(division),
                format!(
                    "{pairs} pairs of points at their stations; at most {MOST_PAIRS}: plan townships, or by GREAT_CIRCLE"
                ),
                format!("各转运站的点对共 {pairs} 个，最多 {MOST_PAIRS} 个：请分乡镇规划，或按直线距离规划"),
            ));
        }
        match source {
            TravelSource::Osrm => self.router()?.tables(days, f64::from(reach_m), cancel).await,
            _ => self.by_road(days, division, f64::from(reach_m), cancel).await,
        }
    }

    fn router(&self) -> Result<&Router> {
        self.router.as_deref().ok_or_else(|| {
            Error::rule(
                "ROUTER_NOT_SET",
                "XIANGTU_OSRM_URL",
                "the operator of this service has set up no router",
                "本服务未配置外部路径服务",
            )
        })
    }

    async fn by_road(
        &self,
        days: Vec<StationDay>,
        division: &str,
        reach_m: f64,
        cancel: &CancellationToken,
    ) -> Result<Vec<StationDay>> {
        let gross_kg: Vec<i64> = days
            .iter()
            .flat_map(|day| day.vehicles.iter().map(|vehicle| vehicle.gross_kg))
            .collect();
        let graphs = self.networks.graphs(&self.kit, division, &gross_kg, cancel).await?;
        let cancel = cancel.clone();
        let reckoned = tokio::task::spawn_blocking(move || {
            let mut days = days;
            for day in &mut days {
                if cancel.is_cancelled() {
                    return Err(Error::cancelled());
                }
                let Some(station) = day.station.clone().filter(|_| !day.vehicles.is_empty()) else {
                    continue;
                };
                let fleets = graphs.fleets(day.vehicles.iter().map(|vehicle| vehicle.gross_kg));
                day.table = Some(Arc::new(table(day, &station, &fleets, reach_m)?));
            }
            Ok(days)
        });
        reckoned.await.map_err(Error::internal)?
    }
}

fn table(day: &StationDay, station: &Facility, fleets: &[Fleet], reach_m: f64) -> Result<crate::planning::Table> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    by_road(day, station, fleets, reach_m, threads).map_err(|off| {
        let gross_kg = off.gross_kg;
        Error::rule(
            "NO_ROAD_AT_STATION",
            names::facility(&station.facility_id),
            format!(
                "no road that bears {gross_kg} kg and leads there and back comes within {reach_m} m of the station"
            ),
            format!("转运站 {reach_m} 米内没有承重 {gross_kg} 千克、可往返的道路"),
        )
    })
}

fn no_roads(division: &str) -> Error {
    Error::rule(
        "NO_ROADS",
        names::division(division),
        "neither the division nor one above it has roads: import its registers road_nodes and road_edges",
        "该行政区划及其上级没有道路：请导入名册 road_nodes 与 road_edges",
    )
}
