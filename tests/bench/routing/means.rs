//! Mean gaps over all instances and over groups of them, since engines differ most by size and by length of routes.

/// How far above the best known value a solution ended.
pub struct Outcome {
    /// Stops of the instance.
    pub stops: usize,
    /// Mean stops of a route.
    pub route: usize,
    /// Percent above the best known value, if one is known.
    pub gap: Option<f64>,
    /// The same of each peer that was asked, where it found a solution.
    pub peers: Vec<Option<f64>>,
}

/// Means over a group.
pub struct Mean {
    /// What they have in common.
    pub of: String,
    /// How many they are.
    pub count: usize,
    /// Mean of the gaps that are known.
    pub gap: Option<f64>,
    /// Mean of those of each peer, if it solved all of the group.
    pub peers: Vec<Option<f64>>,
}

/// Bounds between groups by stops and by stops a route.
const SIZES: [usize; 4] = [200, 400, 600, 1_001];
const ROUTES: [usize; 2] = [6, 12];

/// The mean over all, then of each group that is not empty.
pub fn means(outcomes: &[Outcome]) -> Vec<Mean> {
    let mut means: Vec<Mean> = mean("mean".into(), outcomes.iter()).into_iter().collect();
    means.extend(groups(outcomes, &SIZES, "stops", |one| one.stops));
    means.extend(groups(outcomes, &ROUTES, "stops a route", |one| one.route));
    means
}

fn groups(outcomes: &[Outcome], bounds: &[usize], what: &str, size: impl Fn(&Outcome) -> usize) -> Vec<Mean> {
    let edges: Vec<usize> = [0]
        .into_iter()
        .chain(bounds.iter().copied())
        .chain([usize::MAX])
        .collect();
    let group = |edge: &[usize]| {
        let of = match (edge[0], edge[1]) {
            (0, to) => format!("below {to} {what}"),
            (from, usize::MAX) => format!("from {from} {what}"),
            (from, to) => format!("{from} to {} {what}", to - 1),
        };
        mean(
            of,
            outcomes.iter().filter(|one| (edge[0]..edge[1]).contains(&size(one))),
        )
    };
    edges.windows(2).filter_map(group).collect()
}

fn mean<'o>(of: String, group: impl Iterator<Item = &'o Outcome> + Clone) -> Option<Mean> {
    let count = group.clone().count();
    let asked = group.clone().next().map_or(0, |one| one.peers.len());
    (count > 0).then(|| Mean {
        of,
        count,
        gap: average(group.clone().filter_map(|one| one.gap)),
        peers: (0..asked)
            .map(|at| whole(group.clone().map(|one| one.peers[at])))
            .collect(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "at most some hundreds")]
fn average(gaps: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let count = gaps.clone().count();
    (count > 0).then(|| gaps.sum::<f64>() / count as f64)
}

/// The mean of all, if all are known: a mean over some would compare other instances.
fn whole(gaps: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let gaps: Vec<f64> = gaps.collect::<Option<_>>()?;
    average(gaps.into_iter())
}
