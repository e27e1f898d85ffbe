//! The roads that the vehicles of a day may use, with the ways to places beside them.

use std::collections::HashMap;

use arcs::Road;
use roads::{Network, Position, Vehicle};

use super::StreetDay;

/// How far a depot, water point or station may lie from a junction, metres.
const REACH_M: f64 = 2_000.0;

/// Roads as the problem has them.
pub struct Roads {
    network: Network,
    /// Roads of the problem: usable ones, then the ways to places.
    pub stated: Vec<Road>,
    /// By usable road of the problem, its index among the open roads.
    open: Vec<usize>,
    /// By open road, its index among all.
    edges: Vec<usize>,
    /// By road of the register: its place in the problem, or why it has none.
    usable: Vec<Result<usize, &'static str>>,
    by_id: HashMap<String, usize>,
    places: Vec<Position>,
    /// Junctions of usable roads.
    junctions: Vec<usize>,
}

impl Roads {
    /// The roads of a network, whose open roads stand in the order of the day's, for vehicles up to a gross mass.
    pub fn new(day: &StreetDay, network: Network, gross_kg: i64) -> Self {
        let vehicle = Vehicle::of_gross_kg(u32::try_from(gross_kg).unwrap_or(u32::MAX));
        let bears = network.usable_roads(&vehicle);
        let edges: Vec<usize> = (0..day.edges.len()).filter(|&edge| !day.edges[edge].closed).collect();
        let mut usable = vec![Err("no_way"); day.edges.len()];
        let (mut stated, mut open, mut junctions) = (Vec::new(), Vec::new(), Vec::new());
        for (index, road) in network.roads().iter().enumerate() {
            let edge = edges[index];
            let limit = day.edges[edge].max_gross_kg;
            if !bears[index] {
                if limit.is_some_and(|limit| limit < gross_kg) {
                    usable[edge] = Err("access");
                }
                continue;
            }
            usable[edge] = Ok(stated.len());
            let seconds = |ms: u32| ms.div_ceil(1_000);
            let (from, to) = (road.from as usize, road.to as usize);
            junctions.extend([from, to]);
            open.push(index);
            stated.push(Road {
                from,
                to,
                length_m: road.length_cm.div_ceil(100),
                forward_s: road.forward_ms.map(seconds),
                backward_s: road.backward_ms.map(seconds),
            });
        }
        junctions.sort_unstable();
        junctions.dedup();
        let ids = day.edges.iter().enumerate();
        Self {
            by_id: ids.map(|(index, edge)| (edge.edge_id.clone(), index)).collect(),
            network,
            stated,
            open,
            edges,
            usable,
            places: Vec::new(),
            junctions,
        }
    }

    /// Junctions and places.
    pub fn nodes(&self) -> usize {
        self.network.nodes().len() + self.places.len()
    }

    /// The index of a road of the register.
    pub fn edge(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The road of the problem that a road of the register is, or why it is none.
    pub fn usable(&self, edge: usize) -> Result<usize, &'static str> {
        self.usable[edge]
    }

    /// The road of the register that a road of the problem is; none for ways to places.
    pub fn of(&self, road: usize) -> Option<usize> {
        self.open.get(road).map(|&open| self.edges[open])
    }

    /// Adds a place with a straight way to the nearest junction, stretched by `detour` thousandths and driven at `kmh`;
    /// none if it lies too far away.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 2 km, and never negative"
    )]
    pub fn place(&mut self, (lng, lat): (f64, f64), (detour, kmh): (i64, i64)) -> Option<usize> {
        let position = Position::new(lng, lat)?;
        let apart = |junction: &usize| self.network.nodes()[*junction].distance_m(position);
        let nearest = self.junctions.iter().min_by(|a, b| apart(a).total_cmp(&apart(b)))?;
        let (from, metres) = (*nearest, apart(nearest));
        if metres > REACH_M {
            return None;
        }
        if metres < 1.0 {
            return Some(from);
        }
        let length_m = (metres.round() as u32 * u32::try_from(detour).ok()?).div_ceil(1_000);
        let seconds = (length_m * 36).div_ceil(10 * u32::try_from(kmh.max(1)).ok()?);
        let to = self.nodes();
        self.places.push(position);
        self.stated.push(Road {
            from,
            to,
            length_m,
            forward_s: Some(seconds),
            backward_s: Some(seconds),
        });
        Some(to)
    }

    /// Position of a junction or place.
    pub fn position(&self, node: usize) -> [f64; 2] {
        let junctions = self.network.nodes();
        let position = junctions
            .get(node)
            .unwrap_or_else(|| &self.places[node - junctions.len()]);
        [position.lng(), position.lat()]
    }

    /// The line of a road of the problem in the direction of driving.
    #[expect(clippy::cast_possible_truncation, reason = "networks have fewer roads than 2^32")]
    pub fn line(&self, road: usize, forward: bool) -> Vec<[f64; 2]> {
        let mut line: Vec<[f64; 2]> = if let Some(&open) = self.open.get(road) {
            let line = self.network.line(open as u32);
            line.into_iter()
                .map(|position| [position.lng(), position.lat()])
                .collect()
        } else {
            let road = &self.stated[road];
            vec![self.position(road.from), self.position(road.to)]
        };
        if !forward {
            line.reverse();
        }
        line
    }

    /// The line of a road of the register, between its ends if it is closed.
    pub fn edge_line(&self, day: &StreetDay, edge: usize) -> Vec<[f64; 2]> {
        if let Ok(open) = self.edges.binary_search(&edge) {
            let line = u32::try_from(open)
                .map(|open| self.network.line(open))
                .unwrap_or_default();
            return line
                .into_iter()
                .map(|position| [position.lng(), position.lat()])
                .collect();
        }
        let ends = [&day.edges[edge].from_node, &day.edges[edge].to_node];
        let at = |id: &String| day.nodes.iter().find(|node| node.node_id == *id);
        ends.into_iter()
            .filter_map(at)
            .map(|node| [node.lng, node.lat])
            .collect()
    }
}
