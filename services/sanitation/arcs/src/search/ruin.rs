//! Which jobs are taken out: strings of neighbouring tours (Christiaens and Vanden Berghe 2020).

use super::lane::State;
use super::net::Net;
use super::rng::Rng;
use super::tour::NONE;

/// Mean number of jobs taken out, and the longest string.
const MEAN: f64 = 10.0;
const LONGEST: f64 = 10.0;
/// How often a string keeps some of its jobs, and how often it stops to keep more.
const KEEPING: f64 = 0.5;
const ENOUGH: f64 = 0.01;

/// Jobs around a seed, in strings of different tours. `mean` is the mean number of jobs in a tour.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small and positive"
)]
pub(crate) fn strings(state: &State, net: &Net<'_>, rng: &mut Rng, seed: usize, mean: f64, taken: &mut Vec<usize>) {
    let longest = LONGEST.min(mean).max(1.0);
    let most = 4.0 * MEAN / (1.0 + longest) - 1.0;
    let count = (rng.unit() * most + 1.0) as usize;
    let mut ruined: Vec<usize> = Vec::with_capacity(count);
    for job in std::iter::once(seed).chain(net.near(seed).iter().map(|&near| near as usize)) {
        if ruined.len() >= count.max(1) {
            break;
        }
        let (tour, index) = state.at[job];
        if tour == NONE || ruined.contains(&tour) {
            continue;
        }
        ruined.push(tour);
        let items = &state.tours[tour].items;
        let limit = longest.min(items.len() as f64);
        let length = ((rng.unit() * limit + 1.0) as usize).min(items.len());
        let mut kept = 0;
        if length > 1 && length < items.len() && rng.unit() < KEEPING {
            kept = 1;
            while length + kept < items.len() && rng.unit() > ENOUGH {
                kept += 1;
            }
        }
        let width = length + kept;
        let lowest = (index + 1).saturating_sub(width);
        let highest = index.min(items.len() - width);
        let from = lowest + rng.below(highest - lowest + 1);
        let head = if kept == 0 { length } else { 1 + rng.below(length - 1) };
        let string = &items[from..from + width];
        let parts = string[..head].iter().chain(&string[head + kept..]);
        taken.extend(parts.map(|item| item.job));
    }
}
