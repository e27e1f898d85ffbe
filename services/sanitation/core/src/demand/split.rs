//! Shares a village's load out among its points.

use super::history::Point;

/// The grams of each point: by what its register states, else by its bins, else alike. They sum up to the whole.
pub fn split(points: &[Point], grams: i64) -> Vec<i64> {
    let by = |weight: fn(&Point) -> i64| -> Vec<i64> { points.iter().map(weight).collect() };
    let weights = [
        by(|point| point.daily_g.max(0)),
        by(|point| point.bins.max(0)),
        by(|_| 1),
    ];
    let weights = weights
        .into_iter()
        .find(|weights| weights.iter().any(|weight| *weight > 0));
    let weights = weights.unwrap_or_default();
    let all: i128 = weights.iter().copied().map(i128::from).sum();
    let (mut before, mut given) = (0, 0);
    let mut share = |weight: i64| {
        before += i128::from(weight);
        // Up to and including this point, rounded down: what is left over goes on to the next.
        let until = i64::try_from(i128::from(grams) * before / all).unwrap_or(i64::MAX);
        let share = until - given;
        given = until;
        share
    };
    weights.into_iter().map(&mut share).collect()
}
