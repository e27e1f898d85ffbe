//! Roads of the registers, made ready once for each version and kept in memory.

use std::{collections::BTreeMap, sync::Arc};

use kit::{
    Kit,
    error::{Error, Result},
};
use roads::{EdgeRow, Graph, Network, NodeRow, Vehicle};
use tokio::sync::Mutex;

use super::no_roads;
use crate::{
    planning::Fleet,
    store::roads::{RoadEdge, RoadNode, network_hold, network_of, nodes_of, open_edges_of},
    wire::names,
};

/// Most networks that are kept.
const MOST_NETWORKS: usize = 2;
/// Most graphs that are kept of a network.
const MOST_GRAPHS: usize = 8;
/// Most open roads of a network.
pub const MOST_ROADS: i64 = 500_000;
/// Name of the transaction that reads them.
const READ_ROADS: &str = "read_roads";

/// The networks that were last used, the newest last. Who waits for a network gets it without making it again.
#[derive(Default)]
pub struct Networks(Mutex<Vec<Kept>>);

struct Kept {
    division: String,
    version: i64,
    network: Arc<Network>,
    /// What its limits tell apart: masses that they bear, ascending.
    limits: Vec<u32>,
    /// By the limit that a vehicle keeps to, the newest last.
    graphs: Vec<(u32, Arc<Graph>)>,
}

/// The graphs of some vehicles.
pub struct Graphs {
    limits: Vec<u32>,
    graphs: BTreeMap<u32, Arc<Graph>>,
}

impl Networks {
    /// The graphs of vehicles with these gross masses, in kg.
    pub async fn graphs(&self, kit: &Kit, division: &str, gross_kg: &[i64]) -> Result<Graphs> {
        let mut kept = self.0.lock().await;
        let mut found = current(&mut kept, kit, division).await?;
        let mut graphs = BTreeMap::new();
        for gross_kg in gross_kg {
            let limit = limit(&found.limits, *gross_kg);
            graphs.insert(limit, found.graph(limit, *gross_kg).await?);
        }
        let limits = found.limits.clone();
        kept.push(found);
        let surplus = kept.len().saturating_sub(MOST_NETWORKS);
        kept.drain(..surplus);
        Ok(Graphs { limits, graphs })
    }
}

/// Takes the network in its present version out of what is kept, or reads it.
async fn current(kept: &mut Vec<Kept>, kit: &Kit, division: &str) -> Result<Kept> {
    let mut tx = kit.db.system(READ_ROADS).await?;
    let division = network_of(&mut tx, division).await?.ok_or_else(|| no_roads(division))?;
    let version = network_hold(&mut tx, &division).await?;
    let same = |kept: &Kept| kept.division == division;
    let found = kept.iter().position(same).map(|index| kept.remove(index));
    if let Some(found) = found.filter(|found| found.version == version) {
        return Ok(found);
    }
    let nodes = nodes_of(&mut tx, &division).await?;
    let edges = open_edges_of(&mut tx, &division, MOST_ROADS + 1).await?;
    drop(tx);
    if i64::try_from(edges.len()).is_ok_and(|edges| edges > MOST_ROADS) {
        return Err(too_many_roads(&division));
    }
    let made = tokio::task::spawn_blocking(move || read(&nodes, &edges));
    let (network, limits) = made.await.map_err(Error::internal)??;
    Ok(Kept {
        division,
        version,
        network: Arc::new(network),
        limits,
        graphs: Vec::new(),
    })
}

pub fn too_many_roads(division: &str) -> Error {
    Error::rule(
        "TOO_MANY_ROADS",
        names::division(division),
        format!("more than {MOST_ROADS} open roads: import the roads of the county alone"),
        format!("道路超过 {MOST_ROADS} 条：请只导入本县道路"),
    )
}

impl Kept {
    async fn graph(&mut self, limit: u32, gross_kg: i64) -> Result<Arc<Graph>> {
        let known = self.graphs.iter().position(|(of, _)| *of == limit);
        let graph = if let Some(index) = known {
            self.graphs.remove(index).1
        } else {
            self.prepare(limit, gross_kg).await?
        };
        self.graphs.push((limit, Arc::clone(&graph)));
        let surplus = self.graphs.len().saturating_sub(MOST_GRAPHS);
        self.graphs.drain(..surplus);
        Ok(graph)
    }

    async fn prepare(&self, limit: u32, gross_kg: i64) -> Result<Arc<Graph>> {
        let network = Arc::clone(&self.network);
        let prepared = tokio::task::spawn_blocking(move || Graph::prepare(&network, &Vehicle::of_gross_kg(limit)));
        let prepared = prepared.await.map_err(Error::internal)?;
        prepared.map(Arc::new).map_err(|nothing| {
            let roads = nothing.roads;
            Error::rule(
                "NO_USABLE_ROADS",
                names::division(&self.division),
                format!("none of {roads} open roads bears {gross_kg} kg and can be driven there and back"),
                format!("{roads} 条道路中没有承重 {gross_kg} 千克、可往返的道路"),
            )
        })
    }
}

impl Graphs {
    /// The fleets of vehicles whose graphs these are, the heaviest first.
    pub fn fleets(&self, gross_kg: impl Iterator<Item = i64>) -> Vec<Fleet> {
        let mut heaviest: BTreeMap<u32, i64> = BTreeMap::new();
        for gross_kg in gross_kg {
            let known = heaviest.entry(limit(&self.limits, gross_kg)).or_default();
            *known = gross_kg.max(*known);
        }
        let fleet = |(limit, gross_kg): (u32, i64)| {
            Some(Fleet {
                gross_kg,
                graph: Arc::clone(self.graphs.get(&limit)?),
            })
        };
        heaviest.into_iter().rev().filter_map(fleet).collect()
    }
}

/// The smallest limit that a vehicle keeps to; vehicles with the same one use the same roads.
fn limit(limits: &[u32], gross_kg: i64) -> u32 {
    let keeps = |limit: &&u32| i64::from(**limit) >= gross_kg;
    limits.iter().find(keeps).copied().unwrap_or(u32::MAX)
}

/// A network of registers, its junctions and roads in the order of the rows, with the masses that its limits tell apart.
pub fn read(nodes: &[RoadNode], edges: &[RoadEdge]) -> Result<(Network, Vec<u32>)> {
    let nodes: Vec<NodeRow> = nodes.iter().map(node).collect();
    let edges: Vec<EdgeRow> = edges
        .iter()
        .map(edge)
        .collect::<Option<_>>()
        .ok_or_else(|| Error::internal("a road's bends"))?;
    let mut limits: Vec<u32> = edges.iter().filter_map(|edge| edge.max_gross_kg).collect();
    limits.sort_unstable();
    limits.dedup();
    let network = Network::from_rows(&nodes, &edges).map_err(Error::internal)?;
    Ok((network, limits))
}

fn node(row: &RoadNode) -> NodeRow {
    NodeRow {
        id: row.node_id.clone(),
        lng: row.lng,
        lat: row.lat,
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 10^9 mm")]
fn edge(row: &RoadEdge) -> Option<EdgeRow> {
    let bend = |text: &str| {
        let (lng, lat) = text.split_once(' ')?;
        Some((lng.parse().ok()?, lat.parse().ok()?))
    };
    let bends = row.bends.split(';').filter(|text| !text.is_empty());
    Some(EdgeRow {
        from: row.from_node.clone(),
        to: row.to_node.clone(),
        length_m: row.length_mm as f64 / 1_000.0,
        speed_kmh: row.speed_kmh.into(),
        max_gross_kg: row.max_gross_kg.and_then(|kg| u32::try_from(kg).ok()),
        oneway: row.oneway,
        bends: bends.map(bend).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vehicles_between_two_limits_are_alike() {
        let limits = [2_500, 5_000, 10_000];
        let found: Vec<u32> = [2_000, 2_500, 2_501, 7_300, 10_000, 10_500]
            .map(|kg| limit(&limits, kg))
            .into();
        assert_eq!(found, [2_500, 2_500, 5_000, 10_000, 10_000, u32::MAX]);
    }
}
