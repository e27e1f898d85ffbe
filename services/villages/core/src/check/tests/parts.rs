//! Parts, guards and checklists of indicators.

use super::{found, only};
use crate::document::{ChecklistItem, Guard, TwoLevel};

#[test]
fn parts_and_doubts_of_indicators() {
    let by_units = |text: &str| {
        Some(TwoLevel {
            unit_threshold: text.to_owned(),
        })
    };
    assert_eq!(found(|d| d.indicators[0].two_level = by_units("60%")), []);
    for text in ["", "60", "0%", "101%"] {
        let path = "indicators[0].two_level.unit_threshold";
        only(
            |d| d.indicators[0].two_level = by_units(text),
            path,
            "THRESHOLD_MALFORMED",
        );
    }
    only(
        |d| d.indicators[2].two_level = by_units("60%"),
        "indicators[2].two_level",
        "PARTS_OF_A_RATIO",
    );
    let guard = |change: fn(&mut Guard)| {
        let mut guard = Guard::default();
        change(&mut guard);
        Some(guard)
    };
    for (at, field, reason, change) in [
        (
            0,
            "max_daily_gain_count",
            "OUT_OF_RANGE",
            (|guard| guard.max_daily_gain_count = -1) as fn(&mut Guard),
        ),
        (0, "max_daily_gain_permille", "OUT_OF_RANGE", |guard| {
            guard.max_daily_gain_permille = 1_001;
        }),
        (2, "max_daily_gain_permille", "OUT_OF_RANGE", |guard| {
            guard.max_daily_gain_permille = 1;
        }),
        (0, "inspection_tolerance", "THRESHOLD_MALFORMED", |guard| {
            guard.inspection_tolerance = "5".to_owned();
        }),
        (2, "inspection_tolerance", "THRESHOLD_MALFORMED", |guard| {
            guard.inspection_tolerance = "5%".to_owned();
        }),
    ] {
        let path = format!("indicators[{at}].guard.{field}");
        only(|d| d.indicators[at].guard = guard(change), &path, reason);
    }
    let item = |code: &str| ChecklistItem {
        code: code.to_owned(),
        display_name: "公章使用登记".to_owned(),
    };
    let two = || vec![item("seal"), item("seal")];
    only(
        |d| d.indicators[0].checklist = two(),
        "indicators[0].checklist[1].code",
        "DUPLICATE_CODE",
    );
    only(
        |d| d.indicators[3].checklist = vec![item("seal")],
        "indicators[3].checklist",
        "PARTS_OF_A_RATIO",
    );
    only(
        |d| d.policy.explanation_days = 0,
        "policy.explanation_days",
        "OUT_OF_RANGE",
    );
}
