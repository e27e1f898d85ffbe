//! Register `devices`: each with the calibration that is its newest on the day of the file.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
};
use sqlx::PgConnection;

use crate::store::devices::devices_on;

/// The register.
pub struct Devices;

const LAYOUT: Layout = Layout {
    name: "devices",
    permission: "sanitation.devices.read",
    disclosure: None,
    columns: &[
        Column::plain("device_id"),
        Column::plain("kind"),
        Column::plain("facility_id"),
        Column::plain("vehicle_id"),
        Column::plain("model"),
        Column::plain("calibrated_on"),
        Column::plain("calibrated_until"),
    ],
};

#[tonic::async_trait]
impl Extract for Devices {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let (division, after) = (export.division.code(), after.unwrap_or_default());
        let rows = devices_on(conn, division, export.as_of, after, PAGE).await?;
        let lines = rows.into_iter().map(|(device, calibration)| {
            let (on, until) = calibration
                .map(|found| (found.calibrated_on.to_string(), found.valid_until.to_string()))
                .unwrap_or_default();
            vec![
                device.device_id,
                device.kind,
                device.facility_id.unwrap_or_default(),
                device.vehicle_id.unwrap_or_default(),
                device.model,
                on,
                until,
            ]
        });
        Ok(lines.collect())
    }
}
