//! Villages with what stands in them, and what is proposed for them.

use std::collections::{HashMap, HashSet};

use kit::error::Result;
use sanitation_core::{
    geo::Position,
    norms::Norms,
    reach::{self, Reach},
    siting::{self, Proposal, Terms, propose},
};
use sqlx::PgConnection;

use crate::{
    assess::{reach_points, township},
    store::{
        areas::Area,
        bins::{Bin, bins_of},
        facilities::stations_of_townships,
        hamlets::{Hamlet, hamlets_of},
        points::{Point, points_of_townships},
        vehicles::lightest_collectors,
    },
};

/// Bins at a point where the request does not say.
pub const USUAL_BINS_PER_POINT: u32 = 20;

/// What a proposal aims at.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    /// Full marks instead of the fewest bins allowed.
    pub full_marks: bool,
    /// Most bins at a point.
    pub most_bins: u32,
}

impl Aim {
    /// Most households to a bin.
    pub fn households_per_bin(self, norms: &Norms) -> i64 {
        if self.full_marks {
            norms.bins.households_per_bin_full_marks
        } else {
            norms.bins.households_per_bin
        }
    }
}

/// What stands in some villages.
pub struct Standing {
    hamlets: HashMap<String, Vec<Hamlet>>,
    bins: HashMap<String, Vec<Bin>>,
    points: HashMap<String, Vec<Point>>,
    /// By township: places to which a truck drives under the norms' radii.
    driven: HashMap<String, Vec<Position>>,
}

/// A village with what is proposed for it.
pub struct Sited {
    pub area: Area,
    pub hamlets: Vec<Hamlet>,
    pub bins: Vec<Bin>,
    pub points: Vec<Point>,
    pub proposal: Proposal,
    /// Households to a bin that were aimed at.
    pub households_per_bin: i64,
}

impl Standing {
    /// Reads what stands in `areas`.
    pub async fn read<'a>(conn: &mut PgConnection, areas: &[Area], norms: impl Fn(&str) -> &'a Norms) -> Result<Self> {
        let villages: Vec<String> = areas.iter().map(|area| area.division_code.clone()).collect();
        let mut townships: Vec<String> = villages.iter().map(|code| township(code).to_owned()).collect();
        townships.dedup();
        let mut standing = Self {
            hamlets: HashMap::new(),
            bins: HashMap::new(),
            points: HashMap::new(),
            driven: HashMap::new(),
        };
        for hamlet in hamlets_of(conn, &villages).await? {
            let code = hamlet.division_code.clone();
            standing.hamlets.entry(code).or_default().push(hamlet);
        }
        for bin in bins_of(conn, &villages).await? {
            standing.bins.entry(bin.division_code.clone()).or_default().push(bin);
        }
        let lightest: HashMap<String, i64> = lightest_collectors(conn, &townships).await?.into_iter().collect();
        for station in stations_of_townships(conn, &townships).await? {
            let position = Position {
                lng: station.lng,
                lat: station.lat,
            };
            let township = township(&station.division_code).to_owned();
            standing.driven.entry(township).or_default().push(position);
        }
        let mut of_township: HashMap<String, Vec<Point>> = HashMap::new();
        for point in points_of_townships(conn, &townships).await? {
            of_township
                .entry(township(&point.division_code).to_owned())
                .or_default()
                .push(point);
        }
        for (code, points) in of_township {
            let sights = reach_points(&points);
            let reached = reach::reach(&sights, lightest.get(&code).copied(), &norms(&code).radii);
            let driven = sights.iter().zip(&reached).filter(|(_, reach)| **reach == Reach::Truck);
            let driven = driven.map(|(point, _)| point.position);
            standing.driven.entry(code).or_default().extend(driven);
            for point in points {
                standing
                    .points
                    .entry(point.division_code.clone())
                    .or_default()
                    .push(point);
            }
        }
        Ok(standing)
    }

    /// Proposes for every one of `areas` by the norms that `norms` answers for its code.
    pub fn propose<'a>(mut self, areas: Vec<Area>, aim: Aim, norms: impl Fn(&str) -> &'a Norms) -> Vec<Sited> {
        let one = |area: Area| {
            let code = area.division_code.as_str();
            let norms = norms(code);
            let hamlets = self.hamlets.remove(code).unwrap_or_default();
            let bins = self.bins.remove(code).unwrap_or_default();
            let points = self.points.remove(code).unwrap_or_default();
            let driven = self.driven.get(township(code)).cloned().unwrap_or_default();
            let village = village(&area, &hamlets, &bins, &points, driven);
            let households_per_bin = aim.households_per_bin(norms);
            let terms = Terms {
                households_per_bin: u32::try_from(households_per_bin).unwrap_or(1).max(1),
                most_bins: aim.most_bins,
            };
            let proposal = propose(&village, terms, &norms.radii);
            Sited {
                area,
                hamlets,
                bins,
                points,
                proposal,
                households_per_bin,
            }
        };
        areas.into_iter().map(one).collect()
    }
}

impl Sited {
    /// Ids of the points of the proposal: of those that stand their own, of new ones `NP`, the village's code and a number that
    /// no point of the village has.
    pub fn point_ids(&self) -> Vec<String> {
        let taken: HashSet<&str> = self.points.iter().map(|point| point.point_id.as_str()).collect();
        let numbered = (1..).map(|number| format!("NP{}{number:04}", self.area.division_code));
        let mut free = numbered.filter(|id| !taken.contains(id.as_str()));
        let sites = self.proposal.sites.iter();
        let ids = sites.map(|site| match site.point {
            Some(index) => self.points.get(index).map(|point| point.point_id.clone()),
            None => free.next(),
        });
        ids.map(Option::unwrap_or_default).collect()
    }

    /// Bins that stand at a site and are registered with another point or none.
    pub fn joining<'a>(&'a self, site: &'a siting::Proposed, id: &'a str) -> impl Iterator<Item = &'a Bin> {
        let bins = site.bins.iter().filter_map(|bin| self.bins.get(*bin));
        bins.filter(move |bin| bin.point_id.as_deref() != Some(id))
    }
}

fn village(area: &Area, hamlets: &[Hamlet], bins: &[Bin], points: &[Point], driven: Vec<Position>) -> siting::Village {
    let at = |lng, lat| Position { lng, lat };
    let index: HashMap<&str, usize> = (0..)
        .zip(points)
        .map(|(at, point)| (point.point_id.as_str(), at))
        .collect();
    let hamlet = |row: &Hamlet| siting::Hamlet {
        position: at(row.lng, row.lat),
        households: row.household_count,
        clustered: row.clustered,
    };
    let point = |row: &Point| siting::Point {
        position: at(row.lng, row.lat),
        bins: row.bin_count.into(),
    };
    let bin = |row: &Bin| siting::Bin {
        position: at(row.lng, row.lat),
        point: row.point_id.as_deref().and_then(|id| index.get(id).copied()),
    };
    siting::Village {
        households: area.household_count,
        centre: at(area.lng, area.lat),
        hamlets: hamlets.iter().map(hamlet).collect(),
        points: points.iter().map(point).collect(),
        bins: bins.iter().map(bin).collect(),
        driven,
    }
}
