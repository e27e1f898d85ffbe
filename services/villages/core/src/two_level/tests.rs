use proptest::prelude::*;
use time::macros::date;

use super::*;

const DAY: Date = date!(2024 - 04 - 01);

fn sixty() -> Fraction {
    Fraction::new(3, 5).expect("a share")
}

/// What is known of a natural village.
#[derive(Debug, Clone, Copy)]
enum Known {
    /// Households served, of all.
    Served(i64, i64),
    LetOut,
    Unknown,
}
use Known::{LetOut, Served, Unknown};

fn unit(at: usize, known: Known) -> Unit {
    let share = match known {
        Served(numerator, whole) => Some(Fraction::new(numerator, whole).expect("a share")),
        LetOut | Unknown => None,
    };
    let figure = (!matches!(known, Unknown)).then_some(UnitFigure {
        id: 1,
        date: DAY,
        source: Source::SelfReport,
        share,
        earlier: None,
    });
    Unit {
        code: format!("4102251012010{at:02}"),
        display_name: format!("{at}组"),
        figure,
    }
}

fn counted(served: &[Known]) -> Count {
    count(
        sixty(),
        0,
        served.iter().enumerate().map(|(at, share)| unit(at, *share)).collect(),
    )
}

#[test]
fn a_natural_village_counts_from_the_threshold_on() {
    let count = counted(&[Served(60, 100), Served(59, 100), Unknown, LetOut]);
    let contributions: Vec<_> = count.units.iter().map(|(_, contribution)| *contribution).collect();
    let expected = [
        Contribution::Counts,
        Contribution::Misses(1),
        Contribution::NoData,
        Contribution::Deducted,
    ];
    assert_eq!(contributions, expected);
    let figure = count.figure(sixty()).expect("known");
    assert_eq!((figure.numerator, figure.whole, figure.id), (1, Some(3), None));
}

#[test]
fn where_nothing_is_known_or_left_there_is_no_figure() {
    assert_eq!(counted(&[]).figure(sixty()), None);
    assert_eq!(counted(&[Unknown, Unknown]).figure(sixty()), None);
    assert_eq!(counted(&[LetOut]).figure(sixty()), None);
}

#[test]
fn the_pace_goes_from_the_first_figures_to_the_present_ones() {
    let share = |numerator| Fraction::new(numerator, 10);
    let mut units = vec![unit(0, Served(8, 10)), unit(1, Served(7, 10)), unit(2, Unknown)];
    if let Some(figure) = &mut units[0].figure {
        figure.earlier = Some((date!(2024 - 03 - 02), share(2)));
    }
    let figure = count(sixty(), 0, units).figure(sixty()).expect("known");
    assert_eq!(
        (figure.numerator, figure.earlier),
        (2, Some((date!(2024 - 03 - 02), 1)))
    );
}

fn served() -> impl Strategy<Value = Known> {
    prop_oneof![
        Just(Unknown),
        Just(LetOut),
        (0..=20_i64).prop_map(|served| Served(served, 20)),
    ]
}

proptest! {
    /// One household more in any natural village never lowers the village's share, nor does learning of one.
    #[test]
    fn monotone_in_every_natural_village(units in prop::collection::vec(served(), 1..12), at in any::<prop::sample::Index>()) {
        let mut better = units.clone();
        let at = at.index(units.len());
        better[at] = match units[at] {
            Unknown => Served(0, 20),
            Served(served, whole) => Served((served + 1).min(whole), whole),
            LetOut => LetOut,
        };
        let share = |units: &[_]| {
            let count = counted(units);
            prop_assert_eq!(count.units.len(), units.len());
            Ok(Fraction::new(count.counted, count.all.max(1)).expect("a share"))
        };
        prop_assert!(share(&better)? >= share(&units)?);
    }

    /// What a natural village is said to miss is exactly what makes it count.
    #[test]
    fn the_missing_units_suffice_and_no_less(served in 0..=500_i64, spare in 1..=500_i64) {
        let whole = served + spare;
        let of = |served| counted(&[Served(served, whole)]).units[0].1;
        if let Contribution::Misses(missing) = of(served) {
            prop_assert_eq!(of(served + missing), Contribution::Counts);
            prop_assert_ne!(of(served + missing - 1), Contribution::Counts);
        }
    }
}
