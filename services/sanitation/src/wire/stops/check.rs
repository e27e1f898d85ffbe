//! A stop event as it was sent, held to its kind and to the clock.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{MissedReason, StopEvent, StopEventKind};
use sanitation_core::stop::put_right;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    store::stop_events,
    wire::{enums::stored, names},
};

const HEAVIEST_KG: i64 = 100_000;
const MOST_BINS: i32 = 1_000;
const LONGEST_NOTE: usize = 500;

/// The clocks of a terminal and of the service when the terminal sent something.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// By the service.
    pub now: OffsetDateTime,
    /// How far the terminal's is ahead.
    pub ahead: Duration,
    /// What it may be off.
    pub tolerance: Duration,
}

impl Clock {
    /// An instant of the terminal's clock as it was in truth.
    fn put_right(&self, at: OffsetDateTime) -> OffsetDateTime {
        put_right(at, self.ahead, self.tolerance)
    }

    /// The same; refused if it lies in the future.
    pub fn past(&self, field: &str, at: OffsetDateTime) -> Result<OffsetDateTime> {
        let right = self.put_right(at);
        let latest = self.now + self.tolerance;
        if right <= latest {
            return Ok(right);
        }
        let rule = format!(
            "not in the future: by the clock of the service it is {}, and the terminal's is ahead by {} s",
            self.now,
            self.ahead.whole_seconds()
        );
        Err(Error::invalid(field, at, rule))
    }
}

/// Whose event it is.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Path of the event in the request.
    pub path: &'a str,
    /// The terminal.
    pub device: &'a str,
    /// Its vehicle.
    pub vehicle: &'a str,
    /// Division of its vehicle; of an event at a stop that of the stop is filled in later.
    pub division: &'a str,
    /// The clocks.
    pub clock: Clock,
}

/// Reads an event; `record_id` is its id of ours. Whether it lies in the future is left open: a repeat is none of a clock that was put
/// right since.
pub fn event(given: Given<'_>, sent: &StopEvent, record_id: Uuid) -> Result<stop_events::StopEvent> {
    let field = |name: &str| format!("{}.{name}", given.path);
    let refused = |name: &str, value: &dyn std::fmt::Display, rule: &str| Err(Error::invalid(field(name), value, rule));
    let kind = sent.kind();
    let name = stored(&field("kind"), "STOP_EVENT_KIND_", kind.as_str_name())?;
    let Ok(event_id) = Uuid::try_parse(&sent.event_id) else {
        return refused("event_id", &sent.event_id, "a UUID");
    };
    if sent.sequence_number < 1 {
        return refused("sequence_number", &sent.sequence_number, "1 or more");
    }
    let at_stop = matches!(
        kind,
        StopEventKind::Arrived | StopEventKind::Collected | StopEventKind::Missed
    );
    let stop_id = match super::id(&sent.stop) {
        _ if sent.stop.is_empty() && !at_stop => None,
        _ if !at_stop => return refused("stop", &sent.stop, "empty: the event is not of a stop"),
        Some(id) => Some(id.to_owned()),
        None => return refused("stop", &sent.stop, "a name stops/{date}/{point id}"),
    };
    let facility_id = match (kind, sent.facility.as_str()) {
        (StopEventKind::Unloaded, facility) => {
            Some(names::reference(&field("facility"), facility, "facilities")?.to_owned())
        }
        (_, "") => None,
        (_, facility) => return refused("facility", &facility, "empty: only of UNLOADED"),
    };
    let loaded = matches!(kind, StopEventKind::Collected | StopEventKind::Unloaded);
    match sent.load_kg {
        Some(kg) if !loaded => return refused("load_kg", &kg, "unset: only of COLLECTED and UNLOADED"),
        Some(kg) if !(0..=HEAVIEST_KG).contains(&kg) => return refused("load_kg", &kg, "0 to 100,000"),
        _ => {}
    }
    match sent.bin_count {
        Some(bins) if kind != StopEventKind::Collected => {
            return refused("bin_count", &bins, "unset: only of COLLECTED");
        }
        Some(bins) if !(0..=MOST_BINS).contains(&bins) => return refused("bin_count", &bins, "0 to 1,000"),
        _ => {}
    }
    let missed_reason = match (kind, sent.missed_reason) {
        (StopEventKind::Missed, _) => {
            let reason = sent.missed_reason().as_str_name();
            stored(&field("missed_reason"), "MISSED_REASON_", reason)?
        }
        (_, 0) => String::new(),
        (_, other) => {
            let reason = MissedReason::try_from(other).map_or("an unknown value", |reason| reason.as_str_name());
            return refused("missed_reason", &reason, "unspecified: only of MISSED");
        }
    };
    if sent.note.chars().count() > LONGEST_NOTE {
        return refused("note", &sent.note, "at most 500 characters");
    }
    let occurred_at = dates::from_timestamp(&field("occur_time"), sent.occur_time)?
        .map(whole_micros)
        .ok_or_else(|| Error::required(field("occur_time")))?;
    Ok(stop_events::StopEvent {
        record_id,
        device_id: given.device.to_owned(),
        event_id,
        sequence_number: sent.sequence_number,
        vehicle_id: given.vehicle.to_owned(),
        division_code: given.division.to_owned(),
        kind: name,
        stop_id,
        facility_id,
        load_kg: sent.load_kg,
        bin_count: sent.bin_count,
        missed_reason,
        note: sent.note.clone(),
        occurred_at,
        event_at: given.clock.put_right(occurred_at),
        received_at: given.clock.now,
        clock_ahead_s: given.clock.ahead.whole_seconds(),
    })
}

/// The database keeps microseconds; a repeat has to be found equal.
pub fn whole_micros(at: OffsetDateTime) -> OffsetDateTime {
    at - Duration::nanoseconds(i64::from(at.nanosecond() % 1_000))
}
