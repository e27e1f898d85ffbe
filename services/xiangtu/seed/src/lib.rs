#![doc = include_str!("../README.md")]

mod bins;
mod chance;
mod hamlets;
mod households;
mod lists;
mod names;
mod parcels;
mod write;

pub use bins::{Bin, bins};
pub use hamlets::{Hamlet, hamlets};
pub use households::{Household, Residence, Toilet, households};
pub use lists::{County, Group, ListError, Lists, Point, Village};
pub use parcels::{Cause, Parcel, Period, Use, parcels};
pub use write::{Header, Writer};

/// What a county is generated from besides its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Same seed, same lists: same bytes.
    pub seed: u64,
    /// Households, parcels and bins per hundred of the real county; 100 gives its exact counts, 1,000 ten times as many.
    pub scale_percent: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 410_225,
            scale_percent: 100,
        }
    }
}

impl Plan {
    /// `count` scaled, rounded to the nearest.
    fn scaled(self, count: u32) -> u32 {
        let scaled = (u64::from(count) * u64::from(self.scale_percent) + 50) / 100;
        u32::try_from(scaled).unwrap_or(u32::MAX)
    }
}
