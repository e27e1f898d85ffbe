//! Greedy placement and local search, part by part.

use super::{
    bound,
    flow::{Cost, Flow},
    network::{Network, Terms},
    walk,
};

/// Rounds of search in a part whose placement is not proven to be best, at most.
const ROUNDS: usize = 400;
/// Ways looked at in all rounds of a part, about.
const WORK: usize = 5_000_000;

/// Where bins and points are to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// New bins at each site.
    pub new_bins: Vec<u32>,
    /// Sites that are points now or are to become ones.
    pub open: Vec<bool>,
    /// Households on each way.
    pub on_way: Vec<u32>,
    /// Households at each place that no site can serve.
    pub unserved: Vec<u32>,
    /// No placement has fewer new bins.
    pub least_bins: u32,
    /// No placement has fewer new points.
    pub least_points: u32,
}

/// Places the fewest new bins, then the fewest new points, then those with the shortest ways. The same network and seed give
/// the same placement.
pub fn place(network: &Network, terms: Terms, seed: u64) -> Placement {
    let mut whole = Placement {
        new_bins: vec![0; network.sites.len()],
        open: network.sites.iter().map(|site| site.stands).collect(),
        on_way: vec![0; network.ways.len()],
        unserved: vec![0; network.demands.len()],
        least_bins: 0,
        least_points: 0,
    };
    for (demands, sites) in network.parts() {
        let part = network.part(&demands, &sites);
        let (bins, points) = (bound::bins(&part, terms), bound::points(&part));
        let mut flow = best(&part, terms, (bins, points), seed);
        walk::shorten(&mut flow);
        let (unserved, _, _) = flow.cost();
        // Where not everybody can be served, fewer bins would serve fewer: nothing is proven.
        if unserved == 0 {
            whole.least_bins += bins;
            whole.least_points += points;
        }
        for (local, site) in sites.iter().enumerate() {
            whole.new_bins[*site] = flow.added[local];
            whole.open[*site] = flow.open[local];
        }
        let mut ways = flow.on_way.iter();
        for (local, demand) in demands.iter().enumerate() {
            whole.unserved[*demand] = flow.left[local];
            for way in &network.of_demand[*demand] {
                whole.on_way[*way] = ways.next().copied().unwrap_or(0);
            }
        }
    }
    whole
}

fn best(part: &Network, terms: Terms, (bins, points): (u32, u32), seed: u64) -> Flow<'_> {
    let mut best = Flow::new(part, terms);
    build(&mut best);
    improve(&mut best);
    let proven = |cost: Cost| cost.1 <= bins && cost.2 <= points;
    let mut chance = Chance(seed);
    let rounds = ROUNDS.min(WORK / (part.ways.len() + 1) / (part.sites.len() + 1));
    for _ in 0..rounds {
        if proven(best.cost()) {
            break;
        }
        let mut other = best.clone();
        // What one move does not get out of, several may.
        let moved = (0..=chance.below(3)).all(|_| shake(&mut other, &mut chance));
        if !moved {
            break;
        }
        improve(&mut other);
        // What is as good may lead further.
        if other.cost() <= best.cost() {
            best = other;
        }
    }
    best
}

/// Serves everybody who can be: by points wherever bins stand, and by new bins. Points that turn out needless are closed later.
fn build(flow: &mut Flow<'_>) {
    for site in 0..flow.open.len() {
        flow.open[site] |= flow.network.sites[site].bins > 0;
    }
    flow.serve();
    fill(flow);
}

/// Adds bins until everybody is served or no bin helps.
fn fill(flow: &mut Flow<'_>) {
    loop {
        if let Some(site) = next_bin(flow, false) {
            add_bin(flow, site);
            continue;
        }
        // Those who wait have no room where they may go; others may make room for them.
        let waiting = flow
            .left
            .iter()
            .zip(&flow.network.of_demand)
            .any(|(left, ways)| *left > 0 && !ways.is_empty());
        let mut sites = 0..flow.open.len();
        if !waiting || !sites.any(|site| flow.has_room(site) && attempt(flow, |flow| add_bin(flow, site))) {
            return;
        }
    }
}

fn add_bin(flow: &mut Flow<'_>, site: usize) {
    flow.open[site] = true;
    flow.added[site] += 1;
    flow.serve();
}

/// The site at which one more bin serves most; points that are there already and places where many wait go first.
fn next_bin(flow: &Flow<'_>, only_open: bool) -> Option<usize> {
    let sites = (0..flow.open.len()).filter(|site| flow.has_room(*site) && (flow.open[*site] || !only_open));
    let rank = |site: usize| {
        let waiting = flow.waiting(site);
        (
            waiting.min(flow.terms.households_per_bin),
            flow.open[site],
            waiting,
            std::cmp::Reverse(site),
        )
    };
    let best = sites.map(rank).max()?;
    (best.0 > 0).then_some(best.3.0)
}

/// Takes away bins and points as long as everybody who was served still is.
fn improve(flow: &mut Flow<'_>) {
    loop {
        let before = flow.cost();
        for site in 0..flow.open.len() {
            while flow.added[site] > 0 && attempt(flow, |flow| take_bin(flow, site)) {}
        }
        for site in 0..flow.open.len() {
            if flow.is_new(site) {
                attempt(flow, |flow| close(flow, site));
            }
        }
        if flow.cost() >= before {
            return;
        }
    }
}

/// Keeps a change that makes the placement cheaper, and undoes any other.
fn attempt<'a>(flow: &mut Flow<'a>, change: impl FnOnce(&mut Flow<'a>)) -> bool {
    let before = flow.clone();
    change(flow);
    let better = flow.cost() < before.cost();
    if !better {
        *flow = before;
    }
    better
}

fn take_bin(flow: &mut Flow<'_>, site: usize) {
    flow.added[site] -= 1;
    let known = flow.network.sites[site];
    flow.open[site] = known.stands || known.bins + flow.added[site] > 0;
    flow.shrink(site);
    flow.serve();
}

/// Gives a new point up; its bins may stand at others.
fn close(flow: &mut Flow<'_>, site: usize) {
    let unserved: u32 = flow.left.iter().sum();
    let bins = std::mem::take(&mut flow.added[site]);
    flow.open[site] = false;
    flow.shrink(site);
    flow.serve();
    for _ in 0..bins {
        if flow.left.iter().sum::<u32>() <= unserved {
            return;
        }
        let Some(other) = next_bin(flow, true) else { return };
        add_bin(flow, other);
    }
}

/// Moves one bin or a whole new point to a neighbouring site; `false` where nothing can be moved.
fn shake(flow: &mut Flow<'_>, chance: &mut Chance) -> bool {
    let movable: Vec<usize> = (0..flow.open.len())
        .filter(|site| flow.added[*site] > 0 || flow.is_new(*site))
        .collect();
    let Some(from) = chance.pick(&movable) else {
        return false;
    };
    let users: Vec<usize> = flow.network.users(from).collect();
    let Some(user) = chance.pick(&users) else { return false };
    let others: Vec<usize> = flow
        .network
        .choices(user)
        .filter(|site| *site != from && flow.has_room(*site))
        .collect();
    let Some(to) = chance.pick(&others) else {
        return movable.len() > 1;
    };
    let whole = chance.below(2) == 0;
    let moved = if whole {
        flow.added[from]
    } else {
        flow.added[from].min(1)
    };
    let room = flow.terms.most_bins - flow.network.sites[to].bins - flow.added[to];
    let moved = moved.min(room);
    flow.added[from] -= moved;
    let known = flow.network.sites[from];
    flow.open[from] = known.stands || (!whole && known.bins > 0) || flow.added[from] > 0;
    if moved > 0 || flow.network.sites[to].bins > 0 {
        flow.open[to] = true;
        flow.added[to] += moved;
    }
    flow.shrink(from);
    flow.serve();
    fill(flow);
    true
}

/// Chance by seed: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = (word ^ (word >> 31)) >> 32;
        usize::try_from((high * bound as u64) >> 32).unwrap_or(0)
    }

    fn pick(&mut self, items: &[usize]) -> Option<usize> {
        (!items.is_empty()).then(|| items[self.below(items.len())])
    }
}
