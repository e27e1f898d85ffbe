//! Which households use which site, as an integer flow that is kept as large as possible.

use super::network::{Network, Terms};

/// No way leads here.
const NONE: usize = usize::MAX;

/// A placement in the making.
#[derive(Clone)]
pub(super) struct Flow<'a> {
    pub(super) network: &'a Network,
    pub(super) terms: Terms,
    /// There is a point, or there is to be one.
    pub(super) open: Vec<bool>,
    /// New bins.
    pub(super) added: Vec<u32>,
    /// Households on each way.
    pub(super) on_way: Vec<u32>,
    /// Households at each site.
    pub(super) load: Vec<u32>,
    /// Households without a bin.
    pub(super) left: Vec<u32>,
}

/// What a placement costs; less is better, the first first.
pub(super) type Cost = (u32, u32, u32);

impl<'a> Flow<'a> {
    /// As it stands: nobody uses anything yet.
    pub(super) fn new(network: &'a Network, terms: Terms) -> Self {
        Self {
            network,
            terms,
            open: network.sites.iter().map(|site| site.stands).collect(),
            added: vec![0; network.sites.len()],
            on_way: vec![0; network.ways.len()],
            load: vec![0; network.sites.len()],
            left: network.demands.clone(),
        }
    }

    /// Households without a bin, new bins, new points.
    pub(super) fn cost(&self) -> Cost {
        let points = (0..self.open.len()).filter(|site| self.is_new(*site)).count();
        (
            self.left.iter().sum(),
            self.added.iter().sum(),
            u32::try_from(points).unwrap_or(u32::MAX),
        )
    }

    /// The site is to become a point.
    pub(super) fn is_new(&self, site: usize) -> bool {
        self.open[site] && !self.network.sites[site].stands
    }

    /// Households that the bins of a site suffice for.
    pub(super) fn capacity(&self, site: usize) -> u32 {
        if self.open[site] {
            (self.network.sites[site].bins + self.added[site]).saturating_mul(self.terms.households_per_bin)
        } else {
            0
        }
    }

    /// One more bin may stand there.
    pub(super) fn has_room(&self, site: usize) -> bool {
        self.network.sites[site].bins + self.added[site] < self.terms.most_bins
    }

    /// Households without a bin that may use a site.
    pub(super) fn waiting(&self, site: usize) -> u32 {
        self.network.users(site).map(|demand| self.left[demand]).sum()
    }

    /// Serves as many as the open sites can; those with the fewest choices first.
    pub(super) fn serve(&mut self) {
        let mut waiting: Vec<usize> = (0..self.left.len()).filter(|demand| self.left[*demand] > 0).collect();
        waiting.sort_by_key(|demand| self.network.of_demand[*demand].len());
        let mut search = Search::of(self.network);
        for demand in waiting {
            while self.left[demand] > 0 && search.route(self, demand) {}
        }
    }

    /// Sends households away from a site until the rest fits, farthest first.
    pub(super) fn shrink(&mut self, site: usize) {
        let capacity = self.capacity(site);
        if self.load[site] <= capacity {
            return;
        }
        let mut used: Vec<usize> = self.network.of_site[site]
            .iter()
            .copied()
            .filter(|way| self.on_way[*way] > 0)
            .collect();
        used.sort_by_key(|way| std::cmp::Reverse(self.network.ways[*way].distance_m));
        for way in used {
            let away = self.on_way[way].min(self.load[site] - capacity);
            self.on_way[way] -= away;
            self.load[site] -= away;
            self.left[self.network.ways[way].demand] += away;
        }
    }
}

/// Scratch of a search for a path that frees a place.
struct Search {
    /// Way by which a site was reached.
    to_site: Vec<usize>,
    /// Way by which households were asked to go elsewhere.
    to_demand: Vec<usize>,
    asked: Vec<bool>,
    queue: Vec<usize>,
}

impl Search {
    fn of(network: &Network) -> Self {
        Self {
            to_site: vec![NONE; network.sites.len()],
            to_demand: vec![NONE; network.demands.len()],
            asked: vec![false; network.demands.len()],
            queue: Vec::new(),
        }
    }

    /// Serves some of the households that wait at `from`, moving others on; `false` where nobody can be.
    fn route(&mut self, flow: &mut Flow<'_>, from: usize) -> bool {
        self.to_site.fill(NONE);
        self.to_demand.fill(NONE);
        self.asked.fill(false);
        self.asked[from] = true;
        self.queue.clear();
        self.queue.push(from);
        let (network, mut next) = (flow.network, 0);
        while let Some(demand) = self.queue.get(next).copied() {
            next += 1;
            for way in &network.of_demand[demand] {
                let site = network.ways[*way].site;
                if !flow.open[site] || self.to_site[site] != NONE {
                    continue;
                }
                self.to_site[site] = *way;
                if flow.load[site] < flow.capacity(site) {
                    self.push(flow, from, site);
                    return true;
                }
                for used in &network.of_site[site] {
                    let other = network.ways[*used].demand;
                    if flow.on_way[*used] > 0 && !self.asked[other] {
                        self.asked[other] = true;
                        self.to_demand[other] = *used;
                        self.queue.push(other);
                    }
                }
            }
        }
        false
    }

    /// Moves as many households as fit along the path that was found.
    fn push(&self, flow: &mut Flow<'_>, from: usize, site: usize) {
        let ways = &flow.network.ways;
        let mut most = flow.left[from].min(flow.capacity(site) - flow.load[site]);
        let mut at = ways[self.to_site[site]].demand;
        while at != from {
            let back = self.to_demand[at];
            most = most.min(flow.on_way[back]);
            at = ways[self.to_site[ways[back].site]].demand;
        }
        flow.load[site] += most;
        flow.left[from] -= most;
        let mut forth = self.to_site[site];
        loop {
            flow.on_way[forth] += most;
            let at = ways[forth].demand;
            if at == from {
                return;
            }
            let back = self.to_demand[at];
            flow.on_way[back] -= most;
            forth = self.to_site[ways[back].site];
        }
    }
}
