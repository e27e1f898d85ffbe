//! Every guard of the ledger switched off; `damage` shows that a recount names what happens without any.

mod damage;
