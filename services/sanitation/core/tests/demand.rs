//! Scores the model against 30 days of a county's weighings: it must beat what is usually done instead.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use sanitation_core::{
    demand::{Collection, Past, Point, Scores, Township, Village, Weighed, backtest},
    norms::Norms,
};
use time::{
    Date,
    macros::{date, format_description},
};

fn rows(name: &str) -> Vec<HashMap<String, String>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/lankao");
    let path = folder.join(format!("{name}.csv.gz"));
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("a well-formed file")
}

fn townships() -> Vec<Township> {
    let days: HashMap<String, Date> = rows("trips_30d")
        .into_iter()
        .map(|row| {
            let day = Date::parse(&row["date"], format_description!("[year]-[month]-[day]")).expect("a date");
            (row["trip_id"].clone(), day)
        })
        .collect();
    let mut weighed: BTreeMap<String, BTreeMap<Date, i64>> = BTreeMap::new();
    for row in rows("trip_stops_30d") {
        let kg: i64 = row["onboard_net_kg"].parse().expect("a mass");
        let village = weighed.entry(row["village_code"].clone()).or_default();
        *village.entry(days[&row["trip_id"]]).or_default() += kg;
    }
    let mut points: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for row in rows("collection_points") {
        let daily_kg: f64 = row["daily_kg"].parse().expect("a mass");
        #[expect(clippy::cast_possible_truncation, reason = "some hundred kilograms")]
        let point = Point {
            id: row["cp_id"].clone(),
            daily_g: (daily_kg * 1_000.0).round() as i64,
            bins: row["bins"].parse().expect("a number"),
            kitchen: None,
        };
        points.entry(row["village_code"].clone()).or_default().push(point);
    }
    let mut townships: BTreeMap<String, Township> = BTreeMap::new();
    for row in rows("villages") {
        let code = row["code"].clone();
        let collections = weighed.remove(&code).unwrap_or_default().into_iter();
        townships
            .entry(code[..9].to_owned())
            .or_default()
            .villages
            .push(Village {
                residents: row["resident_persons"].parse().expect("a number"),
                points: points.remove(&code).unwrap_or_default(),
                collections: collections.map(|(day, kg)| Collection { day, kg: Some(kg) }).collect(),
                kitchen: Weighed::default(),
                code,
            });
    }
    townships.into_values().collect()
}

#[test]
fn beats_naive_and_seasonal_naive_on_a_real_month() {
    let norms = Norms::default();
    for horizon in [1, 7] {
        let mut scores = Scores::default();
        for township in townships() {
            let past = Past::new(&township, &norms);
            scores += backtest(&past, date!(2024 - 03 - 09), date!(2024 - 03 - 30), horizon);
        }
        let permille = |error: i64| error * 1_000 / scores.model.actual_g;
        let [model, naive, seasonal] =
            [scores.model, scores.naive, scores.seasonal_naive].map(|score| permille(score.absolute_error_g));
        let covered = scores.p90_covered * 1_000 / scores.p90_collections;
        println!(
            "{horizon} days ahead, {} collections: WAPE {model} ‰, naive {naive} ‰, seasonal {seasonal} ‰; P90 covers {covered} ‰, \
             bias {} ‰, pinball {} ‰",
            scores.model.collections,
            permille(scores.model.forecast_g - scores.model.actual_g),
            permille(scores.p90_pinball_g)
        );
        assert!(scores.model.collections > 9_000);
        assert!(
            model * 10 < naive * 8 && model * 10 < seasonal * 8,
            "{model} {naive} {seasonal}"
        );
        assert!((870..=930).contains(&covered), "{covered}");
    }
}
