//! Everything against plain, slow reckoning on random networks.

mod bytes;
mod county;
mod extract;
mod forged;
mod matrix;
mod networks;
mod oracle;
mod rows;
mod snap;
mod tables;
mod usable;
