//! Networks and graphs as bytes that a service can keep.
//!
//! Magic, version, kind, content, and the SHA-256 of all that: the last 32 bytes tell whether two are the same. Numbers are
//! little-endian, lists begin with their length.

mod check;
mod reader;

use sha2::{Digest as _, Sha256};

use crate::{
    Graph, Limits, Network, Position, Road,
    csr::id,
    hierarchy::{Arc, Hierarchy, MadeOf},
};
use reader::Reader;

const MAGIC: &[u8; 8] = b"xt-roads";
const VERSION: u8 = 1;
const NETWORK: u8 = 1;
const GRAPH: u8 = 2;
const HASH: usize = 32;
/// Stands for a limit or a direction that is not there.
const NONE: u32 = u32::MAX;
/// Second number of an arc that is a road driven in its direction, and against it.
const FORWARD: u32 = u32::MAX;
const BACKWARD: u32 = u32::MAX - 1;

/// Why bytes are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// They begin otherwise.
    #[error("not kept roads")]
    Foreign,
    /// Another version of this crate wrote them: prepare anew.
    #[error("version {found}; this is version {VERSION}")]
    Version {
        /// The version they state.
        found: u8,
    },
    /// A network where a graph is asked for, or the other way round.
    #[error("not the kind that was asked for")]
    Kind,
    /// Changed, cut off or lengthened after they were written.
    #[error("damaged: the hash does not fit")]
    Damaged,
    /// The hash fits, but they state what cannot be.
    #[error("{what} cannot be")]
    Impossible {
        /// What is wrong.
        what: &'static str,
    },
}

impl Network {
    /// The network as bytes, the same for the same network.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = begin(NETWORK);
        write_network(&mut bytes, self);
        seal(bytes)
    }

    /// A network from bytes that [`Network::to_bytes`] made.
    ///
    /// # Errors
    /// See [`BytesError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BytesError> {
        let mut reader = open(bytes, NETWORK)?;
        let network = read_network(&mut reader)?;
        reader.end()?;
        Ok(network)
    }
}

impl Graph {
    /// The prepared graph as bytes, the same for the same graph.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = begin(GRAPH);
        write_network(&mut bytes, &self.network);
        write_hierarchy(&mut bytes, &self.hierarchy);
        seal(bytes)
    }

    /// A graph from bytes that [`Graph::to_bytes`] made; much faster than to prepare it.
    ///
    /// # Errors
    /// See [`BytesError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BytesError> {
        let mut reader = open(bytes, GRAPH)?;
        let network = read_network(&mut reader)?;
        let (ranks, arcs) = read_hierarchy(&mut reader)?;
        reader.end()?;
        check::hierarchy(&network, &ranks, &arcs)?;
        Ok(Self::new(network, Hierarchy::new(ranks, arcs)))
    }
}

fn begin(kind: u8) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([VERSION, kind]);
    bytes
}

fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let hash = Sha256::digest(&bytes);
    bytes.extend_from_slice(&hash);
    bytes
}

fn open(bytes: &[u8], kind: u8) -> Result<Reader<'_>, BytesError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(BytesError::Foreign)?;
    let &[found, of, ..] = rest else {
        return Err(BytesError::Damaged);
    };
    if found != VERSION {
        return Err(BytesError::Version { found });
    }
    let length = bytes.len().checked_sub(HASH).ok_or(BytesError::Damaged)?;
    let (sealed, hash) = bytes.split_at(length);
    if Sha256::digest(sealed)[..] != *hash {
        return Err(BytesError::Damaged);
    }
    if of != kind {
        return Err(BytesError::Kind);
    }
    let content = sealed.get(MAGIC.len() + 2..).ok_or(BytesError::Damaged)?;
    Ok(Reader::new(content))
}

fn write(bytes: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        bytes.extend(number.to_le_bytes());
    }
}

fn write_positions(bytes: &mut Vec<u8>, positions: &[Position]) {
    write(bytes, [id(positions.len())]);
    for position in positions {
        let (lng, lat) = position.e7();
        bytes.extend(lng.to_le_bytes());
        bytes.extend(lat.to_le_bytes());
    }
}

fn write_network(bytes: &mut Vec<u8>, network: &Network) {
    write_positions(bytes, &network.nodes);
    write_positions(bytes, &network.bends);
    write(bytes, [id(network.roads.len())]);
    for (road, bends_to) in network.roads.iter().zip(&network.bends_from[1..]) {
        let limits = road.limits;
        write(bytes, [road.from, road.to, road.length_cm, *bends_to]);
        let optional = [
            road.forward_ms,
            road.backward_ms,
            limits.gross_kg,
            limits.height_cm,
            limits.width_cm,
        ];
        write(bytes, optional.map(|value| value.unwrap_or(NONE)));
    }
}

fn read_network(reader: &mut Reader<'_>) -> Result<Network, BytesError> {
    let nodes = reader.list(8, Reader::position)?;
    let bends = reader.list(8, Reader::position)?;
    let mut bends_from = vec![0];
    let roads = reader.list(36, |reader| {
        let (from, to, length_cm) = (reader.number()?, reader.number()?, reader.number()?);
        bends_from.push(reader.number()?);
        let mut optional = || Ok(Some(reader.number()?).filter(|value| *value != NONE));
        Ok(Road {
            from,
            to,
            length_cm,
            forward_ms: optional()?,
            backward_ms: optional()?,
            limits: Limits {
                gross_kg: optional()?,
                height_cm: optional()?,
                width_cm: optional()?,
            },
        })
    })?;
    let network = Network {
        nodes,
        roads,
        bends,
        bends_from,
    };
    check::network(&network)?;
    Ok(network)
}

fn write_hierarchy(bytes: &mut Vec<u8>, hierarchy: &Hierarchy) {
    write(bytes, [id(hierarchy.ranks.len())]);
    write(bytes, hierarchy.ranks.iter().copied());
    write(bytes, [id(hierarchy.arcs.len())]);
    for arc in &hierarchy.arcs {
        let made_of = match arc.made_of {
            MadeOf::Road { road, forward } => [road, if forward { FORWARD } else { BACKWARD }],
            MadeOf::Arcs(first, second) => [first, second],
        };
        write(bytes, [arc.from, arc.to]);
        bytes.extend(arc.cost.bits().to_le_bytes());
        write(bytes, made_of);
    }
}

fn read_hierarchy(reader: &mut Reader<'_>) -> Result<(Vec<u32>, Vec<Arc>), BytesError> {
    let ranks = reader.list(4, Reader::number)?;
    let arcs = reader.list(24, |reader| {
        Ok(Arc {
            from: reader.number()?,
            to: reader.number()?,
            cost: reader.cost()?,
            made_of: match (reader.number()?, reader.number()?) {
                (road, FORWARD) => MadeOf::Road { road, forward: true },
                (road, BACKWARD) => MadeOf::Road { road, forward: false },
                (first, second) => MadeOf::Arcs(first, second),
            },
        })
    })?;
    Ok((ranks, arcs))
}
