//! Takes strings of stops out of routes that lie side by side ("slack induction by string removals", Christiaens and
//! Vanden Berghe 2020): the slack so made is in one place, where other stops can use it.

use crate::search::net::Net;
use crate::search::rng::Rng;
use crate::search::state::{NONE, State};

/// Stops taken out on average.
const MEAN: f64 = 10.0;
/// Longest string.
const LONGEST: f64 = 10.0;
/// How often a string keeps some stops in its middle.
const SPLIT: f64 = 0.5;
/// How often the kept middle grows by another stop.
const DEPTH: f64 = 0.01;

/// How many strings are taken out, and how long.
pub(crate) struct Sizes {
    pub(crate) strings: usize,
    pub(crate) longest: f64,
}

/// One string: stops taken out, and stops kept in its middle.
pub(crate) struct Pattern {
    pub(crate) count: usize,
    pub(crate) kept: usize,
}

impl Sizes {
    /// `mean` is the mean number of stops of a trip.
    pub(crate) fn draw(rng: &mut Rng, mean: f64) -> Self {
        let longest = LONGEST.min(mean).max(1.0);
        let most = (4.0 * MEAN / (1.0 + longest) - 1.0).max(1.0);
        Self {
            strings: floor(rng.unit() * most + 1.0),
            longest,
        }
    }

    /// A string in a trip of so many stops.
    pub(crate) fn string(rng: &mut Rng, longest: f64, stops: usize) -> Pattern {
        let count = floor(rng.unit() * longest.min(size(stops)) + 1.0).min(stops);
        let mut kept = 0;
        if count > 1 && count < stops && rng.unit() < SPLIT {
            kept = 1;
            while count + kept < stops && rng.unit() < DEPTH {
                kept += 1;
            }
        }
        Pattern { count, kept }
    }
}

/// Removes strings around a stop and appends their stops to `removed`. `mean` is the mean number of stops of a trip.
pub(crate) fn ruin(state: &mut State, net: &Net<'_>, rng: &mut Rng, (seed, mean): (u32, f64), removed: &mut Vec<u32>) {
    let Sizes { strings, longest } = Sizes::draw(rng, mean);
    let mut ruined: Vec<(u32, u32)> = Vec::with_capacity(strings);
    for &stop in std::iter::once(&seed).chain(net.near.of(seed)) {
        if ruined.len() >= strings {
            break;
        }
        let vehicle = state.places[stop as usize].vehicle;
        let trip = (vehicle, state.places[stop as usize].trip);
        if vehicle == NONE || ruined.contains(&trip) {
            continue;
        }
        if take_string(state, net, rng, (stop, trip), longest, removed) {
            ruined.push(trip);
        }
    }
}

/// Removes one string that holds the stop; nothing when the stop is locked.
fn take_string(
    state: &mut State,
    net: &Net<'_>,
    rng: &mut Rng,
    (stop, (vehicle, trip)): (u32, (u32, u32)),
    longest: f64,
    removed: &mut Vec<u32>,
) -> bool {
    let trip = trip as usize;
    let route = &state.routes[vehicle as usize];
    let mut span = route.span(trip);
    if trip == 0 {
        span.start += net.kind(vehicle).locked.len();
    }
    let Some(at) = route
        .nodes
        .get(span.clone())
        .and_then(|nodes| nodes.iter().position(|&node| node == stop))
    else {
        return false;
    };
    let at = span.start + at;
    let Pattern { count, kept } = Sizes::string(rng, longest, span.len());
    let width = count + kept;
    let first = span.start.max((at + 1).saturating_sub(width));
    let last = at.min(span.end - width);
    let begin = first + rng.below(last - first + 1);
    state.touch(vehicle);
    if kept == 0 {
        take(state, net, vehicle, trip, begin..begin + count, removed);
    } else {
        let head = 1 + rng.below(count - 1);
        take(state, net, vehicle, trip, begin + head + kept..begin + width, removed);
        take(state, net, vehicle, trip, begin..begin + head, removed);
    }
    true
}

fn take(
    state: &mut State,
    net: &Net<'_>,
    vehicle: u32,
    trip: usize,
    range: std::ops::Range<usize>,
    removed: &mut Vec<u32>,
) {
    let route = &mut state.routes[vehicle as usize];
    for &stop in &route.nodes[range.clone()] {
        state.places[stop as usize].vehicle = NONE;
        state.cost += net.weight[stop as usize];
        removed.push(stop);
    }
    route.cut(trip, range);
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small and positive"
)]
const fn floor(value: f64) -> usize {
    value as usize
}

#[expect(clippy::cast_precision_loss, reason = "stops of a trip")]
const fn size(count: usize) -> f64 {
    count as f64
}
