//! Places and what is between them.

use super::findings::Findings;
use crate::{Point, Road, Travel};

pub(super) fn fields(found: &mut Findings, travel: &Travel) {
    match travel {
        Travel::Matrix {
            places,
            distances_m,
            durations_s,
        } => {
            let square = places.checked_mul(*places);
            let size = "must hold places × places values";
            let complete = |values: &[u32]| square == Some(values.len());
            let (metres, seconds) = (distances_m.len(), durations_s.len());
            found.ensure(complete(distances_m), || "travel.distances_m".to_owned(), metres, size);
            found.ensure(complete(durations_s), || "travel.durations_s".to_owned(), seconds, size);
        }
        Travel::GreatCircle { points, road: how } => {
            road(found, *how);
            positions(found, points, 180.0, 90.0, "must be degrees on earth");
        }
        Travel::Planar { points, road: how } => {
            road(found, *how);
            positions(found, points, 1e8, 1e8, "must be within 100,000 km");
        }
    }
}

fn road(found: &mut Findings, road: Road) {
    let detour = (1..=10_000).contains(&road.detour_per_mille);
    found.ensure(
        detour,
        || "travel.road.detour_per_mille".to_owned(),
        road.detour_per_mille,
        "must be 1 to 10,000",
    );
    let speed = road.speed_m_per_h;
    found.ensure(
        speed > 0,
        || "travel.road.speed_m_per_h".to_owned(),
        speed,
        "must be positive",
    );
}

fn positions(found: &mut Findings, points: &[Point], widest: f64, highest: f64, rule: &'static str) {
    for (index, point) in points.iter().enumerate() {
        // Comparisons with NaN are false, so that it is refused too.
        found.ensure(
            point.x.abs() <= widest,
            || format!("travel.points[{index}].x"),
            point.x,
            rule,
        );
        found.ensure(
            point.y.abs() <= highest,
            || format!("travel.points[{index}].y"),
            point.y,
            rule,
        );
    }
}
