//! Words of files, each with its name in the store.

use kit::error::{Error, Result};

/// Words and names.
pub type Words = &'static [(&'static str, &'static str)];

/// Kinds of divisions.
pub const KINDS: Words = &[
    ("province", "PROVINCE"),
    ("prefecture", "PREFECTURE"),
    ("county", "COUNTY"),
    ("subdistrict", "STREET"),
    ("town", "TOWN"),
    ("township", "TOWNSHIP"),
    ("quasi_township", "QUASI_TOWNSHIP"),
    ("community", "COMMUNITY"),
    ("village", "VILLAGE"),
    ("virtual", "SPECIAL_AREA"),
    ("group", "GROUP"),
];

/// Whether people live in a house.
pub const STATUS: Words = &[("resident", "RESIDENT"), ("seasonal", "SEASONAL"), ("vacant", "VACANT")];

/// Kinds of toilets.
pub const TOILETS: Words = &[
    ("none", "NONE"),
    ("dry_pit", "DRY_PIT"),
    ("double_urn", "DOUBLE_URN"),
    ("three_chamber", "THREE_CHAMBER"),
    ("flush", "FLUSH"),
];

/// Grades of houses.
pub const GRADES: Words = &[("A", "A"), ("B", "B"), ("C", "C"), ("D", "D")];

/// Posts of cadres.
pub const POSTS: Words = &[
    ("county_leader", "COUNTY_LEADER"),
    ("township_leader", "TOWNSHIP_LEADER"),
    ("section_leader", "SECTION_LEADER"),
    ("stationed_cadre", "STATIONED_CADRE"),
    ("village_secretary", "VILLAGE_SECRETARY"),
    ("village_committee_member", "VILLAGE_COMMITTEE_MEMBER"),
    ("grid_worker", "GRID_WORKER"),
];

/// The word for a name of the store.
pub fn word(words: Words, name: &str) -> Result<String> {
    let found = words.iter().find(|(_, known)| *known == name);
    let (word, _) = found.ok_or_else(|| Error::internal(format!("{name} is no name of the store")))?;
    Ok((*word).to_owned())
}
