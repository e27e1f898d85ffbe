//! What the tags of a way or node mean to a vehicle.

use serde::Serialize;

use super::{
    Profile,
    measure::{Reading, size_cm, speed_kmh, weight_kg},
};
use crate::Limits;

/// Keys and values in the order of the file.
pub(super) struct Tags<'a>(pub(super) Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }
}

/// A value that says something about speed or limits, but not in a form that can be read. It limits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// `node/…` or `way/…` with its number.
    pub element: String,
    /// Key of the tag.
    pub key: String,
    /// Value of the tag.
    pub value: String,
}

/// How a way is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Driven {
    /// Speed in km/h, above 0.
    pub(super) kmh: u32,
    pub(super) forward: bool,
    pub(super) backward: bool,
    pub(super) limits: Limits,
}

/// What stands on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Blocked,
    /// Only for vehicles within these limits.
    Limited(Limits),
}

/// Told of each unreadable value: key and value.
type Unread<'a> = dyn FnMut(&str, &str) + 'a;

/// How the profile drives a way; `None` if not at all.
pub(super) fn driven(tags: &Tags<'_>, profile: &Profile, unread: &mut Unread<'_>) -> Option<Driven> {
    let highway = tags.get("highway")?;
    let mut kmh = *profile.speeds_kmh.get(highway)?;
    if tags.get("area") == Some("yes") || access(tags, profile) == Some(false) {
        return None;
    }
    let capped = profile
        .caps_kmh
        .iter()
        .filter_map(|(key, caps)| caps.get(tags.get(key)?));
    kmh = capped.fold(kmh, |kmh, cap| kmh.min(*cap));
    if let Some(limit) = first(tags, &["maxspeed:hgv", "maxspeed"], speed_kmh, unread) {
        kmh = kmh.min(limit);
    }
    let (forward, backward) = directions(tags, highway);
    let open = kmh > 0 && (forward || backward);
    open.then(|| Driven {
        kmh,
        forward,
        backward,
        limits: limits(tags, unread),
    })
}

/// What a node does to those who pass it; `None` if nothing.
pub(super) fn gate(tags: &Tags<'_>, profile: &Profile, unread: &mut Unread<'_>) -> Option<Gate> {
    if let Some(barrier) = tags.get("barrier") {
        let passable = access(tags, profile).unwrap_or_else(|| profile.passable_barriers.contains(barrier));
        if !passable || tags.get("locked") == Some("yes") {
            return Some(Gate::Blocked);
        }
    }
    let limits = limits(tags, unread);
    (limits != Limits::default()).then_some(Gate::Limited(limits))
}

/// Whether the most specific access tag lets the vehicle in; `None` if there is none.
fn access(tags: &Tags<'_>, profile: &Profile) -> Option<bool> {
    let value = profile.access_keys.iter().find_map(|key| tags.get(key))?;
    Some(!profile.denied.contains(value))
}

/// Whether the way is open in its direction, and against it.
fn directions(tags: &Tags<'_>, highway: &str) -> (bool, bool) {
    let by_nature = matches!(highway, "motorway" | "motorway_link")
        || matches!(tags.get("junction"), Some("roundabout" | "circular"));
    match tags.get("oneway") {
        Some("yes" | "true" | "1") => (true, false),
        Some("-1" | "reverse") => (false, true),
        // Its direction changes with the hour, which nobody knows here.
        Some("reversible") => (false, false),
        Some("no" | "false" | "0") => (true, true),
        _ => (true, !by_nature),
    }
}

fn limits(tags: &Tags<'_>, unread: &mut Unread<'_>) -> Limits {
    let mut strictest = |keys: &[&str], read: fn(&str) -> Reading| {
        let values = keys.iter().filter_map(|key| first(tags, &[key], read, unread));
        values.min()
    };
    Limits {
        gross_kg: strictest(
            &["maxweight", "maxweightrating", "maxweight:hgv", "maxweightrating:hgv"],
            weight_kg,
        ),
        height_cm: strictest(&["maxheight", "maxheight:physical"], size_cm),
        width_cm: strictest(&["maxwidth", "maxwidth:physical"], size_cm),
    }
}

/// The value of the first of the keys that is there, if it is a number.
fn first(tags: &Tags<'_>, keys: &[&str], read: fn(&str) -> Reading, unread: &mut Unread<'_>) -> Option<u32> {
    let (key, text) = keys.iter().find_map(|key| Some((key, tags.get(key)?)))?;
    match read(text) {
        Reading::Value(value) => Some(value),
        Reading::Unlimited => None,
        Reading::Unreadable => {
            unread(key, text);
            None
        }
    }
}
