//! Takes the events of a terminal, each for itself and once.

use std::collections::{BTreeSet, HashMap};

use kit::{
    dates,
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use proto::xiangtu::sanitation::v1::{StopEvent, VehicleBrokeDown};
use time::Duration;
use uuid::Uuid;

use crate::{
    settle::settle,
    store::{
        devices::device_hold,
        facilities::facility_names,
        stop_events::{self, stop_events_insert, stop_events_known},
        stops::{Stop, stops_hold, stops_open},
        vehicles::vehicle_get,
    },
    terminal::Terminal,
    wire::stops::{self as wire, Clock, Given},
};

type Row = stop_events::StopEvent;

/// What is known when events are taken.
struct Known {
    by_id: HashMap<Uuid, Row>,
    by_number: HashMap<i64, Uuid>,
    stops: HashMap<String, Stop>,
    facilities: BTreeSet<String>,
}

/// Takes events in the order of the request. Stops are brought to their new state, and what follows from it is told.
pub async fn take(
    tx: &mut Tx,
    ids: &Ids,
    terminal: &Terminal,
    clock: Clock,
    events: &[StopEvent],
) -> Result<Vec<Result<Row>>> {
    let read = |(index, event)| {
        let path = format!("events[{index}]");
        let given = Given {
            path: &path,
            device: &terminal.device_id,
            vehicle: &terminal.vehicle_id,
            division: &terminal.division_code,
            clock,
        };
        (wire::event(given, event, ids.next()), path)
    };
    let read: Vec<(Result<Row>, String)> = events.iter().enumerate().map(read).collect();
    // Whoever else sends for this terminal waits here.
    device_hold(tx, &terminal.device_id).await?;
    let mut known = Known::read(tx, terminal, read.iter().filter_map(|(row, _)| row.as_ref().ok())).await?;
    let mut fresh = Vec::new();
    let mut outcomes = Vec::with_capacity(read.len());
    for (row, path) in read {
        let outcome = row.and_then(|row| known.accept(row, &path, clock));
        outcomes.push(outcome.map(|(row, new)| {
            if new {
                fresh.push(row.clone());
            }
            row
        }));
    }
    stop_events_insert(tx, &fresh).await?;
    let touched: BTreeSet<&String> = fresh.iter().filter_map(|row| row.stop_id.as_ref()).collect();
    let touched = touched.into_iter().filter_map(|id| known.stops.remove(id)).collect();
    settle(tx, ids, touched).await?;
    for row in fresh.iter().filter(|row| row.kind == "broke_down") {
        broke_down(tx, row).await?;
    }
    Ok(outcomes)
}

impl Known {
    async fn read<'a>(tx: &mut Tx, terminal: &Terminal, rows: impl Iterator<Item = &'a Row>) -> Result<Self> {
        let (mut ids, mut numbers) = (Vec::new(), Vec::new());
        let (mut stops, mut facilities) = (BTreeSet::new(), BTreeSet::new());
        for row in rows {
            ids.push(row.event_id);
            numbers.push(row.sequence_number);
            stops.extend(row.stop_id.clone());
            facilities.extend(row.facility_id.clone());
        }
        let (stops, facilities): (Vec<_>, Vec<_>) = (stops.into_iter().collect(), facilities.into_iter().collect());
        let events = stop_events_known(tx, &terminal.device_id, &ids, &numbers).await?;
        let held = stops_hold(tx, &stops).await?;
        Ok(Self {
            by_number: events.iter().map(|row| (row.sequence_number, row.event_id)).collect(),
            by_id: events.into_iter().map(|row| (row.event_id, row)).collect(),
            stops: held.into_iter().map(|stop| (stop.stop_id.clone(), stop)).collect(),
            facilities: facility_names(tx, &facilities)
                .await?
                .into_iter()
                .map(|(id, _)| id)
                .collect(),
        })
    }

    /// The event as taken, and whether it is new.
    fn accept(&mut self, mut row: Row, path: &str, clock: Clock) -> Result<(Row, bool)> {
        if let Some(first) = self.by_id.get(&row.event_id) {
            if same(first, &row) {
                return Ok((first.clone(), false));
            }
            let field = format!("{path}.event_id");
            let rule = "not taken before with another content";
            return Err(Error::invalid_because("EVENT_ID_REUSED", field, row.event_id, rule));
        }
        if let Some(other) = self.by_number.get(&row.sequence_number) {
            let field = format!("{path}.sequence_number");
            let rule = format!("a number of its own: event {other} has it");
            return Err(Error::invalid_because(
                "SEQUENCE_REUSED",
                field,
                row.sequence_number,
                rule,
            ));
        }
        clock.past(&format!("{path}.occur_time"), row.occurred_at)?;
        if let Some(id) = &row.stop_id {
            let name = wire::name(id);
            let stop = self.stops.get(id).ok_or_else(|| Error::not_found(&name))?;
            if let Some(at) = &stop.served_at {
                let message = format!(
                    "its waste is brought to {}, which is where the vehicle stops",
                    wire::name(at)
                );
                let message_zh = format!("该点垃圾归集至 {}，车辆不到此点", wire::name(at));
                return Err(Error::rule("STOP_RELAYED", name, message, message_zh));
            }
            let earliest = dates::start_of(stop.date) - Duration::hours(12);
            if row.event_at < earliest {
                let rule = format!("not before {earliest}: the stop is owed on {}", stop.date);
                return Err(Error::invalid(format!("{path}.occur_time"), row.occurred_at, rule));
            }
            row.division_code.clone_from(&stop.division_code);
        }
        if let Some(id) = row.facility_id.as_ref().filter(|id| !self.facilities.contains(*id)) {
            return Err(Error::not_found(crate::wire::names::facility(id)));
        }
        self.by_number.insert(row.sequence_number, row.event_id);
        self.by_id.insert(row.event_id, row.clone());
        Ok((row, true))
    }
}

/// Whether two state the same, whenever they were received.
fn same(first: &Row, again: &Row) -> bool {
    let stated = |row: &Row| {
        let at = (row.stop_id.clone(), row.facility_id.clone(), row.occurred_at);
        let what = (row.load_kg, row.bin_count, row.missed_reason.clone(), row.note.clone());
        (row.sequence_number, row.kind.clone(), at, what)
    };
    stated(first) == stated(again)
}

async fn broke_down(tx: &mut Tx, row: &Row) -> Result<()> {
    let vehicle = vehicle_get(tx, &row.vehicle_id).await?;
    let day = dates::day_of(row.event_at);
    let payload = VehicleBrokeDown {
        stop_event: Some(wire::stop_event(row)),
        plate: vehicle.map(|vehicle| vehicle.plate).unwrap_or_default(),
        open_stop_count: stops_open(tx, &row.vehicle_id, day).await?,
    };
    let subject = crate::wire::names::vehicle(&row.vehicle_id);
    tx.emit("vehicle.broke_down", &row.division_code, &subject, &payload);
    Ok(())
}
