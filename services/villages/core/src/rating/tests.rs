use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::sample::{VILLAGES, facts, figure, plan};

const DAY: Date = date!(2024 - 04 - 01);

#[test]
fn says_what_is_missing_in_units() {
    let plan = plan();
    let facts = facts(
        &plan,
        &[(319, Some(412)), (90, Some(100)), (0, None), (1, None), (0, None)],
    );
    let rating = rate(&plan, VILLAGES[0], &facts, DAY);
    assert_eq!(rating.tier, Some(0));
    assert_eq!(rating.target, Some(1));
    let toilets = rating
        .criteria
        .iter()
        .find(|judged| judged.tier == 1 && judged.indicator == 0)
        .expect("judged");
    assert_eq!((toilets.outcome, toilets.missing), (Outcome::Fail, Some(52)));
    let said = statement(&plan, toilets, facts.figure(0));
    assert_eq!(
        (said.en.as_str(), said.zh.as_str()),
        ("52 more 户 of 412", "还差 52 户（共 412 户）")
    );
    let next = rating.next.expect("one star is next");
    assert_eq!(
        (next.tier, next.missing_criteria, next.unknown_criteria, next.feasible),
        (1, 1, 0, None)
    );
}

#[test]
fn a_village_exactly_at_the_threshold_holds() {
    let plan = plan();
    let at = facts(&plan, &[(7, Some(10)), (1, Some(5)), (2, None)]);
    assert_eq!(rate(&plan, VILLAGES[0], &at, DAY).tier, Some(0));
    let below = facts(&plan, &[(699, Some(1_000)), (1, Some(5)), (2, None)]);
    assert_eq!(rate(&plan, VILLAGES[0], &below, DAY).tier, None);
}

#[test]
fn terrain_and_missing_figures() {
    let plan = plan();
    let thirty_percent = [(10, Some(10)), (30, Some(100)), (0, None), (1, None)];
    assert_eq!(
        rate(&plan, VILLAGES[0], &facts(&plan, &thirty_percent), DAY).tier,
        Some(1)
    );
    // The third village lies in hills, where half must be green.
    assert_eq!(rate(&plan, VILLAGES[2], &facts(&plan, &thirty_percent), DAY).tier, None);
    let nothing = rate(&plan, VILLAGES[0], &Facts::default(), DAY);
    assert!(nothing.criteria.iter().all(|judged| judged.outcome == Outcome::NoData));
    assert_eq!(
        (nothing.tier, nothing.score_milli, nothing.score_full_milli),
        (None, 0, 45_000)
    );
}

#[test]
fn a_veto_bars_from_its_tier_up() {
    let plan = plan();
    let burnt = facts(
        &plan,
        &[(10, Some(10)), (10, Some(10)), (0, None), (1, None), (2, None)],
    );
    let rating = rate(&plan, VILLAGES[0], &burnt, DAY);
    assert_eq!((rating.tier, rating.vetoes.as_slice()), (Some(0), &[0][..]));
    let next = rating.next.expect("barred");
    assert_eq!((next.missing_criteria, next.vetoes, next.feasible), (0, 1, None));
    assert_eq!(rating.score_milli, rating.score_full_milli);
}

#[test]
fn the_pace_tells_the_earliest_day() {
    let plan = plan();
    let mut facts = facts(&plan, &[(0, None), (9, Some(10)), (0, None), (1, None)]);
    facts.offer(
        &plan,
        0,
        Figure {
            date: date!(2024 - 04 - 02),
            earlier: Some((date!(2024 - 03 - 23), 280)),
            ..figure(300, Some(400))
        },
    );
    // Two a day; sixty are missing for one star.
    let rating = rate(&plan, VILLAGES[0], &facts, date!(2024 - 04 - 05));
    assert_eq!(rating.next.expect("one star").feasible, Some(date!(2024 - 05 - 02)));
    // The pace says it should be there by now, and it is not: tomorrow at the earliest.
    let later = rate(&plan, VILLAGES[0], &facts, date!(2024 - 08 - 01));
    assert_eq!(later.next.expect("one star").feasible, Some(date!(2024 - 08 - 02)));
}

#[test]
fn the_better_figure_counts() {
    let plan = plan();
    let mut facts = Facts::default();
    let on = |day, source, numerator| Figure {
        date: day,
        source,
        ..figure(numerator, Some(10))
    };
    facts.offer(&plan, 0, on(DAY, Source::Inspection, 5));
    facts.offer(&plan, 0, on(DAY, Source::SelfReport, 9));
    assert_eq!(facts.figure(0).map(|figure| figure.numerator), Some(5));
    facts.offer(&plan, 0, on(date!(2024 - 04 - 02), Source::SelfReport, 8));
    assert_eq!(facts.figure(0).map(|figure| figure.numerator), Some(8));
}

proptest! {
    /// One more unit in any indicator never lowers tier or score; one less of what is bad neither.
    #[test]
    fn monotone(base in prop::collection::vec(0..=20_i64, 4), at in 0..4_usize, village in 0..3_usize) {
        let plan = plan();
        let shape = |values: &[i64]| {
            facts(&plan, &[(values[0], Some(20)), (values[1], Some(20)), (values[2], None), (values[3].min(1), None)])
        };
        let mut better = base.clone();
        if at == 2 { better[at] = (better[at] - 1).max(0) } else { better[at] = (better[at] + 1).min(20) }
        let (before, after) = (rate(&plan, VILLAGES[village], &shape(&base), DAY), rate(&plan, VILLAGES[village], &shape(&better), DAY));
        prop_assert!(after.tier >= before.tier);
        prop_assert!(after.score_milli >= before.score_milli);
        prop_assert!(after.score_milli <= after.score_full_milli);
    }

    /// What is said to be missing is exactly what makes the criterion hold.
    #[test]
    fn the_missing_amount_suffices_and_no_less(have in 0..=500_i64, spare in 0..=500_i64) {
        let plan = plan();
        let whole = Some(have + spare).filter(|whole| *whole > 0).or(Some(1));
        let judge = |n: i64| rate(&plan, VILLAGES[0], &facts(&plan, &[(n, whole)]), DAY).criteria[0].clone();
        let missing = judge(have).missing.expect("a figure is known");
        prop_assert_eq!(judge(have + missing).outcome, Outcome::Pass);
        prop_assert!(missing == 0 || judge(have + missing - 1).outcome == Outcome::Fail);
    }

    #[test]
    fn no_figure_panics(numbers in prop::collection::vec((any::<i64>(), prop::option::of(any::<i64>())), 5)) {
        let plan = plan();
        let rating = rate(&plan, VILLAGES[0], &facts(&plan, &numbers), DAY);
        prop_assert!((0..=rating.score_full_milli).contains(&rating.score_milli));
    }
}
