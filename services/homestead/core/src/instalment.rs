//! Agreements to pay in instalments (分期缴纳协议).

use time::{Date, Duration, Month};

/// What is to be paid until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instalment {
    /// Last day to pay it.
    pub due_on: Date,
    /// In fen, > 0.
    pub amount_fen: i64,
}

/// Where an agreement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Something is still to be paid, and nothing is late beyond the grace.
    Kept,
    /// Everything is covered.
    Fulfilled,
    /// The oldest uncovered instalment is late beyond the grace.
    Defaulted,
}

/// An agreement on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// Instalments covered in full, from the first on.
    pub covered: usize,
    /// The oldest instalment that is not.
    pub next: Option<Instalment>,
    /// Part of instalments due before the day that is not covered, in fen.
    pub overdue_fen: i64,
}

/// Splits `amount_fen` into `count` parts that differ by one fen at most, the larger ones first.
pub fn split(amount_fen: i64, count: u8) -> Vec<i64> {
    let parts = i64::from(count.max(1));
    let (each, missing) = (amount_fen.div_euclid(parts), amount_fen.rem_euclid(parts));
    (0..parts).map(|at| each + i64::from(at < missing)).collect()
}

/// `count` due dates from `first` on, `months` apart. Where a month is too short its last day counts, and from the last day of
/// a month on every date is the last day of its month. `None` beyond the calendar.
pub fn due_dates(first: Date, months: u8, count: u8) -> Option<Vec<Date>> {
    let length = |year, month: Month| month.length(year);
    let at_end = first.day() == length(first.year(), first.month());
    (0..i32::from(count))
        .map(|at| {
            let month = i32::from(u8::from(first.month())) - 1 + at * i32::from(months);
            let year = first.year() + month.div_euclid(12);
            let month = Month::try_from(u8::try_from(month.rem_euclid(12) + 1).ok()?).ok()?;
            let last = length(year, month);
            let day = if at_end { last } else { first.day().min(last) };
            Date::from_calendar_date(year, month, day).ok()
        })
        .collect()
}

/// Where an agreement stands on `today` with `paid_fen` paid since. Instalments are in order of their due dates; what is paid
/// covers them from the first on.
pub fn standing(instalments: &[Instalment], paid_fen: i64, today: Date, grace_days: u8) -> Standing {
    let mut upto = 0;
    let covered = instalments
        .iter()
        .take_while(|one| {
            upto += one.amount_fen;
            upto <= paid_fen
        })
        .count();
    let next = instalments.get(covered).copied();
    let due: i64 = instalments
        .iter()
        .filter(|one| one.due_on < today)
        .map(|one| one.amount_fen)
        .sum();
    let late = |one: Instalment| today - one.due_on > Duration::days(i64::from(grace_days));
    let state = match next {
        None => State::Fulfilled,
        Some(one) if late(one) => State::Defaulted,
        Some(_) => State::Kept,
    };
    Standing {
        state,
        covered,
        next,
        overdue_fen: (due - paid_fen.max(0)).max(0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn plan(amounts: &[i64]) -> Vec<Instalment> {
        let dates = due_dates(date!(2025 - 03 - 31), 1, u8::try_from(amounts.len()).expect("few")).expect("dates");
        let both = dates.into_iter().zip(amounts);
        both.map(|(due_on, amount_fen)| Instalment {
            due_on,
            amount_fen: *amount_fen,
        })
        .collect()
    }

    #[test]
    fn the_missing_fen_go_to_the_first() {
        assert_eq!(split(100, 3), [34, 33, 33]);
        assert_eq!(split(24_000, 7), [3_429, 3_429, 3_429, 3_429, 3_428, 3_428, 3_428]);
    }

    #[test]
    fn months_end_where_they_end() {
        let days = |first, months, count| due_dates(first, months, count).expect("dates");
        assert_eq!(
            days(date!(2024 - 01 - 31), 1, 4),
            [
                date!(2024 - 01 - 31),
                date!(2024 - 02 - 29),
                date!(2024 - 03 - 31),
                date!(2024 - 04 - 30)
            ]
        );
        assert_eq!(
            days(date!(2025 - 11 - 30), 3, 3),
            [date!(2025 - 11 - 30), date!(2026 - 02 - 28), date!(2026 - 05 - 31)]
        );
        assert_eq!(
            days(date!(2025 - 01 - 30), 1, 3),
            [date!(2025 - 01 - 30), date!(2025 - 02 - 28), date!(2025 - 03 - 30)]
        );
        assert_eq!(due_dates(Date::MAX, 1, 2), None);
    }

    #[test]
    fn grace_ends_with_its_last_day() {
        let plan = plan(&[40, 30, 30]);
        let on = |paid, day| standing(&plan, paid, day, 15);
        let first = on(0, date!(2025 - 03 - 31));
        assert_eq!((first.state, first.overdue_fen, first.covered), (State::Kept, 0, 0));
        let late = on(39, date!(2025 - 04 - 15));
        assert_eq!(
            (late.state, late.overdue_fen, late.next),
            (State::Kept, 1, Some(plan[0]))
        );
        assert_eq!(on(39, date!(2025 - 04 - 16)).state, State::Defaulted);
        let second = on(40, date!(2025 - 04 - 16));
        assert_eq!(
            (second.state, second.covered, second.next),
            (State::Kept, 1, Some(plan[1]))
        );
        assert_eq!(on(100, date!(2030 - 01 - 01)).state, State::Fulfilled);
        // More is owed than was agreed: a payment before the agreement was undone.
        assert_eq!(on(-5, date!(2025 - 05 - 15)).overdue_fen, 70);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_differ_by_a_fen(amount in 1..1_000_000_000_i64, count in 1..=60_u8) {
            let parts = split(amount, count);
            prop_assert_eq!(parts.len(), usize::from(count));
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            prop_assert!(parts.windows(2).all(|pair| pair[0] >= pair[1]));
            prop_assert!(parts[0] - parts[parts.len() - 1] <= 1);
        }

        #[test]
        fn dates_ascend_by_months(day in 0..4_000_i64, months in 1..=12_u8, count in 1..=60_u8) {
            let first = date!(2020 - 01 - 01) + Duration::days(day);
            let dates = due_dates(first, months, count).expect("dates");
            prop_assert_eq!(dates[0], first);
            let number = |date: &Date| date.year() * 12 + i32::from(u8::from(date.month()));
            for pair in dates.windows(2) {
                prop_assert_eq!(number(&pair[1]) - number(&pair[0]), i32::from(months));
            }
        }

        #[test]
        fn paying_more_never_makes_it_worse(
            amounts in proptest::collection::vec(1..1_000_i64, 1..10),
            paid in -100..10_000_i64,
            more in 0..1_000_i64,
            day in 0..500_i64,
        ) {
            let plan = plan(&amounts);
            let today = date!(2025 - 01 - 01) + Duration::days(day);
            let (before, after) = (standing(&plan, paid, today, 15), standing(&plan, paid + more, today, 15));
            prop_assert!(after.covered >= before.covered && after.overdue_fen <= before.overdue_fen);
            prop_assert!(before.state == State::Defaulted || after.state != State::Defaulted);
            prop_assert_eq!(before.state == State::Fulfilled, paid >= amounts.iter().sum::<i64>());
        }
    }
}
