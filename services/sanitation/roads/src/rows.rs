//! Networks from a county's own tables of junctions and roads.

use std::{collections::HashMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    Limits, Network, Position, Road,
    csr::id,
    network::{LONGEST_CM, driving_ms, length_cm},
};

/// A junction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    /// Its name, unique among the junctions.
    pub id: String,
    /// Longitude in degrees, WGS-84.
    pub lng: f64,
    /// Latitude in degrees, WGS-84.
    pub lat: f64,
}

/// A road between two junctions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeRow {
    /// Name of the junction where it begins.
    pub from: String,
    /// Name of the junction where it ends.
    pub to: String,
    /// Length in metres, above 0, at most 1,000,000.
    pub length_m: f64,
    /// Speed in km/h, 1 to 150.
    pub speed_kmh: f64,
    /// Heaviest gross weight in kg; `None` means no limit.
    pub max_gross_kg: Option<u32>,
    /// Whether it is closed from its end to its begin.
    pub oneway: bool,
    /// Longitudes and latitudes between its ends, in degrees; empty means that it is straight.
    #[serde(default)]
    pub bends: Vec<(f64, f64)>,
}

/// One refused value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{path}: {rule} (is {value})")]
pub struct RowError {
    /// Path of the field, such as `edges[3].length_m`.
    pub path: String,
    /// The refused value.
    pub value: String,
    /// What the field has to fulfil.
    pub rule: &'static str,
}

/// Every refused value of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct InvalidRows {
    /// In the order of the rows, at most [`InvalidRows::MOST`].
    pub errors: Vec<RowError>,
    /// How many there are in all.
    pub count: usize,
}

impl InvalidRows {
    /// Most values that are listed.
    pub const MOST: usize = 100;

    fn refuse(&mut self, table: &str, row: usize, field: &str, value: impl fmt::Display, rule: &'static str) {
        self.count += 1;
        if self.errors.len() < Self::MOST {
            self.errors.push(RowError {
                path: format!("{table}[{row}].{field}"),
                value: value.to_string(),
                rule,
            });
        }
    }
}

impl fmt::Display for InvalidRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused values", self.count)?;
        for error in self.errors.iter().take(3) {
            write!(f, "; {error}")?;
        }
        Ok(())
    }
}

impl Network {
    /// A network of roads with the stated lengths, whatever their lines are.
    ///
    /// # Errors
    /// Every value that breaks its rule; then nothing is built.
    pub fn from_rows(nodes: &[NodeRow], edges: &[EdgeRow]) -> Result<Self, InvalidRows> {
        let mut invalid = InvalidRows {
            errors: Vec::new(),
            count: 0,
        };
        let mut network = Self::new();
        let names = network.read_nodes(nodes, &mut invalid);
        network.read_edges(edges, &names, &mut invalid);
        if invalid.count > 0 {
            return Err(invalid);
        }
        Ok(network)
    }

    fn read_nodes<'a>(&mut self, nodes: &'a [NodeRow], invalid: &mut InvalidRows) -> HashMap<&'a str, u32> {
        let mut names = HashMap::with_capacity(nodes.len());
        for (row, node) in nodes.iter().enumerate() {
            if node.id.is_empty() {
                invalid.refuse("nodes", row, "id", "empty", "is needed");
            } else if names.insert(node.id.as_str(), id(row)).is_some() {
                invalid.refuse("nodes", row, "id", &node.id, "stands once");
            }
            let position = Position::new(node.lng, node.lat);
            if position.is_none() {
                if (-180.0..=180.0).contains(&node.lng) {
                    invalid.refuse("nodes", row, "lat", node.lat, "-90 to 90");
                } else {
                    invalid.refuse("nodes", row, "lng", node.lng, "-180 to 180");
                }
            }
            // A refused row keeps its number; the network is not handed out.
            self.nodes.extend(position);
        }
        names
    }

    fn read_edges(&mut self, edges: &[EdgeRow], names: &HashMap<&str, u32>, invalid: &mut InvalidRows) {
        for (row, edge) in edges.iter().enumerate() {
            let before = invalid.count;
            let mut refuse = |field, value: String, rule| invalid.refuse("edges", row, field, value, rule);
            let (from, to) = (names.get(edge.from.as_str()), names.get(edge.to.as_str()));
            for (field, name, node) in [("from", &edge.from, from), ("to", &edge.to, to)] {
                if node.is_none() {
                    refuse(field, name.clone(), "is the id of a junction");
                }
            }
            if edge.from == edge.to && edge.bends.is_empty() {
                refuse(
                    "to",
                    edge.to.clone(),
                    "differs from where the road begins, or the road has bends",
                );
            }
            let bends: Vec<Position> = edge
                .bends
                .iter()
                .filter_map(|(lng, lat)| Position::new(*lng, *lat))
                .collect();
            if bends.len() < edge.bends.len() {
                refuse("bends", format!("{:?}", edge.bends), "-180 to 180 and -90 to 90");
            }
            if !(edge.length_m > 0.0 && edge.length_m <= f64::from(LONGEST_CM / 100)) {
                refuse("length_m", edge.length_m.to_string(), "above 0, at most 1000000");
            }
            if !(1.0..=150.0).contains(&edge.speed_kmh) {
                refuse("speed_kmh", edge.speed_kmh.to_string(), "1 to 150");
            }
            if edge.max_gross_kg == Some(0) {
                refuse("max_gross_kg", "0".to_owned(), "above 0, or none");
            }
            let (Some(&from), Some(&to)) = (from, to) else { continue };
            if invalid.count > before {
                continue;
            }
            let length_cm = length_cm(edge.length_m);
            let ms = driving_ms(length_cm, edge.speed_kmh);
            let road = Road {
                from,
                to,
                length_cm,
                forward_ms: Some(ms),
                backward_ms: (!edge.oneway).then_some(ms),
                limits: Limits {
                    gross_kg: edge.max_gross_kg,
                    ..Limits::default()
                },
            };
            self.add_road(road, &bends);
        }
    }
}
