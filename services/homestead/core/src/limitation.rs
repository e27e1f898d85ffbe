//! When a claim becomes time-barred (诉讼时效, 民法典第一百八十八条、第一百九十五条).

use time::{Date, Month};

/// Years after which a claim is barred.
const YEARS: i32 = 3;

/// What starts the years anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A written notice that provably reached the debtor.
    NoticeServed,
    /// A part payment.
    PartPayment,
    /// The debtor's agreement to pay.
    Agreement,
}

/// An interruption and its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interruption {
    /// The day it took effect.
    pub on: Date,
    /// What it was.
    pub kind: Kind,
}

/// First day on which the claim of a bill due on `due_on` is barred. The years run from the day after the due date, and anew
/// from the day after each interruption, in whatever order they are given. What happens once the claim is barred does not
/// revive it, except an agreement: by it the debtor owes anew. What happens up to the due date interrupts nothing, because
/// nothing runs yet.
pub fn date(due_on: Date, interruptions: &[Interruption]) -> Date {
    let mut ordered: Vec<&Interruption> = interruptions.iter().filter(|event| event.on > due_on).collect();
    ordered.sort_unstable();
    ordered.iter().fold(barred(due_on), |until, event| {
        if event.on < until || event.kind == Kind::Agreement {
            barred(event.on)
        } else {
            until
        }
    })
}

/// Three years after the day after `day`. From 29 February the years end with 28 February, so the claim is barred from
/// 1 March on.
fn barred(day: Date) -> Date {
    let Some(begin) = day.next_day() else { return Date::MAX };
    let year = begin.year() + YEARS;
    begin
        .replace_year(year)
        .or_else(|_| Date::from_calendar_date(year, Month::March, 1))
        .unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::date};

    use super::*;

    const DUE: Date = date!(2024 - 12 - 31);

    fn on(on: Date, kind: Kind) -> Interruption {
        Interruption { on, kind }
    }

    #[test]
    fn three_years_after_the_day_after() {
        assert_eq!(date(DUE, &[]), date!(2028 - 01 - 01));
        assert_eq!(date(date!(2024 - 02 - 29), &[]), date!(2027 - 03 - 01));
        assert_eq!(date(date!(2024 - 02 - 28), &[]), date!(2027 - 03 - 01));
        assert_eq!(date(date!(2025 - 02 - 28), &[]), date!(2028 - 03 - 01));
        assert_eq!(date(Date::MAX, &[]), Date::MAX);
    }

    #[test]
    fn interruptions_start_it_anew() {
        let served = on(date!(2025 - 06 - 10), Kind::NoticeServed);
        let paid = on(date!(2026 - 02 - 28), Kind::PartPayment);
        assert_eq!(date(DUE, &[served]), date!(2028 - 06 - 11));
        assert_eq!(date(DUE, &[paid, served]), date!(2029 - 03 - 01));
        // Up to the due date nothing runs.
        assert_eq!(date(DUE, &[on(DUE, Kind::PartPayment)]), date!(2028 - 01 - 01));
    }

    #[test]
    fn what_is_barred_stays_so_unless_the_debtor_agrees() {
        let last = on(date!(2027 - 12 - 31), Kind::NoticeServed);
        assert_eq!(date(DUE, &[last]), date!(2031 - 01 - 01));
        for kind in [Kind::NoticeServed, Kind::PartPayment] {
            assert_eq!(date(DUE, &[on(date!(2028 - 01 - 01), kind)]), date!(2028 - 01 - 01));
        }
        let agreed = on(date!(2030 - 05 - 05), Kind::Agreement);
        assert_eq!(date(DUE, &[agreed]), date!(2033 - 05 - 06));
        let later = on(date!(2031 - 05 - 05), Kind::NoticeServed);
        assert_eq!(date(DUE, &[later, agreed]), date!(2034 - 05 - 06));
    }

    fn interruption() -> impl Strategy<Value = Interruption> {
        let kind = prop_oneof![Just(Kind::NoticeServed), Just(Kind::PartPayment), Just(Kind::Agreement)];
        (-400..6_000_i64, kind).prop_map(|(days, kind)| on(DUE + Duration::days(days), kind))
    }

    proptest! {
        #[test]
        fn interruptions_never_shorten_and_their_order_is_no_matter(
            events in proptest::collection::vec(interruption(), 0..12),
            further in interruption(),
        ) {
            let before = date(DUE, &events);
            let mut turned = events.clone();
            turned.reverse();
            prop_assert_eq!(date(DUE, &turned), before);
            let mut more = events.clone();
            more.push(further);
            prop_assert!(date(DUE, &more) >= before);
            prop_assert!(before >= date(DUE, &[]));
        }

        #[test]
        fn without_agreement_each_gap_is_at_most_three_years(events in proptest::collection::vec(interruption(), 0..12)) {
            let mut events: Vec<_> = events.into_iter().filter(|event| event.kind != Kind::Agreement && event.on > DUE).collect();
            events.sort_unstable();
            let mut until = date!(2028 - 01 - 01);
            for event in &events {
                if event.on >= until {
                    break;
                }
                until = date(event.on, &[]);
            }
            prop_assert_eq!(date(DUE, &events), until);
        }
    }
}
