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
    fn order_does_not_matter(counts in prop::collection::vec(0..50_i64, 1..10), keys in prop::collection::vec(any::<u32>(), 10)) {
        let mut sum = 0;
        let mut reports: Vec<_> = counts.iter().enumerate().map(|(at, count)| {
            sum += count;
            (crate::calendar::offset(date!(2024 - 04 - 01), i64::try_from(at).unwrap_or(0)), sum)
        }).collect();
        let straight = timeline(&reports);
        let mut keyed: Vec<_> = keys.into_iter().zip(reports.drain(..)).collect();
        keyed.sort_unstable();
        let mut shuffled = Timeline::default();
        for (_, (date, cumulative)) in keyed {
            prop_assert!(shuffled.check(date, cumulative).is_ok());
            shuffled.insert(date, cumulative);
        }
        prop_assert_eq!(&shuffled.0, &straight.0);
    }

    /// A report is refused exactly when the units done in all would fall somewhere, and the day named is one of those.
    #[test]
    fn refuses_exactly_what_falls(known in prop::collection::btree_map(0..12_i64, 0..30_i64, 0..6), at in 0..12_i64, count in 0..30_i64) {
        let day = |at: i64| crate::calendar::offset(date!(2024 - 02 - 25), at);
        let mut highest = 0;
        let rising: Vec<(Date, i64)> = known.into_iter().map(|(at, count)| {
            highest = highest.max(count);
            (day(at), highest)
        }).collect();
        let before = timeline(&rising);
        let mut after = before.clone();
        after.insert(day(at), count);
        let values: Vec<i64> = after.0.values().copied().collect();
        let falls = values.windows(2).any(|pair| pair[0] > pair[1]);
        match before.check(day(at), count) {
            Ok(()) => prop_assert!(!falls),
            Err(NotMonotone { date, cumulative }) => {
                prop_assert!(falls);
                prop_assert_eq!(before.on(date), Some(cumulative));
                let contradicts = if date < day(at) { cumulative > count } else { cumulative < count };
                prop_assert!(contradicts);
            }
        }
    }

    /// Over any run of weeks, what the weeks brought and what was due in them add up to the whole; nobody who is where the
    /// schedule wants him misses.
    #[test]
    fn weeks_add_up(counts in prop::collection::btree_map(0..20_i64, 0..15_i64, 0..8)) {
        let spread = spread();
        let reports: Vec<(Date, i64)> = counts.iter()
            .map(|(at, count)| (crate::calendar::offset(date!(2024 - 03 - 28), *at), *count))
            .collect();
        let timeline = timeline(&reports);
        let weeks: Vec<WeekFigures> = std::iter::successors(Some(Week::of(date!(2024 - 03 - 25))), |week| Some(week.after()))
            .take(5)
            .map(|week| WeekFigures::of(Some(&spread), &timeline, week))
            .collect();
        prop_assert_eq!(weeks.iter().map(|week| week.week_done).sum::<i64>(), timeline.latest().map_or(0, |it| it.1));
        prop_assert_eq!(weeks.iter().map(|week| week.week_planned).sum::<i64>(), 10);
        for week in &weeks {
            prop_assert!(!(week.missed() && week.on_schedule()));
            prop_assert!(!week.missed() || week.week_done < week.week_planned);
        }
    }

    /// Who answers is the one whom a count of the days by hand finds.
    #[test]
    fn answerable_is_in_office_on_most_days(starts in prop::collection::vec(-3..14_i64, 1..5), second in any::<bool>()) {
        let spread = spread();
        let tenures: Vec<Tenure> = starts.iter().enumerate()
            .map(|(at, start)| tenure(&at.to_string(), crate::calendar::offset(date!(2024 - 04 - 01), *start)))
            .collect();
        let first = if second { date!(2024 - 04 - 08) } else { date!(2024 - 04 - 01) };
        // Ten working days in all: seven in the first week, three in the second.
        let days = if second { 3 } else { 7 };
        let mut held = vec![0; tenures.len()];
        for at in 0..days {
            let day = crate::calendar::offset(first, at);
            let holder = (0..tenures.len()).rev().find(|at| tenures[*at].start <= day).unwrap_or(0);
            held[holder] += 1;
        }
        let most = held.iter().copied().max().unwrap_or(0);
        let expected = held.iter().position(|count| *count == most).map(|at| at.to_string());
        let found = answerable(&tenures, &spread, Week::of(first)).map(|tenure| tenure.cadre.clone());
        prop_assert_eq!(found, expected);
    }
}
