//! Household points (积分): an account is a fold over its entries, with lots that are used and expire oldest first.

mod account;
mod rules;
#[cfg(test)]
mod tests;

pub use account::{Account, Entry, Kind, Lot, Refused};
pub use rules::{Cap, Period, last_day};
