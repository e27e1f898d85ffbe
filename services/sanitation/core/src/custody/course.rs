//! What became of a load on its way: seals, residue, and what was refused and driven back.

use super::{Anomaly, Fault, Kind, Load, Masses};
use crate::norms::Tolerance;

/// What became of a load beside being weighed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// Aboard since the vehicle's trip before, kg.
    pub carried_kg: i64,
    /// Stayed in the vehicle after unloading, kg.
    pub residue_kg: i64,
    /// Refused by the taking side after it was weighed in.
    pub rejection: Option<Rejection>,
    /// Its seal, if it had one or one was looked at.
    pub seal: Option<Seal>,
    /// Keys that signed a record of it and had been revoked when it came.
    pub late_keys: Vec<String>,
}

/// A load, or part of one, that was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Given back, kg; `None`: not weighed.
    pub net_kg: Option<i64>,
    /// How it came back; `None`: it has not.
    pub back: Option<Back>,
}

/// A load that was driven back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    /// Where it was taken: the station of a haul, the code of a village of a collection.
    pub to: String,
    /// Taken there, kg; `None`: not weighed.
    pub net_kg: Option<i64>,
}

/// A seal on a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Number that was put on; `None`: nobody stated one.
    pub put_on: Option<String>,
    /// What was found at unloading; `None`: nobody looked.
    pub found: Option<(SealState, String)>,
    /// Whoever unloaded had to look.
    pub owed: bool,
}

/// How a seal was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealState {
    /// Whole.
    Intact,
    /// Broken.
    Broken,
    /// Gone.
    Missing,
}

impl Load {
    /// What was refused, kg; where it was not weighed, what came back.
    pub fn rejected_kg(&self) -> i64 {
        let Some(rejection) = &self.course.rejection else {
            return 0;
        };
        let back = rejection.back.as_ref().and_then(|back| back.net_kg);
        rejection.net_kg.or(back).unwrap_or(0)
    }

    /// What was taken back at the end of the way back, kg; where it was not weighed, what was refused.
    pub fn returned_kg(&self) -> i64 {
        let back = self
            .course
            .rejection
            .as_ref()
            .and_then(|rejection| rejection.back.as_ref());
        back.map_or(0, |back| back.net_kg.unwrap_or_else(|| self.rejected_kg()))
    }
}

/// What was refused did not come back, or not as it left.
pub(super) fn sent_back(load: &Load, tolerance: Tolerance) -> Option<Anomaly> {
    let rejection = load.course.rejection.as_ref()?;
    let rejected = load.rejected_kg();
    let found = |fault, found_kg, text, text_zh| {
        let masses = Masses {
            expected_kg: rejected,
            found_kg,
            tolerance_kg: tolerance.around(rejected),
        };
        Some(load.anomaly_back(fault, masses, text, text_zh))
    };
    let Some(back) = &rejection.back else {
        return found(
            Fault::ReturnMissing,
            0,
            format!("{rejected} kg rejected have not come back"),
            format!("退回 {rejected} 公斤，尚无返程记录"),
        );
    };
    let taken = back.net_kg?;
    let (off, allowed) = (taken - rejected, tolerance.around(rejected));
    let (fault, word, word_zh) = if off < -allowed {
        (Fault::ReturnShort, "short", "短少")
    } else if off > allowed {
        (Fault::ReturnExcess, "too much", "多出")
    } else {
        return None;
    };
    let amount = off.abs();
    found(
        fault,
        taken,
        format!("{rejected} kg rejected, {taken} kg came back: {amount} kg {word}, {allowed} kg allowed"),
        format!("退回 {rejected} 公斤，返程接收 {taken} 公斤，{word_zh} {amount} 公斤，允差 {allowed} 公斤"),
    )
}

/// The seal was not found as it was put on.
pub(super) fn unsealed(load: &Load) -> Option<Anomaly> {
    let seal = load.course.seal.as_ref()?;
    let put_on = seal.put_on.as_deref();
    let (text, text_zh) = match (&seal.found, put_on) {
        (Some((SealState::Broken, number)), _) => {
            (format!("seal {number} was found broken"), format!("封签 {number} 破损"))
        }
        (Some((SealState::Missing, _)), Some(number)) => {
            (format!("seal {number} was gone"), format!("封签 {number} 缺失"))
        }
        (Some((SealState::Intact, number)), Some(right)) if number != right => (
            format!("seal {right} was put on, {number} was found"),
            format!("施封号 {right}，验封号 {number}"),
        ),
        (Some((SealState::Intact, number)), None) => (
            format!("seal {number} was found, none was put on"),
            format!("验得封签 {number}，装车时未施封"),
        ),
        (None, Some(number)) if seal.owed => (
            format!("nobody looked at seal {number}"),
            format!("封签 {number} 未查验"),
        ),
        _ => return None,
    };
    Some(load.anomaly(Fault::SealBroken, None, text, text_zh))
}

/// Records came when keys that signed them had been revoked.
pub(super) fn late(load: &Load) -> Option<Anomaly> {
    let keys = load.course.late_keys.join(", ");
    (!keys.is_empty()).then(|| {
        load.anomaly(
            Fault::LateKey,
            None,
            format!("came after {keys} had been revoked, dated before"),
            format!("签名密钥 {keys} 吊销后补传，时间在吊销生效前"),
        )
    })
}

impl Load {
    /// An anomaly on the way back.
    fn anomaly_back(&self, fault: Fault, masses: Masses, text: String, text_zh: String) -> Anomaly {
        let end = match self.kind {
            Kind::Collection => self.station.clone(),
            Kind::Haul => self.plant.clone().unwrap_or_default(),
        };
        let back = self
            .course
            .rejection
            .as_ref()
            .and_then(|rejection| rejection.back.as_ref());
        let home = back.map_or_else(|| self.station.clone(), |back| back.to.clone());
        Anomaly {
            from: end,
            to: home,
            ..self.anomaly(fault, Some(masses), text, text_zh)
        }
    }
}
