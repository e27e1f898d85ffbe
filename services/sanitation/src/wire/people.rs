//! Contracts, crews and workers: rows → contract.

use kit::{
    crypt::{Crypt, mask},
    dates,
    error::Result,
};
use proto::xiangtu::sanitation::v1::{Contract, Crew, PriceBasis, WorkKind, Worker, WorkerRole};

use super::{enums::full, names, network::version};
use crate::store::{contracts, crews, workers};

pub fn contract(row: contracts::Contract) -> Contract {
    let basis = PriceBasis::from_str_name(&full("PRICE_BASIS_", &row.price_basis));
    Contract {
        name: names::contract(&row.contract_id),
        division: names::division(&row.division_code),
        etag: version(&row.contract_id, row.updated_at),
        contractor: row.contractor,
        credit_code: row.credit_code,
        scope: row.scope.split('|').map(|kind| work(kind).into()).collect(),
        price_basis: basis.unwrap_or_default().into(),
        price_fen: row.price_fen,
        bond_fen: row.bond_fen,
        start_date: Some(dates::to_proto(row.starts_on)),
        end_date: Some(dates::to_proto(row.ends_on)),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

pub fn crew(row: crews::Crew) -> Crew {
    Crew {
        name: names::crew(&row.crew_id),
        division: names::division(&row.division_code),
        etag: version(&row.crew_id, row.updated_at),
        display_name: row.display_name,
        kind: work(&row.kind).into(),
        contract: row.contract_id.as_deref().map(names::contract).unwrap_or_default(),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

/// A worker with the phone masked.
pub fn worker(crypt: &Crypt, row: workers::Worker) -> Result<Worker> {
    let role = WorkerRole::from_str_name(&full("WORKER_ROLE_", &row.role));
    Ok(Worker {
        name: names::worker(&row.worker_id),
        division: names::division(&row.division_code),
        etag: version(&row.worker_id, row.updated_at),
        phone: mask::phone(&phone(crypt, &row)?),
        display_name: row.display_name,
        role: role.unwrap_or_default().into(),
        area: row.area,
        crew: row.crew_id.as_deref().map(names::crew).unwrap_or_default(),
        start_date: Some(dates::to_proto(row.since)),
        end_date: row.until.map(dates::to_proto),
        update_time: Some(dates::timestamp(row.updated_at)),
    })
}

/// The phone of a worker in full; empty where unknown.
pub fn phone(crypt: &Crypt, row: &workers::Worker) -> Result<String> {
    let Some(sealed) = &row.phone else {
        return Ok(String::new());
    };
    Ok(crypt.open(workers::PHONE, sealed)?.expose().clone())
}

fn work(kind: &str) -> WorkKind {
    WorkKind::from_str_name(&full("WORK_KIND_", kind)).unwrap_or_default()
}
