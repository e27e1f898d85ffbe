//! A village as a network: who may use which site under the norms, and what is proposed for it.

use super::{
    network::{Network, Terms},
    search::place,
    spots::{Spot, candidates, count, gather, network, places, share, standing},
};
use crate::{
    geo::{Position, distance_m},
    norms::Radii,
};

/// Households that stand together (自然村、居民组).
#[derive(Debug, Clone, Copy)]
pub struct Hamlet {
    /// Where.
    pub position: Position,
    /// How many, ≥ 0; in proportion to one another, the village's number is shared out among them.
    pub households: i64,
    /// Houses stand close together; `None`: as the norms say of the village.
    pub clustered: Option<bool>,
}

/// A collection point.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Where.
    pub position: Position,
    /// Bins that its own register states: where nothing else is known, they tell where households stand.
    pub bins: i64,
}

/// A bin.
#[derive(Debug, Clone, Copy)]
pub struct Bin {
    /// Where.
    pub position: Position,
    /// Index of its point; `None`: it is emptied by itself.
    pub point: Option<usize>,
}

/// A village with what stands in it.
#[derive(Debug, Clone)]
pub struct Village {
    /// Households of the village.
    pub households: i64,
    /// Its centre.
    pub centre: Position,
    /// Where its households stand, as far as known.
    pub hamlets: Vec<Hamlet>,
    /// Its collection points.
    pub points: Vec<Point>,
    /// Its bins.
    pub bins: Vec<Bin>,
    /// Stations and points around to which a truck drives; empty: not known.
    pub driven: Vec<Position>,
}

/// What a proposal knows of where households stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The register of hamlets.
    Hamlets,
    /// None are known: households are taken to stand where bins do, or collection points if no bins are known either.
    Bins,
    /// Nothing is known: they are taken to stand at the village's centre.
    Centre,
}

/// Why something new is needed at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Too few bins for those within the radius.
    BinCount,
    /// No point has its households, or the bins that stand here, within its radius.
    PointRadius,
    /// The points around hold as many bins as they may.
    PointRoom,
}

/// Households of a place that use a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Index of the hamlet; without hamlets, of the place where bins stand.
    pub place: usize,
    /// How many.
    pub households: i64,
    /// How far they walk.
    pub distance_m: i64,
}

/// A point as it is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// Index of the point that stands there; `None`: a new one.
    pub point: Option<usize>,
    /// Where.
    pub position: Position,
    /// Bins that stand there, by index.
    pub bins: Vec<usize>,
    /// New bins.
    pub new_bins: i64,
    /// Why; `None` where nothing is new.
    pub reason: Option<Reason>,
    /// Whom it serves.
    pub served: Vec<Served>,
    /// Distance of a new point from the nearest place to which a truck drives.
    pub driven_m: Option<i64>,
}

/// What is proposed for a village.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What it rests on.
    pub basis: Basis,
    /// Places of households, with how many were taken to stand at each.
    pub places: Vec<(Position, i64)>,
    /// Every point of the village, then the new ones.
    pub sites: Vec<Proposed>,
    /// Bins that belong to no point within the radius, and stay so.
    pub stray_bins: Vec<usize>,
    /// Places whose households no site can serve, with how many.
    pub unserved: Vec<(usize, i64)>,
    /// No proposal has fewer new bins.
    pub least_new_bins: i64,
    /// No proposal has fewer new points.
    pub least_new_points: i64,
}

/// Proposes the fewest new bins and points with which a village meets ratio and radius under `terms` and `radii`.
pub fn propose(village: &Village, terms: Terms, radii: &Radii) -> Proposal {
    let (mut stand, strays) = standing(village, radii.point_m());
    let anchors = village.hamlets.iter().map(|hamlet| hamlet.position);
    let groups = gather(village, strays, anchors, radii.point_m());
    let (basis, mut places) = places(village, &stand, &groups);
    share(village.households, &mut places);
    let near = |position: Position| village.driven.iter().map(|other| distance_m(position, *other)).min();
    let reachable = |position: Position| near(position).is_none_or(|distance| distance <= radii.motor_vehicle_m);
    let known = stand.len();
    stand.extend(groups.into_iter().filter(|group| reachable(group.position)));
    let at_a_point = i64::from(terms.households_per_bin) * i64::from(terms.most_bins);
    for (position, households) in candidates(&places, radii.point_m()) {
        // So many households may want more points than one.
        let wanted = (households + at_a_point - 1) / at_a_point.max(1);
        let there = stand[known..].iter().filter(|site| site.position == position).count();
        for _ in count(there)..wanted {
            if reachable(position) {
                stand.push(Spot::empty(position));
            }
        }
    }
    let network = network(&places, &stand, known, radii);
    let placement = place(&network, terms, 0);

    let mut sites = Vec::new();
    let mut stray = vec![true; village.bins.len()];
    for (index, spot) in stand.into_iter().enumerate() {
        if !placement.open[index] {
            continue;
        }
        spot.bins.iter().for_each(|bin| stray[*bin] = false);
        let used = network.of_site[index].iter().filter(|way| placement.on_way[**way] > 0);
        let served = used.map(|way| Served {
            place: network.ways[*way].demand,
            households: placement.on_way[*way].into(),
            distance_m: network.ways[*way].distance_m.into(),
        });
        let new_bins = i64::from(placement.new_bins[index]);
        let point = (index < known).then_some(index);
        let mut proposed = Proposed {
            point,
            position: spot.position,
            bins: spot.bins,
            new_bins,
            reason: None,
            served: served.collect(),
            driven_m: if point.is_none() { near(spot.position) } else { None },
        };
        proposed.reason = reason(&proposed, &network, known);
        sites.push(proposed);
    }
    let unserved = placement
        .unserved
        .iter()
        .enumerate()
        .filter(|(_, households)| **households > 0);
    Proposal {
        basis,
        unserved: unserved
            .map(|(place, households)| (place, i64::from(*households)))
            .collect(),
        places: places
            .into_iter()
            .map(|place| (place.position, place.households))
            .collect(),
        sites,
        stray_bins: (0..village.bins.len()).filter(|bin| stray[*bin]).collect(),
        least_new_bins: placement.least_bins.into(),
        least_new_points: placement.least_points.into(),
    }
}

/// Why a site gets something new: no point in reach, none of them with room, or too few bins.
fn reason(site: &Proposed, network: &Network, known: usize) -> Option<Reason> {
    if site.point.is_some() {
        return (site.new_bins > 0).then_some(Reason::BinCount);
    }
    let stands = |place: usize| network.choices(place).any(|other| other < known);
    if site.new_bins > 0 && !site.served.is_empty() && site.served.iter().all(|served| stands(served.place)) {
        return Some(Reason::PointRoom);
    }
    Some(Reason::PointRadius)
}
