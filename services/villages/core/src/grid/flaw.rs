//! What can be wrong with a drawn area, and where.

use super::{Bounds, Point, point::turn, shape::edges, sweep::meeting};

/// Which ring of which part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Position of the part.
    pub part: usize,
    /// Position of the hole; `None` for the outer border.
    pub hole: Option<usize>,
}

/// A mistake with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub mistake: Mistake,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// There is nothing.
    Empty,
    /// More than [`super::MOST_POINTS`].
    TooManyPoints,
    /// A ring of fewer than four points.
    TooFewPoints,
    /// The last point is not the first.
    NotClosed,
    /// The point at this position repeats the one before.
    Repeated {
        /// Position in the ring.
        point: usize,
    },
    /// The pieces that begin with these points cross or touch.
    Crosses {
        /// Position of the first.
        point: usize,
        /// Position of the second.
        other: usize,
    },
    /// The hole reaches out of its part, or shares more than single points with its border, here.
    HoleOutside {
        /// About where.
        at: Point,
    },
    /// The hole shares more than single points with another.
    HolesOverlap {
        /// Position of the other.
        other: usize,
        /// About where.
        at: Point,
    },
    /// The part shares more than single points with another.
    PartsOverlap {
        /// Position of the other.
        other: usize,
        /// About where.
        at: Point,
    },
}

impl Flaw {
    pub(super) fn of(part: usize, mistake: Mistake) -> Self {
        Self {
            place: Place { part, hole: None },
            mistake,
        }
    }
}

/// A simple ring without its repeated last point.
pub(super) fn ring(closed: &[Point]) -> Result<Vec<Point>, Mistake> {
    if closed.len() < 4 {
        return Err(Mistake::TooFewPoints);
    }
    let Some((last, points)) = closed
        .split_last()
        .filter(|(last, points)| points.first() == Some(last))
    else {
        return Err(Mistake::NotClosed);
    };
    let repeated = points
        .iter()
        .zip(points.iter().skip(1).chain([last]))
        .position(|(a, b)| a == b);
    if let Some(before) = repeated {
        return Err(Mistake::Repeated { point: before + 1 });
    }
    let edges: Vec<(Point, Point)> = edges(points).collect();
    let boxes: Vec<Bounds> = edges.iter().filter_map(|(a, b)| Bounds::of([*a, *b])).collect();
    let mut crossed: Vec<(usize, usize)> = meeting(&boxes);
    crossed.retain(|(first, second)| {
        let (a, b) = (edges[*first], edges[*second]);
        if *second == first + 1 {
            folds(a.0, a.1, b.1)
        } else if *first == 0 && *second == edges.len() - 1 {
            folds(b.0, b.1, a.1)
        } else {
            touch(a, b)
        }
    });
    match crossed.into_iter().min() {
        Some((point, other)) => Err(Mistake::Crosses { point, other }),
        None => Ok(points.to_vec()),
    }
}

/// Whether a line that goes on from `b` to `c` turns back on itself.
fn folds(a: Point, b: Point, c: Point) -> bool {
    let ahead = i128::from(a.x - b.x) * i128::from(c.x - b.x) + i128::from(a.y - b.y) * i128::from(c.y - b.y);
    turn(a, b, c) == 0 && ahead > 0
}

/// Whether two pieces whose boxes meet share a point.
fn touch((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let apart = |a, b, c, d| turn(a, b, c).signum() * turn(a, b, d).signum() > 0;
    !apart(a, b, c, d) && !apart(c, d, a, b)
}
