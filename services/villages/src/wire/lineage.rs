//! Descent of divisions on the wire.

use kit::dates;
use proto::xiangtu::villages::v1::{LineageEdge, LineageKind};

use super::division;
use crate::store::lineage::LineageRow;

/// One edge.
pub fn edge(row: &LineageRow) -> LineageEdge {
    LineageEdge {
        predecessor: division::name(&row.division_code),
        successor: row.successor_code.as_deref().map(division::name).unwrap_or_default(),
        kind: LineageKind::from_str_name(&format!("LINEAGE_KIND_{}", row.kind))
            .unwrap_or_default()
            .into(),
        effective_date: Some(dates::to_proto(row.effective_date)),
        predecessor_display_name: row.predecessor_display_name.clone(),
        successor_display_name: row.successor_display_name.clone().unwrap_or_default(),
    }
}

/// Several edges.
pub fn edges(rows: &[LineageRow]) -> Vec<LineageEdge> {
    rows.iter().map(edge).collect()
}
