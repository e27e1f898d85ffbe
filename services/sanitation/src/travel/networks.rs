//! Roads of the registers, made ready once for each version and kept in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use futures::future::try_join_all;
use kit::{
    Kit,
    db::Tx,
    error::{Error, Result},
};
use roads::{EdgeRow, Graph, Network, NodeRow, Vehicle};
use tokio_util::sync::CancellationToken;

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

/// The networks that were last used, the newest last.
#[derive(Default)]
pub struct Networks(Mutex<Vec<Arc<Slot>>>);

/// The place of a division's network. Who comes while it is made ready waits, and gets it without making it again; other
/// networks do not wait.
struct Slot {
    division: String,
    kept: tokio::sync::Mutex<Option<Kept>>,
}

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
    /// The graphs of vehicles with these gross masses, in kg. Ends at once when it is cancelled; what it is making ready then
    /// is left.
    pub async fn graphs(
        &self,
        kit: &Kit,
        division: &str,
        gross_kg: &[i64],
        cancel: &CancellationToken,
    ) -> Result<Graphs> {
        let stop = cancel.child_token();
        // A future that is dropped stops the work that it began.
        let _guard = stop.clone().drop_guard();
        let made = cancel
            .run_until_cancelled(self.made(kit, division, gross_kg, &stop))
            .await;
        made.unwrap_or_else(|| Err(Error::cancelled()))
    }

    async fn made(&self, kit: &Kit, division: &str, gross_kg: &[i64], stop: &CancellationToken) -> Result<Graphs> {
        let mut tx = kit.db.system(READ_ROADS).await?;
        let division = network_of(&mut tx, division).await?.ok_or_else(|| no_roads(division))?;
        drop(tx);
        let slot = self.slot(division);
        let mut kept = slot.kept.lock().await;
        let found = current(&mut kept, kit, &slot.division).await?;
        let mut wanted: BTreeMap<u32, i64> = BTreeMap::new();
        for gross_kg in gross_kg {
            wanted.entry(limit(&found.limits, *gross_kg)).or_insert(*gross_kg);
        }
        let graphs = found.graphs(&wanted, stop).await?;
        Ok(Graphs {
            limits: found.limits.clone(),
            graphs,
        })
    }

    fn slot(&self, division: String) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|slot| slot.division == division);
        let slot = known.map_or_else(
            || {
                let kept = tokio::sync::Mutex::default();
                Arc::new(Slot { division, kept })
            },
            |index| slots.remove(index),
        );
        slots.push(Arc::clone(&slot));
        let surplus = slots.len().saturating_sub(MOST_NETWORKS);
        slots.drain(..surplus);
        slot
    }
}

/// The network in its present version: what is kept, or read anew.
async fn current<'a>(kept: &'a mut Option<Kept>, kit: &Kit, division: &str) -> Result<&'a mut Kept> {
    let mut tx = kit.db.system(READ_ROADS).await?;
    let version = network_hold(&mut tx, division).await?;
    if kept.as_ref().is_none_or(|kept| kept.version != version) {
        *kept = Some(newest(tx, division, version).await?);
    }
    kept.as_mut().ok_or_else(|| Error::internal("a network that was read"))
}

async fn newest(mut tx: Tx, division: &str, version: i64) -> Result<Kept> {
    let nodes = nodes_of(&mut tx, division).await?;
    let edges = open_edges_of(&mut tx, division, MOST_ROADS + 1).await?;
    drop(tx);
    if i64::try_from(edges.len()).is_ok_and(|edges| edges > MOST_ROADS) {
        return Err(too_many_roads(division));
    }
    let made = tokio::task::spawn_blocking(move || read(&nodes, &edges));
    let (network, limits) = made.await.map_err(Error::internal)??;
    Ok(Kept {
        division: division.to_owned(),
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
    /// The graphs of some limits, each with the mass of a vehicle that keeps to it; those that are missing are made ready side by side.
    async fn graphs(
        &mut self,
        wanted: &BTreeMap<u32, i64>,
        stop: &CancellationToken,
    ) -> Result<BTreeMap<u32, Arc<Graph>>> {
        let known = |limit: &u32| self.graphs.iter().any(|(of, _)| of == limit);
        let missing = wanted.iter().map(|(limit, gross_kg)| (*limit, *gross_kg));
        let missing: Vec<(u32, i64)> = missing.filter(|(limit, _)| !known(limit)).collect();
        let threads = thread::available_parallelism().map_or(1, usize::from);
        for part in missing.chunks(threads) {
            let prepared = part
                .iter()
                .map(|(limit, gross_kg)| self.prepare(*limit, *gross_kg, stop));
            let prepared = try_join_all(prepared).await?;
            self.graphs.extend(prepared);
        }
        // Those that are used now come last.
        self.graphs.sort_by_key(|(limit, _)| wanted.contains_key(limit));
        let used = self.graphs.iter().filter(|(limit, _)| wanted.contains_key(limit));
        let used = used.map(|(limit, graph)| (*limit, Arc::clone(graph))).collect();
        let surplus = self.graphs.len().saturating_sub(MOST_GRAPHS);
        self.graphs.drain(..surplus);
        Ok(used)
    }

    async fn prepare(&self, limit: u32, gross_kg: i64, stop: &CancellationToken) -> Result<(u32, Arc<Graph>)> {
        let (network, stop) = (Arc::clone(&self.network), stop.clone());
        let prepared = tokio::task::spawn_blocking(move || {
            Graph::prepare_unless(&network, &Vehicle::of_gross_kg(limit), &|| stop.is_cancelled())
        });
        match prepared.await.map_err(Error::internal)? {
            Ok(Some(graph)) => Ok((limit, Arc::new(graph))),
            Ok(None) => Err(Error::cancelled()),
            Err(nothing) => {
                let roads = nothing.roads;
                Err(Error::rule(
                    "NO_USABLE_ROADS",
                    names::division(&self.division),
                    format!("none of {roads} open roads bears {gross_kg} kg and can be driven there and back"),
                    format!("{roads} 条道路中没有承重 {gross_kg} 千克、可往返的道路"),
                ))
            }
        }
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
