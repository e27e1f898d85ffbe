//! Ways of an extract, cut into roads at junctions and gates.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    OsmError, Profile, Unreadable,
    block::Block,
    pbf::blocks,
    tags::{Driven, Gate, driven, gate},
};
use crate::{
    Limits, Network, Position, Road,
    network::{driving_ms, length_cm},
};

/// A network and what was met on the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The roads.
    pub network: Network,
    /// What was met.
    pub report: Report,
    /// By junction, the number of its node; a node has several junctions where a gate is.
    pub(super) node_numbers: Vec<i64>,
    /// By road, the number of its way.
    pub(super) way_numbers: Vec<i64>,
}

/// Figures of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Ways in the extract, whatever they are.
    pub ways: usize,
    /// Ways that the profile drives on.
    pub driven_ways: usize,
    /// Nodes of these ways that the extract lacks, mostly beyond its border; ways end there.
    pub missing_nodes: usize,
    /// Values that could not be read, at most [`Report::MOST`].
    pub unreadable: Vec<Unreadable>,
    /// How many there are in all.
    pub unreadable_count: usize,
}

impl Report {
    /// Most unreadable values that are listed.
    pub const MOST: usize = 100;

    fn unread(&mut self, kind: &str, number: i64, key: &str, value: &str) {
        self.unreadable_count += 1;
        if self.unreadable.len() < Self::MOST {
            self.unreadable.push(Unreadable {
                element: format!("{kind}/{number}"),
                key: key.to_owned(),
                value: value.to_owned(),
            });
        }
    }
}

impl Network {
    /// Roads of an OpenStreetMap extract in the format `.osm.pbf`, as the profile drives them.
    ///
    /// Not looked at: relations (turn restrictions), ferries, tags that depend on time or direction.
    ///
    /// # Errors
    /// If the bytes are malformed or written in an unknown way, or without any road; see [`OsmError`].
    pub fn from_osm(pbf: &[u8], profile: &Profile) -> Result<Import, OsmError> {
        let mut report = Report::default();
        let ways = read_ways(pbf, profile, &mut report)?;
        let nodes = read_nodes(pbf, profile, &ways, &mut report)?;
        report.driven_ways = ways.len();
        report.missing_nodes = nodes.positions.iter().filter(|position| position.is_none()).count();
        let mut cutter = Cutter {
            junctions: vec![None; nodes.numbers.len()],
            nodes,
            network: Network::new(),
            node_numbers: Vec::new(),
            way_numbers: Vec::new(),
        };
        for way in &ways {
            cutter.cut(way);
            cutter.way_numbers.resize(cutter.network.roads.len(), way.number);
        }
        if cutter.network.roads.is_empty() {
            return Err(OsmError::NoRoads { ways: report.ways });
        }
        Ok(Import {
            network: cutter.network,
            report,
            node_numbers: cutter.node_numbers,
            way_numbers: cutter.way_numbers,
        })
    }
}

struct Way {
    number: i64,
    driven: Driven,
    /// Numbers of nodes.
    nodes: Vec<i64>,
}

fn read_ways(pbf: &[u8], profile: &Profile, report: &mut Report) -> Result<Vec<Way>, OsmError> {
    let mut ways = Vec::new();
    blocks(pbf, |at, block| {
        Block::new(at, block)?.ways(|number, tags, nodes| {
            report.ways += 1;
            let driven = driven(tags, profile, &mut |key, value| {
                report.unread("way", number, key, value);
            });
            if let Some(driven) = driven.filter(|_| nodes.len() > 1) {
                let mut nodes = nodes.to_vec();
                nodes.dedup();
                ways.push(Way { number, driven, nodes });
            }
        })
    })?;
    Ok(ways)
}

/// The nodes of the ways, in the order of their numbers.
struct Nodes {
    numbers: Vec<i64>,
    positions: Vec<Option<Position>>,
    gates: HashMap<usize, Gate>,
    /// How often ways come here; the ends of a way are junctions anyway.
    meetings: Vec<u8>,
}

fn read_nodes(pbf: &[u8], profile: &Profile, ways: &[Way], report: &mut Report) -> Result<Nodes, OsmError> {
    let mut numbers: Vec<i64> = ways.iter().flat_map(|way| &way.nodes).copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut nodes = Nodes {
        positions: vec![None; numbers.len()],
        gates: HashMap::new(),
        meetings: vec![0; numbers.len()],
        numbers,
    };
    blocks(pbf, |at, block| {
        Block::new(at, block)?.nodes(|number, position, tags| {
            let Ok(index) = nodes.numbers.binary_search(&number) else {
                return;
            };
            nodes.positions[index] = Some(position);
            let gate = gate(tags, profile, &mut |key, value| {
                report.unread("node", number, key, value);
            });
            if let Some(gate) = gate {
                nodes.gates.insert(index, gate);
            }
        })
    })?;
    for number in ways.iter().flat_map(|way| &way.nodes) {
        if let Ok(index) = nodes.numbers.binary_search(number) {
            nodes.meetings[index] = nodes.meetings[index].saturating_add(1);
        }
    }
    Ok(nodes)
}

struct Cutter {
    nodes: Nodes,
    network: Network,
    /// By index of a node, its junction once there is one.
    junctions: Vec<Option<u32>>,
    node_numbers: Vec<i64>,
    way_numbers: Vec<i64>,
}

impl Cutter {
    fn cut(&mut self, way: &Way) {
        // Pieces without the nodes that are missing.
        let index = |number: &i64| {
            let index = self.nodes.numbers.binary_search(number).ok()?;
            Some((index, self.nodes.positions[index]?))
        };
        let known: Vec<Option<(usize, Position)>> = way.nodes.iter().map(index).collect();
        for piece in known.split(Option::is_none) {
            let piece: Vec<(usize, Position)> = piece.iter().copied().flatten().collect();
            self.cut_piece(&piece, &way.driven);
        }
    }

    fn cut_piece(&mut self, piece: &[(usize, Position)], driven: &Driven) {
        let Some(((begin, position), rest)) = piece.split_first() else {
            return;
        };
        if rest.is_empty() {
            return;
        }
        let mut from = self.junction(*begin, *position);
        let mut line = vec![*position];
        for (at, (node, position)) in (1..).zip(rest) {
            line.push(*position);
            let last = at == rest.len();
            if last || self.nodes.meetings[*node] > 1 || self.nodes.gates.contains_key(node) {
                let to = self.junction(*node, *position);
                self.add(from, to, &line, driven);
                line = vec![*position];
                if !last {
                    // Behind a gate is another junction than before it.
                    from = self.junction(*node, *position);
                }
            }
        }
    }

    fn add(&mut self, from: u32, to: u32, line: &[Position], driven: &Driven) {
        let metres = line.windows(2).map(|ends| ends[0].distance_m(ends[1])).sum();
        let length_cm = length_cm(metres);
        let ms = driving_ms(length_cm, driven.kmh.into());
        let road = Road {
            from,
            to,
            length_cm,
            forward_ms: driven.forward.then_some(ms),
            backward_ms: driven.backward.then_some(ms),
            limits: driven.limits,
        };
        self.network.add_road(road, &line[1..line.len() - 1]);
    }

    /// The junction at a node. At a gate each end of a road has its own, joined with the others through the gate.
    fn junction(&mut self, node: usize, position: Position) -> u32 {
        match self.nodes.gates.get(&node) {
            None => self.hub(node, position),
            Some(Gate::Blocked) => self.add_node(node, position),
            Some(Gate::Limited(limits)) => {
                let limits = *limits;
                let (end, hub) = (self.add_node(node, position), self.hub(node, position));
                self.network.add_road(through(end, hub, limits), &[]);
                end
            }
        }
    }

    fn hub(&mut self, node: usize, position: Position) -> u32 {
        self.junctions[node].unwrap_or_else(|| {
            let junction = self.add_node(node, position);
            self.junctions[node] = Some(junction);
            junction
        })
    }

    fn add_node(&mut self, node: usize, position: Position) -> u32 {
        self.node_numbers.push(self.nodes.numbers[node]);
        self.network.add_node(position)
    }
}

/// The shortest road there is.
const fn through(from: u32, to: u32, limits: Limits) -> Road {
    Road {
        from,
        to,
        length_cm: 1,
        forward_ms: Some(1),
        backward_ms: Some(1),
        limits,
    }
}
