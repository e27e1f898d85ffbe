//! Register `devices`: scales with their newest calibration, and terminals. Calibrations of former files stay.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{
    checks,
    devices::{DEVICES, calibrations_merge, devices_changing},
};

/// The register.
pub struct Devices;

const COLUMNS: &[Column] = &[
    Column::required("device_id", "id, 1–40 letters, digits, - or _"),
    Column::required("kind", "weighbridge, onboard_scale or terminal"),
    Column::required(
        "facility_id",
        "id of the facility where it stands; empty: it is on a vehicle",
    ),
    Column::required(
        "vehicle_id",
        "id of the vehicle that carries it; empty: it stands at a facility",
    ),
    Column::optional("model", "model"),
    Column::required(
        "calibrated_on",
        "day of its newest calibration, YYYY-MM-DD; only of scales",
    ),
    Column::required("calibrated_until", "last day of that calibration, YYYY-MM-DD"),
];

#[tonic::async_trait]
impl Register for Devices {
    fn name(&self) -> &'static str {
        "devices"
    }

    fn permission(&self) -> &'static str {
        "sanitation.devices.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "device_id",
            "kind",
            "facility_id",
            "vehicle_id",
            "model",
            "calibrated_on",
            "calibrated_until",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let (facility, vehicle) = (
            cell::optional_id(row, "facility_id")?,
            cell::optional_id(row, "vehicle_id")?,
        );
        if facility.is_some() == vehicle.is_some() {
            let rule = "given if facility_id is empty, and only then";
            return Err(row.error("vehicle_id", "ONE_OWNER", rule, "设施与车辆应且只应填一项"));
        }
        let kind = cell::choice(row, "kind", &["weighbridge", "onboard_scale", "terminal"])?;
        let (on, until) = (row.date("calibrated_on")?, row.date("calibrated_until")?);
        if on.is_some() != until.is_some() || until < on {
            let rule = "not before calibrated_on, and given with it";
            return Err(row.error(
                "calibrated_until",
                "WRONG_ORDER",
                rule,
                "应与检定日期同填，且不早于检定日期",
            ));
        }
        if kind == "terminal" && on.is_some() {
            let rule = "empty of a terminal: it weighs nothing";
            return Err(row.error("calibrated_on", "NO_SCALE", rule, "终端不是计量器具，不应填写检定日期"));
        }
        Ok(vec![
            Some(cell::id(row, "device_id")?),
            Some(kind),
            facility,
            vehicle,
            row.optional("model").map(|_| cell::text(row, "model")).transpose()?,
            on.map(|day| day.to_string()),
            until.map(|day| day.to_string()),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "device_id").await?);
        let division = Some(import.division.code());
        found.facility(tx, ("facility_id", "facility_id"), "", division).await?;
        found.vehicle(tx, "vehicle_id").await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let (staged, now) = (checks::staged_count(tx).await?, tx.now());
        let (fresh, differing) = devices_changing(tx).await?;
        DEVICES.run(tx, now).await?;
        calibrations_merge(tx).await?;
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(Outcome {
            inserted: count(fresh),
            updated: count(differing),
            unchanged: staged - count(fresh + differing),
            ..Outcome::default()
        })
    }
}
