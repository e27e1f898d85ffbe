//! Which node stands for what: the stops along a curve on which near ones are near each other, then the facilities, then
//! the places where shifts begin and end.

use std::collections::HashMap;

use super::narrow;
use crate::Spec;
use crate::search::hilbert;

/// The nodes of a problem.
pub(super) struct Nodes {
    /// Stop of each node.
    pub(super) stop_of: Vec<usize>,
    /// Node of each stop.
    pub(super) node_of: Vec<u32>,
    /// Place of each node.
    pub(super) places: Vec<u32>,
    /// Nodes of the places where shifts begin and end.
    ends: HashMap<usize, u32>,
}

impl Nodes {
    /// Stops and facilities.
    pub(super) fn new(spec: &Spec) -> Self {
        let stated: Vec<usize> = spec.stops.iter().map(|stop| stop.place).collect();
        let stop_of = hilbert::order(&spec.travel, &stated);
        let mut node_of = vec![0; stop_of.len()];
        for (node, &stop) in stop_of.iter().enumerate() {
            node_of[stop] = narrow(node);
        }
        let stops = stop_of.iter().map(|&stop| stated[stop]);
        let facilities = spec.facilities.iter().map(|facility| facility.place);
        Self {
            places: stops.chain(facilities).map(narrow).collect(),
            stop_of,
            node_of,
            ends: HashMap::new(),
        }
    }

    /// The node of a place where shifts begin or end.
    pub(super) fn terminal(&mut self, place: usize) -> u32 {
        *self.ends.entry(place).or_insert_with(|| {
            self.places.push(narrow(place));
            narrow(self.places.len() - 1)
        })
    }
}
