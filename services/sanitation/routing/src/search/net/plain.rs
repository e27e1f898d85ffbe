//! What the fast path reads, where it suffices.

use super::Kind;
use crate::Spec;
use crate::search::metric::{Metric, NOWHERE};
use crate::search::neighbours::Neighbours;

/// Distances that the fast path reads most, in the order of memory.
#[derive(Default)]
pub(crate) struct PlainKind {
    /// Metres from the start and to the end of the shift.
    pub(crate) from: Vec<u32>,
    pub(crate) to: Vec<u32>,
    /// The nearest stops of each stop and how far they are.
    near: Vec<(u32, u32)>,
    each: usize,
}

impl PlainKind {
    /// Neighbours beside which a stop is put.
    pub(crate) const NEAR: usize = 40;

    pub(super) fn new(kind: &Kind, metric: &Metric<'_>, near: &Neighbours, stops: u32) -> Self {
        let each = near.nearest(0, Self::NEAR).len();
        let neighbours = |stop| {
            near.nearest(stop, each)
                .iter()
                .map(move |&other| (other, metric.metres(stop, other)))
        };
        Self {
            from: (0..stops).map(|stop| metric.metres(kind.start, stop)).collect(),
            to: (0..stops).map(|stop| metric.metres(stop, kind.end)).collect(),
            near: (0..stops).flat_map(neighbours).collect(),
            each,
        }
    }

    /// Near stops, nearest first, and how far they are.
    pub(crate) fn near(&self, stop: u32) -> &[(u32, u32)] {
        &self.near[stop as usize * self.each..][..self.each]
    }
}

/// Whether only distance and load matter: one kind of vehicle, one trip each, every way as long as the way back.
pub(super) fn is_plain(spec: &Spec, kinds: &[Kind], metric: &Metric<'_>) -> bool {
    let [kind] = kinds else { return false };
    spec.facilities.is_empty()
        && spec.choices.is_empty()
        && kind.load == 0
        && kind.locked.is_empty()
        && kind.end != NOWHERE
        && kind.max_stops >= spec.stops.len()
        && kind.max_kg >= kind.payload
        && kind.suits.iter().all(|&suits| suits)
        && metric.is_symmetric()
}
