//! The registers that files are imported into.

mod cadres;
mod codes;
mod division_changes;
mod division_list;
mod divisions;
mod groups;
mod households;
mod names;
mod personal;
mod place;
mod refusal;
mod succession;
mod values;
mod village_indicators;
mod villages;

pub use cadres::Cadres;
pub use division_changes::DivisionChanges;
pub use division_list::DivisionList;
pub use divisions::Divisions;
pub use groups::Groups;
pub use households::Households;
pub use names::is_lost;
pub use personal::{is_id_number, normal_phone};
pub use place::from_gcj02;
pub use village_indicators::VillageIndicators;
pub use villages::Villages;
