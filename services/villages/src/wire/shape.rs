//! Positions and areas on the wire: degrees outside, whole 1e-7 degrees inside.

use kit::error::{Error, Result};
use prost::Message as _;
use proto::{
    google::r#type::LatLng,
    xiangtu::villages::v1::{CoordinateSystem, GridBoundary, GridPolygon, GridRing},
};
use villages_core::grid::{Bounds, Flaw, MOST_POINTS, Mistake, Outline, Point, Shape};

use super::division;
use crate::{imports::from_gcj02, store::grid::BoxRow};

const UNITS: f64 = 1e7;

/// Whether positions have to be converted.
pub fn is_shifted(field: &str, system: i32) -> Result<bool> {
    match CoordinateSystem::try_from(system) {
        Ok(system) => Ok(system == CoordinateSystem::Gcj02),
        Err(_) => Err(Error::invalid(field, system, "one of the systems of CoordinateSystem")),
    }
}

/// A position that must be given.
pub fn position(field: &str, position: Option<&LatLng>, shifted: bool) -> Result<Point> {
    let position = position.ok_or_else(|| Error::required(field))?;
    let (longitude, latitude) = division::on_earth(field, position)?;
    let (longitude, latitude) = if shifted {
        from_gcj02(longitude, latitude)
    } else {
        (longitude, latitude)
    };
    Ok(Point {
        x: units(longitude),
        y: units(latitude),
    })
}

/// Degrees in whole units.
#[expect(clippy::cast_possible_truncation, reason = "at most 181 degrees, rounded")]
pub fn units(degrees: f64) -> i64 {
    (degrees * UNITS).round() as i64
}

/// A place in degrees.
#[expect(clippy::cast_precision_loss, reason = "at most 1.8e9, which a double holds exactly")]
pub fn degrees(place: Point) -> LatLng {
    LatLng {
        latitude: place.y as f64 / UNITS,
        longitude: place.x as f64 / UNITS,
    }
}

/// A place as people read it, longitude first.
pub fn text(place: Point) -> String {
    let LatLng { latitude, longitude } = degrees(place);
    format!("{longitude:.7}, {latitude:.7}")
}

/// A place as rows hold it.
pub fn columns(place: Point) -> Result<(i32, i32)> {
    let column = |units: i64| i32::try_from(units).map_err(Error::internal);
    Ok((column(place.x)?, column(place.y)?))
}

/// A place from a row.
pub fn place(longitude: i32, latitude: i32) -> Point {
    Point {
        x: i64::from(longitude),
        y: i64::from(latitude),
    }
}

/// A box as rows hold it; what lies beyond the edge of the map is cut off.
pub fn box_row(bounds: Bounds) -> BoxRow {
    let column = |units: i64| i32::try_from(units.clamp(-1_800_000_000, 1_800_000_000)).unwrap_or_default();
    BoxRow {
        west: column(bounds.low.x),
        south: column(bounds.low.y),
        east: column(bounds.high.x),
        north: column(bounds.high.y),
    }
}

/// An area that must be given, with the same area as it is kept: WGS-84, rounded.
pub fn boundary(field: &str, given: Option<&GridBoundary>, shifted: bool) -> Result<(Shape, GridBoundary)> {
    let given = given.ok_or_else(|| Error::required(field))?;
    let mut outlines = Vec::with_capacity(given.polygons.len());
    for (at, polygon) in given.polygons.iter().enumerate() {
        let path = format!("{field}.polygons[{at}]");
        let outer = polygon.outer.as_ref();
        let outer = ring(
            &format!("{path}.outer"),
            outer.ok_or_else(|| Error::required(format!("{path}.outer")))?,
            shifted,
        )?;
        let holes = polygon.holes.iter().enumerate();
        let holes = holes.map(|(hole, it)| ring(&format!("{path}.holes[{hole}]"), it, shifted));
        outlines.push(Outline {
            outer,
            holes: holes.collect::<Result<_>>()?,
        });
    }
    let shape = Shape::new(&outlines).map_err(|flaw| refused(field, flaw))?;
    let kept = |points: &Vec<Point>| GridRing {
        points: points.iter().copied().map(degrees).collect(),
    };
    let polygon = |outline: &Outline| GridPolygon {
        outer: Some(kept(&outline.outer)),
        holes: outline.holes.iter().map(kept).collect(),
    };
    let polygons = outlines.iter().map(polygon).collect();
    Ok((shape, GridBoundary { polygons }))
}

/// A kept area.
pub fn kept(content: &[u8]) -> Result<(Shape, GridBoundary)> {
    let given = GridBoundary::decode(content).map_err(Error::internal)?;
    // What was kept was sound; a flaw now is a defect.
    boundary("boundary", Some(&given), false).map_err(Error::internal)
}

fn ring(path: &str, ring: &GridRing, shifted: bool) -> Result<Vec<Point>> {
    let points = ring.points.iter().enumerate();
    points
        .map(|(at, point)| position(&format!("{path}.points[{at}]"), Some(point), shifted))
        .collect()
}

fn refused(field: &str, flaw: Flaw) -> Error {
    let part = format!("{field}.polygons[{}]", flaw.place.part);
    let ring = match flaw.place.hole {
        Some(hole) => format!("{part}.holes[{hole}]"),
        None => format!("{part}.outer"),
    };
    let point = |at: usize| format!("{ring}.points[{at}]");
    let near = |at: Point| format!("near {}", text(at));
    match flaw.mistake {
        Mistake::Empty => Error::required(format!("{field}.polygons")),
        Mistake::TooManyPoints => Error::invalid(field, "more points", format!("at most {MOST_POINTS} points in all")),
        Mistake::TooFewPoints => Error::invalid(ring, "fewer points", "at least 4 points, the last as the first"),
        Mistake::NotClosed => Error::invalid(ring, "not closed", "a last point that repeats the first"),
        Mistake::Repeated { point: at } => Error::invalid(point(at), "repeated", "another point than the one before"),
        Mistake::Crosses { point: at, other } => Error::invalid(
            point(at),
            format!("meets points[{other}]"),
            format!(
                "a line from here that neither crosses nor touches that from {}",
                point(other)
            ),
        ),
        Mistake::HoleOutside { at } => Error::invalid(ring, near(at), "a hole inside the outer border of its part"),
        Mistake::HolesOverlap { other, at } => Error::invalid(
            ring,
            near(at),
            format!("a hole that shares at most points with {part}.holes[{other}]"),
        ),
        Mistake::PartsOverlap { other, at } => Error::invalid(
            part,
            near(at),
            format!("a part that shares at most points with {field}.polygons[{other}]"),
        ),
    }
}
