//! A road network made ready for one kind of vehicle.

use crate::{Network, Vehicle, grid::Grid, hierarchy::Hierarchy};

/// The roads that a vehicle may use, ready for snapping, matrices and ways. Every point is reachable from every other.
#[derive(Debug, Clone)]
pub struct Graph {
    pub(crate) network: Network,
    pub(crate) hierarchy: Hierarchy,
    pub(crate) grid: Grid,
}

/// No road is left for a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of {roads} roads may be used in both senses by a vehicle of {} kg", vehicle.gross_kg)]
pub struct NothingUsable {
    /// The vehicle.
    pub vehicle: Vehicle,
    /// How many roads there are for lighter ones.
    pub roads: usize,
}

impl Graph {
    /// Keeps what the vehicle may use, as far as it hangs together (the largest part in which each junction is reachable
    /// from each other), and prepares it; takes far less than a second for a county, some for 60,000 junctions.
    ///
    /// # Errors
    /// If no road is left.
    #[expect(
        clippy::missing_panics_doc,
        reason = "nothing stops it, so there is a graph or no road"
    )]
    pub fn prepare(network: &Network, vehicle: &Vehicle) -> Result<Self, NothingUsable> {
        let prepared = Self::prepare_unless(network, vehicle, &|| false)?;
        Ok(prepared.expect("nothing stops it"))
    }

    /// The same; `None` soon after `stop` says so.
    ///
    /// # Errors
    /// If no road is left.
    pub fn prepare_unless(
        network: &Network,
        vehicle: &Vehicle,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Self>, NothingUsable> {
        let usable = network.usable(vehicle);
        if usable.roads.is_empty() {
            return Err(NothingUsable {
                vehicle: *vehicle,
                roads: network.roads.len(),
            });
        }
        let hierarchy = Hierarchy::of(&usable, stop);
        Ok(hierarchy.map(|hierarchy| Self::new(usable, hierarchy)))
    }

    pub(crate) fn new(network: Network, hierarchy: Hierarchy) -> Self {
        Self {
            grid: Grid::of(&network),
            network,
            hierarchy,
        }
    }

    /// The roads that are left, with their own numbers.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Arcs of the hierarchy, among them its shortcuts; a measure of its memory and speed.
    pub const fn arcs(&self) -> usize {
        self.hierarchy.arcs.len()
    }
}
