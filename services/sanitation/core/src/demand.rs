//! How much waste a collection will bring: a level for each village, factors of weekdays, markets, festivals and seasons, and
//! quantiles from what the model missed so far. The README says how, and how well.

mod backtest;
mod calendar;
mod fit;
mod forecast;
mod history;
mod kitchen;
mod learn;
mod levels;
mod robust;
mod split;
#[cfg(test)]
mod tests;

pub use backtest::{Score, Scores, backtest};
pub use fit::Model;
pub use forecast::{Basis, Outlook};
pub use history::{Collection, Past, Point, Township, Village};
pub use kitchen::{KitchenBasis, KitchenBins, KitchenShare, Weighed, together};
pub use split::split;

#[expect(clippy::cast_precision_loss, reason = "grams of a county stay far below 2^52")]
const fn real(value: i64) -> f64 {
    value as f64
}

/// Kilograms in whole grams.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn grams(kg: f64) -> i64 {
    (kg * 1_000.0).round() as i64
}
