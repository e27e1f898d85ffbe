//! Inside, outside or on the border, told apart exactly.

use super::{Point, Shape, point::turn};

/// Where a place lies, seen from an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Inside,
    Outside,
    /// On borders that run the way of the line through the place, the other way, or both.
    Border {
        same: bool,
        opposite: bool,
    },
}

/// Where the middle of a line lies that touches the borders of `shape` at most along its whole length. The middle comes in half
/// units, since it may lie between two places; `along` is the direction of the line.
pub(super) fn side(shape: &Shape, middle: Point, along: Point) -> Side {
    let (mut inside, mut same, mut opposite) = (false, false, false);
    for (a, b) in shape.edges() {
        let (a, b) = (doubled(a), doubled(b));
        if a.y.min(b.y) > middle.y || a.y.max(b.y) < middle.y {
            continue;
        }
        let turned = turn(a, b, middle);
        if turned == 0 && (a.x.min(b.x)..=a.x.max(b.x)).contains(&middle.x) {
            let ahead = i128::from(b.x - a.x) * i128::from(along.x) + i128::from(b.y - a.y) * i128::from(along.y);
            if ahead > 0 {
                same = true;
            } else {
                opposite = true;
            }
        }
        let upward = a.y <= middle.y && middle.y < b.y && turned > 0;
        let downward = b.y <= middle.y && middle.y < a.y && turned < 0;
        inside ^= upward || downward;
    }
    match (same || opposite, inside) {
        (true, _) => Side::Border { same, opposite },
        (false, true) => Side::Inside,
        (false, false) => Side::Outside,
    }
}

fn doubled(point: Point) -> Point {
    Point {
        x: 2 * point.x,
        y: 2 * point.y,
    }
}
