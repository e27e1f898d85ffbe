//! Register `road_tasks`: what is done on the roads of the network of the division that it is imported for.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{checks, upsert::Upsert};

/// The register.
pub struct RoadTasks;

const COLUMNS: &[Column] = &[
    Column::required(
        "edge_id",
        "id of a road of the register `road_edges` of the same division",
    ),
    Column::required("work", "sprinkling or sweeping"),
    Column::optional(
        "both_sides",
        "1 if each side is treated by itself, a pass in each direction, else 0; empty: 0",
    ),
    Column::required("times_a_week", "passes a week (each side), 0–28; 0: not at present"),
    Column::required(
        "litres_per_km",
        "water or sweepings of a pass, litres a kilometre, 0–100,000",
    ),
    Column::required("speed_kmh", "speed at work, km/h, 1–60"),
    Column::optional(
        "penalty_yuan",
        "cost of leaving a pass out, yuan, 0.01–10,000; empty: it has to be done",
    ),
];

const TASKS: Upsert = Upsert {
    table: "road_tasks",
    key: &["division_code", "edge_id", "work"],
    columns: &[
        "both_sides",
        "times_a_week",
        "litres_per_km",
        "speed_kmh",
        "penalty_fen",
    ],
    source: "SELECT division_code, edge_id, work, both_sides::boolean AS both_sides, times::int AS times_a_week,
                    litres::bigint AS litres_per_km, speed::int AS speed_kmh, penalty::bigint / 10 AS penalty_fen
             FROM staged",
};

#[tonic::async_trait]
impl Register for RoadTasks {
    fn name(&self) -> &'static str {
        "road_tasks"
    }

    fn permission(&self) -> &'static str {
        "sanitation.roads.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "task",
            "edge_id",
            "work",
            "both_sides",
            "times",
            "litres",
            "speed",
            "penalty",
            "division_code",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let both = row
            .optional("both_sides")
            .map_or_else(|| Ok("false".to_owned()), |_| cell::flag(row, "both_sides"))?;
        let penalty = cell::thousandths(row, "penalty_yuan", 10, 10_000)?;
        if penalty
            .as_deref()
            .is_some_and(|thousandths| !thousandths.ends_with('0'))
        {
            return Err(row.error("penalty_yuan", "OUT_OF_RANGE", "whole fen", "应精确到分"));
        }
        let edge = cell::id(row, "edge_id")?;
        let work = cell::choice(row, "work", &["sprinkling", "sweeping"])?;
        Ok(vec![
            Some(format!("{edge} {work}")),
            Some(edge),
            Some(work),
            Some(both),
            Some(cell::whole(row, "times_a_week", 0, 28)?),
            Some(cell::whole(row, "litres_per_km", 0, 100_000)?),
            Some(cell::whole(row, "speed_kmh", 1, 60)?),
            penalty,
            None,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "task").await?);
        checks::stage_division(tx, import.division.code()).await?;
        let same_network = " AND t.division_code = s.division_code";
        let refused = checks::unknown(tx, "edge_id", ("road_edges", "edge_id"), same_network).await?;
        found.add(
            refused,
            "edge_id",
            "UNKNOWN_ROAD",
            "a road of the register `road_edges` of the same division",
            "本行政区划的道路名册中没有该道路",
        );
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(TASKS.run(tx, now).await?)
    }
}
