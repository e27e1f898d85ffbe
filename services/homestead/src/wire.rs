//! Between the contract and the core: checks with field paths on the way in, nothing but translation on the way out.

pub mod ageing;
pub mod bill;
pub mod cash;
pub mod collection;
pub mod correction;
pub mod derived;
pub mod ledger;
pub mod names;
pub mod parcel;
pub mod payment;
pub mod pending;
pub mod plan;
pub mod posting;
pub mod seal;
pub mod statement;
pub mod survey;
pub mod tariff;
pub mod voucher;
