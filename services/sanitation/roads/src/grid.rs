//! Which pieces of road are near a position.

use crate::{
    Network, Position,
    csr::{Csr, id},
    position::DEGREE_M,
};

/// A straight piece of a road, from one position of its line to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) road: u32,
    /// Its number in the road.
    pub(crate) index: u32,
    pub(crate) from: Position,
    pub(crate) to: Position,
}

/// Cells over the map, each with the pieces that touch it.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    west: f64,
    south: f64,
    /// Width and height of a cell in degrees.
    cell: (f64, f64),
    columns: u32,
    rows: u32,
    /// The northernmost or southernmost latitude, whichever is further from the equator; there cells are narrowest.
    narrowest_lat: f64,
    pieces: Vec<Piece>,
    touching: Csr<u32>,
}

/// The closest point of a piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Foot {
    pub(crate) piece: Piece,
    /// Where on the piece, 0 to 1.
    pub(crate) share: f64,
    pub(crate) distance_m: f64,
}

impl Grid {
    pub(crate) fn of(network: &Network) -> Self {
        let mut pieces = Vec::new();
        for road in 0..id(network.roads.len()) {
            let line = network.line(road);
            pieces.extend(line.windows(2).enumerate().map(|(index, ends)| Piece {
                road,
                index: id(index),
                from: ends[0],
                to: ends[1],
            }));
        }
        let ends = || pieces.iter().flat_map(|piece| [piece.from, piece.to]);
        let fold =
            |start: f64, better: fn(f64, f64) -> f64, of: fn(Position) -> f64| ends().map(of).fold(start, better);
        let (west, east) = (
            fold(180.0, f64::min, Position::lng),
            fold(-180.0, f64::max, Position::lng),
        );
        let (south, north) = (
            fold(90.0, f64::min, Position::lat),
            fold(-90.0, f64::max, Position::lat),
        );
        let narrowest_lat = south.abs().max(north.abs());
        let narrowing = narrowing(narrowest_lat);

        // About as many cells as pieces, and none smaller than a piece is long on average: then each piece touches few.
        let count = f64::from(id(pieces.len().max(1)));
        let (width, height) = ((east - west).max(0.0), (north - south).max(0.0));
        let extent = |piece: &Piece| {
            let lng = (piece.from.lng() - piece.to.lng()).abs() * narrowing;
            lng.max((piece.from.lat() - piece.to.lat()).abs())
        };
        let mean = pieces.iter().map(extent).sum::<f64>() / count;
        let side = (width * narrowing * height / count).sqrt().max(mean).max(1e-4);
        let cell = (side / narrowing, side);
        let mut grid = Self {
            west,
            south,
            cell,
            columns: below(width / cell.0) + 1,
            rows: below(height / cell.1) + 1,
            narrowest_lat,
            pieces,
            touching: Csr::new(0, &[]),
        };
        let mut pairs = Vec::new();
        for (index, piece) in grid.pieces.iter().enumerate() {
            grid.touched(piece, |cell| pairs.push((cell, id(index))));
        }
        grid.touching = Csr::new((grid.columns * grid.rows) as usize, &pairs);
        grid
    }

    /// Column and row of a position, with fractions; outside the map they are negative or beyond the last.
    fn cell_of(&self, position: Position) -> (f64, f64) {
        (
            (position.lng() - self.west) / self.cell.0,
            (position.lat() - self.south) / self.cell.1,
        )
    }

    /// Tells every cell that a piece runs through, row by row.
    fn touched(&self, piece: &Piece, mut tell: impl FnMut(u32)) {
        let (mut a, mut b) = (self.cell_of(piece.from), self.cell_of(piece.to));
        if a.1 > b.1 {
            (a, b) = (b, a);
        }
        let column_at = |row: f64| {
            if b.1 > a.1 {
                a.0 + (b.0 - a.0) * ((row - a.1) / (b.1 - a.1)).clamp(0.0, 1.0)
            } else {
                a.0
            }
        };
        // A hair wider than the piece, so that rounding loses no cell.
        let hair = 1e-6;
        let (first, last) = (below(a.1 - hair), below(b.1 + hair).min(self.rows - 1));
        for row in first..=last {
            let (enters, leaves) = if b.1 > a.1 {
                (column_at(f64::from(row) - hair), column_at(f64::from(row + 1) + hair))
            } else {
                (a.0, b.0)
            };
            let west = below(enters.min(leaves) - hair);
            let east = below(enters.max(leaves) + hair).min(self.columns - 1);
            for column in west..=east {
                tell(row * self.columns + column);
            }
        }
    }

    /// The closest point of any road within `within_m` metres; of equally close ones that of the lowest road.
    pub(crate) fn closest(&self, position: Position, within_m: f64) -> Option<Foot> {
        let plane = Plane::at(position);
        let (column, row) = self.cell_of(position);
        let (column, row) = (column.floor(), row.floor());
        // Rings of cells around the position; what lies in a ring is at least this far for each ring inside it.
        let narrow = narrowing(self.narrowest_lat.max(position.lat().abs()));
        let ring_m = (self.cell.0 * narrow).min(self.cell.1) * DEGREE_M;
        let outside = |at: f64, count: u32| (-at).max(at - f64::from(count - 1)).max(0.0);
        let first = outside(column, self.columns).max(outside(row, self.rows));
        let mut best: Option<Foot> = None;
        let mut ring = first;
        loop {
            let reach = best.map_or(within_m, |foot| foot.distance_m);
            let beyond = column - ring <= -1.0
                && row - ring <= -1.0
                && column + ring >= f64::from(self.columns)
                && row + ring >= f64::from(self.rows);
            if (ring - 1.0) * ring_m > reach || beyond {
                return best;
            }
            self.ring(column, row, ring, |cell| {
                for index in self.touching.list(cell) {
                    let foot = plane.foot(self.pieces[*index as usize]);
                    let closer = |best: Foot| {
                        (foot.distance_m, foot.piece.road, foot.piece.index)
                            < (best.distance_m, best.piece.road, best.piece.index)
                    };
                    if foot.distance_m <= within_m && best.is_none_or(closer) {
                        best = Some(foot);
                    }
                }
            });
            ring += 1.0;
        }
    }

    /// Tells the cells of the map whose column or row is `ring` away and neither is more.
    fn ring(&self, column: f64, row: f64, ring: f64, mut tell: impl FnMut(u32)) {
        let inside = |at: f64, count: u32| (at >= 0.0 && at < f64::from(count)).then(|| below(at));
        let span = |at: f64, count: u32| (below(at - ring), below((at + ring).max(-1.0) + 1.0).min(count));
        let (west, east) = span(column, self.columns);
        for row_at in [row - ring, row + ring] {
            if let Some(row_at) = inside(row_at, self.rows) {
                (west..east).for_each(|column| tell(row_at * self.columns + column));
            }
            if ring == 0.0 {
                return;
            }
        }
        let (south, north) = span(row, self.rows);
        for column_at in [column - ring, column + ring] {
            if let Some(column_at) = inside(column_at, self.columns) {
                // The corners were told with the rows; telling them twice does no harm.
                (south..north).for_each(|row| tell(row * self.columns + column_at));
            }
        }
    }
}

/// The map around a position, flat, in metres.
struct Plane {
    lng: f64,
    lat: f64,
    narrowing: f64,
}

impl Plane {
    fn at(position: Position) -> Self {
        Self {
            lng: position.lng(),
            lat: position.lat(),
            narrowing: narrowing(position.lat()),
        }
    }

    fn metres(&self, position: Position) -> (f64, f64) {
        (
            (position.lng() - self.lng) * self.narrowing * DEGREE_M,
            (position.lat() - self.lat) * DEGREE_M,
        )
    }

    /// The point of a piece that is closest to the middle of the map.
    fn foot(&self, piece: Piece) -> Foot {
        let (a, b) = (self.metres(piece.from), self.metres(piece.to));
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let square = dx * dx + dy * dy;
        let share = if square > 0.0 {
            (-(a.0 * dx + a.1 * dy) / square).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let (x, y) = (a.0 + dx * share, a.1 + dy * share);
        Foot {
            piece,
            share,
            distance_m: x.hypot(y),
        }
    }
}

/// How much shorter a degree of longitude is than one of latitude; never nothing, for the poles.
fn narrowing(lat: f64) -> f64 {
    lat.to_radians().cos().max(1e-6)
}

/// The whole number below, at least 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is wanted of negative numbers"
)]
const fn below(value: f64) -> u32 {
    value.floor() as u32
}
