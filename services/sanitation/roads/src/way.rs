//! One way with its line, for maps.

use crate::{Graph, Position, Snap, cost::Cost, hierarchy::Climb};

/// The fastest way between two points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Driving time in seconds, rounded.
    pub duration_s: u32,
    /// Length in metres, rounded.
    pub distance_m: u32,
    /// From the first point to the last along the roads; at least two positions.
    pub line: Vec<Position>,
}

impl Graph {
    /// The fastest way from one point to another, the same that [`Graph::matrix`] reckons.
    ///
    /// # Panics
    /// If a point was snapped to another graph whose roads are more or longer.
    pub fn way(&self, from: &Snap, to: &Snap) -> Way {
        let mut up = Climb::new(self.hierarchy.ranks.len());
        let mut down = Climb::new(self.hierarchy.ranks.len());
        up.search(&self.hierarchy.leaving, self.leaving(from));
        down.search(&self.hierarchy.coming, self.arriving(to));
        let over = |rank: &u32| (up.cost(*rank).plus(down.cost(*rank)), *rank);
        let best = up.reached().iter().map(over).min();
        let along = self.along(from, to);
        let mut line = vec![from.position];
        let cost = match best {
            Some((cost, top)) if cost < along => {
                self.follow(from, to, top, (&up, &down), &mut line);
                cost
            }
            _ => {
                self.trail(from.road, from.offset_cm, to.offset_cm, &mut line);
                along
            }
        };
        line.push(to.position);
        line.dedup();
        if line.len() == 1 {
            line.push(to.position);
        }
        Way {
            duration_s: cost.seconds(),
            distance_m: cost.metres(),
            line,
        }
    }

    /// The line over the highest rank of a way.
    fn follow(&self, from: &Snap, to: &Snap, top: u32, (up, down): (&Climb, &Climb), line: &mut Vec<Position>) {
        let mut climbed = Vec::new();
        let mut first = top;
        while let Some(arc) = up.by(first) {
            climbed.push(arc);
            first = self.hierarchy.arcs[arc as usize].from;
        }
        let mut roads = Vec::new();
        for arc in climbed.iter().rev() {
            self.hierarchy.unpack(*arc, &mut roads);
        }
        let mut last = top;
        while let Some(arc) = down.by(last) {
            self.hierarchy.unpack(arc, &mut roads);
            last = self.hierarchy.arcs[arc as usize].to;
        }
        let whole = |road: u32| self.network.roads[road as usize].length_cm;

        // A road whose ends are the same junction is left in the cheaper direction.
        let [ahead, back] = self.leaving(from);
        let forward = seed(ahead, back, first);
        self.trail(
            from.road,
            from.offset_cm,
            if forward { whole(from.road) } else { 0 },
            line,
        );
        for (road, forward) in roads {
            let (begin, end) = if forward { (0, whole(road)) } else { (whole(road), 0) };
            self.trail(road, begin, end, line);
        }
        let [ahead, back] = self.arriving(to);
        let forward = seed(ahead, back, last);
        self.trail(to.road, if forward { 0 } else { whole(to.road) }, to.offset_cm, line);
    }

    /// Adds the positions of a road between two offsets in the order of driving.
    fn trail(&self, road: u32, from_cm: u32, to_cm: u32, line: &mut Vec<Position>) {
        let mut offsets = self.network.offsets(road);
        if from_cm > to_cm {
            offsets.reverse();
        }
        let span = from_cm.min(to_cm)..=from_cm.max(to_cm);
        let inside = offsets.into_iter().filter(|(offset, _)| span.contains(offset));
        line.extend(inside.map(|(_, position)| position));
    }
}

/// Whether `rank` was seeded in the direction of the road.
fn seed(ahead: (u32, Cost), back: (u32, Cost), rank: u32) -> bool {
    if ahead.0 == back.0 {
        ahead.1 <= back.1
    } else {
        ahead.0 == rank
    }
}
