//! Days of haulage, planned and checked.

mod checked;
mod days;
mod exhaustive;
mod planned;
mod short;
