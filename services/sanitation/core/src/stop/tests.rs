use proptest::prelude::*;
use time::macros::datetime;

use super::*;

const DAY: OffsetDateTime = datetime!(2024-04-01 06:00 +8);

fn at(minute: i64) -> OffsetDateTime {
    DAY + Duration::minutes(minute)
}

fn told(device: &'static str, sequence: i64, minute: i64, word: Word<'static>) -> Told<'static> {
    Told {
        device,
        sequence,
        at: at(minute),
        word,
    }
}

fn collected(kg: i64) -> Word<'static> {
    Word::Collected {
        kg: Some(kg),
        bins: None,
    }
}

const BLOCKED: Word<'static> = Word::Missed {
    reason: "road_blocked",
    note: "",
};

#[test]
fn the_last_word_of_a_terminal_counts_whatever_its_clock_says() {
    // The clock was set back between the two.
    let words = [told("a", 7, 30, BLOCKED), told("a", 9, 10, collected(80))];
    let State::Collected { at: when, kg, bins } = outcome(&words, None).state else {
        panic!("collected after all");
    };
    assert_eq!((when, kg, bins), (at(10), Some(80), None));
    let words = [told("a", 9, 10, BLOCKED), told("a", 7, 30, collected(80))];
    assert!(matches!(outcome(&words, None).state, State::Missed { .. }));
}

#[test]
fn one_that_has_emptied_it_suffices_and_loads_add_up() {
    let words = [
        told("a", 1, 10, collected(80)),
        told("b", 1, 40, BLOCKED),
        told("c", 1, 5, collected(30)),
    ];
    let expected = State::Collected {
        at: at(5),
        kg: Some(110),
        bins: None,
    };
    assert_eq!(outcome(&words, None).state, expected);
}

#[test]
fn the_drivers_word_goes_before_positions() {
    let found = outcome(&[], Some(at(3)));
    assert_eq!(found.state, State::Arrived);
    assert_eq!(found.arrival.map(|it| (it.at, it.by_driver)), Some((at(3), false)));
    let found = outcome(&[told("a", 1, 9, Word::Arrived)], Some(at(3)));
    assert_eq!(found.arrival.map(|it| (it.at, it.by_driver)), Some((at(9), true)));
    assert_eq!(outcome(&[], None), Outcome::default());
}

#[test]
fn a_clock_that_is_off_is_put_right_and_a_slow_message_is_not() {
    let minutes = Duration::minutes;
    assert_eq!(put_right(at(70), minutes(60), minutes(5)), at(10));
    assert_eq!(put_right(at(0), minutes(-60), minutes(5)), at(60));
    assert_eq!(put_right(at(0), minutes(-5), minutes(5)), at(0));
}

fn word() -> impl Strategy<Value = Word<'static>> {
    prop_oneof![
        Just(Word::Arrived),
        (proptest::option::of(0..500i64), proptest::option::of(0..9i32))
            .prop_map(|(kg, bins)| Word::Collected { kg, bins }),
        prop_oneof![Just("breakdown"), Just("vehicle_full")].prop_map(|reason| Word::Missed { reason, note: "x" }),
    ]
}

/// Words of three terminals, each under a number of its own.
fn words() -> impl Strategy<Value = Vec<Told<'static>>> {
    let one = (0..3usize, 0..600i64, word());
    proptest::collection::vec(one, 0..14).prop_map(|drawn| {
        let number = |(sequence, (device, minute, word))| Told {
            device: ["a", "b", "c"][device],
            sequence,
            at: at(minute),
            word,
        };
        (1..).zip(drawn).map(number).collect()
    })
}

proptest! {
    #[test]
    fn no_order_and_no_repeat_changes_the_outcome(
        (words, shuffled) in words().prop_flat_map(|words| {
            let repeated: Vec<_> = words.iter().chain(&words).copied().collect();
            (Just(words), Just(repeated).prop_shuffle())
        }),
        fence in proptest::option::of(0..600i64),
        repeats in 0..14usize,
    ) {
        let fence = fence.map(at);
        let whole = outcome(&words, fence);
        prop_assert_eq!(outcome(&shuffled, fence), whole);
        // A part of them again, behind all of them.
        let again: Vec<_> = words.iter().chain(words.iter().take(repeats)).copied().collect();
        prop_assert_eq!(outcome(&again, fence), whole);
    }

    #[test]
    fn a_stop_is_missed_only_if_nobody_emptied_it_at_last(words in words()) {
        let last = |device: &str| {
            let of = words.iter().filter(|it| it.device == device && it.word != Word::Arrived);
            of.max_by_key(|it| it.sequence).map(|it| it.word)
        };
        let ends: Vec<_> = ["a", "b", "c"].into_iter().filter_map(last).collect();
        let emptied = ends.iter().any(|word| matches!(word, Word::Collected { .. }));
        match outcome(&words, None).state {
            State::Collected { .. } => prop_assert!(emptied),
            State::Missed { .. } => prop_assert!(!emptied && !ends.is_empty()),
            State::Planned | State::Arrived => prop_assert!(ends.is_empty()),
        }
    }
}
