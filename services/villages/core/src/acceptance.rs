//! Acceptance of villages: the sample, who inspects it, what it proves, and the way to a certificate.

mod assign;
mod bound;
mod natural;
mod order;
mod process;
mod strata;
mod verdict;

pub use assign::{Candidate, choose};
pub use bound::{Sampling, sample_size};
pub use process::{Action, Process, Refused, State};
pub use strata::{Drawn, Household, Stratum, draw};
pub use verdict::{Found, Verdict, judge};
