use proptest::prelude::*;
use time::{Date, macros::date};

use super::*;

fn on(due_on: Date) -> Traits {
    Traits {
        due_on,
        from_on: date!(2020 - 01 - 01),
        agreed: false,
        adds: false,
    }
}

fn bill(id: u32, traits: Traits, outstanding_fen: i64) -> OpenBill<u32> {
    OpenBill {
        id,
        traits,
        outstanding_fen,
    }
}

fn order(keys: &[Key]) -> Order {
    Order {
        keys: keys.to_vec(),
        ignores_named: false,
    }
}

#[test]
fn the_oldest_first_unless_one_is_named() {
    let bills = [
        bill(1, on(date!(2024 - 12 - 31)), 100),
        bill(2, on(date!(2023 - 12 - 31)), 50),
        bill(3, on(date!(2023 - 12 - 31)), 50),
    ];
    let usual = Order::default();
    let parts = |order: &Order, named| allocate(order, 120, &bills, named).parts;
    assert_eq!(parts(&usual, None), [(2, 50), (3, 50), (1, 20)]);
    assert_eq!(parts(&usual, Some(1)), [(1, 100), (2, 20)]);
    let strict = Order {
        ignores_named: true,
        ..Order::default()
    };
    assert_eq!(parts(&strict, Some(1)), [(2, 50), (3, 50), (1, 20)]);
    assert_eq!(allocate(&usual, 201, &bills, None).rest_fen, 1);
    let nothing = allocate(&usual, 5, &[], Some(1));
    assert_eq!((nothing.parts, nothing.rest_fen), (vec![], 5));
}

#[test]
fn each_key_decides_as_it_says() {
    use Key::{AddedFirst, AddedLast, AgreedFirst, AgreedLast, DueDate, Period};
    let old = Traits {
        from_on: date!(2022 - 01 - 01),
        ..on(date!(2022 - 12 - 31))
    };
    // The oldest period, but charged last.
    let addition = Traits {
        from_on: date!(2021 - 01 - 01),
        adds: true,
        ..on(date!(2024 - 12 - 31))
    };
    let agreed = Traits {
        from_on: date!(2023 - 01 - 01),
        agreed: true,
        ..on(date!(2024 - 06 - 30))
    };
    let bills = [bill(1, old, 1), bill(2, addition, 1), bill(3, agreed, 1)];
    for (keys, expected) in [
        (vec![DueDate], [1, 3, 2]),
        (vec![Period], [2, 1, 3]),
        (vec![AgreedFirst, DueDate], [3, 1, 2]),
        (vec![AgreedLast, DueDate], [1, 2, 3]),
        (vec![AddedFirst, DueDate], [2, 1, 3]),
        (vec![AddedLast, Period], [1, 3, 2]),
        (vec![AgreedLast, AddedFirst, Period], [2, 1, 3]),
    ] {
        let parts = allocate(&order(&keys), 3, &bills, None).parts;
        assert_eq!(
            parts.into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
            expected,
            "{keys:?}"
        );
    }
}

#[test]
fn contradictions_are_found_at_their_place() {
    use Key::{AgreedFirst, AgreedLast, DueDate, Period};
    let found = |keys: &[Key]| {
        let problems = check("waterfall", &order(keys));
        problems
            .into_iter()
            .map(|one| (one.path, one.reason))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&[AgreedFirst, Period, DueDate]), []);
    assert_eq!(found(&[]), [("waterfall.keys".to_owned(), "DATE_MISSING")]);
    assert_eq!(
        found(&[AgreedFirst, AgreedLast]),
        [
            ("waterfall.keys[1]".to_owned(), "KEY_TWICE"),
            ("waterfall.keys".to_owned(), "DATE_MISSING")
        ]
    );
    assert_eq!(
        found(&[DueDate, DueDate]),
        [("waterfall.keys[1]".to_owned(), "KEY_TWICE")]
    );
}

/// Any order that a plan may state.
fn any_order() -> impl Strategy<Value = Order> {
    use Key::{AddedFirst, AddedLast, AgreedFirst, AgreedLast, DueDate, Period};
    let keys = Just(vec![DueDate, Period, AgreedFirst, AgreedLast, AddedFirst, AddedLast]).prop_shuffle();
    (keys, 1..=6_usize, any::<bool>()).prop_map(|(keys, count, ignores_named)| {
        let mut chosen: Vec<Key> = Vec::new();
        for key in keys.into_iter().take(count) {
            chosen.push(key);
            if check(
                "",
                &Order {
                    keys: chosen.clone(),
                    ignores_named,
                },
            )
            .iter()
            .any(|one| one.reason == "KEY_TWICE")
            {
                chosen.pop();
            }
        }
        Order {
            keys: chosen,
            ignores_named,
        }
    })
}

fn any_traits(days: i32) -> impl Strategy<Value = Traits> {
    (0..days, 0..days, any::<bool>(), any::<bool>()).prop_map(|(due, from, agreed, adds)| {
        let day = |day: i32| Date::from_julian_day(Date::MIN.to_julian_day() + day).expect("in range");
        Traits {
            due_on: day(due),
            from_on: day(from),
            agreed,
            adds,
        }
    })
}

/// All days that there are.
fn all_days() -> i32 {
    Date::MAX.to_julian_day() - Date::MIN.to_julian_day() + 1
}

fn weighed(weights: &Weights, traits: &Traits) -> i64 {
    i64::from(traits.due_on.to_julian_day()) * weights.due
        + i64::from(traits.from_on.to_julian_day()) * weights.period
        + i64::from(traits.agreed) * weights.agreed
        + i64::from(traits.adds) * weights.adds
}

proptest! {
    #[test]
    fn weights_sort_as_keys_do(
        order in any_order(),
        near in (any_traits(3), any_traits(3)),
        far in (any_traits(all_days()), any_traits(all_days())),
    ) {
        let weights = order.weights();
        for (one, other) in [near, far, (near.0, far.0)] {
            prop_assert_eq!(
                weighed(&weights, &one).cmp(&weighed(&weights, &other)),
                order.place(&one).cmp(&order.place(&other))
            );
        }
    }

    #[test]
    fn parts_add_up_and_keep_the_order(
        order in any_order(),
        amount in 0..10_000_i64,
        bills in proptest::collection::vec((any_traits(4), 0..3_000_i64), 0..8),
        named in proptest::option::of(0..8_usize),
    ) {
        let bills: Vec<_> = bills.iter().enumerate().map(|(id, (traits, outstanding_fen))| {
            OpenBill { id, traits: *traits, outstanding_fen: *outstanding_fen }
        }).collect();
        let got = allocate(&order, amount, &bills, named);
        prop_assert_eq!(got.parts.iter().map(|(_, part)| part).sum::<i64>() + got.rest_fen, amount);
        let paid = |id: usize| got.parts.iter().filter(|part| part.0 == id).map(|part| part.1).sum::<i64>();
        let place = |bill: &OpenBill<usize>| {
            (order.ignores_named || Some(bill.id) != named, order.place(&bill.traits), bill.id)
        };
        for one in &bills {
            prop_assert!(paid(one.id) <= one.outstanding_fen);
            for other in &bills {
                prop_assert!(!(place(one) < place(other) && paid(one.id) < one.outstanding_fen && paid(other.id) > 0));
            }
        }
        prop_assert!(got.rest_fen == 0 || bills.iter().all(|bill| paid(bill.id) == bill.outstanding_fen));
    }
}
