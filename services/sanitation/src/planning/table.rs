//! How far a station and its points are apart, where that is not reckoned from their positions.

use routing::Travel;
use sanitation_core::norms::Share;

use super::{StationDay, by_road::Ways, station::per_mille};

/// Every vehicle comes there.
pub const ANY: i64 = i64::MAX;
/// There is no way, or none known yet.
pub const NO_WAY: u32 = u32::MAX;

/// Distances and driving times between a station (place 0) and its points (place 1 and so on).
pub struct Table {
    /// By point, the gross mass of the heaviest vehicle that comes there, kg; 0 means that none does.
    pub bears_kg: Vec<i64>,
    /// `1 + bears_kg.len()`.
    pub places: usize,
    /// Row by row.
    pub distances_m: Vec<u32>,
    /// Row by row.
    pub durations_s: Vec<u32>,
    /// What is needed to draw the ways.
    pub ways: Option<Ways>,
}

impl Table {
    /// A table without any way between two places.
    pub fn new(points: usize) -> Self {
        let places = points + 1;
        let mut table = Self {
            bears_kg: vec![ANY; points],
            places,
            distances_m: vec![NO_WAY; places * places],
            durations_s: vec![NO_WAY; places * places],
            ways: None,
        };
        for place in 0..places {
            table.set(place, place, (0, 0));
        }
        table
    }

    /// Metres and seconds between two places.
    pub fn get(&self, from: usize, to: usize) -> (u32, u32) {
        let pair = from * self.places + to;
        (self.distances_m[pair], self.durations_s[pair])
    }

    /// Sets metres and seconds between two places.
    pub fn set(&mut self, from: usize, to: usize, (distance_m, duration_s): (u32, u32)) {
        let pair = from * self.places + to;
        self.distances_m[pair] = distance_m;
        self.durations_s[pair] = duration_s;
    }

    /// Takes all ways of a place away.
    pub fn cut_off(&mut self, place: usize) {
        for other in (0..self.places).filter(|other| *other != place) {
            self.set(place, other, (NO_WAY, NO_WAY));
            self.set(other, place, (NO_WAY, NO_WAY));
        }
    }

    /// Adds the ways between places and their roads, leaves out points to which or from which there is no way, and lets other pairs without one pass the station.
    pub fn complete(&mut self, day: &StationDay, off_m: &[f64]) {
        self.approach(off_m, day.norms.routing.detour, day.slowest_kmh());
        self.close();
    }

    /// Adds the way between each place and its road, which lies `off_m` metres away, as straight lines are reckoned elsewhere.
    pub fn approach(&mut self, off_m: &[f64], detour: Share, kmh: i32) {
        let detour = f64::from(per_mille(detour)) / 1_000.0;
        let kmh = f64::from(kmh.max(1));
        let leg = |straight_m: &f64| (whole(straight_m * detour), whole(straight_m * detour * 3.6 / kmh));
        let legs: Vec<(u32, u32)> = off_m.iter().map(leg).collect();
        self.add_legs(&legs);
    }

    fn add_legs(&mut self, legs: &[(u32, u32)]) {
        for (from, leaving) in legs.iter().enumerate() {
            for (to, arriving) in legs.iter().enumerate() {
                let (distance_m, duration_s) = self.get(from, to);
                if from != to && duration_s != NO_WAY {
                    let whole = |way: u32, a: u32, b: u32| way.saturating_add(a).saturating_add(b).min(NO_WAY - 1);
                    let distance_m = whole(distance_m, leaving.0, arriving.0);
                    self.set(from, to, (distance_m, whole(duration_s, leaving.1, arriving.1)));
                }
            }
        }
    }

    fn close(&mut self) {
        let there_and_back = |place: usize| self.get(0, place).1 != NO_WAY && self.get(place, 0).1 != NO_WAY;
        let cut_off: Vec<usize> = (1..self.places).filter(|place| !there_and_back(*place)).collect();
        for place in cut_off {
            self.bears_kg[place - 1] = 0;
        }
        for from in 1..self.places {
            for to in 1..self.places {
                if self.get(from, to).1 == NO_WAY {
                    let (back, there) = (self.get(from, 0), self.get(0, to));
                    let whole = |a: u32, b: u32| a.saturating_add(b);
                    self.set(from, to, (whole(back.0, there.0), whole(back.1, there.1)));
                }
            }
        }
    }

    /// What the routing engine is told of the station and some points.
    pub fn travel(&self, points: impl Iterator<Item = usize>) -> Travel {
        let kept: Vec<usize> = std::iter::once(0).chain(points.map(|point| point + 1)).collect();
        let pairs = || {
            kept.iter()
                .flat_map(|from| kept.iter().map(move |to| from * self.places + to))
        };
        Travel::Matrix {
            places: kept.len(),
            distances_m: pairs().map(|pair| self.distances_m[pair]).collect(),
            durations_s: pairs().map(|pair| self.durations_s[pair]).collect(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and lengths are never negative"
)]
const fn whole(value: f64) -> u32 {
    value.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: [[u32; 3]; 3]) -> Table {
        let mut table = Table::new(2);
        for (from, row) in cells.iter().enumerate() {
            for (to, cell) in row.iter().enumerate() {
                table.set(from, to, (*cell, *cell));
            }
        }
        table
    }

    #[test]
    fn pairs_without_a_way_pass_the_station() {
        let mut table = table([[0, 10, 20], [11, 0, NO_WAY], [21, 5, 0]]);
        table.add_legs(&[(0, 0), (100, 100), (1_000, 1_000)]);
        table.close();
        assert_eq!(table.bears_kg, [ANY, ANY]);
        assert_eq!(table.get(2, 1), (1_105, 1_105));
        assert_eq!(table.get(1, 2), (111 + 1_020, 111 + 1_020));
        let Travel::Matrix {
            places, durations_s, ..
        } = table.travel([1].into_iter())
        else {
            panic!("a matrix")
        };
        assert_eq!((places, durations_s), (2, vec![0, 1_020, 1_021, 0]));
    }

    #[test]
    fn a_point_that_is_cut_off_one_way_is_left_out() {
        let mut table = table([[0, NO_WAY, 20], [11, 0, 5], [21, 5, 0]]);
        table.close();
        assert_eq!(table.bears_kg, [0, ANY]);
    }
}
