//! Planning the collection of days and weeks, station by station: each point goes to the nearest station of its township, with the
//! vehicles that have their depot there. Pure but for the clock that ends the search.

mod assign;
mod by_road;
mod due;
mod hauling;
mod outcome;
mod proof;
mod replan;
mod search;
mod sorted;
mod station;
mod streets;
mod table;
mod week;

pub use assign::station_days;
pub use by_road::{Fleet, by_road};
pub use due::{Due, WeekDue, dues, week_dues};
pub use hauling::{Hauled, HaulingDay, Ways, Yard, forecast, routed};
pub use outcome::{Planned, planned};
pub use proof::{nearest, sums, verify};
pub use replan::{Base, Happened, Record, Report, Running, Told, Untold, What};
pub use search::{Budget, Snapshot, search};
pub use sorted::{Sorted, by_stream, sorted};
pub use station::{StationDay, Task, Why};
pub use streets::{StreetDay, StreetPlan, Streets};
pub use table::{NO_WAY, Table};
pub use week::{Calendar, week};
