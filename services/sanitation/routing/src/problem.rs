//! A validated day.

use std::collections::HashMap;

use crate::{InvalidProblem, Reason, Spec, Unserved, Vehicle, impossible, validate};

/// A day whose every field has been checked. Stops that nobody can serve are part of it: they are named by
/// [`Problem::impossible`] and stay unserved.
#[derive(Debug, Clone)]
pub struct Problem {
    spec: Spec,
    /// Kind of each vehicle; vehicles of one kind are interchangeable.
    kind_of: Vec<usize>,
    /// A vehicle of each kind.
    kinds: Vec<usize>,
    reasons: Vec<Option<Reason>>,
    /// Choice of each stop that belongs to one.
    choice_of: HashMap<usize, usize>,
}

impl Spec {
    /// Checks every field.
    ///
    /// # Errors
    /// All violations with the paths of their fields.
    pub fn build(self) -> Result<Problem, InvalidProblem> {
        validate::fields(&self)?;
        let (kind_of, kinds) = kinds(&self.vehicles);
        let reasons = impossible::reasons(&self, &kinds);
        validate::locked(&self, &reasons)?;
        let members = self.choices.iter().enumerate().flat_map(|(index, choice)| {
            let stops = choice.ways.iter().flatten();
            stops.map(move |&stop| (stop, index))
        });
        Ok(Problem {
            choice_of: members.collect(),
            spec: self,
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

    /// Stops that no vehicle could serve even if it served nothing else, each with the reason.
    pub fn impossible(&self) -> impl Iterator<Item = Unserved> + '_ {
        let reasons = self.reasons.iter().enumerate();
        reasons.filter_map(|(stop, reason)| reason.map(|reason| Unserved { stop, reason }))
    }

    pub(crate) fn kind_of(&self) -> &[usize] {
        &self.kind_of
    }

    pub(crate) fn kinds(&self) -> &[usize] {
        &self.kinds
    }

    pub(crate) fn choice_of(&self, stop: usize) -> Option<usize> {
        self.choice_of.get(&stop).copied()
    }

    pub(crate) fn is_impossible(&self, stop: usize) -> bool {
        self.reasons[stop].is_some()
    }
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
