//! Everything against plain, slow reckoning on random networks.

mod bytes;
mod county;
mod extract;
mod matrix;
mod networks;
mod oracle;
mod rows;
mod snap;
mod usable;
