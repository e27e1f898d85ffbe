//! Who reports from the road: a terminal for itself, or somebody who may do it for terminals.

use kit::{
    call::Call,
    dates,
    db::Tx,
    error::{Error, Result},
};
use prost_types::Timestamp;
use time::Duration;

use crate::{
    book::Book,
    store::devices::device_get,
    wire::{names, stops::Clock},
};

/// Permission to report for terminals that are not the caller.
const RELAY: &str = "sanitation.stop_events.relay";

/// A terminal with its vehicle.
pub struct Terminal {
    pub device_id: String,
    pub vehicle_id: String,
    /// Division of the vehicle.
    pub division_code: String,
}

impl Terminal {
    /// The terminal that a call reports for, if the caller may.
    pub async fn of(tx: &mut Tx, call: &Call, name: &str) -> Result<Self> {
        let id = names::reference("device", name, "devices")?;
        let itself = call.caller.subject.starts_with("devices/");
        if (itself && call.caller.subject != name) || (!itself && !call.caller.can(RELAY)) {
            return Err(Error::denied(RELAY));
        }
        let device = device_get(tx, id).await?;
        // A device of a division above may be seen, not reported for.
        let device = device.filter(|device| device.division_code.starts_with(&call.caller.scope));
        let device = device.ok_or_else(|| Error::not_found(name))?;
        match device.vehicle_id {
            Some(vehicle_id) if device.kind == "terminal" => Ok(Self {
                device_id: device.device_id,
                vehicle_id,
                division_code: device.division_code,
            }),
            _ => Err(Error::invalid("device", name, "a terminal of a vehicle")),
        }
    }

    /// The clocks of the terminal, which sent something at `sent` by its own, and of the service.
    pub async fn clock(&self, tx: &mut Tx, sent: Option<Timestamp>) -> Result<Clock> {
        let sent = dates::from_timestamp("send_time", sent)?.ok_or_else(|| Error::required("send_time"))?;
        let now = tx.now();
        let book = Book::read(tx, &self.division_code, dates::day_of(now)).await?;
        Ok(Clock {
            now,
            ahead: sent - now,
            tolerance: Duration::seconds(book.norms(&self.division_code).execution.clock_tolerance_s),
        })
    }
}
