//! The registers that files are imported into.

mod cadres;
mod codes;
mod divisions;
mod groups;
mod households;
mod names;
mod personal;
mod place;
mod refusal;
mod values;
mod village_indicators;
mod villages;

pub use cadres::Cadres;
pub use divisions::Divisions;
pub use groups::Groups;
pub use households::Households;
pub use personal::normal_phone;
pub use place::from_gcj02;
pub use village_indicators::VillageIndicators;
pub use villages::Villages;
