//! Which boxes meet, without trying every pair.

use super::Bounds;

/// All pairs of boxes that share a point, each once, the smaller position first. Boxes are passed from west to east, so that
/// only those are compared that share a longitude.
pub(super) fn meeting(boxes: &[Bounds]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by_key(|at| boxes[*at].low.x);
    let (mut open, mut pairs): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    for at in order {
        let bounds = &boxes[at];
        open.retain(|other| boxes[*other].high.x >= bounds.low.x);
        let found = open.iter().filter(|other| boxes[**other].meets(bounds));
        pairs.extend(found.map(|other| (at.min(*other), at.max(*other))));
        open.push(at);
    }
    pairs
}
