//! Ways between facilities, for trucks that haul.

use std::thread;

use kit::error::{Error, Result};
use proto::xiangtu::sanitation::v1::TravelSource;
use roads::Position;
use sanitation_core::geo;
use tokio_util::sync::CancellationToken;

use super::Travels;
use crate::{
    planning::{Fleet, HaulingDay, NO_WAY, Table, Ways},
    store::vehicles::Vehicle,
    wire::names,
};

impl Travels {
    /// The ways of a day's trucks.
    pub async fn ways(
        &self,
        day: &HaulingDay,
        source: TravelSource,
        division: &str,
        reach_m: i32,
        cancel: &CancellationToken,
    ) -> Result<Ways> {
        match source {
            TravelSource::Roads => self.hauling_by_road(day, division, reach_m, cancel).await,
            TravelSource::Osrm => {
                let places: Vec<(f64, f64)> = day.places().map(|place| (place.lng, place.lat)).collect();
                let (mut table, off_m) = self.router()?.square(&places, cancel).await?;
                if let Some(place) = off_m.iter().position(|off_m| *off_m > f64::from(reach_m)) {
                    return Err(off_roads(day, place, reach_m));
                }
                let kmh = slowest(&day.trucks);
                table.approach(&off_m, day.norms.routing.detour, kmh);
                Ok(Ways {
                    tables: vec![hauling(table)],
                    of: vec![0; day.trucks.len()],
                })
            }
            _ => Ok(straight(day)),
        }
    }

    async fn hauling_by_road(
        &self,
        day: &HaulingDay,
        division: &str,
        reach_m: i32,
        cancel: &CancellationToken,
    ) -> Result<Ways> {
        let gross_kg: Vec<i64> = day.trucks.iter().map(|truck| truck.gross_kg).collect();
        let graphs = self.networks.graphs(&self.kit, division, &gross_kg, cancel).await?;
        let fleets = graphs.fleets(gross_kg.iter().copied());
        // Fleets begin with the heaviest: a truck belongs to the last that is not lighter.
        let fleet = |truck: &Vehicle| {
            fleets
                .iter()
                .rposition(|fleet| fleet.gross_kg >= truck.gross_kg)
                .unwrap_or(0)
        };
        let of = day.trucks.iter().map(fleet).collect();
        let tables = fleets.iter().map(|fleet| by_road(day, fleet, reach_m));
        let tables = tables.collect::<Result<Vec<_>>>()?;
        Ok(Ways { tables, of })
    }
}

fn by_road(day: &HaulingDay, fleet: &Fleet, reach_m: i32) -> Result<haulage::Table> {
    let mut snaps = Vec::new();
    for (index, place) in day.places().enumerate() {
        let position = Position::new(place.lng, place.lat);
        let snap = position.and_then(|position| fleet.graph.snap(position, f64::from(reach_m)));
        snaps.push(snap.ok_or_else(|| off_roads(day, index, reach_m))?);
    }
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let matrix = fleet.graph.matrix(&snaps, &snaps, threads);
    let mut table = Table::new(snaps.len() - 1);
    for from in 0..snaps.len() {
        for to in (0..snaps.len()).filter(|to| *to != from) {
            let pair = from * matrix.targets + to;
            table.set(from, to, (matrix.distances_m[pair], matrix.durations_s[pair]));
        }
    }
    let off_m: Vec<f64> = snaps.iter().map(roads::Snap::distance_m).collect();
    let kmh = slowest(&day.trucks);
    table.approach(&off_m, day.norms.routing.detour, kmh);
    Ok(hauling(table))
}

fn hauling(table: Table) -> haulage::Table {
    debug_assert_eq!(NO_WAY, haulage::NO_WAY, "both say it alike");
    haulage::Table {
        places: table.places,
        distances_m: table.distances_m,
        durations_s: table.durations_s,
    }
}

fn slowest(trucks: &[Vehicle]) -> i32 {
    trucks.iter().map(|truck| truck.speed_kmh).min().unwrap_or(30)
}

/// Straight lines by the detour, one table for each speed.
fn straight(day: &HaulingDay) -> Ways {
    let mut speeds: Vec<i32> = day.trucks.iter().map(|truck| truck.speed_kmh).collect();
    speeds.sort_unstable();
    speeds.dedup();
    let places: Vec<geo::Position> = day
        .places()
        .map(|place| geo::Position {
            lng: place.lng,
            lat: place.lat,
        })
        .collect();
    let detour = day.norms.routing.detour;
    let mut distances_m = Vec::new();
    for from in &places {
        let metres = |to: &geo::Position| u32::try_from(detour.of(geo::distance_m(*from, *to))).unwrap_or(NO_WAY - 1);
        distances_m.extend(places.iter().map(metres));
    }
    let table = |kmh: &i32| {
        let seconds = |distance_m: &u32| {
            let s = i64::from(*distance_m) * 3_600 / (i64::from(*kmh) * 1_000);
            u32::try_from(s).unwrap_or(NO_WAY - 1)
        };
        haulage::Table {
            places: places.len(),
            distances_m: distances_m.clone(),
            durations_s: distances_m.iter().map(seconds).collect(),
        }
    };
    let speed = |truck: &Vehicle| speeds.binary_search(&truck.speed_kmh).unwrap_or(0);
    Ways {
        tables: speeds.iter().map(table).collect(),
        of: day.trucks.iter().map(speed).collect(),
    }
}

fn off_roads(day: &HaulingDay, place: usize, reach_m: i32) -> Error {
    let facility = day.places().nth(place).map(|place| place.facility_id.as_str());
    Error::rule(
        "NO_ROAD_AT_FACILITY",
        names::facility(facility.unwrap_or_default()),
        format!("no road that the trucks may use comes within {reach_m} m of the facility"),
        format!("设施 {reach_m} 米内没有车辆可通行的道路"),
    )
}
