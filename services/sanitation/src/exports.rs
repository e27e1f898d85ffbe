//! The registers that files are made of, in the columns of their imports.

mod devices;
mod road_edges;
mod road_nodes;
mod tares;

pub use devices::Devices;
pub use road_edges::RoadEdges;
pub use road_nodes::RoadNodes;
pub use tares::Tares;
