use proptest::prelude::*;
use time::{Duration, macros::date};

use super::*;

/// Where a household is, and who is its head.
type Household = (u8, u8);

const START: Date = date!(2024 - 01 - 01);

fn on(day: i64) -> Date {
    START + Duration::days(day)
}

fn begun() -> Vec<Span<Household>> {
    vec![Span {
        from: START,
        until: None,
        value: (0, 0),
    }]
}

fn moved(spans: &[Span<Household>], day: i64, to: u8) -> Option<Vec<Span<Household>>> {
    let aspect = Aspect::<Household> {
        same: |one, other| one.0 == other.0,
        set: &|value| value.0 = to,
    };
    amend(spans, on(day), &[aspect]).map(|amended| amended.applied(spans))
}

fn headed(spans: &[Span<Household>], day: i64, by: u8) -> Option<Vec<Span<Household>>> {
    let aspect = Aspect::<Household> {
        same: |one, other| one.1 == other.1,
        set: &|value| value.1 = by,
    };
    amend(spans, on(day), &[aspect]).map(|amended| amended.applied(spans))
}

fn held(spans: &[Span<Household>], day: i64) -> Option<Household> {
    spans.iter().find(|span| span.holds(on(day))).map(|span| span.value)
}

#[test]
fn two_moves_recorded_in_reverse_order_each_hold_in_their_time() {
    let later = moved(&begun(), 60, 2).expect("there");
    let both = moved(&later, 30, 1).expect("there");
    let places: Vec<_> = [29, 30, 59, 60, 400].map(|day| held(&both, day).map(|it| it.0)).into();
    assert_eq!(places, [Some(0), Some(1), Some(1), Some(2), Some(2)]);
    // The head who is learned of last is head through the later move too.
    let headed = headed(&both, 40, 7).expect("there");
    assert_eq!((held(&headed, 39), held(&headed, 40)), (Some((1, 0)), Some((1, 7))));
    assert_eq!(held(&headed, 60), Some((2, 7)));
}

#[test]
fn an_end_takes_what_began_that_day_but_never_a_whole_life() {
    let changed = headed(&begun(), 30, 1).expect("there");
    let ended = end(&changed, on(30)).expect("ends").applied(&changed);
    assert_eq!((held(&ended, 29), held(&ended, 30)), (Some((0, 0)), None));
    assert_eq!(end(&begun(), START), Err(NotEnded::FirstDay));
    assert_eq!(end(&changed, on(10)), Err(NotEnded::Later(on(30))));
    assert_eq!(end(&ended, on(30)), Err(NotEnded::Absent));
    assert_eq!(moved(&ended, 30, 1), None);
}

/// Changes by aspect and day, each to a value of its own: whoever comes back to where they were leaves no trace between.
fn changes() -> impl Strategy<Value = Vec<(bool, i64, u8)>> {
    prop::collection::btree_set((any::<bool>(), 1_u8..40), 0..12).prop_map(|changes| {
        changes
            .into_iter()
            .map(|(moves, day)| (moves, day.into(), day))
            .collect()
    })
}

proptest! {
    #[test]
    fn the_order_in_which_changes_are_learned_does_not_matter(
        (changes, order) in changes().prop_flat_map(|changes| (Just(changes.clone()), Just(changes).prop_shuffle())),
    ) {
        let mut spans = begun();
        for (moves, day, value) in order {
            spans = if moves { moved(&spans, day, value) } else { headed(&spans, day, value) }.expect("there");
        }
        for day in 0..45 {
            let latest = |wanted: bool| {
                let before = changes.iter().filter(|(moves, from, _)| *moves == wanted && *from <= day);
                before.max_by_key(|change| change.1).map_or(0, |change| change.2)
            };
            prop_assert_eq!(held(&spans, day), Some((latest(true), latest(false))), "day {}", day);
        }
        let whole = spans.windows(2).all(|pair| pair[0].until == Some(pair[1].from) && pair[0].from < pair[1].from);
        prop_assert!(whole, "{spans:?}");
    }
}
