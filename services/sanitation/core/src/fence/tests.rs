use proptest::prelude::*;
use time::macros::datetime;

use super::*;

const RULE: Rule = Rule {
    radius_m: 60,
    dwell: Duration::seconds(20),
};

/// Metres east of the place.
fn east(metres: f64) -> Position {
    Position {
        lng: 114.8 + metres / (111_195.0 * 34.8f64.to_radians().cos()),
        lat: 34.8,
    }
}

fn place() -> Place {
    Place {
        name: "collectionPoints/P".to_owned(),
        position: east(0.0),
    }
}

/// One position every five seconds at these distances.
fn drive(distances: &[f64]) -> Vec<Fix> {
    let begin = datetime!(2024-04-01 06:00 +8);
    let fix = |(second, metres): (i64, &f64)| Fix {
        at: begin + Duration::seconds(second),
        position: east(*metres),
    };
    (0..).step_by(5).zip(distances).map(fix).collect()
}

fn watched(fixes: &[Fix]) -> Vec<(i64, bool)> {
    let mut watch = Watch::default();
    let begin = datetime!(2024-04-01 06:00 +8);
    let crossings = fixes.iter().flat_map(|fix| watch.see(*fix, &[place()], RULE));
    crossings
        .map(|it| ((it.at - begin).whole_seconds(), it.arrived))
        .collect()
}

#[test]
fn a_stop_is_an_arrival_and_a_departure_at_the_first_position_of_each() {
    let distances = [
        400.0, 200.0, 50.0, 10.0, 10.0, 12.0, 10.0, 9.0, 120.0, 300.0, 500.0, 700.0, 900.0,
    ];
    assert_eq!(watched(&drive(&distances)), [(10, true), (40, false)]);
}

#[test]
fn passing_by_is_no_arrival_and_a_wild_position_no_departure() {
    let passing = [300.0, 120.0, 55.0, 10.0, 50.0, 110.0, 300.0, 400.0];
    assert_eq!(watched(&drive(&passing)), []);
    let wild = [10.0, 10.0, 10.0, 10.0, 10.0, 2_000.0, 10.0, 10.0, 2_000.0, 12.0, 10.0];
    assert_eq!(watched(&drive(&wild)), [(0, true)]);
}

#[test]
fn a_place_that_is_not_watched_any_more_is_left() {
    let fixes = drive(&[5.0; 8]);
    let mut watch = Watch::default();
    for fix in &fixes[..7] {
        watch.see(*fix, &[place()], RULE);
    }
    let left = watch.see(fixes[7], &[], RULE);
    assert_eq!(left.len(), 1);
    assert!(!left[0].arrived && left[0].at == fixes[7].at && watch == Watch::default());
}

#[test]
fn a_vehicle_that_stands_still_leaves_few_positions() {
    let standing = drive(&[5.0; 1_000]);
    let mut last: Option<Fix> = None;
    let mut kept = 0;
    for fix in &standing {
        if worth_keeping(last, *fix) {
            (last, kept) = (Some(*fix), kept + 1);
        }
    }
    // 5,000 seconds: the first, and one each ten minutes.
    assert_eq!(kept, 9);
}

proptest! {
    /// The band between inside and outside is half a radius wide: jitter of less than a quarter cannot cross it.
    #[test]
    fn jitter_makes_no_flapping(stands in -300.0..300.0f64, jitter in proptest::collection::vec(-14.0..14.0f64, 1..200)) {
        let distances: Vec<f64> = jitter.iter().map(|metres| stands + metres).collect();
        let found = watched(&drive(&distances));
        prop_assert!(found.len() <= 1 && found.iter().all(|(_, arrived)| *arrived), "{found:?}");
    }

    /// Arrivals and departures take turns and never go back in time.
    #[test]
    fn they_take_turns(distances in proptest::collection::vec(0.0..200.0f64, 0..300)) {
        let found = watched(&drive(&distances));
        for (index, (_, arrived)) in found.iter().enumerate() {
            prop_assert_eq!(*arrived, index % 2 == 0);
        }
        prop_assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    /// However a stream is cut into batches, with the watch kept between them.
    #[test]
    fn batches_make_no_difference(
        distances in proptest::collection::vec(0.0..200.0f64, 1..120),
        cut in 0..120usize,
    ) {
        let fixes = drive(&distances);
        let (first, second) = fixes.split_at(cut.min(fixes.len()));
        let mut watch = Watch::default();
        let mut found: Vec<Crossing> = first.iter().flat_map(|fix| watch.see(*fix, &[place()], RULE)).collect();
        found.extend(second.iter().flat_map(|fix| watch.see(*fix, &[place()], RULE)));
        let mut whole = Watch::default();
        let expected: Vec<Crossing> = fixes.iter().flat_map(|fix| whole.see(*fix, &[place()], RULE)).collect();
        prop_assert_eq!((found, watch), (expected, whole));
    }
}
