use proptest::prelude::*;
use time::macros::date;

use super::*;

const DAY: Date = date!(2024 - 04 - 01);

fn sixty() -> Fraction {
    Fraction::new(3, 5).expect("a share")
}

/// A natural village with so many households served, let out, or unknown.
fn unit(at: usize, served: Option<Option<(i64, i64)>>) -> Unit {
    let figure = served.map(|share| UnitFigure {
        id: 1,
        date: DAY,
        source: Source::SelfReport,
        share: share.map(|(numerator, whole)| Fraction::new(numerator, whole).expect("a share")),
        earlier: None,
    });
    Unit {
        code: format!("4102251012010{at:02}"),
        display_name: format!("{at}组"),
        figure,
    }
}

fn counted(served: &[Option<Option<(i64, i64)>>]) -> Count {
    count(
        sixty(),
        0,
        served.iter().enumerate().map(|(at, share)| unit(at, *share)).collect(),
    )
}

#[test]
fn a_natural_village_counts_from_the_threshold_on() {
    let count = counted(&[Some(Some((60, 100))), Some(Some((59, 100))), None, Some(None)]);
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
    assert_eq!(counted(&[None, None]).figure(sixty()), None);
    assert_eq!(counted(&[Some(None)]).figure(sixty()), None);
}

#[test]
fn the_pace_goes_from_the_first_figures_to_the_present_ones() {
    let share = |numerator| Fraction::new(numerator, 10);
    let mut units = vec![
        unit(0, Some(Some((8, 10)))),
        unit(1, Some(Some((7, 10)))),
        unit(2, None),
    ];
    if let Some(figure) = &mut units[0].figure {
        figure.earlier = Some((date!(2024 - 03 - 02), share(2)));
    }
    let figure = count(sixty(), 0, units).figure(sixty()).expect("known");
    assert_eq!(
        (figure.numerator, figure.earlier),
        (2, Some((date!(2024 - 03 - 02), 1)))
    );
}

fn served() -> impl Strategy<Value = Option<Option<(i64, i64)>>> {
    prop_oneof![
        Just(None),
        Just(Some(None)),
        (0..=20_i64).prop_map(|served| Some(Some((served, 20)))),
    ]
}

proptest! {
    /// One household more in any natural village never lowers the village's share, nor does learning of one.
    #[test]
    fn monotone_in_every_natural_village(units in prop::collection::vec(served(), 1..12), at in any::<prop::sample::Index>()) {
        let mut better = units.clone();
        let at = at.index(units.len());
        better[at] = match units[at] {
            None => Some(Some((0, 20))),
            Some(Some((served, whole))) => Some(Some(((served + 1).min(whole), whole))),
            let_out => let_out,
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
        let of = |served| counted(&[Some(Some((served, whole)))]).units[0].1;
        if let Contribution::Misses(missing) = of(served) {
            prop_assert_eq!(of(served + missing), Contribution::Counts);
            prop_assert_ne!(of(served + missing - 1), Contribution::Counts);
        }
    }
}
