//! The nearest stops of each stop.

use crate::Travel;
use crate::control::GoOn;
use crate::search::net::narrow;

/// Neighbours kept for each stop.
const KEPT: usize = 128;
/// Stops above which coordinates are looked up in a grid instead of comparing all pairs.
const GRID: usize = 4_096;

/// Nearest stops first, the stop itself left out.
pub(crate) struct Neighbours {
    each: usize,
    flat: Vec<u32>,
}

impl Neighbours {
    /// `far`: how far two stops, which stand at the places of the same indices, are apart; below 2^40. None when told to
    /// stop.
    pub(crate) fn new(travel: &Travel, places: &[u32], far: &dyn Fn(u32, u32) -> u64, go_on: GoOn<'_>) -> Option<Self> {
        let count = places.len();
        let each = KEPT.min(count.saturating_sub(1));
        let mut flat = Vec::with_capacity(count * each);
        let grid = match travel {
            Travel::Planar { points, .. } | Travel::GreatCircle { points, .. } if count > GRID => Some(Grid::new(
                places
                    .iter()
                    .map(|&place| (points[place as usize].x, points[place as usize].y)),
            )),
            _ => None,
        };
        let mut rated = Vec::with_capacity(count);
        for stop in 0..narrow(count) {
            rated.clear();
            let rate = |other: u32| far(stop, other) << 24 | u64::from(other);
            match &grid {
                Some(grid) => grid.around(stop, 3 * each, &mut |other| rated.push(rate(other))),
                None => rated.extend((0..narrow(count)).filter(|&other| other != stop).map(rate)),
            }
            if each < rated.len() {
                rated.select_nth_unstable(each);
                rated.truncate(each);
            }
            rated.sort_unstable();
            flat.extend(rated.iter().map(|&rated| narrow((rated & 0xFF_FFFF) as usize)));
            go_on().then_some(())?;
        }
        Some(Self { each, flat })
    }

    /// The neighbours of a stop, nearest first.
    pub(crate) fn of(&self, stop: u32) -> &[u32] {
        &self.flat[stop as usize * self.each..][..self.each]
    }

    /// The nearest `count` neighbours of a stop.
    pub(crate) fn nearest(&self, stop: u32, count: usize) -> &[u32] {
        &self.of(stop)[..count.min(self.each)]
    }
}

/// Stops by square cells of the coordinates.
struct Grid {
    columns: usize,
    rows: usize,
    cell_of: Vec<(usize, usize)>,
    cells: Vec<Vec<u32>>,
}

impl Grid {
    /// About eight stops a cell. Degrees of longitude count as much as degrees of latitude, which is near enough for
    /// a candidate set three times as large as needed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "cells"
    )]
    fn new(points: impl ExactSizeIterator<Item = (f64, f64)> + Clone) -> Self {
        let count = points.len();
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for (x, y) in points.clone() {
            low = (low.0.min(x), low.1.min(y));
            high = (high.0.max(x), high.1.max(y));
        }
        let (width, height) = ((high.0 - low.0).max(1e-9), (high.1 - low.1).max(1e-9));
        let side = (width * height * 8.0 / count as f64)
            .sqrt()
            .max(width.max(height) / count as f64);
        let (columns, rows) = ((width / side) as usize + 1, (height / side) as usize + 1);
        let mut grid = Self {
            columns,
            rows,
            cell_of: Vec::with_capacity(count),
            cells: vec![Vec::new(); columns * rows],
        };
        for (index, (x, y)) in points.enumerate() {
            let cell = (((x - low.0) / side) as usize, ((y - low.1) / side) as usize);
            grid.cell_of.push(cell);
            grid.cells[cell.1 * columns + cell.0].push(narrow(index));
        }
        grid
    }

    /// Visits the stops in squares around a stop until at least `wanted` are met.
    fn around(&self, stop: u32, wanted: usize, visit: &mut dyn FnMut(u32)) {
        let (column, row) = self.cell_of[stop as usize];
        let (mut met, mut radius) = (0, 0_usize);
        while met < wanted && radius <= self.columns.max(self.rows) {
            for y in row.saturating_sub(radius)..=(row + radius).min(self.rows - 1) {
                for x in column.saturating_sub(radius)..=(column + radius).min(self.columns - 1) {
                    if x.abs_diff(column).max(y.abs_diff(row)) < radius {
                        continue;
                    }
                    for &other in &self.cells[y * self.columns + x] {
                        if other != stop {
                            visit(other);
                            met += 1;
                        }
                    }
                }
            }
            radius += 1;
        }
    }
}
