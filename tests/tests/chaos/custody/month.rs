//! The weighings of March 2024 as what drivers and stations send.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use prost_types::Timestamp;
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{HandOver, HandOverKind, SealState, Trip, TripKind},
};
use tests::lankao;

use crate::moments::Moments;

pub const COUNTY: &str = "410225";

/// How many days are replayed: 30, or `DAYS`.
pub fn days() -> i32 {
    std::env::var("DAYS").map_or(30, |days| days.parse().expect("DAYS is a number"))
}

/// A trip with everything that is to be recorded of it, in the order in which it is sent.
#[derive(Clone)]
pub struct Sent {
    pub id: String,
    pub trip: Trip,
    pub hand_overs: Vec<HandOver>,
}

/// What is sent, and what must stand afterwards.
pub struct Month {
    pub trips: Vec<Sent>,
    pub expected: BTreeSet<String>,
    /// Trips whose masses did not add up.
    pub put_right: BTreeSet<String>,
}

/// A record as it is compared.
pub fn text(trip: &str, kind: &str, giver: &str, at: i64, net: Option<i64>) -> String {
    format!("{trip} {kind} {giver} {at} {net:?}")
}

type Row = HashMap<String, String>;

/// The rows of some days of a register, by column.
fn rows(register: &str, keep: impl Fn(&Row) -> bool) -> Vec<Row> {
    let text = lankao(register, |_| true);
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let row = |line: &str| -> Row {
        let cells = line.split(',').map(str::to_owned);
        header.iter().map(|name| (*name).to_owned()).zip(cells).collect()
    };
    lines.map(row).filter(|row| keep(row)).collect()
}

fn in_days(row: &Row) -> bool {
    day(&row["date"]).day <= days()
}

fn day(text: &str) -> Date {
    let mut parts = text.split('-').map(|part| part.parse().expect("a number"));
    let mut next = || parts.next().expect("a date");
    Date {
        year: next(),
        month: next(),
        day: next(),
    }
}

/// An instant of March 2024 in Asia/Shanghai.
fn instant(text: &str) -> Timestamp {
    let (date, clock) = text.split_once('T').expect("an instant");
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().expect("a number"));
    let mut next = || parts.next().expect("a clock time");
    let seconds = next() * 3_600 + next() * 60 + next();
    let day = day(date);
    assert_eq!((day.year, day.month), (2024, 3), "{text}");
    // 2024-03-01 00:00 +8.
    let first = 1_709_222_400;
    Timestamp {
        seconds: first + i64::from(day.day - 1) * 86_400 + seconds,
        nanos: 0,
    }
}

fn kg(text: &str) -> Option<i64> {
    (!text.is_empty()).then(|| text.parse().expect("a mass"))
}

/// Gross, tare and net; where they do not add up, as the terminal puts it right.
fn weighed(record: &mut HandOver, row: &Row, prefix: &str) -> bool {
    let cell = |name: &str| kg(&row[&format!("{prefix}{name}")]);
    (record.gross_kg, record.tare_kg, record.net_kg) = (cell("gross_kg"), cell("tare_kg"), cell("net_kg"));
    let sum = record.gross_kg.zip(record.tare_kg).map(|(gross, tare)| gross - tare);
    let wrong = record.net_kg.is_some() && sum.is_some() && sum != record.net_kg;
    if wrong {
        record.net_kg = sum;
    }
    wrong
}

impl Month {
    pub fn read(moments: &mut Moments) -> Self {
        let mut trips: BTreeMap<String, Sent> = BTreeMap::new();
        let mut put_right = BTreeSet::new();
        for row in rows("trips_30d", in_days) {
            let sent = collection(&row, &mut put_right);
            trips.insert(sent.id.clone(), sent);
        }
        for row in rows("trip_stops_30d", |row| trips.contains_key(&row["trip_id"])) {
            if let Some(sent) = trips.get_mut(&row["trip_id"]) {
                sent.hand_overs.push(HandOver {
                    trip: format!("trips/{}", sent.id),
                    kind: HandOverKind::Collected.into(),
                    from: format!("divisions/{}", row["village_code"]),
                    to: sent.trip.vehicle.clone(),
                    hand_over_time: Some(instant(&row["at"])),
                    net_kg: kg(&row["onboard_net_kg"]),
                    bin_count: row["bins_emptied"].parse().ok(),
                    ..HandOver::default()
                });
            }
        }
        for row in rows("transfers_30d", in_days) {
            let sent = haul(&row, &mut put_right);
            trips.insert(sent.id.clone(), sent);
        }
        let mut trips: Vec<Sent> = trips.into_values().collect();
        let expected = trips
            .iter()
            .flat_map(|sent| sent.hand_overs.iter().map(|record| expected(&sent.id, record)));
        let expected = expected.collect();
        shuffle(&mut trips, moments);
        for sent in &mut trips {
            shuffle(&mut sent.hand_overs, moments);
        }
        Self {
            trips,
            expected,
            put_right,
        }
    }

    /// Everybody who signs.
    pub fn holders(&self) -> BTreeSet<String> {
        let records = self.trips.iter().flat_map(|sent| &sent.hand_overs);
        records
            .flat_map(|record| [record.from.clone(), record.to.clone()])
            .collect()
    }

    /// What was planted but for some kinds; only to score.
    pub fn planted(&self, but: &[&str]) -> BTreeSet<(String, String)> {
        let ids: BTreeSet<&str> = self.trips.iter().map(|sent| sent.id.as_str()).collect();
        let rows = rows("loads_truth_30d", |row| {
            ids.contains(row["ref"].as_str()) && !but.contains(&row["anomaly"].as_str())
        });
        rows.into_iter()
            .map(|row| (row["ref"].clone(), row["anomaly"].clone()))
            .collect()
    }
}

fn expected(trip: &str, record: &HandOver) -> String {
    let kind = record
        .kind()
        .as_str_name()
        .trim_start_matches("HAND_OVER_KIND_")
        .to_lowercase();
    let at = record.hand_over_time.map_or(0, |at| at.seconds);
    text(trip, &kind, &record.from, at, record.net_kg)
}

fn shuffle<T>(items: &mut [T], moments: &mut Moments) {
    for at in (1..items.len()).rev() {
        let other = moments.below(at as u64 + 1);
        items.swap(at, usize::try_from(other).expect("an index"));
    }
}

fn collection(row: &Row, put_right: &mut BTreeSet<String>) -> Sent {
    let (id, vehicle) = (row["trip_id"].clone(), format!("vehicles/{}", row["vehicle_id"]));
    let station = format!("facilities/{}", row["station_id"]);
    let mut received = HandOver {
        trip: format!("trips/{id}"),
        kind: HandOverKind::Received.into(),
        from: vehicle.clone(),
        to: station.clone(),
        hand_over_time: Some(instant(&row["arrived_at"])),
        seal_number: row["seal_no"].clone(),
        seal_state: SealState::Intact.into(),
        ..HandOver::default()
    };
    if weighed(&mut received, row, "") {
        put_right.insert(id.clone());
    }
    let trip = Trip {
        kind: TripKind::Collection.into(),
        date: Some(day(&row["date"])),
        vehicle,
        station,
        depart_time: Some(instant(&row["departed_at"])),
        arrive_time: Some(instant(&row["arrived_at"])),
        seal_number: row["seal_no"].clone(),
        ..Trip::default()
    };
    Sent {
        id,
        trip,
        hand_overs: vec![received],
    }
}

fn haul(row: &Row, put_right: &mut BTreeSet<String>) -> Sent {
    let (id, vehicle) = (row["transfer_id"].clone(), format!("vehicles/{}", row["vehicle_id"]));
    let (station, plant) = (
        format!("facilities/{}", row["station_id"]),
        format!("facilities/{}", row["plant_id"]),
    );
    let dispatched = HandOver {
        trip: format!("trips/{id}"),
        kind: HandOverKind::Dispatched.into(),
        from: station.clone(),
        to: vehicle.clone(),
        hand_over_time: Some(instant(&row["left_at"])),
        net_kg: kg(&row["station_net_kg"]),
        seal_number: row["seal_no"].clone(),
        ..HandOver::default()
    };
    let mut delivered = HandOver {
        kind: HandOverKind::Delivered.into(),
        from: vehicle.clone(),
        to: plant.clone(),
        hand_over_time: Some(instant(&row["arrived_at"])),
        seal_state: SealState::Intact.into(),
        ..dispatched.clone()
    };
    if weighed(&mut delivered, row, "plant_") {
        put_right.insert(id.clone());
    }
    let trip = Trip {
        kind: TripKind::Haul.into(),
        date: Some(day(&row["date"])),
        vehicle,
        station,
        plant,
        depart_time: Some(instant(&row["left_at"])),
        arrive_time: Some(instant(&row["arrived_at"])),
        seal_number: row["seal_no"].clone(),
        ..Trip::default()
    };
    Sent {
        id,
        trip,
        hand_overs: vec![dispatched, delivered],
    }
}
