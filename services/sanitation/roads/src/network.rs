//! Roads between junctions, before anybody asks which vehicle drives.

use serde::{Deserialize, Serialize};

use crate::{Position, cost::Cost, csr::id};

/// The longest road in centimetres: 1,000 km.
pub(crate) const LONGEST_CM: u32 = 100_000_000;

/// What a road bears or lets through; `None` means no limit is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// Heaviest gross weight in kg.
    pub gross_kg: Option<u32>,
    /// Greatest height in cm.
    pub height_cm: Option<u32>,
    /// Greatest width in cm.
    pub width_cm: Option<u32>,
}

/// A vehicle as far as roads are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vehicle {
    /// Gross weight in kg.
    pub gross_kg: u32,
    /// Height in cm; limits of height are not looked at where it is unknown.
    pub height_cm: Option<u32>,
    /// Width in cm; limits of width are not looked at where it is unknown.
    pub width_cm: Option<u32>,
}

impl Vehicle {
    /// A vehicle of which only the gross weight is known.
    pub const fn of_gross_kg(gross_kg: u32) -> Self {
        Self {
            gross_kg,
            height_cm: None,
            width_cm: None,
        }
    }

    /// Whether the vehicle keeps to the limits of a road.
    pub fn fits(&self, limits: Limits) -> bool {
        let within = |value: Option<u32>, limit: Option<u32>| match (value, limit) {
            (Some(value), Some(limit)) => value <= limit,
            _ => true,
        };
        within(Some(self.gross_kg), limits.gross_kg)
            && within(self.height_cm, limits.height_cm)
            && within(self.width_cm, limits.width_cm)
    }
}

/// A piece of road between two junctions. At least one direction is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Road {
    /// Index of the junction where it begins.
    pub from: u32,
    /// Index of the junction where it ends; may be the same.
    pub to: u32,
    /// Length in cm, 1 to 100,000,000.
    pub length_cm: u32,
    /// Driving time from begin to end in ms, at least 1; `None` if this direction is closed.
    pub forward_ms: Option<u32>,
    /// Driving time from end to begin in ms, at least 1; `None` if this direction is closed.
    pub backward_ms: Option<u32>,
    /// What it bears.
    pub limits: Limits,
}

impl Road {
    /// Cost of the whole road in one direction.
    pub(crate) fn cost(&self, forward: bool) -> Option<Cost> {
        let ms = if forward { self.forward_ms } else { self.backward_ms };
        Some(Cost::new(ms?, self.length_cm))
    }
}

/// Junctions and the roads between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub(crate) nodes: Vec<Position>,
    pub(crate) roads: Vec<Road>,
    /// Bends of all roads, one road after the other.
    pub(crate) bends: Vec<Position>,
    /// Where the bends of each road begin, and the end of all.
    pub(crate) bends_from: Vec<u32>,
}

impl Network {
    pub(crate) fn new() -> Self {
        Self {
            nodes: Vec::new(),
            roads: Vec::new(),
            bends: Vec::new(),
            bends_from: vec![0],
        }
    }

    pub(crate) fn add_node(&mut self, position: Position) -> u32 {
        self.nodes.push(position);
        id(self.nodes.len() - 1)
    }

    pub(crate) fn add_road(&mut self, road: Road, bends: &[Position]) {
        self.roads.push(road);
        self.bends.extend_from_slice(bends);
        self.bends_from.push(id(self.bends.len()));
    }

    /// Positions of the junctions.
    pub fn nodes(&self) -> &[Position] {
        &self.nodes
    }

    /// All roads.
    pub fn roads(&self) -> &[Road] {
        &self.roads
    }

    /// Positions between the ends of a road.
    pub(crate) fn bends(&self, road: u32) -> &[Position] {
        let road = road as usize;
        &self.bends[self.bends_from[road] as usize..self.bends_from[road + 1] as usize]
    }

    /// The line of a road from its begin to its end, at least two positions.
    ///
    /// # Panics
    /// If there is no such road.
    pub fn line(&self, road: u32) -> Vec<Position> {
        let ends = self.roads[road as usize];
        let mut line = vec![self.nodes[ends.from as usize]];
        line.extend_from_slice(self.bends(road));
        line.push(self.nodes[ends.to as usize]);
        line
    }
}

/// Centimetres of a length in metres, 1 to [`LONGEST_CM`].
pub(crate) fn length_cm(metres: f64) -> u32 {
    whole(metres * 100.0).clamp(1, LONGEST_CM)
}

/// Milliseconds for a length at a speed; at least 1.
pub(crate) fn driving_ms(length_cm: u32, speed_kmh: f64) -> u32 {
    whole(f64::from(length_cm) * 36.0 / speed_kmh).max(1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and lengths and times are never negative"
)]
const fn whole(value: f64) -> u32 {
    value.round() as u32
}
