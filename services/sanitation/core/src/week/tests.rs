use proptest::prelude::*;

use super::*;

const STATION: Position = Position { lng: 114.8, lat: 34.8 };
const RATES: Rates = Rates {
    payload_kg: 4_000,
    m_per_h: 25_000,
    stop_s: 60,
    bin_s: 20,
    bin_kg: 45,
    unload_s: 900,
};

/// A stop so many metres east and north of the station that brings the same every day.
fn stop(east_m: i32, north_m: i32, interval_days: usize, daily_kg: i64) -> Stop {
    let waited = |days: i64| [daily_kg * days; WEEK];
    Stop {
        position: Position {
            lng: STATION.lng + f64::from(east_m) / 91_300.0,
            lat: STATION.lat + f64::from(north_m) / 111_195.0,
        },
        interval_days,
        loads_kg: (1..=7).map(waited).collect(),
    }
}

fn value(stops: &[Stop], days: &[Days]) -> i64 {
    work_s(STATION, stops, &RATES, days)
        .iter()
        .map(|work| work * work)
        .sum()
}

#[test]
fn days_are_evenly_spaced_and_nothing_waits_too_long() {
    let count = |interval| patterns(interval).len();
    assert_eq!([1, 2, 3, 4, 5, 6, 7].map(count), [1, 7, 7, 7, 7, 7, 7]);
    for interval in 1..=WEEK {
        for days in patterns(interval) {
            assert_eq!(days.count(), WEEK.div_ceil(interval));
            assert!(days.iter().all(|day| days.since_the_one_before(day) <= interval));
        }
    }
    // Mondays and Thursdays, Tuesdays and Fridays.
    assert!(patterns(4).contains(&Days::of_bits(0b000_1001).expect("two days")));
    assert!(patterns(4).contains(&Days::of_bits(0b001_0010).expect("two days")));
    assert!(!patterns(4).contains(&Days::of_bits(0b000_0011).expect("two days")));
}

#[test]
fn what_is_collected_has_waited_since_the_collection_before() {
    let stop = stop(0, 1_000, 4, 100);
    let days = Days::of_bits(0b000_1001).expect("Monday and Thursday");
    // From Thursday to Monday are four days.
    assert_eq!((stop.load_kg(days, 0), stop.load_kg(days, 3)), (400, 300));
}

#[test]
fn near_stops_share_days_and_days_are_alike() {
    // Seven hamlets of six stops each around the station, all about 8 km away: one collection a week.
    let around = [
        (8_000, 0),
        (5_000, 6_240),
        (-1_800, 7_800),
        (-7_200, 3_500),
        (-7_200, -3_500),
        (-1_800, -7_800),
        (5_000, -6_240),
    ];
    let hamlet = |(east, north): &(i32, i32)| {
        let (east, north) = (*east, *north);
        (0..6).map(move |at| stop(east + 30 * at, north, 7, 40))
    };
    let stops: Vec<Stop> = around.iter().flat_map(hamlet).collect();
    let days = choose(STATION, &stops, &RATES);
    for hamlet in days.chunks(6) {
        assert!(hamlet.iter().all(|days| *days == hamlet[0]), "{days:?}");
    }
    let firsts: std::collections::BTreeSet<Days> = days.iter().step_by(6).copied().collect();
    assert_eq!(firsts.len(), 7, "each on a day of its own: {days:?}");
}

fn tiny() -> impl Strategy<Value = Vec<Stop>> {
    let one = (-6_000..6_000_i32, -6_000..6_000_i32, 3..=7_usize, 20..400_i64);
    prop::collection::vec(one.prop_map(|(x, y, interval, kg)| stop(x, y, interval, kg)), 1..=4)
}

/// The least value of all choices.
fn least(stops: &[Stop]) -> i64 {
    let choices: Vec<Vec<Days>> = stops.iter().map(|stop| patterns(stop.interval_days)).collect();
    let all: usize = choices.iter().map(Vec::len).product();
    let nth = |mut number: usize| -> Vec<Days> {
        let digit = |choices: &Vec<Days>| {
            let days = choices[number % choices.len()];
            number /= choices.len();
            days
        };
        choices.iter().map(digit).collect()
    };
    (0..all)
        .map(|number| value(stops, &nth(number)))
        .min()
        .expect("a choice")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn comes_close_to_the_best_of_all_choices(stops in tiny()) {
        let days = choose(STATION, &stops, &RATES);
        let (found, least) = (value(&stops, &days), least(&stops));
        prop_assert!(found >= least);
        // The value has squares of seconds in it: this is within 8 % in time.
        prop_assert!(found * 100 <= least * 116, "{} against {}", found, least);
    }

    #[test]
    fn every_stop_is_served_often_enough(spots in prop::collection::vec((-9_000..9_000_i32, -9_000..9_000_i32, 1..=7_usize, 0..900_i64), 0..60)) {
        let stops: Vec<Stop> = spots.into_iter().map(|(x, y, interval, kg)| stop(x, y, interval, kg)).collect();
        let days = choose(STATION, &stops, &RATES);
        prop_assert_eq!(days.len(), stops.len());
        for (stop, days) in stops.iter().zip(&days) {
            prop_assert!(days.iter().all(|day| days.since_the_one_before(day) <= stop.interval_days));
        }
        // Everything that falls in a week is collected in it.
        let collected: i64 = stops.iter().zip(&days).flat_map(|(stop, days)| days.iter().map(|day| stop.load_kg(*days, day))).sum();
        let fallen: i64 = stops.iter().map(|stop| 7 * stop.loads_kg[0][0]).sum();
        prop_assert_eq!(collected, fallen);
    }
}
