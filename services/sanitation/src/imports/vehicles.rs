//! Register `vehicles`: they belong to the division of their depot.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::upsert::Upsert;

/// The register.
pub struct Vehicles;

const COLUMNS: &[Column] = &[
    Column::required("vehicle_id", "id, 1–40 letters, digits, - or _"),
    Column::required("plate", "number plate"),
    Column::required("depot_id", "id of the facility where it starts and ends its shift"),
    Column::required(
        "kind",
        "model that begins with compactor, hook_lift, sprinkler, sweeper or small_motor",
    ),
    Column::required("payload_kg", "heaviest load, kg, 1–100,000"),
    Column::required("gross_t", "permitted gross mass, t, above the payload"),
    Column::required("volume_m3", "volume of its body, m³"),
    Column::required("shift_start", "start of its shift HH:MM"),
    Column::required("shift_end", "end of its shift HH:MM"),
    Column::required("speed_kmh", "mean speed, km/h, 1–120"),
    Column::optional(
        "stream",
        "the only stream it carries: residual, kitchen, recyclable or hazardous; empty: what is not collected apart",
    ),
];

const VEHICLES: Upsert = Upsert {
    table: "vehicles",
    key: &["vehicle_id"],
    columns: &[
        "division_code",
        "plate",
        "depot_id",
        "kind",
        "model",
        "payload_kg",
        "gross_kg",
        "volume_l",
        "shift_starts_s",
        "shift_ends_s",
        "speed_kmh",
        "stream",
    ],
    source:
        "SELECT s.vehicle_id, f.division_code, s.plate, s.depot_id, s.kind, s.model, s.payload_kg::bigint AS payload_kg,
                    s.gross_kg::bigint AS gross_kg, s.volume_l::bigint AS volume_l, s.starts::int AS shift_starts_s,
                    s.ends::int AS shift_ends_s, s.speed::int AS speed_kmh, coalesce(s.stream, '') AS stream
             FROM staged s JOIN facilities f ON f.facility_id = s.depot_id",
};

const KINDS: [&str; 5] = ["compactor", "hook_lift", "sprinkler", "sweeper", "small_motor"];

#[tonic::async_trait]
impl Register for Vehicles {
    fn name(&self) -> &'static str {
        "vehicles"
    }

    fn permission(&self) -> &'static str {
        "sanitation.vehicles.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "vehicle_id",
            "plate",
            "depot_id",
            "kind",
            "model",
            "payload_kg",
            "gross_kg",
            "volume_l",
            "starts",
            "ends",
            "speed",
            "stream",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let model = cell::id(row, "kind")?;
        let Some(kind) = KINDS.into_iter().find(|kind| model.starts_with(kind)) else {
            let list = KINDS.join(", ");
            return Err(row.error(
                "kind",
                "UNKNOWN_KIND",
                &format!("a model that begins with one of {list}"),
                &format!("应以 {list} 之一开头"),
            ));
        };
        let payload_kg = cell::whole(row, "payload_kg", 1, 100_000)?;
        row.required("gross_t")?;
        row.required("volume_m3")?;
        let gross_kg = cell::thousandths(row, "gross_t", 1, 200)?;
        let number = |text: &str| text.parse::<i64>().unwrap_or_default();
        if gross_kg.as_deref().map(number) <= Some(number(&payload_kg)) {
            return Err(row.error("gross_t", "WRONG_ORDER", "above the payload", "应大于核定载质量"));
        }
        let (starts, ends) = cell::span(row, "shift_start", "shift_end")?;
        Ok(vec![
            Some(cell::id(row, "vehicle_id")?),
            Some(cell::text(row, "plate")?),
            Some(cell::id(row, "depot_id")?),
            Some(kind.to_owned()),
            Some(model),
            Some(payload_kg),
            gross_kg,
            cell::thousandths(row, "volume_m3", 1, 1_000)?,
            Some(starts),
            Some(ends),
            Some(cell::whole(row, "speed_kmh", 1, 120)?),
            Some(cell::stream(row, "stream")?),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "vehicle_id").await?);
        found
            .facility(tx, ("depot_id", "depot_id"), "", Some(import.division.code()))
            .await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(VEHICLES.run(tx, now).await?)
    }
}
