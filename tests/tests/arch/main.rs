//! Who may import whom, what belongs in which layer, and how large a file may grow.

mod crates;
mod layers;
mod sizes;
mod sources;
