//! How two areas lie to one another, exactly.
//!
//! If no piece of one border crosses a piece of the other in the middle of both, all places where the borders meet are drawn
//! points. Cut there, each piece of a border lies wholly inside, outside, or on the border of the other area, and its middle
//! tells which. Borders run with the area on their left, so that two areas lie on the same side of a shared piece if it runs
//! the same way in both.

use super::{
    Bounds, Point, Shape,
    point::turn,
    side::{Side, side},
    sweep::meeting,
};

/// A place for each way in which two areas meet; `None` where they do not meet so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relation {
    /// Borders cross.
    crossing: Option<Point>,
    /// The border of the first runs inside the second.
    inside: Option<Point>,
    /// The border of the first runs outside the second.
    outside: Option<Point>,
    /// The border of the second runs inside the first.
    entered: Option<Point>,
    /// A shared border with both areas on one side of it.
    same: Option<Point>,
    /// A shared border between the two areas.
    opposite: Option<Point>,
}

impl Relation {
    /// Where they share area; `None` if they share at most borders.
    pub fn overlap(&self) -> Option<Point> {
        self.crossing.or(self.inside).or(self.entered).or(self.same)
    }

    /// Where they share a piece of border.
    pub(super) fn border(&self) -> Option<Point> {
        self.same.or(self.opposite)
    }

    /// Where they share more than single points.
    pub(super) fn more_than_points(&self) -> Option<Point> {
        self.overlap().or(self.border())
    }

    /// Where the first reaches out of the second; `None` if it lies in it, borders included.
    pub fn leaves(&self) -> Option<Point> {
        self.crossing.or(self.outside).or(self.entered).or(self.opposite)
    }
}

/// How `first` lies to `second`.
pub fn relate(first: &Shape, second: &Shape) -> Relation {
    if !first.bounds().meets(&second.bounds()) {
        let outside = first.edges().next().map(|(a, _)| a);
        return Relation {
            outside,
            ..Relation::default()
        };
    }
    let (own, others): (Vec<_>, Vec<_>) = (first.edges().collect(), second.edges().collect());
    let boxes = own.iter().chain(&others).filter_map(|(a, b)| Bounds::of([*a, *b]));
    let boxes: Vec<Bounds> = boxes.collect();
    let mut cuts: Vec<Vec<Point>> = own.iter().chain(&others).map(|(a, b)| vec![*a, *b]).collect();
    for (a, b) in meeting(&boxes) {
        if a >= own.len() || b < own.len() {
            continue;
        }
        let (piece, other) = (own[a], others[b - own.len()]);
        if crosses(piece, other) {
            return Relation {
                crossing: Some(piece.0),
                ..Relation::default()
            };
        }
        cuts[a].extend([other.0, other.1].into_iter().filter(|point| on(piece, *point)));
        cuts[b].extend([piece.0, piece.1].into_iter().filter(|point| on(other, *point)));
    }
    let mut relation = Relation::default();
    for (number, cut) in cuts.iter_mut().enumerate() {
        let is_own = number < own.len();
        let seen_from = if is_own { second } else { first };
        // Along a straight piece the order by longitude and latitude is the order along it, one way or the other.
        let (a, b) = (cut[0], cut[1]);
        cut.sort_unstable();
        cut.dedup();
        for pair in cut.windows(2) {
            let middle = Point {
                x: pair[0].x + pair[1].x,
                y: pair[0].y + pair[1].y,
            };
            let along = Point {
                x: b.x - a.x,
                y: b.y - a.y,
            };
            relation.note(is_own, side(seen_from, middle, along), pair[0]);
        }
    }
    relation
}

impl Relation {
    fn note(&mut self, own: bool, side: Side, at: Point) {
        match (own, side) {
            (true, Side::Inside) => self.inside = self.inside.or(Some(at)),
            (true, Side::Outside) => self.outside = self.outside.or(Some(at)),
            (false, Side::Inside) => self.entered = self.entered.or(Some(at)),
            (false, Side::Outside) => {}
            (_, Side::Border { same, opposite }) => {
                self.same = self.same.or(same.then_some(at));
                self.opposite = self.opposite.or(opposite.then_some(at));
            }
        }
    }
}

/// Whether two pieces cross in the middle of both.
fn crosses((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let parted = |a, b, c, d| turn(a, b, c).signum() * turn(a, b, d).signum() < 0;
    parted(a, b, c, d) && parted(c, d, a, b)
}

/// Whether a point lies on a piece.
fn on((a, b): (Point, Point), point: Point) -> bool {
    turn(a, b, point) == 0 && Bounds::of([a, b]).is_some_and(|bounds| bounds.holds(point))
}
