//! Positions as files write them.

use std::f64::consts::PI;

use kit::import::{Row, RowError};

/// Longitude and latitude in WGS-84 degrees from the columns `lng`, `lat` and `coord_system`; `None` where both are empty.
pub fn position(row: &Row<'_>) -> Result<Option<(f64, f64)>, RowError> {
    let (longitude, latitude) = (degrees(row, "lng", 180.0)?, degrees(row, "lat", 90.0)?);
    let shifted = match row.optional("coord_system") {
        None | Some("WGS-84" | "WGS84") => false,
        Some("GCJ-02" | "GCJ02") => true,
        Some(_) => return Err(row.error("coord_system", "BAD_VALUE", "WGS-84 or GCJ-02", "应为 WGS-84 或 GCJ-02")),
    };
    match (longitude, latitude) {
        (Some(longitude), Some(latitude)) if shifted => Ok(Some(from_gcj02(longitude, latitude))),
        (Some(longitude), Some(latitude)) => Ok(Some((longitude, latitude))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(row.error("lat", "MISSING_VALUE", "given together with lng", "应与经度同时填写")),
        (None, Some(_)) => Err(row.error("lng", "MISSING_VALUE", "given together with lat", "应与纬度同时填写")),
    }
}

fn degrees(row: &Row<'_>, column: &str, limit: f64) -> Result<Option<f64>, RowError> {
    let Some(text) = row.optional(column) else {
        return Ok(None);
    };
    match text.parse::<f64>() {
        Ok(value) if value.abs() <= limit => Ok(Some(value)),
        _ => Err(row.error(
            column,
            "OUT_OF_RANGE",
            &format!("degrees from -{limit} to {limit}"),
            &format!("应为 -{limit} 到 {limit} 之间的度数"),
        )),
    }
}

/// Undoes the shift of Chinese map services, to about a centimetre.
pub fn from_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    let (mut east, mut north) = (longitude, latitude);
    for _ in 0..5 {
        let (shifted_east, shifted_north) = to_gcj02(east, north);
        east += longitude - shifted_east;
        north += latitude - shifted_north;
    }
    (east, north)
}

/// The published approximation of the shift, on the Krasovsky 1940 ellipsoid.
fn to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    const AXIS: f64 = 6_378_245.0;
    const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (longitude - 105.0, latitude - 35.0);
    let waves = |value: f64| (20.0 * (6.0 * value * PI).sin() + 20.0 * (2.0 * value * PI).sin()) * 2.0 / 3.0;
    let long_waves = |value: f64, a: f64, b: f64, c: f64, d: f64| {
        let near = (20.0 * (value * PI).sin() + 40.0 * (value / 3.0 * PI).sin()) * 2.0 / 3.0;
        near + (a * (value / b * PI).sin() + c * (value / d * PI).sin()) * 2.0 / 3.0
    };
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + waves(x)
        + long_waves(y, 160.0, 12.0, 320.0, 30.0);
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + waves(x)
        + long_waves(x, 150.0, 12.0, 300.0, 30.0);
    let radians = latitude.to_radians();
    let flattening = 1.0 - ECCENTRICITY_SQUARED * radians.sin().powi(2);
    let meridian = AXIS * (1.0 - ECCENTRICITY_SQUARED) / (flattening * flattening.sqrt());
    let parallel = AXIS / flattening.sqrt() * radians.cos();
    (
        longitude + (east / parallel).to_degrees(),
        latitude + (north / meridian).to_degrees(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shift_is_undone() {
        let (east, north) = to_gcj02(114.826_376, 34.822_64);
        // Half a kilometre, as everywhere in the plain of Henan.
        assert!((0.004..0.008).contains(&(east - 114.826_376)), "{east}");
        let (back_east, back_north) = from_gcj02(east, north);
        assert!((back_east - 114.826_376).abs() < 1e-7 && (back_north - 34.822_64).abs() < 1e-7);
    }

    #[test]
    fn the_shift_is_the_published_one() {
        // Tiananmen, as the common converters give it.
        let (east, north) = to_gcj02(116.391_349, 39.907_375);
        assert!(
            (east - 116.397_591).abs() < 1e-5 && (north - 39.908_777).abs() < 1e-5,
            "{east} {north}"
        );
    }
}
