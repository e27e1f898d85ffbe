//! Which stops lie near each other.

use super::Stop;
use crate::geo::{Position, distance_m};

/// Stops that are looked at around each one.
const NEAR: usize = 12;

/// The nearest stops of each, and who has it among theirs.
pub struct Near {
    /// By stop: others with their distance in metres, nearest first.
    pub others: Vec<Vec<(usize, i64)>>,
    /// By stop: those that have it among their others.
    pub of: Vec<Vec<usize>>,
    /// By stop: metres to the station.
    pub station_m: Vec<i64>,
}

impl Near {
    pub fn new(station: Position, stops: &[Stop]) -> Self {
        let nearest = |(index, stop): (usize, &Stop)| {
            let others = stops.iter().enumerate().filter(|(other, _)| *other != index);
            let mut others: Vec<(usize, i64)> = others
                .map(|(other, there)| (other, distance_m(stop.position, there.position)))
                .collect();
            others.sort_unstable_by_key(|(other, metres)| (*metres, *other));
            others.truncate(NEAR);
            others
        };
        let others: Vec<Vec<(usize, i64)>> = stops.iter().enumerate().map(nearest).collect();
        let mut of = vec![Vec::new(); stops.len()];
        for (index, others) in others.iter().enumerate() {
            for (other, _) in others {
                of[*other].push(index);
            }
        }
        let station_m = stops.iter().map(|stop| distance_m(stop.position, station)).collect();
        Self { others, of, station_m }
    }
}
