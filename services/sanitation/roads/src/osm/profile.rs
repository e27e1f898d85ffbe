//! How a vehicle drives on what OpenStreetMap describes, as data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Speeds and access by tag value. Weight, height and width limits are read whatever the profile and belong to the roads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Mean speed in km/h by value of `highway`, above 0; ways with other values are no roads.
    pub speeds_kmh: BTreeMap<String, u32>,
    /// By key and value of a tag, the speed in km/h that it allows at most; 0 closes the way.
    pub caps_kmh: BTreeMap<String, BTreeMap<String, u32>>,
    /// Keys that tell who may pass, the most specific first; the first that is there decides.
    pub access_keys: Vec<String>,
    /// Values of these keys that keep the vehicle out.
    pub denied: BTreeSet<String>,
    /// Values of `barrier` that can be passed where no access key says otherwise; any other value blocks.
    pub passable_barriers: BTreeSet<String>,
}

/// Speeds that collection trucks keep on average, junctions included.
const SPEEDS: [(&str, u32); 16] = [
    ("motorway", 75),
    ("motorway_link", 45),
    ("trunk", 60),
    ("trunk_link", 40),
    ("primary", 50),
    ("primary_link", 35),
    ("secondary", 45),
    ("secondary_link", 30),
    ("tertiary", 38),
    ("tertiary_link", 28),
    ("unclassified", 30),
    ("road", 25),
    ("residential", 22),
    ("living_street", 10),
    ("service", 15),
    ("track", 12),
];

const SURFACES: [(&str, u32); 17] = [
    ("paving_stones", 40),
    ("concrete:plates", 40),
    ("concrete:lanes", 30),
    ("sett", 30),
    ("compacted", 35),
    ("fine_gravel", 30),
    ("gravel", 25),
    ("pebblestone", 20),
    ("unpaved", 25),
    ("cobblestone", 20),
    ("unhewn_cobblestone", 15),
    ("dirt", 15),
    ("earth", 15),
    ("ground", 15),
    ("grass", 10),
    ("sand", 8),
    ("mud", 6),
];

const TRACKS: [(&str, u32); 5] = [
    ("grade1", 25),
    ("grade2", 20),
    ("grade3", 15),
    ("grade4", 10),
    ("grade5", 6),
];

const SMOOTHNESS: [(&str, u32); 5] = [
    ("bad", 25),
    ("very_bad", 12),
    ("horrible", 6),
    ("very_horrible", 0),
    ("impassable", 0),
];

impl Profile {
    /// A waste truck in the country. It may go where residents and deliveries may.
    pub fn rural_truck() -> Self {
        let table = |rows: &[(&str, u32)]| rows.iter().map(|(value, kmh)| ((*value).to_owned(), *kmh)).collect();
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            speeds_kmh: table(&SPEEDS),
            caps_kmh: [
                ("surface".to_owned(), table(&SURFACES)),
                ("tracktype".to_owned(), table(&TRACKS)),
                ("smoothness".to_owned(), table(&SMOOTHNESS)),
                ("impassable".to_owned(), table(&[("yes", 0)])),
            ]
            .into(),
            access_keys: ["hgv", "motor_vehicle", "vehicle", "access"].map(str::to_owned).into(),
            denied: words(&[
                "no",
                "private",
                "agricultural",
                "forestry",
                "military",
                "emergency",
                "psv",
                "bus",
                "unsuitable",
            ]),
            passable_barriers: words(&[
                "border_control",
                "bump_gate",
                "cattle_grid",
                "entrance",
                "gate",
                "height_restrictor",
                "kerb",
                "lift_gate",
                "no",
                "sally_port",
                "swing_gate",
                "toll_booth",
            ]),
        }
    }
}
