//! What no placement can do without.
//!
//! The bound on bins is a solution of the dual of the linear relaxation. There each household has a price, and
//! - no bin that is put where none stands may earn more than 1: the dearest households of its reach that it can serve;
//! - where bins stand, a new one earns at most 1 with as many of the dearest household, and those that stand must be paid.

use super::network::{Network, Terms};

/// The price of a bin. Prices are whole parts of it, rounded down, so that the bound holds exactly.
const BIN: i64 = 1 << 32;

/// Fewest new bins that serve everybody.
pub(super) fn bins(network: &Network, terms: Terms) -> u32 {
    let even = BIN / i64::from(terms.households_per_bin);
    let touched: Vec<bool> = (0..network.demands.len())
        .map(|demand| network.choices(demand).any(|site| network.sites[site].bins > 0))
        .collect();
    let by_scarcity = {
        let mut order: Vec<usize> = (0..network.demands.len()).collect();
        order.sort_by_key(|demand| network.of_demand[*demand].len());
        order
    };
    let by_crowd = {
        let mut order = by_scarcity.clone();
        order.sort_by_key(|demand| std::cmp::Reverse(network.demands[*demand]));
        order
    };
    // All alike; those near standing bins for nothing; those alike and the rest as dear as can be.
    let mut best = value(network, terms, &vec![even; network.demands.len()]);
    for order in [&by_scarcity, &by_crowd] {
        for floor in [0, even] {
            let mut prices = Prices::new(network, terms);
            for demand in order.iter().copied().filter(|demand| touched[*demand]) {
                prices.set(demand, floor);
            }
            for demand in order.iter().copied().filter(|demand| !touched[*demand]) {
                prices.raise(demand);
            }
            best = best.max(value(network, terms, &prices.of));
        }
    }
    // A part of a bin is a whole one.
    u32::try_from((best.max(0) + i128::from(BIN) - 1) / i128::from(BIN)).unwrap_or(u32::MAX)
}

/// What prices prove, in parts of a bin.
fn value(network: &Network, terms: Terms, prices: &[i64]) -> i128 {
    let earned: i128 = prices
        .iter()
        .zip(&network.demands)
        .filter(|(_, households)| **households > 0)
        .map(|(price, households)| i128::from(*price) * i128::from(*households))
        .sum();
    let standing = network.sites.iter().enumerate().filter(|(_, site)| site.bins > 0);
    let paid: i128 = standing
        .map(|(index, site)| {
            let dearest = network.users(index).map(|demand| prices[demand]).max().unwrap_or(0);
            i128::from(dearest) * i128::from(site.bins) * i128::from(terms.households_per_bin)
        })
        .sum();
    earned - paid
}

/// Prices with those that each site's reach has so far, dearest first.
struct Prices<'a> {
    network: &'a Network,
    each: u32,
    of: Vec<i64>,
    dearest: Vec<Vec<(i64, u32)>>,
}

impl<'a> Prices<'a> {
    fn new(network: &'a Network, terms: Terms) -> Self {
        Self {
            network,
            each: terms.households_per_bin,
            of: vec![0; network.demands.len()],
            dearest: vec![Vec::new(); network.sites.len()],
        }
    }

    fn set(&mut self, demand: usize, price: i64) {
        if price <= 0 {
            return;
        }
        self.of[demand] = price;
        for site in self.network.choices(demand) {
            let list = &mut self.dearest[site];
            let at = list.partition_point(|(other, _)| *other >= price);
            list.insert(at, (price, self.network.demands[demand]));
        }
    }

    /// Makes the households of a place as dear as the sites around allow.
    fn raise(&mut self, demand: usize) {
        let households = self.network.demands[demand];
        if households == 0 {
            return;
        }
        let limits = self.network.choices(demand).map(|site| self.limit(site, households));
        if let Some(price) = limits.min() {
            self.set(demand, price);
        }
    }

    /// The highest price at which a bin at `site` earns no more than 1, with whatever number of these households.
    fn limit(&self, site: usize, households: u32) -> i64 {
        let mine = households.min(self.each);
        let (mut left, mut sum, mut rest) = (self.each - mine, 0, self.dearest[site].iter().copied());
        let (mut price, mut many) = rest.next().unwrap_or((0, u32::MAX));
        let mut take = |mut number: u32, sum: &mut i64| {
            while number > 0 {
                if many == 0 {
                    (price, many) = rest.next().unwrap_or((0, u32::MAX));
                }
                let taken = number.min(many);
                *sum += price * i64::from(taken);
                many -= taken;
                number -= taken;
            }
        };
        take(left, &mut sum);
        let mut limit = BIN;
        loop {
            let mine = self.each - left;
            if mine == 0 {
                return limit.max(0);
            }
            limit = limit.min((BIN - sum) / i64::from(mine));
            left += 1;
            take(1, &mut sum);
        }
    }
}

/// Fewest new points: of households that no standing point reaches, those that have no site in common need one each.
pub(super) fn points(network: &Network) -> u32 {
    let lost = |demand: &usize| {
        network.demands[*demand] > 0
            && !network.of_demand[*demand].is_empty()
            && !network.choices(*demand).any(|site| network.sites[site].stands)
    };
    let mut order: Vec<usize> = (0..network.demands.len()).filter(lost).collect();
    order.sort_by_key(|demand| network.of_demand[*demand].len());
    let (mut taken, mut number) = (vec![false; network.sites.len()], 0);
    for demand in order {
        if network.choices(demand).all(|site| !taken[site]) {
            number += 1;
            network.choices(demand).for_each(|site| taken[site] = true);
        }
    }
    number
}
