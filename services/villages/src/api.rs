//! The gRPC services: one file each, no SQL.

pub mod cadre;
pub mod division;
mod division_change;
pub mod household;
pub mod measurement;
mod measurement_record;
