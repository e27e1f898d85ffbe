use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;

fn office() -> Complaints {
    Complaints {
        working_time: Some(WorkingTime {
            opens_s: 8 * 3_600,
            closes_s: 18 * 3_600,
            weekdays: vec![1, 2, 3, 4, 5],
            holidays: vec![date!(2024 - 04 - 04), date!(2024 - 04 - 05)],
            extra_days: vec![date!(2024 - 04 - 07)],
        }),
        ..Complaints::default()
    }
}

#[test]
fn the_clock_runs_always_unless_the_norm_says_otherwise() {
    let filed = datetime!(2024-04-03 17:00 +8);
    let found = deadline(State::Filed, filed, &Complaints::default()).expect("due");
    assert_eq!(found.due, datetime!(2024-04-04 17:00 +8));
    assert_eq!(found.remind, datetime!(2024-04-04 13:00 +8));
    assert_eq!(deadline(State::Answered, filed, &office()), None);
}

#[test]
fn holidays_and_nights_do_not_count_and_extra_days_do() {
    // Wednesday 17:00; Thursday and Friday are holidays, Saturday is off, Sunday is worked.
    let filed = datetime!(2024-04-03 17:00 +8);
    let two_hours = Complaints {
        accept_s: 7_200,
        remind_before_s: 0,
        ..office()
    };
    let found = deadline(State::Filed, filed, &two_hours).expect("due");
    assert_eq!(found.due, datetime!(2024-04-07 09:00 +8));
    let night = datetime!(2024-04-08 23:00 +8);
    let found = deadline(State::Filed, night, &two_hours).expect("due");
    assert_eq!(found.due, datetime!(2024-04-09 10:00 +8));
}

#[test]
fn only_what_is_possible_is_done() {
    use Action::{Accept, Answer, Assign, Close, Reopen};
    let possible = |state: State| {
        let actions = [Accept, Assign, Answer, Close, Reopen];
        actions
            .into_iter()
            .filter(|action| state.after(*action).is_some())
            .collect::<Vec<_>>()
    };
    assert_eq!(possible(State::Filed), [Accept]);
    assert_eq!(possible(State::Accepted), [Assign, Answer]);
    assert_eq!(possible(State::Assigned), [Assign, Answer]);
    assert_eq!(possible(State::Answered), [Close, Reopen]);
    assert_eq!(possible(State::Closed), [Reopen]);
    for state in State::ALL {
        assert_eq!(State::parse(state.name()), Some(state));
    }
}

proptest! {
    /// Second by second would be slow: the working time between filing and due is what the norm grants.
    #[test]
    fn what_is_granted_is_granted(hours in 0..2_000i64, seconds in 1..200_000i64) {
        let filed = datetime!(2024-03-25 00:00 +8) + Duration::hours(hours);
        let norms = Complaints { accept_s: seconds, remind_before_s: 0, ..office() };
        let due = deadline(State::Filed, filed, &norms).expect("due").due;
        let working = norms.working_time.as_ref().expect("an office");
        let mut granted = Duration::ZERO;
        let mut day = filed.to_offset(offset!(+8)).date();
        while day <= due.to_offset(offset!(+8)).date() {
            if worked(day, working) {
                let begin = filed.max(at(day, working.opens_s));
                let end = due.min(at(day, working.closes_s));
                granted += (end - begin).max(Duration::ZERO);
            }
            day = day.next_day().expect("a day");
        }
        prop_assert_eq!(granted, Duration::seconds(seconds));
    }
}
