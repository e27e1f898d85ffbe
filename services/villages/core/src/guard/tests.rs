use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::sample::indicator;

const DAY: Date = date!(2024 - 04 - 11);
const TEN_DAYS_BEFORE: Date = date!(2024 - 04 - 01);

fn guarded(kind: IndicatorKind, direction: Direction, guard: Guard) -> Indicator {
    Indicator {
        guard: Some(guard),
        ..indicator("toilet", kind, direction, 0)
    }
}

fn value(date: Date, numerator: i64, whole: i64) -> Value {
    Value {
        date,
        numerator,
        whole: Some(whole),
    }
}

fn count(numerator: i64) -> Value {
    Value {
        date: DAY,
        numerator,
        whole: None,
    }
}

#[test]
fn a_gain_beyond_the_daily_limit_is_a_jump() {
    let by_count = Guard {
        max_daily_gain_count: 2,
        ..Guard::default()
    };
    let by_share = Guard {
        max_daily_gain_permille: 5,
        ..Guard::default()
    };
    let before = value(TEN_DAYS_BEFORE, 100, 400);
    for guard in [by_count, by_share] {
        let lanes = guarded(IndicatorKind::Ratio, Direction::Higher, guard);
        let found = |numerator, whole| flags(&lanes, Some(&before), &value(DAY, numerator, whole), true);
        assert_eq!(found(120, 400), [], "twenty in ten days");
        assert_eq!(found(121, 400), [Flag::Jump]);
        assert_eq!(found(40, 400), [], "a loss is no jump");
        // The same share of another whole is no gain.
        assert_eq!(found(250, 1_000), []);
    }
}

#[test]
fn less_of_what_is_bad_is_a_gain() {
    let guard = Guard {
        max_daily_gain_count: 1,
        irreversible: true,
        ..Guard::default()
    };
    let houses = guarded(IndicatorKind::Count, Direction::Lower, guard);
    let before = Value {
        date: TEN_DAYS_BEFORE,
        ..count(20)
    };
    let found = |numerator| flags(&houses, Some(&before), &count(numerator), true);
    assert_eq!((found(10), found(9)), (vec![], vec![Flag::Jump]));
    assert_eq!((found(20), found(21)), (vec![], vec![Flag::Reversal]));
}

#[test]
fn a_hardened_street_does_not_get_shorter_but_a_village_may_grow() {
    let guard = Guard {
        irreversible: true,
        ..Guard::default()
    };
    let streets = guarded(IndicatorKind::Ratio, Direction::Higher, guard);
    let before = value(TEN_DAYS_BEFORE, 300, 400);
    let found = |numerator, whole| flags(&streets, Some(&before), &value(DAY, numerator, whole), false);
    assert_eq!(found(299, 400), [Flag::Reversal]);
    assert_eq!(found(300, 410), [], "streets were built");
    assert_eq!(found(30, 40), [], "counted in other units");
    assert_eq!(flags(&streets, None, &value(DAY, 0, 400), false), [], "nothing before");
}

#[test]
fn the_best_value_asks_for_evidence() {
    let guard = Guard {
        evidence_at_full: true,
        ..Guard::default()
    };
    let full = |kind, direction, value: &Value, evidence| {
        flags(&guarded(kind, direction, guard.clone()), None, value, evidence) == [Flag::FullWithoutEvidence]
    };
    let ratio = IndicatorKind::Ratio;
    assert!(full(ratio, Direction::Higher, &value(DAY, 400, 400), false));
    assert!(!full(ratio, Direction::Higher, &value(DAY, 400, 400), true));
    assert!(!full(ratio, Direction::Higher, &value(DAY, 399, 400), false));
    assert!(full(ratio, Direction::Lower, &value(DAY, 0, 400), false));
    assert!(full(IndicatorKind::YesNo, Direction::Higher, &count(1), false));
    assert!(!full(IndicatorKind::Count, Direction::Higher, &count(9), false));
}

#[test]
fn a_claim_within_the_tolerance_or_below_is_none() {
    let tolerant = |kind, direction, text: &str| {
        let guard = Guard {
            inspection_tolerance: text.to_owned(),
            ..Guard::default()
        };
        guarded(kind, direction, guard)
    };
    let toilets = tolerant(IndicatorKind::Ratio, Direction::Higher, "5%");
    let found = value(DAY, 300, 400);
    let claims = |numerator, whole| overclaimed(&toilets, &value(TEN_DAYS_BEFORE, numerator, whole), &found);
    assert_eq!((claims(320, 400), claims(321, 400)), (false, true));
    assert_eq!((claims(80, 100), claims(81, 100)), (false, true), "another whole");
    assert!(!claims(0, 400), "modesty is no falsification");
    let houses = tolerant(IndicatorKind::Count, Direction::Lower, "2");
    assert!(!overclaimed(&houses, &count(3), &count(5)) && overclaimed(&houses, &count(2), &count(5)));
    let co_op = tolerant(IndicatorKind::YesNo, Direction::Higher, "no");
    assert!(overclaimed(&co_op, &count(1), &count(0)) && !overclaimed(&co_op, &count(0), &count(1)));
    let any = tolerant(IndicatorKind::Ratio, Direction::Higher, "");
    assert!(!overclaimed(&any, &value(DAY, 400, 400), &value(DAY, 0, 400)));
}

proptest! {
    /// Who reports less is doubted no more for a jump, and belied no more.
    #[test]
    fn doubts_grow_with_the_claim(
        before in 0..=400_i64, claim in 0..=399_i64, found in 0..=400_i64, count in 0..50_i64, permille in 0..200_i32,
    ) {
        let guard = Guard {
            max_daily_gain_count: count,
            max_daily_gain_permille: permille,
            inspection_tolerance: format!("{permille}‰"),
            ..Guard::default()
        };
        let lanes = guarded(IndicatorKind::Ratio, Direction::Higher, guard);
        let before = value(TEN_DAYS_BEFORE, before, 400);
        let jump = |numerator| flags(&lanes, Some(&before), &value(DAY, numerator, 400), true).contains(&Flag::Jump);
        prop_assert!(jump(claim + 1) || !jump(claim));
        let belied = |numerator| overclaimed(&lanes, &value(DAY, numerator, 400), &value(DAY, found, 400));
        prop_assert!(belied(claim + 1) || !belied(claim));
    }

    /// No figure that can be recorded panics, and what is equal is never doubted for its change.
    #[test]
    fn equal_figures_are_never_doubted(
        numerator in 0..=i64::MAX, spare in 0..=i64::MAX, other in 0..=i64::MAX, days in 0..400_i64,
    ) {
        let whole = numerator.saturating_add(spare).max(1);
        let guard = Guard {
            max_daily_gain_count: 1,
            max_daily_gain_permille: 1,
            irreversible: true,
            inspection_tolerance: "0%".to_owned(),
            ..Guard::default()
        };
        let lanes = guarded(IndicatorKind::Ratio, Direction::Higher, guard);
        let before = value(DAY, numerator, whole);
        let now = Value { date: crate::calendar::offset(DAY, days), ..before };
        prop_assert_eq!(flags(&lanes, Some(&before), &now, true), []);
        prop_assert!(!overclaimed(&lanes, &now, &before));
        let _ = flags(&lanes, Some(&before), &value(DAY, other, i64::MAX), false);
    }
}
