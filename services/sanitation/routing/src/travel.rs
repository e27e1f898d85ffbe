//! Distances in metres and times in seconds between places.

use serde::{Deserialize, Serialize};

/// Mean radius of the earth in metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A position: longitude and latitude in degrees, or east and north in metres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Longitude in degrees, or metres eastwards.
    pub x: f64,
    /// Latitude in degrees, or metres northwards.
    pub y: f64,
}

/// How a straight line becomes a road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Road {
    /// Metres of road for 1,000 metres of straight line; 1,350 suits rural roads.
    pub detour_per_mille: u32,
    /// Mean speed in metres per hour.
    pub speed_m_per_h: u32,
}

impl Road {
    /// Straight lines at 30 km/h.
    pub const STRAIGHT: Self = Self {
        detour_per_mille: 1_000,
        speed_m_per_h: 30_000,
    };
    /// Rural roads: detour 1.35 at 30 km/h.
    pub const RURAL: Self = Self {
        detour_per_mille: 1_350,
        speed_m_per_h: 30_000,
    };
}

/// Where the places are and how far they are apart. Only the given matrix takes memory quadratic in the places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Travel {
    /// Row-major matrices, `places × places`, from row to column; they need not be symmetric.
    Matrix {
        /// Number of places.
        places: usize,
        /// Distances in metres.
        distances_m: Vec<u32>,
        /// Times in seconds.
        durations_s: Vec<u32>,
    },
    /// Longitudes and latitudes; great circle × detour.
    GreatCircle {
        /// Positions in degrees.
        points: Vec<Point>,
        /// Detour and speed.
        road: Road,
    },
    /// Plane coordinates in metres; Euclidean distance × detour, rounded to the nearest metre.
    Planar {
        /// Positions in metres.
        points: Vec<Point>,
        /// Detour and speed.
        road: Road,
    },
}

impl Travel {
    /// Number of places.
    pub const fn places(&self) -> usize {
        match self {
            Self::Matrix { places, .. } => *places,
            Self::GreatCircle { points, .. } | Self::Planar { points, .. } => points.len(),
        }
    }

    /// Distance in metres. Both places have to exist.
    pub fn distance_m(&self, from: usize, to: usize) -> i64 {
        match self {
            Self::Matrix {
                places, distances_m, ..
            } => i64::from(distances_m[from * places + to]),
            Self::GreatCircle { points, road } => {
                i64::from(road.stretched(arc_m(unit(points[from]), unit(points[to]))))
            }
            Self::Planar { points, road } => i64::from(road.stretched(line_m(points[from], points[to]))),
        }
    }

    /// Driving time in seconds. Both places have to exist.
    pub fn duration_s(&self, from: usize, to: usize) -> i64 {
        match self {
            Self::Matrix {
                places, durations_s, ..
            } => i64::from(durations_s[from * places + to]),
            Self::GreatCircle { road, .. } | Self::Planar { road, .. } => road.driving_s(self.distance_m(from, to)),
        }
    }
}

impl Road {
    /// Seconds for a distance, rounded to the nearest.
    pub(crate) const fn driving_s(self, distance_m: i64) -> i64 {
        let speed = self.speed_m_per_h as i64;
        (distance_m * 3_600 + speed / 2) / speed
    }

    /// Metres of road for metres of straight line, rounded to the nearest.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "validated: below 2^32, never negative"
    )]
    pub(crate) fn stretched(self, straight_m: f64) -> u32 {
        (straight_m * f64::from(self.detour_per_mille) / 1_000.0 + 0.5) as u32
    }
}

/// Length of the straight line between two plane positions.
pub(crate) fn line_m(a: Point, b: Point) -> f64 {
    let (dx, dy) = (a.x - b.x, a.y - b.y);
    (dx * dx + dy * dy).sqrt()
}

/// Position on the unit sphere of a longitude and latitude in degrees.
pub(crate) fn unit(point: Point) -> [f64; 3] {
    let (longitude, latitude) = (point.x.to_radians(), point.y.to_radians());
    let flat = latitude.cos();
    [flat * longitude.cos(), flat * longitude.sin(), latitude.sin()]
}

/// Length of the great circle between two positions on the unit sphere, from the chord between them.
pub(crate) fn arc_m(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (dx, dy, dz) = (a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    let square = dx * dx + dy * dy + dz * dz;
    let chord = square.sqrt();
    // 2·asin(chord / 2) as a series: below 64 km its error is far below a millimetre, and it needs no libm.
    let angle = if square < 1e-4 {
        chord * (1.0 + square * (1.0 / 24.0 + square * (3.0 / 640.0)))
    } else {
        2.0 * (chord / 2.0).min(1.0).asin()
    };
    EARTH_RADIUS_M * angle
}
