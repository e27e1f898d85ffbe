//! The registers that come in as CSV, in the order of dependency.

mod bins;
mod cell;
mod collection_points;
mod devices;
mod plants;
mod reference;
mod road_edges;
mod road_nodes;
mod road_tasks;
mod tares;
mod transfer_stations;
mod transfers;
mod trip_stops;
mod trips;
mod vehicles;
mod villages;
mod water_flows;

pub use bins::Bins;
pub use cell::is_id;
pub use collection_points::CollectionPoints;
pub use devices::Devices;
pub use plants::Plants;
pub use road_edges::RoadEdges;
pub use road_nodes::RoadNodes;
pub use road_tasks::RoadTasks;
pub use tares::Tares;
pub use transfer_stations::TransferStations;
pub use transfers::Transfers;
pub use trip_stops::TripStops;
pub use trips::Trips;
pub use vehicles::Vehicles;
pub use villages::Villages;
pub use water_flows::WaterFlows;
