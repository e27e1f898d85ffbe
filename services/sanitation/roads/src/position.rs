//! Positions on the earth.

use std::fmt;

/// Mean radius of the earth in metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Metres of one degree of a great circle.
pub(crate) const DEGREE_M: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;
const PER_DEGREE: f64 = 1e7;

/// A position, WGS-84, kept in ten-millionths of a degree (about 1 cm) as OpenStreetMap keeps it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    lng_e7: i32,
    lat_e7: i32,
}

impl Position {
    /// From degrees; `None` unless longitude is −180 to 180 and latitude −90 to 90.
    #[expect(clippy::cast_possible_truncation, reason = "180e7 fits in 32 bits")]
    pub fn new(lng: f64, lat: f64) -> Option<Self> {
        let on_earth = (-180.0..=180.0).contains(&lng) && (-90.0..=90.0).contains(&lat);
        on_earth.then(|| Self {
            lng_e7: (lng * PER_DEGREE).round() as i32,
            lat_e7: (lat * PER_DEGREE).round() as i32,
        })
    }

    /// From ten-millionths of a degree; `None` if that is not on earth.
    pub(crate) fn from_e7(lng: i64, lat: i64) -> Option<Self> {
        let on_earth = lng.unsigned_abs() <= 1_800_000_000 && lat.unsigned_abs() <= 900_000_000;
        if !on_earth {
            return None;
        }
        Some(Self {
            lng_e7: i32::try_from(lng).ok()?,
            lat_e7: i32::try_from(lat).ok()?,
        })
    }

    /// Ten-millionths of a degree eastwards and northwards.
    pub(crate) const fn e7(self) -> (i32, i32) {
        (self.lng_e7, self.lat_e7)
    }

    /// Longitude in degrees.
    pub fn lng(self) -> f64 {
        f64::from(self.lng_e7) / PER_DEGREE
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / PER_DEGREE
    }

    /// Great-circle distance in metres.
    pub fn distance_m(self, other: Self) -> f64 {
        let (lat, other_lat) = (self.lat().to_radians(), other.lat().to_radians());
        let half_lat = ((other_lat - lat) / 2.0).sin();
        let half_lng = ((other.lng() - self.lng()).to_radians() / 2.0).sin();
        let chord = half_lat * half_lat + lat.cos() * other_lat.cos() * half_lng * half_lng;
        2.0 * EARTH_RADIUS_M * chord.sqrt().min(1.0).asin()
    }

    /// The position at `share` (0 to 1) of the straight line to `other`.
    #[expect(clippy::cast_possible_truncation, reason = "between two positions on earth")]
    pub(crate) fn towards(self, other: Self, share: f64) -> Self {
        let between = |from: i32, to: i32| {
            let (from, to) = (f64::from(from), f64::from(to));
            (from + (to - from) * share).round() as i32
        };
        Self {
            lng_e7: between(self.lng_e7, other.lng_e7),
            lat_e7: between(self.lat_e7, other.lat_e7),
        }
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:.7}, {:.7})", self.lng(), self.lat())
    }
}
