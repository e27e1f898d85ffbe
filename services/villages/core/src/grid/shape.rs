//! Areas: what was drawn, and the same area once it is known to be sound.

use super::{Bounds, Flaw, Mistake, Place, Point, point::turn, relate::relate, sweep::meeting};

/// Most points of one area, closing points included.
pub const MOST_POINTS: usize = 10_000;

/// One connected part as it was drawn: closed rings, either way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Outer border.
    pub outer: Vec<Point>,
    /// Holes.
    pub holes: Vec<Vec<Point>>,
}

/// A sound area. Its borders run with the area on their left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Rings without the repeated last point.
    rings: Vec<Vec<Point>>,
    bounds: Bounds,
}

impl Shape {
    /// Checks what was drawn; the first flaw is told.
    pub fn new(parts: &[Outline]) -> Result<Self, Flaw> {
        if parts.is_empty() {
            return Err(Flaw::of(0, Mistake::Empty));
        }
        let length = |part: &Outline| part.outer.len() + part.holes.iter().map(Vec::len).sum::<usize>();
        if parts.iter().map(length).sum::<usize>() > MOST_POINTS {
            return Err(Flaw::of(0, Mistake::TooManyPoints));
        }
        let sound: Vec<Self> = parts
            .iter()
            .enumerate()
            .map(|(at, it)| part(at, it))
            .collect::<Result<_, _>>()?;
        let boxes: Vec<Bounds> = sound.iter().map(|part| part.bounds).collect();
        for (first, second) in meeting(&boxes) {
            if let Some(at) = relate(&sound[second], &sound[first]).more_than_points() {
                return Err(Flaw::of(second, Mistake::PartsOverlap { other: first, at }));
            }
        }
        let bounds = boxes.iter().copied().reduce(Bounds::joined);
        let bounds = bounds.ok_or(Flaw::of(0, Mistake::Empty))?;
        Ok(Self {
            rings: sound.into_iter().flat_map(|part| part.rings).collect(),
            bounds,
        })
    }

    /// The smallest box around it.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Whether a place belongs to it. A place on a border belongs to the area to the east of it, or to the north where the
    /// border runs from west to east. So areas that share borders and fill a larger one take each of its places exactly once.
    pub fn contains(&self, place: Point) -> bool {
        if !self.bounds.holds(place) {
            return false;
        }
        // A ray to the east meets an edge that leaves or reaches its latitude from above: an edge counts with its lower end and
        // without its upper end, and only where the place lies strictly west of it.
        let meets = |(a, b): (Point, Point)| {
            if a.y <= place.y && place.y < b.y {
                turn(a, b, place) > 0
            } else {
                b.y <= place.y && place.y < a.y && turn(a, b, place) < 0
            }
        };
        self.edges().filter(|edge| meets(*edge)).count() % 2 == 1
    }

    /// Its borders, piece by piece.
    pub(super) fn edges(&self) -> impl Iterator<Item = (Point, Point)> {
        self.rings.iter().flat_map(|ring| edges(ring))
    }

    fn ring(mut points: Vec<Point>, leftwards: bool) -> Option<Self> {
        if (area(&points) > 0) != leftwards {
            points.reverse();
        }
        Some(Self {
            bounds: Bounds::of(points.iter().copied())?,
            rings: vec![points],
        })
    }
}

/// The edges of a ring without its repeated last point.
pub(super) fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    let next = ring.iter().skip(1).chain(ring.first());
    ring.iter().copied().zip(next.copied())
}

/// Twice the area of a ring, above 0 where it runs with the area on its left.
fn area(ring: &[Point]) -> i128 {
    let origin = ring.first().copied().unwrap_or(Point { x: 0, y: 0 });
    edges(ring).map(|(a, b)| turn(origin, a, b)).sum()
}

fn part(at: usize, outline: &Outline) -> Result<Shape, Flaw> {
    let flaw = |hole, mistake| Flaw {
        place: Place { part: at, hole },
        mistake,
    };
    let sound = |hole, ring: &[Point]| super::flaw::ring(ring).map_err(|mistake| flaw(hole, mistake));
    let lost = || Flaw::of(at, Mistake::Empty);
    let outer = Shape::ring(sound(None, &outline.outer)?, true).ok_or_else(lost)?;
    let mut holes = Vec::with_capacity(outline.holes.len());
    for (number, hole) in outline.holes.iter().enumerate() {
        let hole = Shape::ring(sound(Some(number), hole)?, true).ok_or_else(lost)?;
        let relation = relate(&hole, &outer);
        if let Some(at) = relation.leaves().or(relation.border()) {
            return Err(flaw(Some(number), Mistake::HoleOutside { at }));
        }
        holes.push(hole);
    }
    let boxes: Vec<Bounds> = holes.iter().map(|hole| hole.bounds).collect();
    for (first, second) in meeting(&boxes) {
        if let Some(at) = relate(&holes[second], &holes[first]).more_than_points() {
            return Err(flaw(Some(second), Mistake::HolesOverlap { other: first, at }));
        }
    }
    let turned = holes.into_iter().flat_map(|hole| hole.rings).map(|mut ring| {
        ring.reverse();
        ring
    });
    let mut whole = outer;
    whole.rings.extend(turned);
    Ok(whole)
}
