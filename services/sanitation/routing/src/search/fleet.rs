//! Gives routes to the vehicles for which they cost least.

use crate::search::net::{Kind, Net};
use crate::search::route::Route;
use crate::search::state::State;

/// After stops were put in: hands a route to a free vehicle of another kind, or exchanges it with that of a used vehicle
/// of a kind of which none is free, where both together then cost less.
pub(crate) fn choose(state: &mut State, net: &Net<'_>, vehicle: u32) {
    let kind_of = |vehicle: u32| net.kind_of[vehicle as usize];
    let kind = net.kind(vehicle);
    let route = &state.routes[vehicle as usize];
    if net.kinds.len() < 2 || route.is_empty() || kind.must_go() {
        return;
    }
    let (mut most, mut into) = (0, None);
    for other in (0..net.kinds.len()).filter_map(|kind| state.roster.free(kind)) {
        let saved = route.cost - least(net, net.kind(other), route);
        if saved > most && kind_of(other) != kind_of(vehicle) && suits(net, net.kind(other), route) {
            (most, into) = (saved, Some(other));
        }
    }
    for &other in &state.roster.used {
        if kind_of(other) == kind_of(vehicle) || state.roster.free(kind_of(other) as usize).is_some() {
            continue;
        }
        let its = &state.routes[other as usize];
        let saved = route.cost + its.cost - least(net, net.kind(other), route) - least(net, kind, its);
        if saved > most && suits(net, net.kind(other), route) && suits(net, kind, its) {
            (most, into) = (saved, Some(other));
        }
    }
    if let Some(other) = into {
        exchange(state, net, vehicle, other);
    }
}

/// What a route costs a vehicle of this kind at least.
fn least(net: &Net<'_>, kind: &Kind, route: &Route) -> i64 {
    let ends = (route.nodes.first().copied()).zip(route.nodes.last().copied());
    let Some((first, last)) = ends else { return 0 };
    let way = |from, to| i64::from(net.metric.metres(from, to));
    let inner = route.metres - i64::from(route.legs[0]) - i64::from(route.legs[route.legs.len() - 1]);
    kind.fixed + kind.per_m * (way(kind.start, first) + inner + way(last, kind.end))
}

/// Whether a vehicle of this kind may drive a route as far as time does not matter.
pub(crate) fn suits(net: &Net<'_>, kind: &Kind, route: &Route) -> bool {
    !kind.must_go()
        && route.trips.len() <= kind.max_trips
        && route.stops <= kind.max_stops
        && route.taken <= kind.max_kg
        && route.trips.iter().all(|trip| trip.load <= kind.payload)
        && route.nodes.iter().all(|&node| !net.is_stop(node) || kind.suits(node))
}

/// Exchanges the routes of two vehicles, one of which may be free; not where that turns out impossible or dearer.
fn exchange(state: &mut State, net: &Net<'_>, one: u32, other: u32) {
    let before = state.cost;
    let swap = |state: &mut State| {
        state.routes.swap(one as usize, other as usize);
        state.routes[one as usize].forget();
        state.routes[other as usize].forget();
        state.refresh(net, one) & state.refresh(net, other)
    };
    state.touch(one);
    state.touch(other);
    if !swap(state) || state.cost >= before {
        swap(state);
    }
}
