//! In which order removed stops are put back.

use std::cmp::Reverse;

use crate::search::net::Net;
use crate::search::rng::Rng;

/// Sorts by one of the orders of the paper, drawn with their weights: random 4, demand 4, far 2, close 1; where windows
/// matter also narrow 2, early 2, late 2.
pub(crate) fn sort(net: &Net<'_>, rng: &mut Rng, stops: &mut [u32]) {
    let open = |stop: u32| net.windows(stop).first().map_or(0, |window| window.open_s);
    let close = |stop: u32| net.windows(stop).last().map_or(i64::MAX, |window| window.close_s);
    match rng.below(if net.windowed { 17 } else { 11 }) {
        0..4 => rng.shuffle(stops),
        4..8 => stops.sort_unstable_by_key(|&stop| (Reverse(net.demand[stop as usize]), stop)),
        8..10 => stops.sort_unstable_by_key(|&stop| (Reverse(net.remote[stop as usize]), stop)),
        10 => stops.sort_unstable_by_key(|&stop| (net.remote[stop as usize], stop)),
        11..13 => stops.sort_unstable_by_key(|&stop| (close(stop) - open(stop), stop)),
        13..15 => stops.sort_unstable_by_key(|&stop| (open(stop), stop)),
        _ => stops.sort_unstable_by_key(|&stop| (Reverse(close(stop)), stop)),
    }
}
