//! The stops beside which each stop is put, the best first, with what rules most of them out before anything else is read.

use crate::search::metric::Metric;
use crate::search::neighbours::Neighbours;

/// A stop and how far it is at least, whichever of the two comes first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near {
    pub(crate) stop: u32,
    pub(crate) metres: u32,
    /// 0 where no time matters.
    pub(crate) seconds: u32,
}

/// Near stops of every stop, in the order in which they are read.
#[derive(Default)]
pub(crate) struct Beside {
    each: usize,
    flat: Vec<Near>,
}

impl Beside {
    /// The first `each` of the neighbours of so many stops.
    pub(crate) fn new(
        stops: u32,
        neighbours: &Neighbours,
        metric: &Metric<'_>,
        (each, clocked): (usize, bool),
    ) -> Self {
        if stops == 0 {
            return Self::default();
        }
        let each = neighbours.nearest(0, each).len();
        let near = |stop: u32, other: u32| {
            let seconds = |from, to| if clocked { metric.seconds(from, to) } else { 0 };
            let least = seconds(stop, other).min(seconds(other, stop));
            Near {
                stop: other,
                metres: metric.metres(stop, other).min(metric.metres(other, stop)),
                seconds: u32::try_from(least).unwrap_or(u32::MAX),
            }
        };
        let of = |stop: u32| {
            neighbours
                .nearest(stop, each)
                .iter()
                .map(move |&other| near(stop, other))
        };
        Self {
            each,
            flat: (0..stops).flat_map(of).collect(),
        }
    }

    pub(crate) fn of(&self, stop: u32) -> &[Near] {
        &self.flat[stop as usize * self.each..][..self.each]
    }
}
