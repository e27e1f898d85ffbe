//! An order of positions in which near ones stand near each other, so that memory is read in the order of the land.

use crate::{Point, Travel};

/// Bits of each coordinate.
const BITS: u32 = 16;

/// Indices of the places, sorted along a Hilbert curve over their positions; as they are where there are none.
pub(crate) fn order(travel: &Travel, places: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    let (Travel::Planar { points, .. } | Travel::GreatCircle { points, .. }) = travel else {
        return order;
    };
    let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    for Point { x, y } in places.iter().map(|&place| points[place]) {
        low = (low.0.min(x), low.1.min(y));
        high = (high.0.max(x), high.1.max(y));
    }
    let side = (high.0 - low.0).max(high.1 - low.1).max(1e-9);
    order.sort_by_cached_key(|&index| {
        let Point { x, y } = points[places[index]];
        along(cell((x - low.0) / side), cell((y - low.1) / side))
    });
    order
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1")]
fn cell(share: f64) -> u32 {
    (share * f64::from((1_u32 << BITS) - 1)) as u32
}

/// How far along the curve a cell is.
fn along(mut x: u32, mut y: u32) -> u64 {
    let (mut distance, mut side) = (0, 1_u32 << (BITS - 1));
    while side > 0 {
        let (right, upper) = (u32::from(x & side > 0), u32::from(y & side > 0));
        distance += u64::from(side) * u64::from(side) * u64::from((3 * right) ^ upper);
        if upper == 0 {
            if right == 1 {
                (x, y) = ((1 << BITS) - 1 - x, (1 << BITS) - 1 - y);
            }
            (x, y) = (y, x);
        }
        side /= 2;
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_the_curve_are_neighbours_on_the_plane() {
        let step = 1 << (BITS - 4);
        let mut cells: Vec<(u64, u32, u32)> = (0..16)
            .flat_map(|x| (0..16).map(move |y| (along(x * step, y * step), x, y)))
            .collect();
        cells.sort_unstable();
        for pair in cells.windows(2) {
            let ((_, ax, ay), (_, bx, by)) = (pair[0], pair[1]);
            assert_eq!(ax.abs_diff(bx) + ay.abs_diff(by), 1, "{pair:?}");
        }
    }
}
