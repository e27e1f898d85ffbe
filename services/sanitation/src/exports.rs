//! The registers that files are made of, in the columns of their imports.

mod devices;
mod road_edges;
mod road_nodes;
mod road_tasks;
mod tares;
mod water_flows;

pub use devices::Devices;
pub use road_edges::RoadEdges;
pub use road_nodes::RoadNodes;
pub use road_tasks::RoadTasks;
pub use tares::Tares;
pub use water_flows::WaterFlows;
