//! Where what is taken at a stop may be unloaded.

use super::{Net, narrow};
use crate::Spec;
use crate::impossible::takes;
use crate::search::metric::Metric;

/// Facilities tried where a trip is split.
const TRIED: usize = 3;

/// The facilities that take the stream of a stop.
pub(super) struct Unloading {
    /// Those near it, nearest first.
    near: Vec<u32>,
    /// Metres to the nearest one, and from the one nearest that way.
    to: u32,
    from: u32,
}

impl Unloading {
    /// For each node that is a stop.
    pub(super) fn of_all(spec: &Spec, metric: &Metric<'_>, stop_of: &[usize]) -> Vec<Self> {
        let nodes = stop_of.iter().enumerate();
        nodes
            .map(|(node, &stop)| Self::new(spec, metric, (narrow(node), stop)))
            .collect()
    }

    fn new(spec: &Spec, metric: &Metric<'_>, (node, stop): (u32, usize)) -> Self {
        let (stream, stops) = (spec.stops[stop].stream, narrow(spec.stops.len()));
        let facilities = spec.facilities.iter().enumerate();
        let mut near: Vec<u32> = facilities
            .filter(|(_, facility)| takes(facility, stream))
            .map(|(index, _)| stops + narrow(index))
            .collect();
        let to = |&facility: &u32| metric.metres(node, facility);
        let from = |&facility: &u32| metric.metres(facility, node);
        let ways = (near.iter().map(to).min(), near.iter().map(from).min());
        near.sort_by_key(to);
        near.truncate(TRIED);
        Self {
            near,
            to: ways.0.unwrap_or(0),
            from: ways.1.unwrap_or(0),
        }
    }
}

impl Net<'_> {
    pub(crate) fn has_facilities(&self) -> bool {
        !self.problem.spec().facilities.is_empty()
    }

    /// Facilities near a stop, nearest first.
    pub(crate) fn unloads(&self, stop: u32) -> &[u32] {
        &self.unloading[stop as usize].near
    }

    /// Metres from a node to a facility and from one at least, whichever is taken; 0 for others than stops.
    pub(crate) fn unloading(&self, node: u32) -> (i64, i64) {
        let least = self.unloading.get(node as usize);
        least.map_or((0, 0), |least| (i64::from(least.to), i64::from(least.from)))
    }
}
