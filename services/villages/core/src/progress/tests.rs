use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::{
    calendar::Calendar,
    schedule::{Scheduler, Work},
};

/// Ten units over the ten days from Monday 1 April 2024.
fn spread() -> Spread {
    let calendar = Calendar::default();
    let work = Work {
        goal: 10,
        start: date!(2024 - 04 - 01),
        deadline: date!(2024 - 04 - 10),
        daily_capacity: 0,
        stopped_by: &[],
    };
    Scheduler::new(&calendar).spread(&work).expect("ten days")
}

fn timeline(reports: &[(Date, i64)]) -> Timeline {
    let mut timeline = Timeline::default();
    for (date, cumulative) in reports {
        timeline.insert(*date, *cumulative);
    }
    timeline
}

fn tenure(cadre: &str, start: Date) -> Tenure {
    Tenure {
        start,
        cadre: cadre.to_owned(),
        display_name: cadre.to_owned(),
    }
}

#[test]
fn who_catches_up_does_not_miss_again() {
    let (first, second) = (Week::of(date!(2024 - 04 - 01)), Week::of(date!(2024 - 04 - 08)));
    let slow = timeline(&[(date!(2024 - 04 - 03), 2), (date!(2024 - 04 - 10), 6)]);
    let figures = WeekFigures::of(Some(&spread()), &slow, first);
    assert_eq!(
        (
            figures.planned,
            figures.done,
            figures.week_planned,
            figures.week_done,
            figures.next_week
        ),
        (7, 2, 7, 2, 8)
    );
    assert!(figures.missed() && !figures.unreported);
    // Four done where three were due: still behind, yet no second miss.
    let figures = WeekFigures::of(Some(&spread()), &slow, second);
    assert_eq!(
        (figures.planned, figures.done, figures.week_planned, figures.week_done),
        (10, 6, 3, 4)
    );
    assert!(!figures.missed() && !figures.on_schedule());
    let silent = WeekFigures::of(Some(&spread()), &Timeline::default(), first);
    assert!(silent.missed() && silent.unreported);
    assert!(!WeekFigures::of(None, &Timeline::default(), first).missed());
}

#[test]
fn reports_never_fall() {
    let known = timeline(&[(date!(2024 - 04 - 02), 5), (date!(2024 - 04 - 05), 8)]);
    assert!(known.check(date!(2024 - 04 - 03), 6).is_ok());
    assert!(known.check(date!(2024 - 04 - 02), 8).is_ok());
    let below = NotMonotone {
        date: date!(2024 - 04 - 02),
        cumulative: 5,
    };
    assert_eq!(known.check(date!(2024 - 04 - 04), 4), Err(below));
    assert_eq!(known.check(date!(2024 - 04 - 01), 9), Err(below));
}

#[test]
fn late_is_after_the_days_allowed() {
    let day = date!(2024 - 02 - 28);
    assert!(!is_late(day, date!(2024 - 02 - 29), 1) && is_late(day, date!(2024 - 03 - 01), 1));
    assert!(is_late(day, date!(2024 - 02 - 29), 0) && !is_late(day, day, 0));
}

#[test]
fn the_one_in_office_on_most_days_answers() {
    let week = Week::of(date!(2024 - 04 - 01));
    let who = |tenures: &[Tenure]| answerable(tenures, &spread(), week).map(|tenure| tenure.cadre.clone());
    let first = tenure("a", date!(2024 - 04 - 01));
    assert_eq!(
        who(&[first.clone(), tenure("b", date!(2024 - 04 - 04))]).as_deref(),
        Some("b")
    );
    assert_eq!(
        who(&[first.clone(), tenure("b", date!(2024 - 04 - 05))]).as_deref(),
        Some("a")
    );
    // Recorded later for the same first day: the earlier entry never held office.
    assert_eq!(who(&[first, tenure("c", date!(2024 - 04 - 01))]).as_deref(), Some("c"));
    assert_eq!(who(&[]), None);
}

proptest! {
    /// In whatever order reports of a rising count arrive, all are taken and the outcome is the same.
    #[test]
    fn order_does_not_matter(counts in prop::collection::vec(0..50_i64, 1..10), seed in any::<prop::sample::Index>()) {
        let mut sum = 0;
        let mut reports: Vec<_> = counts.iter().enumerate().map(|(at, count)| {
            sum += count;
            (crate::calendar::offset(date!(2024 - 04 - 01), i64::try_from(at).unwrap_or(0)), sum)
        }).collect();
        let straight = timeline(&reports);
        let turn = seed.index(reports.len());
        reports.rotate_left(turn);
        let mut shuffled = Timeline::default();
        for (date, cumulative) in reports {
            prop_assert!(shuffled.check(date, cumulative).is_ok());
            shuffled.insert(date, cumulative);
        }
        prop_assert_eq!(shuffled.latest(), straight.latest());
    }
}
