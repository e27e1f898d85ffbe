//! Short ways for a placement whose bins and points are settled.

use std::collections::VecDeque;

use super::flow::Flow;

/// No way leads here.
const NONE: usize = usize::MAX;

/// Puts new points nearer to those whom they serve, and sends everybody to the nearest bin that has a place.
pub(super) fn shorten(flow: &mut Flow<'_>) {
    nearest(flow);
    if move_points(flow) {
        nearest(flow);
    }
}

/// The assignment with the least sum of ways: shortest augmenting paths from nothing.
fn nearest(flow: &mut Flow<'_>) {
    let unserved = flow.left.clone();
    flow.on_way.fill(0);
    flow.load.fill(0);
    flow.left.clone_from(&flow.network.demands);
    for (demand, unserved) in unserved.into_iter().enumerate() {
        while flow.left[demand] > unserved {
            if !shortest(flow, demand, unserved) {
                break;
            }
        }
    }
}

/// Serves some of the households of `from` by the shortest way, moving others on where that is shorter in all.
fn shortest(flow: &mut Flow<'_>, from: usize, unserved: u32) -> bool {
    let network = flow.network;
    let (mut far_demand, mut far_site) = (
        vec![i64::MAX; network.demands.len()],
        vec![i64::MAX; network.sites.len()],
    );
    let (mut to_demand, mut to_site) = (vec![NONE; network.demands.len()], vec![NONE; network.sites.len()]);
    far_demand[from] = 0;
    let mut queue = VecDeque::from([from]);
    while let Some(demand) = queue.pop_front() {
        for way in &network.of_demand[demand] {
            let site = network.ways[*way].site;
            let far = far_demand[demand] + i64::from(network.ways[*way].distance_m);
            if !flow.open[site] || far >= far_site[site] {
                continue;
            }
            (far_site[site], to_site[site]) = (far, *way);
            for used in network.of_site[site].iter().filter(|used| flow.on_way[**used] > 0) {
                let (other, back) = (
                    network.ways[*used].demand,
                    far - i64::from(network.ways[*used].distance_m),
                );
                if back < far_demand[other] {
                    (far_demand[other], to_demand[other]) = (back, *used);
                    queue.push_back(other);
                }
            }
        }
    }
    let free =
        (0..network.sites.len()).filter(|site| far_site[*site] < i64::MAX && flow.load[*site] < flow.capacity(*site));
    let Some(end) = free.min_by_key(|site| far_site[*site]) else {
        return false;
    };
    let mut path = Vec::new();
    let mut forth = to_site[end];
    let mut most = (flow.left[from] - unserved).min(flow.capacity(end) - flow.load[end]);
    loop {
        let at = network.ways[forth].demand;
        if at == from {
            path.push((forth, NONE));
            break;
        }
        let back = to_demand[at];
        most = most.min(flow.on_way[back]);
        path.push((forth, back));
        forth = to_site[network.ways[back].site];
    }
    for (forth, back) in path {
        flow.on_way[forth] += most;
        if back != NONE {
            flow.on_way[back] -= most;
        }
    }
    flow.load[end] += most;
    flow.left[from] -= most;
    true
}

/// Moves each new point that no standing bins hold to the site that is nearest to all whom it serves.
fn move_points(flow: &mut Flow<'_>) -> bool {
    let network = flow.network;
    let mut moved = false;
    for site in 0..network.sites.len() {
        if !flow.is_new(site) || network.sites[site].bins > 0 || flow.load[site] == 0 {
            continue;
        }
        let mut sums = std::collections::BTreeMap::<usize, (u32, u64)>::new();
        for used in network.of_site[site].iter().filter(|used| flow.on_way[**used] > 0) {
            let households = flow.on_way[*used];
            for way in &network.of_demand[network.ways[*used].demand] {
                let sum = sums.entry(network.ways[*way].site).or_default();
                sum.0 += households;
                sum.1 += u64::from(households) * u64::from(network.ways[*way].distance_m);
            }
        }
        let fits = |other: usize, households: u32| {
            households == flow.load[site] && (other == site || (!flow.open[other] && network.sites[other].bins == 0))
        };
        let reachable = sums
            .iter()
            .filter(|(other, (households, _))| fits(**other, *households));
        let Some((to, _)) = reachable.min_by_key(|(other, (_, metres))| (*metres, **other)) else {
            continue;
        };
        if *to != site {
            flow.added.swap(site, *to);
            (flow.open[site], flow.open[*to]) = (false, true);
            (flow.load[site], flow.load[*to]) = (0, flow.load[site]);
            for used in &network.of_site[site] {
                let households = std::mem::take(&mut flow.on_way[*used]);
                let demand = network.ways[*used].demand;
                let way = network.of_demand[demand]
                    .iter()
                    .find(|way| network.ways[**way].site == *to);
                if let Some(way) = way {
                    flow.on_way[*way] += households;
                }
            }
            moved = true;
        }
    }
    moved
}
