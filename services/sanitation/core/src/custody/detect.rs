//! What is wrong with a single load.

use super::{Anomaly, Fault, Kind, Load, Masses, Weighing, course, scales};
use crate::norms::{Balance, Tolerance};

/// Everything wrong with one load, at most once each.
pub fn detect(load: &Load, norms: &Balance) -> Vec<Anomaly> {
    let mut found = Vec::new();
    if load.sent_count > 1 {
        let times = load.sent_count;
        found.push(load.anomaly(
            Fault::Duplicate,
            None,
            format!("sent {times} times"),
            format!("重复上报 {times} 次"),
        ));
    }
    found.extend(clock_back(load));
    found.extend(load.dispatched.and_then(|weighing| mismatch(load, weighing)));
    found.extend(load.received.and_then(|weighing| mismatch(load, weighing)));
    found.extend(scales::unfit(load));
    found.extend(scales::tare_off(load, norms.tare));
    found.extend(course::unsealed(load));
    found.extend(course::late(load));
    found.extend(course::sent_back(load, norms.haul));
    match load.received_kg() {
        None => found.push(missing(load)),
        Some(net) => found.extend(net_weight(load, net, norms)),
    }
    found
}

/// The load was weighed in with `net` kg.
fn net_weight(load: &Load, net: i64, norms: &Balance) -> Option<Anomaly> {
    if let Some(overload) = overload(load, net + load.course.residue_kg, norms.overload) {
        // The scales on board read up to the payload: what lies above it says nothing about the way.
        return Some(overload);
    }
    let sent = load.expected_kg()?;
    let (tolerance, short, excess) = match load.kind {
        Kind::Collection => (norms.onboard, Fault::NetShort, Fault::NetExcess),
        Kind::Haul => (norms.haul, Fault::HaulShort, Fault::HaulExcess),
    };
    let masses = Masses {
        expected_kg: sent,
        found_kg: net,
        tolerance_kg: tolerance.around(sent),
    };
    let off = net - sent;
    let (fault, word, word_zh) = if off < -masses.tolerance_kg {
        (short, "short", "短少")
    } else if off > masses.tolerance_kg {
        (excess, "too much", "多出")
    } else {
        return None;
    };
    let (amount, allowed) = (off.abs(), masses.tolerance_kg);
    let (beside, beside_zh) = beside(load);
    Some(load.anomaly(
        fault,
        Some(masses),
        format!("{sent} kg given{beside}, {net} kg received: {amount} kg {word}, {allowed} kg allowed"),
        format!("交出 {sent} 公斤{beside_zh}，接收 {net} 公斤，{word_zh} {amount} 公斤，允差 {allowed} 公斤"),
    ))
}

/// What of the mass expected was aboard before, and what stayed aboard.
fn beside(load: &Load) -> (String, String) {
    let (carried, residue) = (load.course.carried_kg, load.course.residue_kg);
    if carried == 0 && residue == 0 {
        return <_>::default();
    }
    (
        format!(" (with {carried} kg aboard before, less {residue} kg that stayed)"),
        format!("（含前次残留 {carried} 公斤，减本次残留 {residue} 公斤）"),
    )
}

fn overload(load: &Load, net: i64, tolerance: Tolerance) -> Option<Anomaly> {
    let payload = load.payload_kg?;
    let masses = Masses {
        expected_kg: payload,
        found_kg: net,
        tolerance_kg: tolerance.around(payload),
    };
    let over = net - payload;
    (over > masses.tolerance_kg).then(|| {
        load.anomaly(
            Fault::Overload,
            Some(masses),
            format!("{net} kg on a payload of {payload} kg: {over} kg too much"),
            format!("净重 {net} 公斤，核定载质量 {payload} 公斤，超载 {over} 公斤"),
        )
    })
}

fn missing(load: &Load) -> Anomaly {
    let sent = load.sent_kg();
    let (en, zh) = sent.map_or_else(Default::default, |sent| {
        (format!("; {sent} kg were given"), format!("，交出 {sent} 公斤"))
    });
    load.anomaly(
        Fault::MissingScale,
        None,
        format!("no reading on arrival{en}"),
        format!("到达未过磅{zh}"),
    )
}

fn mismatch(load: &Load, weighing: Weighing) -> Option<Anomaly> {
    let (gross, tare, net) = (weighing.gross_kg?, weighing.tare_kg?, weighing.net_kg?);
    let masses = Masses {
        expected_kg: gross - tare,
        found_kg: net,
        tolerance_kg: 0,
    };
    (gross < tare || masses.expected_kg != net).then(|| {
        load.anomaly(
            Fault::ScaleMismatch,
            Some(masses),
            format!("gross {gross} − tare {tare} is not net {net}"),
            format!("毛重 {gross} − 皮重 {tare} ≠ 净重 {net}"),
        )
    })
}

fn clock_back(load: &Load) -> Option<Anomaly> {
    let (from, to) = (load.departed_at, load.arrived_at);
    let outside = load
        .collected
        .iter()
        .filter(|stop| stop.at < from || stop.at > to)
        .count();
    if to >= from && outside == 0 {
        return None;
    }
    let (from, to) = (from.time(), to.time());
    Some(load.anomaly(
        Fault::ClockBack,
        None,
        format!("departed {from}, arrived {to}, {outside} stops outside"),
        format!("出发 {from}，到达 {to}，{outside} 个停靠时间不在其间"),
    ))
}

impl Load {
    pub(super) fn anomaly(&self, fault: Fault, masses: Option<Masses>, text: String, text_zh: String) -> Anomaly {
        let (from, to) = match self.kind {
            Kind::Collection => (&self.vehicle, &self.station),
            Kind::Haul => (&self.station, self.plant.as_ref().unwrap_or(&self.station)),
        };
        Anomaly {
            fault,
            township: self.township.clone(),
            date: self.date,
            trip: Some(self.trip.clone()),
            from: from.clone(),
            to: to.clone(),
            masses,
            text,
            text_zh,
        }
    }
}

#[cfg(test)]
mod tests;
