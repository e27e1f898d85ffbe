//! Collection and haulage, planned and checked.

mod broken;
mod exhaustive;
mod planned;
mod refused;
mod towns;
