//! Distances on the earth.

use serde::{Deserialize, Serialize};

/// Mean radius of the earth in metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A position, WGS-84 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Longitude, −180 to 180.
    pub lng: f64,
    /// Latitude, −90 to 90.
    pub lat: f64,
}

/// Great-circle distance in whole metres.
#[expect(
    clippy::cast_possible_truncation,
    reason = "at most half the circumference of the earth"
)]
pub fn distance_m(a: Position, b: Position) -> i64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lng = ((b.lng - a.lng).to_radians() / 2.0).sin();
    let chord = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lng * half_lng;
    (2.0 * EARTH_RADIUS_M * chord.sqrt().min(1.0).asin()).round() as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_degree_of_latitude() {
        let at = |lat| Position { lng: 114.8, lat };
        assert_eq!(distance_m(at(34.0), at(35.0)), 111_195);
        assert_eq!(distance_m(at(34.0), at(34.0)), 0);
    }

    fn position() -> impl Strategy<Value = Position> {
        (-180.0..180.0, -90.0..90.0).prop_map(|(lng, lat)| Position { lng, lat })
    }

    proptest! {
        #[test]
        fn is_a_metric(a in position(), b in position(), c in position()) {
            prop_assert_eq!(distance_m(a, b), distance_m(b, a));
            prop_assert_eq!(distance_m(a, a), 0);
            // Each distance is rounded by up to half a metre.
            prop_assert!(distance_m(a, c) <= distance_m(a, b) + distance_m(b, c) + 2);
        }
    }
}
