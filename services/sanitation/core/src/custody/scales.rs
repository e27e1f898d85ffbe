//! Whether a load was weighed with scales that count, and the vehicle with its own tare.

use time::Date;

use super::{Anomaly, Fault, Load, Masses};
use crate::norms::Tolerance;

/// A scale that weighed a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// Its id.
    pub device: String,
    /// Day of the weighing.
    pub used_on: Date,
    /// Last day of its newest calibration up to then; `None`: it had none.
    pub calibrated_until: Option<Date>,
    /// It belongs to one of the sides of the hand-over.
    pub in_place: bool,
}

/// The scales of a load that did not count on their day, as one anomaly.
pub(super) fn unfit(load: &Load) -> Option<Anomaly> {
    let (mut texts, mut texts_zh) = (Vec::new(), Vec::new());
    for scale in &load.scales {
        let (device, day) = (&scale.device, scale.used_on);
        match scale.calibrated_until {
            None => {
                texts.push(format!("{device} had no calibration on {day}"));
                texts_zh.push(format!("{device} 在 {day} 没有检定记录"));
            }
            Some(until) if until < day => {
                texts.push(format!("calibration of {device} ran out on {until}, used on {day}"));
                texts_zh.push(format!("{device} 检定有效期至 {until}，使用日期 {day}"));
            }
            Some(_) => {}
        }
        if !scale.in_place {
            texts.push(format!("{device} belongs to neither side"));
            texts_zh.push(format!("{device} 不属于交接双方"));
        }
    }
    (!texts.is_empty()).then(|| load.anomaly(Fault::DeviceUnfit, None, texts.join("; "), texts_zh.join("；")))
}

/// The tare as weighed is off the register.
pub(super) fn tare_off(load: &Load, tolerance: Tolerance) -> Option<Anomaly> {
    // What stayed aboard is weighed with the vehicle.
    let (registered, weighed) = (load.tare_kg?, load.received?.tare_kg? - load.course.residue_kg);
    let masses = Masses {
        expected_kg: registered,
        found_kg: weighed,
        tolerance_kg: tolerance.around(registered),
    };
    let (off, allowed) = ((weighed - registered).abs(), masses.tolerance_kg);
    (off > allowed).then(|| {
        load.anomaly(
            Fault::TareOff,
            Some(masses),
            format!("tare {weighed} kg, registered {registered} kg: {off} kg off, {allowed} kg allowed"),
            format!("皮重 {weighed} 公斤，登记皮重 {registered} 公斤，相差 {off} 公斤，允差 {allowed} 公斤"),
        )
    })
}
