//! Planning the collection of a day, station by station: each point goes to the nearest station of its township, with the
//! vehicles that have their depot there. Pure but for the clock that ends the search.

mod assign;
mod by_road;
mod due;
mod hauling;
mod outcome;
mod search;
mod station;
mod table;

pub use assign::station_days;
pub use by_road::{Fleet, by_road};
pub use due::{Due, dues};
pub use hauling::{Hauled, HaulingDay, Ways, Yard, forecast, routed};
pub use outcome::{Planned, planned};
pub use search::{Budget, Snapshot, search};
pub use station::{StationDay, Task, Why};
pub use table::{NO_WAY, Table};
