//! Scores the detectors against 30 days of a county with planted anomalies. The truth is read here and nowhere else.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
};

use sanitation_core::{
    balance,
    custody::{Collected, Course, Kind, Load, Weighing},
    norms::Balance,
};
use time::{Date, OffsetDateTime, PrimitiveDateTime, macros::format_description, macros::offset};

type Rows = Vec<HashMap<String, String>>;

fn rows(name: &str) -> Rows {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/lankao");
    let path = folder.join(format!("{name}.csv.gz"));
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("a well-formed file")
}

fn instant(text: &str) -> OffsetDateTime {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    PrimitiveDateTime::parse(text, format)
        .expect("a timestamp")
        .assume_offset(offset!(+8))
}

fn date(text: &str) -> Date {
    Date::parse(text, format_description!("[year]-[month]-[day]")).expect("a date")
}

fn kg(text: &str) -> Option<i64> {
    (!text.is_empty()).then(|| text.parse().expect("a whole number"))
}

fn loads() -> Vec<Load> {
    let payloads: HashMap<String, i64> = rows("vehicles")
        .iter()
        .map(|row| (row["vehicle_id"].clone(), row["payload_kg"].parse().expect("a payload")))
        .collect();
    let mut stops: HashMap<String, Vec<Collected>> = HashMap::new();
    for row in rows("trip_stops_30d") {
        stops.entry(row["trip_id"].clone()).or_default().push(Collected {
            at: instant(&row["at"]),
            net_kg: kg(&row["onboard_net_kg"]),
        });
    }
    let mut loads: BTreeMap<String, Load> = BTreeMap::new();
    for row in rows("trips_30d") {
        let trip = row["trip_id"].clone();
        let load = Load {
            kind: Kind::Collection,
            date: date(&row["date"]),
            township: row["station_id"][2..].to_owned(),
            vehicle: row["vehicle_id"].clone(),
            payload_kg: payloads.get(&row["vehicle_id"]).copied(),
            tare_kg: None,
            scales: Vec::new(),
            course: Course::default(),
            station: row["station_id"].clone(),
            plant: None,
            departed_at: instant(&row["departed_at"]),
            arrived_at: instant(&row["arrived_at"]),
            sent_count: 0,
            collected: stops.remove(&trip).unwrap_or_default(),
            dispatched: None,
            received: Some(Weighing {
                gross_kg: kg(&row["gross_kg"]),
                tare_kg: kg(&row["tare_kg"]),
                net_kg: kg(&row["net_kg"]),
            }),
            trip: trip.clone(),
        };
        loads.entry(trip).or_insert(load).sent_count += 1;
    }
    for row in rows("transfers_30d") {
        let trip = row["transfer_id"].clone();
        let load = Load {
            kind: Kind::Haul,
            date: date(&row["date"]),
            township: row["station_id"][2..].to_owned(),
            vehicle: row["vehicle_id"].clone(),
            payload_kg: payloads.get(&row["vehicle_id"]).copied(),
            tare_kg: None,
            scales: Vec::new(),
            course: Course::default(),
            station: row["station_id"].clone(),
            plant: Some(row["plant_id"].clone()),
            departed_at: instant(&row["left_at"]),
            arrived_at: instant(&row["arrived_at"]),
            sent_count: 0,
            collected: Vec::new(),
            dispatched: Some(Weighing {
                net_kg: kg(&row["station_net_kg"]),
                ..Weighing::default()
            }),
            received: Some(Weighing {
                gross_kg: kg(&row["plant_gross_kg"]),
                tare_kg: kg(&row["plant_tare_kg"]),
                net_kg: kg(&row["plant_net_kg"]),
            }),
            trip: trip.clone(),
        };
        loads.entry(trip).or_insert(load).sent_count += 1;
    }
    loads.into_values().collect()
}

#[test]
fn every_planted_anomaly_is_found_and_nothing_else() {
    let mut days: BTreeMap<Date, Vec<Load>> = BTreeMap::new();
    for load in loads() {
        days.entry(load.date).or_default().push(load);
    }
    assert_eq!(days.len(), 30);
    let norms = Balance::default();
    let mut found = BTreeSet::new();
    let mut unbalanced = Vec::new();
    for (date, loads) in &days {
        for anomaly in balance::day(*date, loads, |_| &norms, &BTreeMap::new()).anomalies {
            match &anomaly.trip {
                Some(trip) => drop(found.insert((trip.clone(), anomaly.fault.name().to_owned()))),
                None => unbalanced.push(anomaly),
            }
        }
    }
    let planted: BTreeSet<_> = rows("loads_truth_30d")
        .into_iter()
        .map(|row| (row["ref"].clone(), row["anomaly"].clone()))
        .collect();
    let hits = found.intersection(&planted).count();
    println!("precision {hits}/{}, recall {hits}/{}", found.len(), planted.len());
    assert_eq!(found, planted);
    assert_eq!(unbalanced, [], "every station's day adds up");
}
