//! A plan with another threshold, for simulations.

use super::Plan;
use crate::{
    document::Terrain,
    threshold::{Threshold, ThresholdError},
};

/// Why a threshold cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeError {
    /// The tier has no criterion of this indicator.
    NoCriterion,
    /// The text is no threshold of this kind of indicator.
    Threshold(ThresholdError),
}

impl Plan {
    /// Sets a threshold: the general one, or that of a terrain. Whether a higher tier demands less now does not matter to
    /// ratings, since a village must hold the lower ones too.
    pub fn set_threshold(
        &mut self,
        tier: usize,
        indicator: usize,
        terrain: Option<Terrain>,
        text: &str,
    ) -> Result<(), ChangeError> {
        let kind = self.indicators.get(indicator).map(|indicator| indicator.kind);
        let criteria = self.tiers.get_mut(tier).map(|tier| &mut tier.criteria);
        let criterion = criteria.and_then(|criteria| criteria.iter_mut().find(|it| it.indicator == indicator));
        let (kind, criterion) = kind.zip(criterion).ok_or(ChangeError::NoCriterion)?;
        let threshold = Threshold::parse(kind, text).map_err(ChangeError::Threshold)?;
        match terrain {
            None => criterion.threshold = threshold,
            Some(terrain) => {
                criterion.by_terrain.retain(|(of, _)| *of != terrain);
                criterion.by_terrain.push((terrain, threshold));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rating::rate,
        sample::{VILLAGES, facts, plan},
    };

    /// The third village lies in hills, the first in the plain; thirty of a hundred are green in both.
    fn tiers(plan: &Plan) -> [Option<usize>; 2] {
        let facts = facts(plan, &[(10, Some(10)), (30, Some(100)), (0, None), (1, None)]);
        let day = time::macros::date!(2024 - 04 - 01);
        [VILLAGES[0], VILLAGES[2]].map(|village| rate(plan, village, &facts, day).tier)
    }

    #[test]
    fn a_terrain_keeps_its_own_threshold() {
        let mut plan = plan();
        assert_eq!(tiers(&plan), [Some(1), None]);
        plan.set_threshold(0, 1, None, "40%").expect("a share");
        assert_eq!(tiers(&plan), [None, None]);
        plan.set_threshold(0, 1, Some(Terrain::Hills), "30%").expect("a share");
        assert_eq!(tiers(&plan), [None, Some(1)]);
        plan.set_threshold(0, 1, Some(Terrain::Plain), "1/10").expect("a share");
        assert_eq!(tiers(&plan), [Some(1), Some(1)]);
    }

    #[test]
    fn refuses_what_the_plan_has_not() {
        let mut plan = plan();
        assert_eq!(plan.set_threshold(1, 1, None, "40%"), Err(ChangeError::NoCriterion));
        assert_eq!(plan.set_threshold(9, 0, None, "40%"), Err(ChangeError::NoCriterion));
        let refused = |error| Err(ChangeError::Threshold(error));
        assert_eq!(plan.set_threshold(0, 0, None, "3"), refused(ThresholdError::Malformed));
        assert_eq!(
            plan.set_threshold(0, 0, None, "101%"),
            refused(ThresholdError::Unreachable)
        );
    }
}
