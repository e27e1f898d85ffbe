//! An extract as tables of junctions and roads, which a county keeps and corrects.

use std::{collections::HashMap, fmt::Write as _};

use super::Import;
use crate::Position;

impl Import {
    /// The junctions as CSV: `node_id,lng,lat`. Ids are `n` and the number of the node, then `-2` and so on where it has several
    /// junctions; the same extract gives the same ids.
    pub fn nodes_csv(&self) -> String {
        let mut csv = "node_id,lng,lat\n".to_owned();
        for (id, position) in self.node_ids().iter().zip(&self.network.nodes) {
            let _ = writeln!(csv, "{id},{},{}", position.lng(), position.lat());
        }
        csv
    }

    /// The roads as CSV: `edge_id,from_node,to_node,length_m,speed_kmh,max_gross_t,oneway,closed,bends`, bends as
    /// `lng lat;lng lat`, none closed.
    /// Ids are `w`, the number of the way and which of its pieces it is. Limits of height and width are left out.
    pub fn edges_csv(&self) -> String {
        let nodes = self.node_ids();
        let mut pieces: HashMap<i64, u32> = HashMap::new();
        let mut csv = "edge_id,from_node,to_node,length_m,speed_kmh,max_gross_t,oneway,closed,bends\n".to_owned();
        for (index, (road, way)) in (0..).zip(self.network.roads.iter().zip(&self.way_numbers)) {
            let piece = pieces.entry(*way).and_modify(|piece| *piece += 1).or_insert(1);
            let mut bends = self.network.bends(index).to_vec();
            let (mut from, mut to) = (&nodes[road.from as usize], &nodes[road.to as usize]);
            let Some(ms) = road.forward_ms.or(road.backward_ms) else {
                continue;
            };
            if road.forward_ms.is_none() {
                (from, to) = (to, from);
                bends.reverse();
            }
            let kmh = (u64::from(road.length_cm) * 36 + u64::from(ms) / 2) / u64::from(ms);
            let oneway = u32::from(road.forward_ms.is_none() || road.backward_ms.is_none());
            let (metres, cm) = (road.length_cm / 100, road.length_cm % 100);
            let _ = write!(
                csv,
                "w{way}-{piece},{from},{to},{metres}.{cm:02},{},",
                kmh.clamp(1, 150)
            );
            if let Some(kg) = road.limits.gross_kg {
                let kg = kg.clamp(1, 1_000_000);
                let _ = write!(csv, "{}.{:03}", kg / 1_000, kg % 1_000);
            }
            let _ = writeln!(csv, ",{oneway},0,{}", line(&bends));
        }
        csv
    }

    fn node_ids(&self) -> Vec<String> {
        let mut met: HashMap<i64, u32> = HashMap::new();
        let id = |number: &i64| {
            let times = met.entry(*number).and_modify(|times| *times += 1).or_insert(1);
            match times {
                1 => format!("n{number}"),
                times => format!("n{number}-{times}"),
            }
        };
        self.node_numbers.iter().map(id).collect()
    }
}

fn line(positions: &[Position]) -> String {
    let texts: Vec<String> = positions
        .iter()
        .map(|at| format!("{} {}", at.lng(), at.lat()))
        .collect();
    texts.join(";")
}
