//! The registers that files are made of, in the columns of their imports.

mod road_edges;
mod road_nodes;

pub use road_edges::RoadEdges;
pub use road_nodes::RoadNodes;
