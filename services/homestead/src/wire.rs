//! Between the contract and the core: checks with field paths on the way in, nothing but translation on the way out.

pub mod ageing;
pub mod arrears;
pub mod bill;
pub mod checks;
pub mod collection;
pub mod correction;
pub mod fee_sheet;
pub mod ledger;
pub mod limitation;
pub mod mediation;
pub mod names;
pub mod objection;
pub mod parcel;
pub mod payment;
pub mod plan;
pub mod portfolio;
pub mod public_notice;
pub mod seal;
pub mod served;
pub mod simulation;
pub mod survey;
pub mod tariff;
pub mod visit;
