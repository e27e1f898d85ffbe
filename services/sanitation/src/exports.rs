//! The registers that files are made of, in the columns of their imports.

mod devices;
mod tares;

pub use devices::Devices;
pub use tares::Tares;
