//! Who may be charged with work in a village, by the registers of people and contracts.

use kit::{
    db::Tx,
    error::{Error, Result},
};
use time::Date;

use crate::{
    store::{contracts::contract_get, crews::crew_get, workers::worker_get},
    wire::names,
};

/// Work in a village.
pub struct Work<'a> {
    /// The field that names who is charged with it.
    pub field: &'a str,
    /// Code of the village.
    pub village: &'a str,
    /// The day from which on.
    pub day: Date,
}

impl Work<'_> {
    /// Whether a supervisor or the contractor of a contract may be charged with it. Those of a township or county have villages that do not
    /// see them: `tx` sees everything.
    pub async fn supervised(&self, tx: &mut Tx, name: &str) -> Result<()> {
        let Ok(id) = names::existing(name, "workers") else {
            return self.contracted(tx, name, "workers").await;
        };
        let worker = worker_get(tx, id).await?.filter(|row| self.covers(&row.division_code));
        let worker = worker.ok_or_else(|| self.unknown(name, "workers"))?;
        if worker.role != "supervisor" {
            return Err(self.refused(name, format!("a supervisor, not a {}", worker.role)));
        }
        self.during(name, worker.since, worker.until)
    }

    /// Whether a crew or the contractor of a contract may be charged with it; `tx` sees everything.
    pub async fn manned(&self, tx: &mut Tx, name: &str) -> Result<()> {
        let Ok(id) = names::existing(name, "crews") else {
            return self.contracted(tx, name, "crews").await;
        };
        let crew = crew_get(tx, id).await?.filter(|row| self.covers(&row.division_code));
        crew.map(|_| ()).ok_or_else(|| self.unknown(name, "crews"))
    }

    async fn contracted(&self, tx: &mut Tx, name: &str, or: &str) -> Result<()> {
        let id = names::existing(name, "contracts")
            .map_err(|_| self.refused(name, format!("a name {or}/{{id}} or contracts/{{id}}")))?;
        let contract = contract_get(tx, id)
            .await?
            .filter(|row| self.covers(&row.division_code));
        let contract = contract.ok_or_else(|| self.unknown(name, "contracts"))?;
        self.during(name, contract.starts_on, Some(contract.ends_on))
    }

    fn covers(&self, division: &str) -> bool {
        self.village.starts_with(division)
    }

    fn during(&self, name: &str, from: Date, until: Option<Date>) -> Result<()> {
        let until = until.unwrap_or(Date::MAX);
        if (from..=until).contains(&self.day) {
            return Ok(());
        }
        let rule = format!("one on {}: it is of {from} to {until}", self.day);
        Err(self.refused(name, rule))
    }

    fn unknown(&self, name: &str, register: &str) -> Error {
        let village = names::division(self.village);
        self.refused(
            name,
            format!("of the register `{register}`, in a division that {village} is part of"),
        )
    }

    fn refused(&self, name: &str, rule: String) -> Error {
        Error::invalid(self.field, name, rule)
    }
}
