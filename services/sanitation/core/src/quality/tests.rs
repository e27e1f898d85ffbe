use proptest::prelude::*;
use time::macros::date;

use super::*;

const MARCH: (Date, Date) = (date!(2024 - 03 - 01), date!(2024 - 03 - 31));

#[test]
fn periods_have_the_calendars_ends() {
    let leap = date!(2024 - 02 - 29);
    assert_eq!(Period::Day.around(leap), (leap, leap));
    assert_eq!(Period::Month.around(leap), (date!(2024 - 02 - 01), leap));
    assert_eq!(
        Period::Week.around(leap),
        (date!(2024 - 02 - 26), date!(2024 - 03 - 03))
    );
    assert_eq!(Period::Week.around(date!(2024 - 01 - 01)).0, date!(2024 - 01 - 01));
}

#[test]
fn treated_shares_are_exact() {
    assert_eq!(treated_kg(1_000, 970, 1_000), 970);
    assert_eq!(
        treated_kg(1_000, 1_010, 1_000),
        1_000,
        "more than everything is everything"
    );
    assert_eq!(treated_kg(3, 1, 2), 1);
    assert_eq!(treated_kg(1_000, 1, 0), 0);
}

fn days() -> impl Strategy<Value = Vec<Date>> {
    proptest::collection::btree_set(-10..31i64, 0..31)
        .prop_map(|offsets| offsets.into_iter().map(|days| MARCH.0 + Duration::days(days)).collect())
}

fn quality(days: &[Date], interval: i64) -> Quality {
    let point = Point {
        owed: 31,
        missed: 0,
        late: 0,
        kg: 0,
        collected_on: days,
    };
    Quality::of(point, MARCH, interval)
}

proptest! {
    /// Day by day, as the norm reads.
    #[test]
    fn met_days_are_those_of_the_norm(days in days(), interval in 1..8i64) {
        let served = |day: Date| days.iter().any(|one| *one <= day && (day - *one).whole_days() < interval);
        let plain = (0..31).map(|offset| MARCH.0 + Duration::days(offset)).filter(|day| served(*day)).count();
        prop_assert_eq!(quality(&days, interval).met_days, i64::try_from(plain).expect("few"));
    }

    #[test]
    fn one_more_collection_never_makes_it_worse(days in days(), more in 0..31i64, interval in 1..8i64) {
        let before = quality(&days, interval);
        let mut after = days.clone();
        let day = MARCH.0 + Duration::days(more);
        if let Err(at) = after.binary_search(&day) {
            after.insert(at, day);
        }
        let after = quality(&after, interval);
        prop_assert!(after.met_days >= before.met_days && after.covered >= before.covered);
        prop_assert!(after.met_days <= after.due_days && after.covered <= after.points);
    }
}
