//! Arrivals at and departures from places, out of positions that jitter.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::geo::{Position, distance_m};

/// Where a vehicle was at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// When.
    pub at: OffsetDateTime,
    /// Where.
    pub position: Position,
}

/// A place that may be arrived at.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub position: Position,
}

/// When a vehicle is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Within so many metres it is inside; beyond one and a half times that it is outside, and between the two it stays what it was.
    pub radius_m: i64,
    /// So long inside, or outside again, until it counts.
    pub dwell: Duration,
}

/// How a vehicle stands to a place that it is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Presence {
    /// Inside since then, which may turn out to be passing by.
    Entering(#[serde(with = "time::serde::timestamp::microseconds")] OffsetDateTime),
    /// Arrived.
    There,
    /// Outside since then, which may turn out to be jitter.
    Leaving(#[serde(with = "time::serde::timestamp::microseconds")] OffsetDateTime),
}

/// A vehicle that arrived at a place or left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// Name of the place.
    pub place: String,
    /// When: the first position inside, or outside again.
    pub at: OffsetDateTime,
    /// Arrived; else left.
    pub arrived: bool,
}

/// What is known of a vehicle between two positions. Positions come in the order of time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Watch {
    near: BTreeMap<String, Presence>,
}

impl Watch {
    /// Takes the next position and answers what it brings about. A place that is not among `places` any more counts as left.
    pub fn see(&mut self, fix: Fix, places: &[Place], rule: Rule) -> Vec<Crossing> {
        let mut crossings = self.forget(fix.at, places);
        for place in places {
            let distance = distance_m(fix.position, place.position);
            let before = self.near.get(&place.name).copied();
            let (after, crossed) = step(before, fix.at, distance, rule);
            match after {
                Some(presence) => self.near.insert(place.name.clone(), presence),
                None => self.near.remove(&place.name),
            };
            crossings.extend(crossed.map(|(at, arrived)| Crossing {
                place: place.name.clone(),
                at,
                arrived,
            }));
        }
        crossings
    }

    fn forget(&mut self, at: OffsetDateTime, places: &[Place]) -> Vec<Crossing> {
        let mut left = Vec::new();
        self.near.retain(|name, presence| {
            let watched = places.iter().any(|place| place.name == *name);
            if !watched && !matches!(presence, Presence::Entering(_)) {
                left.push(Crossing {
                    place: name.clone(),
                    at,
                    arrived: false,
                });
            }
            watched
        });
        left
    }
}

/// The presence after a position at this distance, and the crossing that became certain: when, and whether it was an arrival.
fn step(
    before: Option<Presence>,
    at: OffsetDateTime,
    distance_m: i64,
    rule: Rule,
) -> (Option<Presence>, Option<(OffsetDateTime, bool)>) {
    let inside = distance_m <= rule.radius_m;
    let outside = distance_m > rule.radius_m + rule.radius_m / 2;
    let lasted = |since: OffsetDateTime| at - since >= rule.dwell;
    match before {
        None if inside => arrive(at, lasted(at)),
        None => (None, None),
        Some(Presence::Entering(_)) if outside => (None, None),
        Some(Presence::Entering(since)) => arrive(since, inside && lasted(since)),
        Some(Presence::There) if outside => leave(at, lasted(at)),
        Some(Presence::Leaving(_)) if inside => (Some(Presence::There), None),
        Some(Presence::Leaving(since)) => leave(since, outside && lasted(since)),
        Some(Presence::There) => (Some(Presence::There), None),
    }
}

fn arrive(since: OffsetDateTime, certain: bool) -> (Option<Presence>, Option<(OffsetDateTime, bool)>) {
    if certain {
        (Some(Presence::There), Some((since, true)))
    } else {
        (Some(Presence::Entering(since)), None)
    }
}

fn leave(since: OffsetDateTime, certain: bool) -> (Option<Presence>, Option<(OffsetDateTime, bool)>) {
    if certain {
        (None, Some((since, false)))
    } else {
        (Some(Presence::Leaving(since)), None)
    }
}

/// Whether a position is worth keeping after the one kept last: 50 m and 30 s on, or ten minutes.
pub fn worth_keeping(last: Option<Fix>, fix: Fix) -> bool {
    last.is_none_or(|last| {
        let passed = fix.at - last.at;
        let moved = distance_m(last.position, fix.position) >= 50;
        (moved && passed >= Duration::seconds(30)) || passed >= Duration::minutes(10)
    })
}
