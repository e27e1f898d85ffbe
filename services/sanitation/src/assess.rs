//! Villages with what stands in them, held to norms.

use std::collections::HashMap;

use kit::error::Result;
use sanitation_core::{
    compliance::{Bin, Point, Report, Village, assess},
    geo::Position,
    norms::Norms,
    reach::{self, Reach},
};
use sqlx::PgConnection;

use crate::store::{
    areas::Area,
    bins::{Standing, bins_standing},
    points::{self, points_of_townships},
    vehicles::lightest_collectors,
};

/// Everything that the norms ask of some villages.
pub struct Facts {
    bins: HashMap<String, Vec<Standing>>,
    /// By township: what is out of a truck's reach may be brought to another village.
    points: HashMap<String, Vec<points::Point>>,
    lightest: HashMap<String, i64>,
}

impl Facts {
    /// Reads what stands in `areas`.
    pub async fn read(conn: &mut PgConnection, areas: &[Area]) -> Result<Self> {
        let villages: Vec<String> = areas.iter().map(|area| area.division_code.clone()).collect();
        let mut townships: Vec<String> = villages.iter().map(|code| township(code).to_owned()).collect();
        townships.dedup();
        let mut facts = Self {
            bins: HashMap::new(),
            points: HashMap::new(),
            lightest: lightest_collectors(conn, &townships).await?.into_iter().collect(),
        };
        for bin in bins_standing(conn, &villages).await? {
            facts.bins.entry(bin.division_code.clone()).or_default().push(bin);
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
        let bins = self
            .bins
            .get(&area.division_code)
            .map(Vec::as_slice)
            .unwrap_or_default();
        Village {
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
