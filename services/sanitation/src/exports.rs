//! The registers that files are made of, in the columns of their imports.

mod compliance_reports;
mod contracts;
mod crews;
mod depots;
mod devices;
mod hamlets;
mod proposed;
mod road_edges;
mod road_nodes;
mod road_tasks;
mod tares;
mod water_flows;
mod water_points;
mod workers;

use kit::{
    error::Result,
    export::{Export, PAGE},
    filter::Filter,
};

use crate::store::list::Listing;

pub use compliance_reports::ComplianceReports;
pub use contracts::Contracts;
pub use crews::Crews;
pub use depots::Depots;
pub use devices::Devices;
pub use hamlets::Hamlets;
pub use proposed::{ProposedBins, ProposedPoints};
pub use road_edges::RoadEdges;
pub use road_nodes::RoadNodes;
pub use road_tasks::RoadTasks;
pub use tares::Tares;
pub use water_flows::WaterFlows;
pub use water_points::WaterPoints;
pub use workers::Workers;

/// The next page of a register that is listed as it is exported.
fn listing<'a>(export: &'a Export, after: Option<&'a str>, filter: &'a Filter) -> Listing<'a> {
    Listing {
        division: export.division.code(),
        filter,
        after,
        limit: PAGE,
    }
}

/// Everything in the division.
fn everything() -> Result<Filter> {
    Filter::parse("", &[])
}

/// Thousandths in whole units, exactly.
fn thousandths(value: i64) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

/// Seconds after midnight as `HH:MM`.
fn clock(seconds: i32) -> String {
    format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)
}
