//! Devices and tares: rows → contract.

use kit::{dates, etag};
use proto::xiangtu::sanitation::v1::{self as contract, DeviceKind};

use super::{enums::full, names};
use crate::store::{devices, tares};

/// A device with its calibrations, newest first.
pub fn device(row: devices::Device, calibrations: &[devices::Calibration]) -> contract::Device {
    let kind = DeviceKind::from_str_name(&full("DEVICE_KIND_", &row.kind));
    let facility = row.facility_id.as_deref().map(names::facility);
    let calibrations = calibrations.iter().filter(|one| one.device_id == row.device_id);
    let calibrations: Vec<contract::Calibration> = calibrations.map(calibration).collect();
    let changed_at = row.updated_at.unix_timestamp_nanos().to_string();
    let version = [row.device_id.as_str(), &changed_at, &format!("{calibrations:?}")];
    contract::Device {
        name: names::device(&row.device_id),
        division: names::division(&row.division_code),
        etag: etag::of(&version),
        kind: kind.unwrap_or_default().into(),
        owner: facility
            .or_else(|| row.vehicle_id.as_deref().map(names::vehicle))
            .unwrap_or_default(),
        model: row.model,
        calibrations,
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

fn calibration(row: &devices::Calibration) -> contract::Calibration {
    contract::Calibration {
        calibration_date: Some(dates::to_proto(row.calibrated_on)),
        valid_until: Some(dates::to_proto(row.valid_until)),
    }
}

pub fn tare(row: tares::Tare) -> contract::Tare {
    contract::Tare {
        vehicle: names::vehicle(&row.vehicle_id),
        weigh_date: Some(dates::to_proto(row.weighed_on)),
        tare_kg: row.tare_kg,
    }
}
