//! Small extracts written here, one for each thing that tags say.

mod damage;
mod meaning;
mod write;
