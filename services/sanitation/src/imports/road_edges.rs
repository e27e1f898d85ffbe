//! Register `road_edges`: the roads between the junctions of a network.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{checks, roads, upsert::Upsert};

/// The register.
pub struct RoadEdges;

const COLUMNS: &[Column] = &[
    Column::required("edge_id", "id in its network, 1–40 letters, digits, - or _"),
    Column::required("from_node", "id of the junction where it begins"),
    Column::required("to_node", "id of the junction where it ends"),
    Column::required("length_m", "length, m, 0.01–1,000,000, at most 3 decimals"),
    Column::required("speed_kmh", "mean speed that trucks keep, km/h, 1–150"),
    Column::optional("max_gross_t", "heaviest gross mass that it bears, t; empty: any"),
    Column::optional(
        "oneway",
        "1 if nobody may drive from its end to its begin, else 0; empty: 0",
    ),
    Column::optional("closed", "1 if nobody may drive there, else 0; empty: 0"),
    Column::optional(
        "bends",
        "positions between its ends in order, `lng lat;lng lat`, at most 2,000; empty: it is straight",
    ),
];

const EDGES: Upsert = Upsert {
    table: "road_edges",
    key: &["division_code", "edge_id"],
    columns: &[
        "from_node",
        "to_node",
        "length_mm",
        "speed_kmh",
        "max_gross_kg",
        "oneway",
        "closed",
        "bends",
    ],
    source:
        "SELECT division_code, edge_id, from_node, to_node, length_mm::bigint AS length_mm, speed::int AS speed_kmh,
                    max_kg::bigint AS max_gross_kg, oneway::boolean AS oneway, closed::boolean AS closed, bends
             FROM staged",
};

#[tonic::async_trait]
impl Register for RoadEdges {
    fn name(&self) -> &'static str {
        "road_edges"
    }

    fn permission(&self) -> &'static str {
        "sanitation.roads.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "edge_id",
            "from_node",
            "to_node",
            "length_mm",
            "speed",
            "max_kg",
            "oneway",
            "closed",
            "bends",
            "division_code",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let flag = |column| {
            row.optional(column)
                .map_or_else(|| Ok("false".to_owned()), |_| cell::flag(row, column))
        };
        row.required("length_m")?;
        let (from, to) = (cell::id(row, "from_node")?, cell::id(row, "to_node")?);
        let bends = cell::positions(row, "bends")?;
        if from == to && bends.is_empty() {
            return Err(row.error(
                "to_node",
                "SAME_NODE",
                "another junction than from_node, unless the road has bends",
                "应与起点不同，除非道路有途经点",
            ));
        }
        Ok(vec![
            Some(cell::id(row, "edge_id")?),
            Some(from),
            Some(to),
            cell::thousandths(row, "length_m", 10, 1_000_000)?,
            Some(cell::whole(row, "speed_kmh", 1, 150)?),
            cell::thousandths(row, "max_gross_t", 1, 1_000)?,
            Some(flag("oneway")?),
            Some(flag("closed")?),
            Some(bends),
            None,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "edge_id").await?);
        checks::stage_division(tx, import.division.code()).await?;
        for column in ["from_node", "to_node"] {
            let same_network = " AND t.division_code = s.division_code";
            let refused = checks::unknown(tx, column, ("road_nodes", "node_id"), same_network).await?;
            found.add(
                refused,
                column,
                "UNKNOWN_NODE",
                "a junction of the register `road_nodes` of the same division",
                "本行政区划的道路节点名册中没有该节点",
            );
        }
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        let outcome = EDGES.run(tx, now).await?;
        if outcome.inserted + outcome.updated > 0 {
            roads::edges_changed(tx, import.division.code(), now).await?;
        }
        Ok(outcome)
    }
}
