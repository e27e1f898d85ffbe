//! The best placement of small networks by trying all, to hold the search against.

use super::{
    flow::{Cost, Flow},
    network::{Network, Terms},
};

/// The cheapest placement.
pub(super) fn cheapest(network: &Network, terms: Terms) -> Cost {
    let mut most = Flow::new(network, terms);
    for site in 0..network.sites.len() {
        most.open[site] = true;
        most.added[site] = terms.most_bins.saturating_sub(network.sites[site].bins);
    }
    most.serve();
    let (unserved, _, _) = most.cost();
    let closed: Vec<usize> = (0..network.sites.len())
        .filter(|site| !network.sites[*site].stands)
        .collect();
    for bins in 0..64 {
        let found = (0..1_u32 << closed.len()).filter_map(|chosen| {
            let mut flow = Flow::new(network, terms);
            for (bit, site) in closed.iter().enumerate() {
                flow.open[*site] = chosen >> bit & 1 == 1;
            }
            (spread(&flow, 0, bins).0 == unserved).then_some((unserved, bins, chosen.count_ones()))
        });
        if let Some(cost) = found.min() {
            return cost;
        }
    }
    unreachable!("everybody is served by 63 bins")
}

/// The least that is left with so many bins at the open sites from `site` on.
fn spread(flow: &Flow<'_>, site: usize, bins: u32) -> Cost {
    if bins == 0 {
        let mut flow = flow.clone();
        flow.serve();
        return flow.cost();
    }
    let most = flow.terms.most_bins;
    let ways = (site..flow.open.len())
        .filter(|site| flow.open[*site])
        .flat_map(|site| {
            let room = most.saturating_sub(flow.network.sites[site].bins).min(bins);
            (1..=room).map(move |number| (site, number))
        });
    let costs = ways.map(|(site, number)| {
        let mut flow = flow.clone();
        flow.added[site] += number;
        spread(&flow, site + 1, bins - number)
    });
    costs.min().unwrap_or((u32::MAX, 0, 0))
}
