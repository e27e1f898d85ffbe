//! What an inspection says of a claim.

use crate::{
    document::{Comparison, IndicatorKind},
    fraction::Fraction,
    plan::{Criterion, Plan},
    rating::{self, Figure, Statement, threshold_text},
};

use super::bound::Sampling;

/// What was found of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// In the sample.
    Sample {
        /// Households of the village.
        population: u32,
        /// Households inspected.
        sample: u32,
        /// Of those, households that count.
        met: u32,
    },
    /// At the village as a whole.
    Whole {
        /// Counted part.
        numerator: i64,
        /// Counted whole, for a ratio.
        denominator: Option<i64>,
    },
}

/// What follows for one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// It holds.
    pub passed: bool,
    /// Households claimed to count, and the bound of what can be believed; in the sample only.
    pub claimed: Option<(u32, u32)>,
    /// Why.
    pub statement: Statement,
}

/// Judges a criterion in a village. In the sample the claim is tested, `numerator` of `whole`: it fails if it lies beyond what
/// the sample leaves possible at the plan's confidence. At the village as a whole what was found must meet the threshold.
pub fn judge(plan: &Plan, criterion: &Criterion, village: &str, claim: &Figure, found: Found) -> Verdict {
    match found {
        Found::Sample {
            population,
            sample,
            met,
        } => {
            let permille = u32::try_from(plan.acceptance.confidence_permille).unwrap_or(0);
            let sampling = Sampling::new(population, sample, permille);
            in_sample(
                criterion.comparison,
                claim,
                (population, sample, met),
                sampling,
                permille,
            )
        }
        Found::Whole { numerator, denominator } => {
            let figure = Figure {
                numerator,
                whole: denominator,
                earlier: None,
                ..claim.clone()
            };
            as_a_whole(plan, criterion, village, &figure)
        }
    }
}

fn in_sample(
    comparison: Comparison,
    claim: &Figure,
    (population, sample, met): (u32, u32, u32),
    sampling: Sampling,
    permille: u32,
) -> Verdict {
    let share = claim.whole.and_then(|whole| Fraction::new(claim.numerator, whole));
    let share = share.unwrap_or(Fraction::whole(0));
    // The register may count other households than the claim; its share is carried over in favour of the village.
    let households = i64::from(population);
    let (claimed, bound, passed, side, side_zh) = match comparison {
        Comparison::AtLeast => {
            let (claimed, most) = (count(share.units_within(households)), sampling.most(met));
            (claimed, most, claimed <= most, "at most", "至多")
        }
        Comparison::AtMost => {
            let (claimed, fewest) = (count(share.units_reaching(households)), sampling.fewest(met));
            (claimed, fewest, claimed >= fewest, "at least", "至少")
        }
    };
    let end = if passed {
        "the claim stands"
    } else {
        "the claim is rejected"
    };
    let end_zh = if passed { "申报成立" } else { "申报不成立" };
    let statement = Statement {
        en: format!(
            "{met} of {sample} inspected households count, so that {side} {bound} of {population} do at a confidence of \
             {permille}‰; claimed {claimed}: {end}"
        ),
        zh: format!(
            "抽查 {sample} 户，计入 {met} 户，按 {permille}‰ 置信水平全村 {population} 户中{side_zh} {bound} 户；申报 {claimed} 户：{end_zh}"
        ),
    };
    Verdict {
        passed,
        claimed: Some((claimed, bound)),
        statement,
    }
}

fn as_a_whole(plan: &Plan, criterion: &Criterion, village: &str, found: &Figure) -> Verdict {
    let terrain = plan.terrain(village);
    let indicator = plan.indicators.get(criterion.indicator);
    let kind = indicator.map_or(IndicatorKind::Count, |indicator| indicator.kind);
    let threshold = criterion.threshold(terrain).value;
    let value = found.value(kind);
    let passed = value.is_some_and(|value| rating::holds(value, criterion.comparison, threshold));
    let (value, asked) = (rating::value_text(kind, found), threshold_text(criterion, terrain));
    let end = if passed { "holds" } else { "does not hold" };
    let end_zh = if passed { "达标" } else { "不达标" };
    Verdict {
        passed,
        claimed: None,
        statement: Statement {
            en: format!("found {value}, asked {asked}: {end}"),
            zh: format!("实地检查 {value}，标准 {asked}：{end_zh}"),
        },
    }
}

fn count(units: i64) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{figure, plan};

    const VILLAGE: &str = "410225104201";

    #[test]
    fn a_claim_beyond_the_bound_fails_and_one_at_it_stands() {
        let plan = plan();
        let toilets = &plan.tiers[0].criteria[0];
        let found = Found::Sample {
            population: 412,
            sample: 60,
            met: 45,
        };
        // 343 is the bound, recounted in the tests of the bound.
        let judged = |numerator, whole| judge(&plan, toilets, VILLAGE, &figure(numerator, Some(whole)), found);
        assert!(judged(343, 412).passed);
        let refuted = judged(344, 412);
        assert_eq!((refuted.passed, refuted.claimed), (false, Some((344, 343))));
        assert_eq!(
            refuted.statement.en,
            "45 of 60 inspected households count, so that at most 343 of 412 do at a confidence of 950‰; claimed 344: the \
             claim is rejected"
        );
        // 90 of 100 are 370.8 of 412.
        assert_eq!(judged(90, 100).claimed, Some((370, 343)));
    }

    #[test]
    fn where_less_is_better_the_sample_bounds_from_below() {
        let plan = plan();
        let mut fewer = plan.tiers[0].criteria[0].clone();
        fewer.comparison = Comparison::AtMost;
        let found = Found::Sample {
            population: 412,
            sample: 60,
            met: 15,
        };
        let judged = |numerator| judge(&plan, &fewer, VILLAGE, &figure(numerator, Some(412)), found);
        assert_eq!(judged(68).claimed, Some((68, 69)));
        assert!(!judged(68).passed && judged(69).passed);
    }

    #[test]
    fn what_is_found_at_the_village_must_meet_the_threshold() {
        let plan = plan();
        let danger = &plan.tiers[0].criteria[2];
        let judged = |numerator| {
            let found = Found::Whole {
                numerator,
                denominator: None,
            };
            judge(&plan, danger, VILLAGE, &figure(0, None), found)
        };
        assert!(judged(2).passed);
        assert_eq!(judged(3).statement.zh, "实地检查 3，标准 ≤ 2：不达标");
        let green = &plan.tiers[0].criteria[1];
        let of_hills = |numerator| {
            let found = Found::Whole {
                numerator,
                denominator: Some(10),
            };
            judge(&plan, green, "410225105201", &figure(9, Some(10)), found).passed
        };
        assert!(of_hills(5) && !of_hills(4), "the terrain's own threshold");
        let nothing = Found::Whole {
            numerator: 9,
            denominator: None,
        };
        assert!(!judge(&plan, green, VILLAGE, &figure(9, Some(10)), nothing).passed);
    }
}
