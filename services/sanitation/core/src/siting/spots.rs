//! Places of households and possible sites of a village, and who may use which.

use super::{
    network::{Network, Site, Way},
    village::{Basis, Hamlet, Village},
};
use crate::{
    geo::{Position, distance_m},
    norms::Radii,
};

/// More candidates than these are thinned out: of two that lie within an eighth of the radius one stays.
const MANY: usize = 300;

/// A possible site with the bins that stand there.
pub(super) struct Spot {
    pub(super) position: Position,
    pub(super) bins: Vec<usize>,
}

impl Spot {
    pub(super) fn empty(position: Position) -> Self {
        Self {
            position,
            bins: Vec::new(),
        }
    }
}

/// Households at a place with the radius within which they want a point.
pub(super) struct Place {
    pub(super) position: Position,
    pub(super) households: i64,
    pub(super) clustered: Option<bool>,
}

/// The points with the bins within their radius, and the bins that no point has.
pub(super) fn standing(village: &Village, radius_m: i64) -> (Vec<Spot>, Vec<usize>) {
    let mut spots: Vec<Spot> = village.points.iter().map(|point| Spot::empty(point.position)).collect();
    let mut strays = Vec::new();
    for (index, bin) in village.bins.iter().enumerate() {
        let away = |point: usize| distance_m(village.points[point].position, bin.position);
        let own = bin.point.filter(|point| away(*point) <= radius_m);
        let nearest = || (0..village.points.len()).map(|point| (away(point), point)).min();
        let other = || {
            nearest()
                .filter(|(distance, _)| *distance <= radius_m)
                .map(|(_, point)| point)
        };
        match own.or_else(other) {
            Some(point) => spots[point].bins.push(index),
            None => strays.push(index),
        }
    }
    (spots, strays)
}

/// Bins that no point has as groups around an anchor or one of them, the largest first.
pub(super) fn gather(
    village: &Village,
    strays: Vec<usize>,
    anchors: impl Iterator<Item = Position>,
    radius_m: i64,
) -> Vec<Spot> {
    let at = |bin: usize| village.bins[bin].position;
    let centres: Vec<Position> = anchors.chain(strays.iter().map(|bin| at(*bin))).collect();
    let mut around: Vec<Vec<usize>> = centres
        .iter()
        .map(|centre| {
            let near = |bin: &usize| near(*centre, at(*bin), radius_m).is_some();
            strays.iter().copied().filter(near).collect()
        })
        .collect();
    let mut groups = Vec::new();
    loop {
        let largest = (0..around.len()).max_by_key(|centre| (around[*centre].len(), std::cmp::Reverse(*centre)));
        let Some(centre) = largest.filter(|centre| !around[*centre].is_empty()) else {
            return groups;
        };
        let bins = std::mem::take(&mut around[centre]);
        for others in &mut around {
            others.retain(|bin| bins.binary_search(bin).is_err());
        }
        groups.push(Spot {
            position: centres[centre],
            bins,
        });
    }
}

/// Where households stand: in hamlets, else where bins do, else at the centre.
pub(super) fn places(village: &Village, points: &[Spot], groups: &[Spot]) -> (Basis, Vec<Place>) {
    let known = |hamlet: &Hamlet| Place {
        position: hamlet.position,
        households: hamlet.households.max(0),
        clustered: hamlet.clustered,
    };
    let hamlets: Vec<Place> = village.hamlets.iter().map(known).collect();
    if hamlets.iter().any(|place| place.households > 0) {
        return (Basis::Hamlets, hamlets);
    }
    let place = |position, households| Place {
        position,
        households,
        clustered: None,
    };
    let filled = points.iter().chain(groups).filter(|spot| !spot.bins.is_empty());
    let mut guessed: Vec<Place> = filled
        .map(|spot| place(spot.position, count(spot.bins.len())))
        .collect();
    if guessed.is_empty() {
        let stated = village
            .points
            .iter()
            .map(|point| place(point.position, point.bins.max(1)));
        guessed = stated.collect();
    }
    if guessed.is_empty() {
        return (Basis::Centre, vec![place(village.centre, 1)]);
    }
    (Basis::Bins, guessed)
}

pub(super) fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

/// Shares the village's households out among its places, in whole ones that sum up.
pub(super) fn share(households: i64, places: &mut [Place]) {
    let all: i128 = places.iter().map(|place| i128::from(place.households)).sum();
    let (mut before, mut given) = (0, 0);
    for place in places {
        before += i128::from(place.households);
        let until = i128::from(households.max(0)) * before / all.max(1);
        place.households = i64::try_from(until - given).unwrap_or(0);
        given = until;
    }
}

/// Positions at which new points may stand, with the households there: where households do. Of many that lie close together some
/// are left out.
pub(super) fn candidates(places: &[Place], radius_m: i64) -> Vec<(Position, i64)> {
    let apart_m = if places.len() > MANY { radius_m / 8 } else { 0 };
    let mut kept: Vec<(Position, i64)> = Vec::new();
    for place in places.iter().filter(|place| place.households > 0) {
        let close = |(other, _): &&mut (Position, i64)| near(place.position, *other, apart_m).is_some();
        match kept.iter_mut().find(close) {
            Some((_, households)) => *households += place.households,
            None => kept.push((place.position, place.households)),
        }
    }
    kept
}

pub(super) fn network(places: &[Place], spots: &[Spot], known: usize, radii: &Radii) -> Network {
    let whole = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let mut ways = Vec::new();
    for (demand, place) in places.iter().enumerate().filter(|(_, place)| place.households > 0) {
        let radius_m = radii.of_settlement_m(place.clustered);
        for (site, spot) in spots.iter().enumerate() {
            if let Some(distance) = near(place.position, spot.position, radius_m) {
                ways.push(Way {
                    demand,
                    site,
                    distance_m: whole(distance),
                });
            }
        }
    }
    let sites = spots.iter().enumerate().map(|(index, spot)| Site {
        bins: whole(count(spot.bins.len())),
        stands: index < known,
    });
    Network::new(
        places.iter().map(|place| whole(place.households)).collect(),
        sites.collect(),
        ways,
    )
}

/// Distance if within `radius_m`; what is farther away north or south is not measured.
fn near(a: Position, b: Position, radius_m: i64) -> Option<i64> {
    /// Fewer metres than a degree of latitude has.
    const DEGREE_M: f64 = 110_000.0;
    #[expect(clippy::cast_precision_loss, reason = "a few kilometres")]
    let limit = radius_m as f64 + 1.0;
    if (a.lat - b.lat).abs() * DEGREE_M > limit {
        return None;
    }
    Some(distance_m(a, b)).filter(|distance| *distance <= radius_m)
}
