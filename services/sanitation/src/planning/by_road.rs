//! A station's table on a county's own roads.

use std::sync::Arc;

use roads::{Graph, Position, Snap};

use super::{
    StationDay,
    table::{ANY, Table},
};
use crate::store::facilities::Facility;

/// The roads of vehicles that are alike to all limits.
pub struct Fleet {
    /// Gross mass of the heaviest of them, kg.
    pub gross_kg: i64,
    /// What they may use.
    pub graph: Arc<Graph>,
}

/// No road that a vehicle may use comes near a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffRoads {
    /// Gross mass of the vehicle, kg.
    pub gross_kg: i64,
}

/// Where places meet the roads. A way between two places is that of the heaviest fleet that comes to both: whoever may serve
/// both may drive it.
pub struct Ways {
    graphs: Vec<Arc<Graph>>,
    /// By fleet and place.
    snaps: Vec<Vec<Option<Snap>>>,
    /// By place, the heaviest fleet that comes there; `None`: no fleet does.
    fleets: Vec<Option<usize>>,
    positions: Vec<(f64, f64)>,
}

/// The table of a day of a station with vehicles; `fleets` begins with the heaviest.
pub fn by_road(
    day: &StationDay,
    station: &Facility,
    fleets: &[Fleet],
    reach_m: f64,
    threads: usize,
) -> Result<Table, OffRoads> {
    let points = day.points.iter().map(|point| (point.lng, point.lat));
    let positions: Vec<(f64, f64)> = std::iter::once((station.lng, station.lat)).chain(points).collect();
    let snaps: Vec<Vec<Option<Snap>>> = fleets
        .iter()
        .map(|fleet| {
            let snap = |(lng, lat): &(f64, f64)| fleet.graph.snap(Position::new(*lng, *lat)?, reach_m);
            positions.iter().map(snap).collect()
        })
        .collect();
    for (fleet, snaps) in fleets.iter().zip(&snaps) {
        if snaps.first().is_none_or(Option::is_none) {
            let gross_kg = fleet.gross_kg;
            return Err(OffRoads { gross_kg });
        }
    }
    let heaviest = |place: usize| snaps.iter().position(|snaps| snaps[place].is_some());
    let ways = Ways {
        graphs: fleets.iter().map(|fleet| Arc::clone(&fleet.graph)).collect(),
        fleets: (0..positions.len()).map(heaviest).collect(),
        snaps,
        positions,
    };
    let mut table = Table::new(day.points.len());
    for (bears_kg, fleet) in table.bears_kg.iter_mut().zip(&ways.fleets[1..]) {
        *bears_kg = match fleet {
            None => 0,
            Some(0) => ANY,
            Some(fleet) => fleets[*fleet].gross_kg,
        };
    }
    for fleet in 0..fleets.len() {
        ways.fill(&mut table, fleet, threads);
    }
    let off_m = |place: usize| {
        let snap = ways.fleets[place].and_then(|fleet| ways.snaps[fleet][place]);
        snap.map_or(0.0, |snap| snap.distance_m())
    };
    let off_m: Vec<f64> = (0..table.places).map(off_m).collect();
    table.complete(day, &off_m);
    table.ways = Some(ways);
    Ok(table)
}

impl Ways {
    /// The pairs of which one place is reached by this fleet and no heavier one.
    fn fill(&self, table: &mut Table, fleet: usize, threads: usize) {
        let reached = |most: usize, least: usize| -> (Vec<usize>, Vec<Snap>) {
            let inside = |place: &usize| self.fleets[*place].is_some_and(|own| (least..=most).contains(&own));
            let places = (0..self.fleets.len()).filter(inside);
            places
                .filter_map(|place| Some((place, self.snaps[fleet][place]?)))
                .unzip()
        };
        let (new, new_snaps) = reached(fleet, fleet);
        let (all, all_snaps) = reached(fleet, 0);
        let there = self.graphs[fleet].matrix(&new_snaps, &all_snaps, threads);
        for (row, from) in new.iter().enumerate() {
            for (column, to) in all.iter().enumerate() {
                let pair = row * there.targets + column;
                table.set(*from, *to, (there.distances_m[pair], there.durations_s[pair]));
            }
        }
        if new.len() == all.len() {
            return;
        }
        let back = self.graphs[fleet].matrix(&all_snaps, &new_snaps, threads);
        for (row, from) in all.iter().enumerate() {
            for (column, to) in new.iter().enumerate() {
                let pair = row * back.targets + column;
                table.set(*from, *to, (back.distances_m[pair], back.durations_s[pair]));
            }
        }
    }

    /// The line of a round from the station over some points and back, in degrees.
    pub fn line(&self, points: impl Iterator<Item = usize>) -> Vec<[f64; 2]> {
        let mut line = Vec::new();
        let mut from = 0;
        for to in points.map(|point| point + 1).chain(std::iter::once(0)) {
            self.draw(from, to, &mut line);
            from = to;
        }
        line.dedup();
        line
    }

    fn draw(&self, from: usize, to: usize, line: &mut Vec<[f64; 2]>) {
        let fleet = self.fleets[from].max(self.fleets[to]);
        let ends = fleet.and_then(|fleet| Some((fleet, self.snaps[fleet][from]?, self.snaps[fleet][to]?)));
        let place = |place: usize| [self.positions[place].0, self.positions[place].1];
        match ends {
            Some((fleet, begin, end)) => {
                let way = self.graphs[fleet].way(&begin, &end);
                line.push(place(from));
                line.extend(way.line.iter().map(|at| [at.lng(), at.lat()]));
                line.push(place(to));
            }
            // The table lets this pair pass the station.
            None if from != 0 && to != 0 => {
                self.draw(from, 0, line);
                self.draw(0, to, line);
            }
            None => line.extend([place(from), place(to)]),
        }
    }
}
