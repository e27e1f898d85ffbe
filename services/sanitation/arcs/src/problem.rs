//! A validated day.

use std::collections::HashMap;

use crate::jobs::Jobs;
use crate::ways::Network;
use crate::{InvalidProblem, Reason, Spec, Unserved, Vehicle, impossible, validate};

/// A day whose every field has been checked and whose ways are known. Passes that nobody can do are part of it: they are
/// named by [`Problem::impossible`] and stay undone.
#[derive(Debug, Clone)]
pub struct Problem {
    spec: Spec,
    pub(crate) network: Network,
    pub(crate) jobs: Jobs,
    /// Kind of each vehicle; vehicles of one kind are interchangeable.
    pub(crate) kind_of: Vec<usize>,
    /// A vehicle of each kind.
    pub(crate) kinds: Vec<usize>,
    /// By job.
    pub(crate) reasons: Vec<Option<Reason>>,
}

impl Spec {
    /// Checks every field and reckons the fastest ways between all that has to be reached: one search over the network for
    /// each direction of each task's road, or for each junction where turning round takes no time.
    ///
    /// # Errors
    /// All violations with the paths of their fields.
    pub fn build(self) -> Result<Problem, InvalidProblem> {
        validate::fields(&self)?;
        let network = Network::new(&self);
        let jobs = Jobs::new(&self, &network);
        let (kind_of, kinds) = kinds(&self.vehicles);
        let reasons = impossible::reasons(&self, &jobs, &kinds);
        Ok(Problem {
            spec: self,
            network,
            jobs,
            kind_of,
            kinds,
            reasons,
        })
    }
}

impl Problem {
    /// The day as stated.
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Tasks with passes that no vehicle could do even if it did nothing else, each with the reason.
    pub fn impossible(&self) -> Vec<Unserved> {
        let reasons = self.jobs.jobs.iter().zip(&self.reasons);
        unserved(reasons.filter_map(|(job, reason)| Some((job.task, (*reason)?))))
    }
}

/// Missing passes by task and reason, ascending.
pub(crate) fn unserved(passes: impl Iterator<Item = (usize, Reason)>) -> Vec<Unserved> {
    let mut counts = std::collections::BTreeMap::new();
    for pass in passes {
        *counts.entry(pass).or_default() += 1;
    }
    let one = |((task, reason), passes)| Unserved { task, passes, reason };
    counts.into_iter().map(one).collect()
}

fn kinds(vehicles: &[Vehicle]) -> (Vec<usize>, Vec<usize>) {
    let (mut seen, mut kinds) = (HashMap::new(), Vec::new());
    let mut kind = |(index, vehicle)| {
        *seen.entry(vehicle).or_insert_with(|| {
            kinds.push(index);
            kinds.len() - 1
        })
    };
    (vehicles.iter().enumerate().map(&mut kind).collect(), kinds)
}
