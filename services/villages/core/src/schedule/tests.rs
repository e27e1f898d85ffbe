use proptest::prelude::*;
use time::{Weekday, macros::date};

use super::*;
use crate::document::{self, Closure};

fn calendar() -> Calendar {
    let closure = |kind, start, end| Closure {
        display_name: "x".to_owned(),
        kind,
        start_date: Some(start),
        end_date: Some(end),
        yearly: true,
    };
    Calendar::new(&document::Calendar {
        weekly_rest_days: vec![Weekday::Sunday],
        closures: vec![
            closure(ClosureKind::Holiday, date!(2024 - 10 - 01), date!(2024 - 10 - 07)),
            closure(ClosureKind::Harvest, date!(2024 - 09 - 20), date!(2024 - 10 - 15)),
            closure(ClosureKind::Frost, date!(2024 - 12 - 15), date!(2025 - 02 - 15)),
        ],
        make_up_days: Vec::new(),
    })
    .expect("dates are given")
}

fn work(goal: i64, start: Date, deadline: Date) -> Work<'static> {
    Work {
        goal,
        start,
        deadline,
        daily_capacity: 0,
        stopped_by: &[],
    }
}

#[test]
fn spreads_over_working_days_only() {
    let calendar = calendar();
    // The deadline is a Sunday; the last unit falls due on the Saturday before.
    let spread = Scheduler::new(&calendar)
        .spread(&work(20, date!(2024 - 04 - 01), date!(2024 - 04 - 14)))
        .expect("twelve days suffice");
    let quotas = spread.quotas();
    assert_eq!(
        quotas.iter().map(|quota| quota.count).collect::<Vec<_>>(),
        [1, 2, 2, 1, 2, 2, 1, 2, 2, 1, 2, 2]
    );
    assert_eq!(quotas.last().map(|quota| quota.date), Some(date!(2024 - 04 - 13)));
    let milestones = spread.milestones(&[]);
    let expected = [
        (250, 5, date!(2024 - 04 - 03)),
        (500, 10, date!(2024 - 04 - 06)),
        (750, 15, date!(2024 - 04 - 10)),
        (1_000, 20, date!(2024 - 04 - 13)),
    ];
    assert_eq!(
        milestones
            .iter()
            .map(|m| (m.permille, m.cumulative, m.date))
            .collect::<Vec<_>>(),
        expected
    );
    assert_eq!(
        (
            spread.planned(date!(2024 - 03 - 31)),
            spread.planned(date!(2024 - 04 - 07))
        ),
        (0, 10)
    );
}

#[test]
fn names_the_smallest_conflict() {
    use Constraint::{Capacity, Deadline, Frost, Harvest, Holiday, RestDays, Start};

    let calendar = calendar();
    let mut scheduler = Scheduler::new(&calendar);
    let conflict = |scheduler: &mut Scheduler<'_>, work: &Work<'_>| scheduler.spread(work).expect_err("impossible");

    let reversed = work(1, date!(2024 - 04 - 02), date!(2024 - 04 - 01));
    assert_eq!(conflict(&mut scheduler, &reversed), [Start, Deadline]);
    let too_little = Work {
        daily_capacity: 1,
        ..work(30, date!(2024 - 04 - 01), date!(2024 - 04 - 14))
    };
    assert_eq!(conflict(&mut scheduler, &too_little), [Start, Deadline, Capacity]);
    // Fourteen days would do, twelve working days do not.
    let rested = Work {
        daily_capacity: 1,
        ..work(14, date!(2024 - 04 - 01), date!(2024 - 04 - 14))
    };
    assert_eq!(conflict(&mut scheduler, &rested), [Start, Deadline, Capacity, RestDays]);
    let holiday = work(1, date!(2024 - 10 - 01), date!(2024 - 10 - 07));
    assert_eq!(conflict(&mut scheduler, &holiday), [Start, Deadline, Holiday]);
    let harvest = Work {
        stopped_by: &[ClosureKind::Harvest],
        ..work(1, date!(2024 - 10 - 01), date!(2024 - 10 - 10))
    };
    assert_eq!(conflict(&mut scheduler, &harvest), [Start, Deadline, Harvest]);
    let frost = Work {
        stopped_by: &[ClosureKind::Frost],
        ..work(1, date!(2024 - 12 - 20), date!(2025 - 01 - 10))
    };
    assert_eq!(conflict(&mut scheduler, &frost), [Start, Deadline, Frost]);
    assert!(
        scheduler
            .spread(&Work {
                stopped_by: &[],
                ..frost
            })
            .is_ok()
    );
}

proptest! {
    #[test]
    fn quotas_sum_exactly(goal in 1..100_000_i64, length in 0..400_i64, begin in 0..700_i64, capacity in 0..500_i64) {
        let calendar = calendar();
        let start = crate::calendar::offset(date!(2024 - 01 - 01), begin);
        let asked = Work { daily_capacity: capacity, ..work(goal, start, crate::calendar::offset(start, length)) };
        match Scheduler::new(&calendar).spread(&asked) {
            Ok(spread) => {
                let quotas = spread.quotas();
                prop_assert_eq!(quotas.iter().map(|quota| quota.count).sum::<i64>(), goal);
                prop_assert!(quotas.iter().all(|quota| calendar.works(quota.date, &[]) && quota.count > 0));
                prop_assert!(capacity == 0 || quotas.iter().all(|quota| quota.count <= capacity));
                for quota in &quotas {
                    prop_assert_eq!(spread.planned(quota.date), quota.cumulative);
                }
                let milestones = spread.milestones(&[]);
                prop_assert_eq!(milestones.len(), 4);
                prop_assert!(milestones.windows(2).all(|pair| pair[0].date <= pair[1].date));
                prop_assert_eq!(spread.planned(asked.deadline), goal);
            }
            Err(conflict) => prop_assert!(conflict.len() >= 2),
        }
    }

    #[test]
    fn no_member_of_a_conflict_can_be_left_out(goal in 1..60_i64, length in 0..40_i64, begin in 0..400_i64, capacity in 1..3_i64) {
        let calendar = calendar();
        let start = crate::calendar::offset(date!(2024 - 07 - 01), begin);
        let stopped_by = [ClosureKind::Harvest, ClosureKind::Frost];
        let asked = Work { goal, start, deadline: crate::calendar::offset(start, length), daily_capacity: capacity, stopped_by: &stopped_by };
        if let Err(conflict) = Scheduler::new(&calendar).spread(&asked) {
            let optional = conflict.get(2..).unwrap_or_default();
            for left_out in optional {
                let kept: Vec<_> = optional.iter().copied().filter(|constraint| constraint != left_out).collect();
                prop_assert!(conflict::possible(&calendar, &asked, &[], &kept), "{:?} without {:?}", conflict, left_out);
            }
            prop_assert!(!conflict::possible(&calendar, &asked, &[], optional));
        }
    }
}

/// The calendar of these tests again, day by day and without its code: what keeps `day` from being worked.
fn stops(day: Date, stopped_by: &[ClosureKind]) -> Vec<Constraint> {
    let (month, of_month) = (u8::from(day.month()), day.day());
    let in_year = (month, of_month);
    let seasons = [
        (
            ClosureKind::Harvest,
            Constraint::Harvest,
            ((9, 20)..=(10, 15)).contains(&in_year),
        ),
        (
            ClosureKind::Frost,
            Constraint::Frost,
            in_year >= (12, 15) || in_year <= (2, 15),
        ),
    ];
    let mut stops = Vec::new();
    if day.weekday() == Weekday::Sunday {
        stops.push(Constraint::RestDays);
    }
    if month == 10 && of_month <= 7 {
        stops.push(Constraint::Holiday);
    }
    let named = |(kind, constraint, falls): (ClosureKind, Constraint, bool)| {
        (falls && stopped_by.contains(&kind)).then_some(constraint)
    };
    stops.extend(seasons.into_iter().filter_map(named));
    stops
}

/// Whether the work fits while only the constraints in `kept` hold.
fn fits_by_hand(work: &Work<'_>, kept: &[Constraint]) -> bool {
    let mut day = work.start;
    let mut open = 0;
    while day <= work.deadline {
        open += i64::from(!stops(day, work.stopped_by).iter().any(|stop| kept.contains(stop)));
        day = day.next_day().expect("far from the edge");
    }
    let capacity = if kept.contains(&Constraint::Capacity) && work.daily_capacity > 0 {
        work.daily_capacity
    } else {
        i64::MAX
    };
    open > 0 && i128::from(capacity) * i128::from(open) >= i128::from(work.goal)
}

proptest! {
    /// Of all sets under which the work does not fit, by a count of our own, none is smaller than the one named.
    #[test]
    fn no_smaller_conflict_exists(
        goal in 1..80_i64, length in 0..60_i64, begin in 0..500_i64, capacity in 0..4_i64, seasons in 0..4_u8,
    ) {
        let calendar = calendar();
        let kinds = [ClosureKind::Harvest, ClosureKind::Frost];
        let stopped_by: Vec<_> = kinds.into_iter().enumerate().filter(|(at, _)| seasons >> at & 1 == 1).map(|it| it.1).collect();
        let start = crate::calendar::offset(date!(2023 - 09 - 01), begin);
        let asked = Work {
            goal, start, deadline: crate::calendar::offset(start, length), daily_capacity: capacity, stopped_by: &stopped_by,
        };
        let all = [
            Constraint::Capacity, Constraint::RestDays, Constraint::Holiday, Constraint::Harvest, Constraint::Frost,
        ];
        let sets = (0..1_u32 << all.len())
            .map(|bits| all.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|it| *it.1).collect::<Vec<_>>());
        let smallest = sets.filter(|kept| !fits_by_hand(&asked, kept)).map(|kept| kept.len()).min();
        match Scheduler::new(&calendar).spread(&asked) {
            Ok(_) => prop_assert_eq!(smallest, None),
            Err(conflict) => {
                let (ends, named) = conflict.split_at(2);
                prop_assert_eq!(ends, [Constraint::Start, Constraint::Deadline]);
                prop_assert_eq!(Some(named.len()), smallest);
                prop_assert!(!fits_by_hand(&asked, named), "{:?} fits", conflict);
            }
        }
    }
}

#[test]
fn a_block_moves_what_is_left_and_nothing_that_was_due() {
    let calendar = calendar();
    let asked = work(12, date!(2024 - 04 - 01), date!(2024 - 04 - 14));
    let plain = Scheduler::new(&calendar).spread(&asked).expect("twelve days suffice");
    let days = |first, last| Blocked { first, last };
    // From Wednesday the 3rd to Saturday the 6th: ten units are left for the six days of the week after.
    let block = days(date!(2024 - 04 - 03), date!(2024 - 04 - 06));
    let around = plain.clone().around(&calendar, &asked, &[block]);
    let counts: Vec<i64> = around.quotas().iter().map(|quota| quota.count).collect();
    assert_eq!(counts, [1, 1, 1, 2, 2, 1, 2, 2]);
    assert_eq!(around.planned(date!(2024 - 04 - 07)), 2);
    assert_eq!(around.conflict(), []);

    // No day is left: what was due stays due, and nothing more falls due.
    let block = days(date!(2024 - 04 - 03), date!(2024 - 05 - 01));
    let stuck = plain.clone().around(&calendar, &asked, &[block]);
    assert_eq!(
        (stuck.planned(date!(2024 - 04 - 02)), stuck.planned(asked.deadline)),
        (2, 2)
    );
    assert_eq!(
        stuck.conflict(),
        [Constraint::Start, Constraint::Deadline, Constraint::Blocker]
    );
    let milestones = stuck.milestones(&[100, 500]);
    assert_eq!(milestones.len(), 1, "{milestones:?}");

    // A Sunday costs nothing.
    let sunday = days(date!(2024 - 04 - 07), date!(2024 - 04 - 07));
    assert_eq!(
        plain.clone().around(&calendar, &asked, &[sunday]).quotas(),
        plain.quotas()
    );
}

proptest! {
    /// Whatever blocks the work: nothing falls due on a blocked day, nothing that was due before the first block changes, and
    /// the goal falls due in full or the conflict is named.
    #[test]
    fn blocks_keep_the_sum(
        goal in 1..5_000_i64, length in 1..200_i64, capacity in 0..60_i64,
        blocks in proptest::collection::vec((0..220_i64, 0..40_i64), 0..4),
    ) {
        let calendar = calendar();
        let start = date!(2024 - 07 - 01);
        let day = |by| crate::calendar::offset(start, by);
        let asked = Work { daily_capacity: capacity, ..work(goal, start, day(length)) };
        let blocks: Vec<_> = blocks.into_iter().map(|(from, long)| Blocked { first: day(from), last: day(from + long) }).collect();
        if let Ok(plain) = Scheduler::new(&calendar).spread(&asked) {
            let around = plain.clone().around(&calendar, &asked, &blocks);
            let quotas = around.quotas();
            prop_assert!(quotas.iter().all(|quota| !blocks.iter().any(|block| block.covers(quota.date))));
            let sum = quotas.iter().map(|quota| quota.count).sum::<i64>();
            prop_assert_eq!(sum, around.planned(asked.deadline));
            prop_assert_eq!(around.conflict().is_empty(), sum == goal);
            prop_assert!(capacity == 0 || quotas.iter().all(|quota| quota.count <= capacity));
            for quota in &quotas {
                prop_assert_eq!(around.planned(quota.date), quota.cumulative);
            }
            let first = blocks.iter().map(|block| block.first).min();
            for quota in plain.quotas().iter().filter(|quota| first.is_none_or(|first| quota.date < first)) {
                prop_assert_eq!(around.planned(quota.date), quota.cumulative);
            }
        }
    }
}
