//! Keeps unloadings in order: none that is idle, each where it costs least.

use crate::search::net::Net;
use crate::search::state::State;
use crate::search::times::Way;

/// After stops were removed: drops empty trips, and joins neighbouring trips where one load suffices.
pub(crate) fn join(state: &mut State, net: &Net<'_>, vehicle: u32) {
    let kind = net.kind(vehicle);
    let route = &mut state.routes[vehicle as usize];
    if !net.has_facilities() {
        return;
    }
    let load = |nodes: &[u32]| nodes.iter().map(|&stop| net.demand[stop as usize]).sum::<i64>();
    let release = |nodes: &[u32]| nodes.iter().map(|&stop| net.release(stop)).max().unwrap_or(0);
    let mut trip = 0;
    while trip < route.trips.len() {
        let span = route.span(trip);
        let aboard = if trip == 0 { kind.load } else { 0 };
        if span.is_empty() && aboard == 0 {
            route.join(trip);
            continue;
        }
        if trip + 1 == route.trips.len() {
            break;
        }
        let here = aboard + load(&route.nodes[span.clone()]);
        let next = route.span(trip + 1);
        let shorter = || {
            let facility = route.nodes[span.end];
            let (from, to) = (route.before(kind, span.end), route.at(kind, span.end + 1));
            let way = |a, b| i64::from(net.metric.metres(a, b));
            let time = |a, b| if net.clocked { net.metric.seconds(a, b) } else { 0 };
            way(from, to) <= way(from, facility) + way(facility, to)
                && time(from, to) <= time(from, facility) + net.service(facility) + time(facility, to)
        };
        let waits = || release(&route.nodes[next.clone()]) > release(&route.nodes[span.clone()]);
        if here + load(&route.nodes[next.clone()]) <= kind.payload && shorter() && !(net.is_released() && waits()) {
            route.join(trip);
            continue;
        }
        trip += 1;
    }
}

/// After stops were put in: moves each unloading to the facility that costs least there.
pub(crate) fn choose(state: &mut State, net: &Net<'_>, vehicle: u32) {
    let kind = net.kind(vehicle);
    if kind.facilities.len() < 2 {
        return;
    }
    for trip in 0..state.routes[vehicle as usize].trips.len() {
        let route = &state.routes[vehicle as usize];
        let index = route.trips[trip].end;
        let current = route.nodes[index];
        let (from, to) = (route.before(kind, index), route.at(kind, index + 1));
        let leaves = route.release(trip, index);
        let waits = route.trips.get(trip + 1).map_or(0, |next| next.release);
        let rate = |facility: u32| {
            let metres = i64::from(net.metric.metres(from, facility)) + i64::from(net.metric.metres(facility, to));
            if !net.clocked {
                return Some(kind.per_m * metres);
            }
            let way = Way {
                nodes: &[from, facility, to],
                releases: [leaves, waits, 0],
            };
            route
                .forward
                .detour(net, kind, way, (index, &route.backward, index + 1))?;
            let (driving, replaced) = (
                way.driving(net),
                net.metric.seconds(from, current) + net.metric.seconds(current, to),
            );
            (route.driving - replaced + driving <= kind.max_driving)
                .then_some(kind.per_m * metres + kind.per_s * (driving + net.service(facility)))
        };
        let Some(now) = rate(current) else { continue };
        let rated = kind
            .facilities
            .iter()
            .filter_map(|&facility| Some((rate(facility)?, facility)));
        if let Some((cost, facility)) = rated.min()
            && cost < now
        {
            state.touch(vehicle);
            state.routes[vehicle as usize].nodes[index] = facility;
            let fits = state.refresh(net, vehicle);
            debug_assert!(fits, "a judged unloading keeps every limit");
        }
    }
}
