//! The model on made-up townships of which the truth is known.

use proptest::prelude::*;
use time::{Date, Duration, macros::date};

use super::*;
use crate::norms::{Market, Norms, Period};

const FIRST: Date = date!(2024 - 01 - 01);

/// A reading error of at most ±10 % that repeats with its seed.
fn noise(seed: i64) -> f64 {
    let mixed = (seed.wrapping_mul(2_654_435_761) >> 7).rem_euclid(1_000);
    0.9 + real(mixed) / 5_000.0
}

/// Villages of 1, 2, 3 … hundred kg on an ordinary day, collected on days that `collected` takes.
fn township(villages: i64, days: i64, factor: impl Fn(Date) -> f64, collected: impl Fn(i64, i64) -> bool) -> Township {
    let village = |number: i64| {
        let mut collections = Vec::new();
        let mut waiting = 0.0;
        for at in 0..days {
            let day = FIRST + Duration::days(at);
            waiting += 100.0 * real(number) * factor(day);
            if collected(number, at) {
                let kg = grams(waiting * noise(number * 1_000 + at) / 1_000.0);
                collections.push(Collection { day, kg: Some(kg) });
                waiting = 0.0;
            }
        }
        Village {
            code: format!("410225108{}", 200 + number),
            residents: number * 300,
            points: vec![Point {
                id: format!("P{number}"),
                daily_g: number * 90_000,
                bins: 4,
                kitchen: None,
            }],
            collections,
            kitchen: Weighed::default(),
        }
    };
    Township {
        villages: (1..=villages).map(village).collect(),
    }
}

fn near(found: i64, expected: f64, percent: f64) -> bool {
    (real(found) / expected - 1.0).abs() * 100.0 <= percent
}

fn monday(day: Date) -> f64 {
    if day.weekday().number_from_monday() == 1 {
        1.4
    } else {
        1.0
    }
}

#[test]
fn gaps_carry_what_waited_and_weekdays_are_found() {
    // Every village skips its own days, a third of all.
    let township = township(12, 70, monday, |number, at| (at + number) % 3 != 0);
    let norms = Norms::default();
    let past = Past::new(&township, &norms);
    let day = FIRST + Duration::days(70);
    let model = past.model(day);
    assert_eq!(day.weekday().number_from_monday(), 1);
    for (index, number) in (1..=12_i64).enumerate() {
        let outlook = model.outlook(index, day, 1);
        assert_eq!(outlook.basis, Basis::Weighed);
        assert!(near(outlook.p50_g, 140_000.0 * real(number), 6.0), "{outlook:?}");
        let two = model.load_g(index, day, 2, 500).expect("weighed");
        assert!(near(two, 240_000.0 * real(number), 6.0), "{two}");
        let high = outlook.p90_g.expect("weighed");
        assert!(high > outlook.p50_g && high < outlook.p50_g * 12 / 10, "{outlook:?}");
    }
}

#[test]
fn markets_and_festivals_are_learned_against_what_the_norms_say() {
    let mut norms = Norms::default();
    norms.demand.lag_days = 0;
    norms.demand.markets = vec![Market {
        division: "410225108".to_owned(),
        lunar: false,
        days_of_ten: vec![2, 5, 8],
        weekdays: Vec::new(),
        factor_permille: 1_100,
    }];
    let spring = |from: Date| Period {
        name: "春节".to_owned(),
        from,
        to: from + Duration::days(9),
        factor_permille: 1_500,
    };
    norms.demand.festivals = vec![spring(date!(2024 - 02 - 10)), spring(date!(2025 - 01 - 29))];
    let truth = |day: Date| {
        let market = if [2, 5, 8].contains(&(day.day() % 10)) {
            1.3
        } else {
            1.0
        };
        let home = (date!(2024 - 02 - 10)..=date!(2024 - 02 - 19)).contains(&day);
        market * if home { 2.0 } else { 1.0 }
    };
    let township = township(15, 390, truth, |_, _| true);
    let past = Past::new(&township, &norms);
    let model = past.model(FIRST + Duration::days(390));
    // A year later the festival is remembered, and no other day suffers from it. 1 February 2025 is no market day.
    let feast = model.outlook(4, date!(2025 - 02 - 01), 1);
    assert!((1_850..=2_050).contains(&feast.period_permille), "{feast:?}");
    assert_eq!(feast.market_permille, 1_000);
    let market = model.outlook(4, date!(2025 - 03 - 05), 1);
    assert!((1_250..=1_320).contains(&market.market_permille), "{market:?}");
    assert_eq!(market.period_permille, 1_000);
    assert!(near(market.p50_g, 650_000.0, 6.0), "{market:?}");
}

#[test]
fn villages_without_weighings_follow_their_township_and_say_so() {
    let mut township = township(6, 40, |_| 1.0, |_, _| true);
    township.villages[5].collections.clear();
    let norms = Norms::default();
    let past = Past::new(&township, &norms);
    let model = past.model(FIRST + Duration::days(40));
    // The register says 90 kg for every 100 that are weighed.
    let outlook = model.outlook(5, FIRST + Duration::days(40), 1);
    assert_eq!((outlook.basis, outlook.weighings), (Basis::Township, 0));
    assert!(near(outlook.p50_g, 600_000.0, 5.0), "{outlook:?}");

    for village in &mut township.villages {
        village.collections.clear();
    }
    let past = Past::new(&township, &norms);
    let outlook = past.model(FIRST).outlook(5, FIRST, 1);
    assert_eq!(
        (outlook.basis, outlook.p50_g, outlook.p90_g),
        (Basis::Declared, 540_000, None)
    );

    township.villages[5].points[0].daily_g = 0;
    let past = Past::new(&township, &norms);
    let outlook = past.model(FIRST).outlook(5, FIRST, 1);
    assert_eq!(outlook.basis, Basis::Population);
    // 1,800 residents by 300 g, at most 400 g.
    assert_eq!((outlook.p50_g, outlook.p90_g), (540_000, Some(720_000)));
}

#[test]
fn wrong_readings_move_little() {
    let mut township = township(8, 56, monday, |_, _| true);
    for village in &mut township.villages {
        for at in [10, 30, 50] {
            village.collections[at].kg = village.collections[at].kg.map(|kg| kg * 20);
        }
        village.collections[40].kg = None;
    }
    let norms = Norms::default();
    let past = Past::new(&township, &norms);
    let day = FIRST + Duration::days(57);
    let outlook = past.model(day).outlook(3, day, 1);
    assert!(near(outlook.p50_g, 400_000.0, 8.0), "{outlook:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn forecasts_scale_with_the_weighings(times in 2..=50_i64, gaps in 2..=5_i64) {
        let norms = Norms::default();
        let one = township(5, 35, monday, |number, at| (at + number) % gaps != 0);
        let mut many = one.clone();
        for village in &mut many.villages {
            for collection in &mut village.collections {
                collection.kg = collection.kg.map(|kg| kg * times);
            }
            village.points[0].daily_g *= times;
        }
        let day = FIRST + Duration::days(35);
        let (one, many) = (Past::new(&one, &norms), Past::new(&many, &norms));
        let (one, many) = (one.model(day), many.model(day));
        for village in 0..5 {
            let (a, b) = (one.outlook(village, day, 1), many.outlook(village, day, 1));
            prop_assert!((a.p50_g * times - b.p50_g).abs() <= times, "{a:?} {b:?}");
            prop_assert!((a.weekday_permille - b.weekday_permille).abs() <= 1);
        }
    }

    #[test]
    fn nothing_is_negative_and_nothing_comes_from_the_future(
        loads in prop::collection::vec(prop::option::of(0..=50_000_i64), 30..60),
        later in 0..=50_000_i64,
    ) {
        let norms = Norms::default();
        let make = |from: usize| {
            let mut township = township(3, 60, |_| 1.0, |_, _| true);
            for village in &mut township.villages {
                for (collection, kg) in village.collections.iter_mut().zip(&loads) {
                    collection.kg = *kg;
                }
                for collection in village.collections.iter_mut().skip(from) {
                    collection.kg = Some(later);
                }
            }
            township
        };
        let day = FIRST + Duration::days(30);
        let (one, other) = (make(60), make(30));
        let (one, other) = (Past::new(&one, &norms), Past::new(&other, &norms));
        for village in 0..3 {
            let a = one.model(day).outlook(village, day, 1);
            prop_assert_eq!(a, other.model(day).outlook(village, day, 1));
            prop_assert!(a.p50_g >= 0 && a.p90_g.is_none_or(|high| high >= a.p50_g), "{:?}", a);
        }
    }

    #[test]
    fn shares_sum_up(stated in prop::collection::vec(0..=1_000_000_i64, 1..20), grams in 0..=1_000_000_000_i64) {
        let points: Vec<Point> = stated
            .iter()
            .map(|daily_g| Point { id: String::new(), daily_g: *daily_g, bins: 0, kitchen: None })
            .collect();
        let shares = split(&points, grams);
        prop_assert_eq!(shares.len(), points.len());
        prop_assert_eq!(shares.iter().sum::<i64>(), grams);
        prop_assert!(shares.iter().all(|share| *share >= 0));
    }
}
