//! Villages with what stands in them, held to norms.

use std::collections::HashMap;

use kit::{Kit, error::Result};
use sanitation_core::{
    compliance::{Bin, Hamlet, Point, Report, Village, assess},
    geo::{Position, distance_m},
    norms::Norms,
    reach::{self, Reach},
};
use sqlx::PgConnection;
use time::{Date, Duration};

use crate::store::{
    areas::Area,
    bins::{Standing, bins_standing},
    demand::collections_by_day,
    hamlets::{self, hamlets_of},
    points::{self, points_of_townships},
    vehicles::lightest_collectors,
    workers::cleaners_of,
};

/// Days before the one asked for on which collections are looked at.
pub const DAYS: usize = 7;

/// Collections by village, on each of the last days before one.
pub struct Collections {
    day: Date,
    of_village: HashMap<String, Vec<i64>>,
}

impl Collections {
    /// Reads the collections of a division's villages on the days before `day`.
    ///
    /// Not inside the caller's division: trips are a township's, and how often a village was served does not depend on who asks.
    /// Callers show of it what lies in their division.
    pub async fn read(kit: &Kit, division: &str, day: Date) -> Result<Self> {
        let first = day - Duration::days(i64::try_from(DAYS).unwrap_or(0));
        let mut tx = kit.db.system("compliance").await?;
        let mut of_village: HashMap<String, Vec<i64>> = HashMap::new();
        for (village, date, times) in collections_by_day(&mut tx, division, first, day).await? {
            let at = usize::try_from((date - first).whole_days()).unwrap_or(0);
            let days = of_village.entry(village).or_insert_with(|| vec![0; DAYS]);
            if let Some(day) = days.get_mut(at) {
                *day = times;
            }
        }
        Ok(Self { day, of_village })
    }
}

/// Everything that the norms ask of some villages.
pub struct Facts {
    bins: HashMap<String, Vec<Standing>>,
    hamlets: HashMap<String, Vec<hamlets::Hamlet>>,
    cleaners: HashMap<String, i64>,
    collections: Collections,
    /// By township: what is out of a truck's reach may be brought to another village.
    points: HashMap<String, Vec<points::Point>>,
    lightest: HashMap<String, i64>,
}

impl Facts {
    /// Reads what stands in `areas`.
    pub async fn read(conn: &mut PgConnection, areas: &[Area], collections: Collections) -> Result<Self> {
        let villages: Vec<String> = areas.iter().map(|area| area.division_code.clone()).collect();
        let mut townships: Vec<String> = villages.iter().map(|code| township(code).to_owned()).collect();
        townships.dedup();
        let mut facts = Self {
            bins: HashMap::new(),
            hamlets: HashMap::new(),
            cleaners: cleaners_of(conn, &villages, collections.day)
                .await?
                .into_iter()
                .collect(),
            collections,
            points: HashMap::new(),
            lightest: lightest_collectors(conn, &townships).await?.into_iter().collect(),
        };
        for bin in bins_standing(conn, &villages).await? {
            facts.bins.entry(bin.division_code.clone()).or_default().push(bin);
        }
        for hamlet in hamlets_of(conn, &villages).await? {
            let code = hamlet.division_code.clone();
            facts.hamlets.entry(code).or_default().push(hamlet);
        }
        for point in points_of_townships(conn, &townships).await? {
            let township = township(&point.division_code).to_owned();
            facts.points.entry(township).or_default().push(point);
        }
        Ok(facts)
    }

    /// Holds every one of `areas` to the norms that `norms` answers for its code, with the number of its points.
    pub fn reports<'a>(&self, areas: &[Area], norms: impl Fn(&str) -> &'a Norms) -> Vec<(Report, i64)> {
        let mut reached: HashMap<&str, Vec<Reach>> = HashMap::new();
        let report = |area: &Area| {
            let norms = norms(&area.division_code);
            let township = township(&area.division_code);
            let points = self.points.get(township).map(Vec::as_slice).unwrap_or_default();
            let reach = reached
                .entry(self.points.get_key_value(township).map_or("", |(key, _)| key))
                .or_insert_with(|| {
                    reach::reach(
                        &reach_points(points),
                        self.lightest.get(township).copied(),
                        &norms.radii,
                    )
                });
            let village = self.village(area, points, reach);
            let points = i64::try_from(village.points.len()).unwrap_or(i64::MAX);
            (assess(&village, norms), points)
        };
        areas.iter().map(report).collect()
    }

    fn village(&self, area: &Area, points: &[points::Point], reach: &[Reach]) -> Village {
        let own = |(point, _): &(&points::Point, &Reach)| point.division_code == area.division_code;
        let code = &area.division_code;
        let bins = self.bins.get(code).map(Vec::as_slice).unwrap_or_default();
        let hamlets = self.hamlets.get(code).map(Vec::as_slice).unwrap_or_default();
        let collections = self.collections.of_village.get(code).cloned();
        Village {
            residents: area.resident_count,
            cleaners: self.cleaners.get(code).copied().unwrap_or(0),
            collections: collections.unwrap_or_else(|| vec![0; DAYS]),
            hamlets: hamlets.iter().map(|row| hamlet(row, points)).collect(),
            households: area.household_count,
            bins: bins.iter().map(bin).collect(),
            points: points
                .iter()
                .zip(reach)
                .filter(own)
                .map(|(point, reach)| Point {
                    capacity_l: point.capacity_l,
                    daily_g: point.daily_g,
                    reach: *reach,
                })
                .collect(),
        }
    }
}

/// Points as reach sees them.
pub fn reach_points(points: &[points::Point]) -> Vec<reach::Point<'_>> {
    points
        .iter()
        .map(|point| reach::Point {
            village: &point.division_code,
            position: Position {
                lng: point.lng,
                lat: point.lat,
            },
            access_max_gross_kg: point.access_max_gross_kg,
        })
        .collect()
}

/// The township of a village.
pub fn township(village: &str) -> &str {
    village.get(..9).unwrap_or(village)
}

fn bin(row: &Standing) -> Bin {
    Bin {
        sealed: row.sealed,
        position: Position {
            lng: row.lng,
            lat: row.lat,
        },
        point: row.point_lng.zip(row.point_lat).map(|(lng, lat)| Position { lng, lat }),
    }
}

/// A hamlet with the nearest point of its village.
fn hamlet(row: &hamlets::Hamlet, points: &[points::Point]) -> Hamlet {
    let at = |lng, lat| Position { lng, lat };
    let own = points.iter().filter(|point| point.division_code == row.division_code);
    let distances = own.map(|point| distance_m(at(row.lng, row.lat), at(point.lng, point.lat)));
    Hamlet {
        households: row.household_count,
        clustered: row.clustered,
        nearest_m: distances.min(),
    }
}
