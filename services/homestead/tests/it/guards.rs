//! Every guard of the database switched off once.
//!
//! `tables` has a probe for each guard that the catalogue knows: something that this guard alone refuses. `refusals` tries them with the
//! guard on and off, `rights` does so for roles and divisions, `functions` for what the ledger's functions look after; and none of
//! them is content with a guard that has no probe. `damage` shows that a recount names what happens without any guard.

mod catalogue;
mod damage;
mod functions;
mod refusals;
mod rights;
mod tables;
