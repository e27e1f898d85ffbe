//! Where a position meets the roads, and what the rest of that road costs.

use crate::{Graph, Network, Position, cost::Cost, csr::id};

/// A point on a road of one [`Graph`]; it means nothing to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snap {
    /// Index of the road in [`Graph::network`].
    pub(crate) road: u32,
    /// Centimetres from the begin of the road.
    pub(crate) offset_cm: u32,
    pub(crate) position: Position,
    pub(crate) distance_m: f64,
}

impl Snap {
    /// Index of the road in [`Graph::network`].
    pub const fn road(&self) -> u32 {
        self.road
    }

    /// Way along the road from its begin, in cm.
    pub const fn offset_cm(&self) -> u32 {
        self.offset_cm
    }

    /// The point on the road.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// How far the point is from the position that was asked for, in metres.
    pub const fn distance_m(&self) -> f64 {
        self.distance_m
    }
}

impl Graph {
    /// The nearest point of any road that the vehicle may use; `None` if there is none within `within_m` metres.
    pub fn snap(&self, position: Position, within_m: f64) -> Option<Snap> {
        let foot = self.grid.closest(position, within_m)?;
        let piece = foot.piece;
        let offsets = self.network.offsets(piece.road);
        let index = piece.index as usize;
        let (begin, end) = (f64::from(offsets[index].0), f64::from(offsets[index + 1].0));
        Some(Snap {
            road: piece.road,
            offset_cm: between(begin, end, foot.share),
            position: piece.from.towards(piece.to, foot.share),
            distance_m: foot.distance_m,
        })
    }

    /// Ranks where a way from here may begin, with the cost to get there; a closed direction costs [`Cost::NEVER`].
    pub(crate) fn leaving(&self, snap: &Snap) -> [(u32, Cost); 2] {
        let road = &self.network.roads[snap.road as usize];
        let ahead_cm = road.length_cm - snap.offset_cm;
        let rest = |forward, part_cm| {
            let whole = road.cost(forward);
            whole.map_or(Cost::NEVER, |cost| cost.part(part_cm, road.length_cm))
        };
        [
            (self.rank(road.to), rest(true, ahead_cm)),
            (self.rank(road.from), rest(false, snap.offset_cm)),
        ]
    }

    /// Ranks where a way to here may end, with the cost from there; a closed direction costs [`Cost::NEVER`].
    pub(crate) fn arriving(&self, snap: &Snap) -> [(u32, Cost); 2] {
        let road = &self.network.roads[snap.road as usize];
        let ahead_cm = road.length_cm - snap.offset_cm;
        let rest = |forward, part_cm| {
            let whole = road.cost(forward);
            whole.map_or(Cost::NEVER, |cost| cost.part(part_cm, road.length_cm))
        };
        [
            (self.rank(road.from), rest(true, snap.offset_cm)),
            (self.rank(road.to), rest(false, ahead_cm)),
        ]
    }

    /// Cost of staying on the road, if both points are on the same and the direction is open.
    pub(crate) fn along(&self, from: &Snap, to: &Snap) -> Cost {
        if from.road != to.road {
            return Cost::NEVER;
        }
        let road = &self.network.roads[from.road as usize];
        let part_cm = from.offset_cm.abs_diff(to.offset_cm);
        if part_cm == 0 {
            return Cost::ZERO;
        }
        let whole = road.cost(from.offset_cm < to.offset_cm);
        whole.map_or(Cost::NEVER, |cost| cost.part(part_cm, road.length_cm))
    }

    fn rank(&self, node: u32) -> u32 {
        self.hierarchy.ranks[node as usize]
    }
}

impl Network {
    /// The positions of a road with how far along the road they are, in cm; a stated length is spread over its line.
    pub(crate) fn offsets(&self, road: u32) -> Vec<(u32, Position)> {
        let line = self.line(road);
        let length_cm = f64::from(self.roads[road as usize].length_cm);
        let mut along = vec![0.0; line.len()];
        for index in 1..line.len() {
            along[index] = along[index - 1] + line[index - 1].distance_m(line[index]);
        }
        let total: f64 = along[line.len() - 1];
        let last = f64::from(id(line.len() - 1));
        let share = |index: usize| {
            if total > 0.0 {
                along[index] / total
            } else {
                f64::from(id(index)) / last
            }
        };
        let offset = |(index, position)| (between(0.0, length_cm, share(index)), position);
        line.into_iter().enumerate().map(offset).collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between two lengths in cm"
)]
fn between(begin: f64, end: f64, share: f64) -> u32 {
    (begin + (end - begin) * share.clamp(0.0, 1.0)).round() as u32
}
