//! Households, sites and the ways between them, without geometry.

use std::collections::VecDeque;

/// A place where a collection point stands or may be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// Bins that stand there already; they count once there is a point.
    pub bins: u32,
    /// There is a point already.
    pub stands: bool,
}

/// Households of `demand` may use `site`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Index of the households.
    pub demand: usize,
    /// Index of the site.
    pub site: usize,
    /// How far it is.
    pub distance_m: u32,
}

/// What every placement has to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Most households to a bin, ≥ 1.
    pub households_per_bin: u32,
    /// Most bins at a point, ≥ 1; points that have more keep them.
    pub most_bins: u32,
}

/// Households and sites with the ways between them.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Households at each place.
    pub demands: Vec<u32>,
    /// Sites.
    pub sites: Vec<Site>,
    /// Ways, each pair once.
    pub ways: Vec<Way>,
    /// Ways by demand.
    pub(super) of_demand: Vec<Vec<usize>>,
    /// Ways by site.
    pub(super) of_site: Vec<Vec<usize>>,
}

impl Network {
    /// A network.
    pub fn new(demands: Vec<u32>, sites: Vec<Site>, ways: Vec<Way>) -> Self {
        let mut of_demand = vec![Vec::new(); demands.len()];
        let mut of_site = vec![Vec::new(); sites.len()];
        for (index, way) in ways.iter().enumerate() {
            of_demand[way.demand].push(index);
            of_site[way.site].push(index);
        }
        Self {
            demands,
            sites,
            ways,
            of_demand,
            of_site,
        }
    }

    /// Households that may use a site.
    pub(super) fn users(&self, site: usize) -> impl Iterator<Item = usize> {
        self.of_site[site].iter().map(|way| self.ways[*way].demand)
    }

    /// Sites that households may use.
    pub(super) fn choices(&self, demand: usize) -> impl Iterator<Item = usize> {
        self.of_demand[demand].iter().map(|way| self.ways[*way].site)
    }

    /// The parts that no way joins: of each its demands and its sites, ascending.
    pub(super) fn parts(&self) -> Vec<(Vec<usize>, Vec<usize>)> {
        let (mut seen_demand, mut seen_site) = (vec![false; self.demands.len()], vec![false; self.sites.len()]);
        let mut parts = Vec::new();
        for start in 0..self.demands.len() {
            if seen_demand[start] {
                continue;
            }
            seen_demand[start] = true;
            let (mut demands, mut sites) = (vec![start], Vec::new());
            let mut queue = VecDeque::from([start]);
            while let Some(demand) = queue.pop_front() {
                for site in self.choices(demand) {
                    if std::mem::replace(&mut seen_site[site], true) {
                        continue;
                    }
                    sites.push(site);
                    for other in self.users(site) {
                        if !std::mem::replace(&mut seen_demand[other], true) {
                            demands.push(other);
                            queue.push_back(other);
                        }
                    }
                }
            }
            demands.sort_unstable();
            sites.sort_unstable();
            parts.push((demands, sites));
        }
        parts
    }

    /// A part as a network of its own.
    pub(super) fn part(&self, demands: &[usize], sites: &[usize]) -> Self {
        let local = |all: &[usize], index: usize| all.binary_search(&index).ok();
        let ways = demands.iter().flat_map(|demand| &self.of_demand[*demand]);
        let ways = ways.filter_map(|way| {
            let way = self.ways[*way];
            Some(Way {
                demand: local(demands, way.demand)?,
                site: local(sites, way.site)?,
                ..way
            })
        });
        Self::new(
            demands.iter().map(|demand| self.demands[*demand]).collect(),
            sites.iter().map(|site| self.sites[*site]).collect(),
            ways.collect(),
        )
    }
}
