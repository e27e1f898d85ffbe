//! Points that sort, as a plan sees them: one for each stream.

use std::collections::{BTreeMap, HashMap};

use sanitation_core::{
    demand::{KitchenBins, KitchenShare},
    stream::Stream,
};

use crate::{known::Known, store::points::Point};

/// A point's bins for kitchen waste, and how much of its waste goes there.
pub type Sorted = HashMap<String, (KitchenBins, KitchenShare)>;

/// The points that sort, by id.
pub fn sorted(known: &BTreeMap<String, Known>) -> Sorted {
    let shares = known.values().flat_map(Known::kitchen_shares);
    shares.map(|(id, bins, share)| (id.to_owned(), (bins, share))).collect()
}

/// Points with those that sort once for each stream, under the ids of their calls. Others stay as they are.
pub fn by_stream(points: Vec<Point>, sorted: &Sorted) -> Vec<Point> {
    let mut calls = Vec::with_capacity(points.len() + sorted.len());
    for point in points {
        match sorted.get(&point.point_id) {
            Some((bins, share)) => calls.extend(halves(&point, bins, *share)),
            None => calls.push(point),
        }
    }
    calls
}

fn halves(point: &Point, bins: &KitchenBins, share: KitchenShare) -> [Point; 2] {
    let (kitchen_g, rest_g) = share.of(point.daily_g);
    let count = i32::try_from(bins.bins).unwrap_or(i32::MAX);
    // The register may count kitchen bins among those of the point or not; something holds the rest.
    let rest_l = Some(point.capacity_l - bins.litres).filter(|litres| *litres > 0);
    let rest = Point {
        capacity_l: rest_l.unwrap_or(point.capacity_l),
        bin_count: (point.bin_count - count).max(0),
        daily_g: rest_g,
        ..point.clone()
    };
    let kitchen = Point {
        point_id: Stream::Kitchen.call_id(&point.point_id),
        stream: Stream::Kitchen,
        capacity_l: bins.litres,
        bin_count: count,
        daily_g: kitchen_g,
        ..point.clone()
    };
    [rest, kitchen]
}
