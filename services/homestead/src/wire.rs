//! Between the contract and the core: checks with field paths on the way in, nothing but translation on the way out.

pub mod ageing;
pub mod bill;
pub mod collection;
pub mod correction;
pub mod fee_sheet;
pub mod ledger;
pub mod names;
pub mod parcel;
pub mod payment;
pub mod plan;
pub mod seal;
pub mod simulation;
pub mod survey;
pub mod tariff;
