use proptest::prelude::*;
use time::{Duration, macros::date};

use super::*;

fn day(number: i64) -> Date {
    date!(2024 - 01 - 01) + Duration::days(number)
}

fn state(from: i64, over_dm2: i64, measured: Option<i64>) -> State {
    State {
        from_on: day(from),
        over_dm2,
        measured_on: measured.map(day),
    }
}

/// Over-occupied area day by day.
fn by_day(states: &[State]) -> Vec<i64> {
    (0..DAYS).map(|number| over_on(states, day(number))).collect()
}

const DAYS: i64 = 40;

#[test]
fn what_is_given_back_late_counts_until_the_plot_was_next_measured() {
    // Measured on day 0 and again on day 20; on day 10 another part was given back, as is known already.
    let known = [
        state(0, 9_000, Some(0)),
        state(10, 6_000, None),
        state(20, 5_000, Some(20)),
    ];
    let states = vacate(&known, day(5), 2_000).expect("accepted");
    assert_eq!(
        states,
        [
            state(0, 9_000, Some(0)),
            state(5, 7_000, None),
            state(10, 4_000, None),
            state(20, 5_000, Some(20))
        ]
    );
    assert_eq!(measured_last(&states), Some(day(20)));
    let too_much = |least_dm2, from| {
        Err(Contradiction::TooMuch {
            least_dm2,
            from_on: day(from),
        })
    };
    assert_eq!(vacate(&known, day(5), 6_001), too_much(6_000, 10));
    assert_eq!(vacate(&known, day(20), 5_001), too_much(5_000, 20));
    assert_eq!(vacate(&known, day(-1), 1), too_much(0, -1));
    assert_eq!(vacate(&[], day(0), 1), too_much(0, 0));
    assert!(vacate(&known, day(5), 6_000).is_ok());
    // On the day of a measurement, it lowers what was measured.
    let states = vacate(&known, day(20), 5_000).expect("accepted");
    assert_eq!(states[2..], [state(20, 0, Some(20))]);
}

#[test]
fn what_is_measured_late_knows_what_was_given_back_until_then() {
    let known = [
        state(0, 9_000, Some(0)),
        state(10, 6_000, None),
        state(20, 5_000, Some(20)),
    ];
    let states = measure(&known, day(5), day(5), 8_000).expect("accepted");
    assert_eq!(
        by_day(&states)[4..=20],
        [[9_000].as_slice(), &[8_000; 5], &[5_000; 10], &[5_000]].concat()
    );
    // Measured after that was given back, to hold from before: it stands as it is.
    let states = measure(&known, day(5), day(10), 6_500).expect("accepted");
    assert_eq!(states[1..], [state(5, 6_500, Some(10)), known[2]]);
    assert_eq!(
        measure(&known, day(5), day(5), 2_999),
        Err(Contradiction::TooLittle {
            vacated_dm2: 3_000,
            last_on: day(10)
        })
    );
    // What was wrong all along is wrong on the days of older measurements too.
    let states = measure(&known, day(1), day(30), 6_500).expect("accepted");
    assert_eq!(states[1..], [state(1, 6_500, Some(30))]);
    let seen = Contradiction::MeasuredSince {
        measured_on: day(30),
        from_on: day(1),
    };
    assert_eq!(vacate(&states, day(29), 1), Err(seen));
    assert_eq!(measure(&states, day(20), day(29), 1), Err(seen));
    assert!(vacate(&states, day(30), 1).is_ok());
    // What was given back before the days of a measurement stays as it was.
    assert_eq!(
        measured_last(&measure(&known, day(12), day(12), 1).expect("accepted")),
        Some(day(20))
    );
}

/// Something to be learned of a plot.
#[derive(Debug, Clone, Copy)]
enum Fact {
    /// From, on, over-occupied.
    Measured(i64, i64, i64),
    /// On, area.
    Vacated(i64, i64),
}

impl Fact {
    /// The day whose facts are told apart by when they were learned.
    fn on(self) -> i64 {
        match self {
            Self::Measured(_, on, _) | Self::Vacated(on, _) => on,
        }
    }

    fn learn(self, known: &[State]) -> Result<Vec<State>, Contradiction> {
        match self {
            Self::Measured(from, on, over_dm2) => measure(known, day(from), day(on), over_dm2),
            Self::Vacated(on, area_dm2) => vacate(known, day(on), area_dm2),
        }
    }
}

/// Straight from the rule: of each day the area that was measured last of those that hold on it, less what was given back since
/// it was measured.
fn plainly(facts: &[Fact]) -> Vec<i64> {
    let over = |today: i64| {
        let measured = facts.iter().enumerate().filter_map(|(learned, fact)| match *fact {
            Fact::Measured(from, on, over_dm2) if from <= today => Some(((on, learned), over_dm2)),
            _ => None,
        });
        let (since, over_dm2) = measured.max().unwrap_or(((i64::MIN, 0), 0));
        let vacated = facts.iter().enumerate().map(|(learned, fact)| match *fact {
            Fact::Vacated(on, area_dm2) if on <= today && (on, learned) > since => area_dm2,
            _ => 0,
        });
        over_dm2 - vacated.sum::<i64>()
    };
    (0..DAYS).map(over).collect()
}

/// Whether the days of a fact were measured after it.
fn seen_before(facts: &[Fact], new: Fact) -> bool {
    let begin = match new {
        Fact::Measured(from, ..) => from,
        Fact::Vacated(on, _) => on,
    };
    facts
        .iter()
        .any(|fact| matches!(*fact, Fact::Measured(from, on, _) if from <= begin && on > new.on()))
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let measured = (0..DAYS, 0..10_i64, 0..20_i64)
        .prop_map(|(from, after, over_dm2)| Fact::Measured(from, from + after, over_dm2));
    let vacated = (0..DAYS, 1..6_i64).prop_map(|(on, area_dm2)| Fact::Vacated(on, area_dm2));
    proptest::collection::vec(prop_oneof![1 => measured, 2 => vacated], 1..12)
}

/// Facts of different days: those of one day are told apart by when they were learned.
fn apart() -> impl Strategy<Value = Vec<Fact>> {
    facts().prop_map(|mut facts| {
        facts.sort_by_key(|fact| fact.on());
        facts.dedup_by_key(|fact| fact.on());
        facts.retain(|fact| fact.on() > 0);
        facts
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_order_of_learning_ends_as_the_rule_says(facts in facts()) {
        let first = Fact::Measured(0, 0, 15);
        let mut known = first.learn(&[]).expect("nothing contradicts it");
        let mut learned = vec![first];
        for fact in facts {
            let mut with = learned.clone();
            with.push(fact);
            let plain = plainly(&with);
            match fact.learn(&known) {
                Ok(states) => {
                    prop_assert_eq!(by_day(&states), plain);
                    prop_assert!(states.is_sorted_by(|one, other| one.from_on < other.from_on));
                    prop_assert!(states.iter().all(|state| state.measured_on.is_none_or(|on| on >= state.from_on)));
                    known = states;
                    learned = with;
                }
                Err(Contradiction::MeasuredSince { .. }) => prop_assert!(seen_before(&learned, fact)),
                Err(Contradiction::TooMuch { .. } | Contradiction::TooLittle { .. }) => {
                    prop_assert!(plain.iter().any(|over_dm2| *over_dm2 < 0), "{:?}", plain);
                }
            }
        }
    }

    #[test]
    fn the_order_of_learning_does_not_matter(
        (one, other) in apart().prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
    ) {
        let learn = |facts: &[Fact]| {
            let first = Fact::Measured(0, 0, 15).learn(&[]).expect("nothing contradicts it");
            facts.iter().try_fold(first, |known, fact| fact.learn(&known))
        };
        if let (Ok(one), Ok(other)) = (learn(&one), learn(&other)) {
            prop_assert_eq!(by_day(&one), by_day(&other));
        }
    }
}
