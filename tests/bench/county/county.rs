//! The stations of Lankao county as reduced problems, by the registers and the norms of the source plan.

use std::collections::BTreeMap;

use routing::{Facility, Point, Road, Spec, Stop, Travel, Vehicle, Window};
use tests::lankao;

/// Norms of the source plan: a stop and a bin, seconds; a bin, kg; unloading, seconds; detour, per mille.
const STOP_S: i64 = 60;
const BIN_S: i64 = 20;
const BIN_KG: i64 = 45;
const UNLOAD_S: i64 = 900;
const DETOUR: u32 = 1_300;
/// Costs in thousandths of a fen: a vehicle and day, a metre, a second.
const DAY: i64 = 20_000_000;
const METRE: i64 = 300;
const SECOND: i64 = 4_000 * 1_000 / 3_600;

/// A station's day.
pub struct Station {
    pub name: String,
    pub spec: Spec,
}

type Row = BTreeMap<String, String>;

/// Stations with vehicles and points.
pub fn stations() -> Vec<Station> {
    let (points, vehicles) = (rows("collection_points"), rows("vehicles"));
    rows("transfer_stations")
        .iter()
        .filter_map(|station| reduced(station, &points, &vehicles))
        .collect()
}

fn reduced(station: &Row, points: &[Row], vehicles: &[Row]) -> Option<Station> {
    let (id, township) = (&station["station_id"], &station["township_code"][..9]);
    let own: Vec<&Row> = (vehicles.iter())
        .filter(|row| row["depot_id"] == *id && row["kind"].starts_with("compactor"))
        .collect();
    let here: Vec<&Row> = (points.iter())
        .filter(|row| row["village_code"].starts_with(township) && row["access_max_gross_t"].is_empty())
        .collect();
    let slowest = own.iter().map(|row| number(row, "speed_kmh")).min()?;
    if here.is_empty() {
        return None;
    }
    let place = |row: &Row| Point {
        x: decimal(row, "lng"),
        y: decimal(row, "lat"),
    };
    let stop = |(place, row): (usize, &&Row)| {
        #[expect(clippy::cast_possible_truncation, reason = "kilograms of a point")]
        let demand_kg = decimal(row, "daily_kg").ceil() as i64;
        let filled = (demand_kg + BIN_KG - 1) / BIN_KG;
        Stop {
            service_s: STOP_S + BIN_S * filled.min(number(row, "bins").max(1)),
            windows: vec![Window::new(clock(row, "window_open"), clock(row, "window_close"))],
            ..Stop::new(place, demand_kg)
        }
    };
    let vehicle = |row: &&Row| Vehicle {
        shift: Window::new(clock(row, "shift_start"), clock(row, "shift_end")),
        fixed_cost: DAY,
        cost_per_m: METRE,
        cost_per_s: SECOND,
        ..Vehicle::new(0, number(row, "payload_kg"))
    };
    let spec = Spec {
        travel: Travel::GreatCircle {
            points: std::iter::once(place(station))
                .chain(here.iter().map(|row| place(row)))
                .collect(),
            road: Road {
                detour_per_mille: DETOUR,
                speed_m_per_h: u32::try_from(slowest * 1_000).ok()?,
            },
        },
        stops: (1..).zip(&here).map(stop).collect(),
        vehicles: own.iter().map(vehicle).collect(),
        facilities: vec![Facility {
            service_s: UNLOAD_S,
            ..Facility::new(0)
        }],
        choices: Vec::new(),
    };
    let name = station["name"].trim_end_matches("垃圾转运站").to_owned();
    Some(Station { name, spec })
}

fn rows(register: &str) -> Vec<Row> {
    let text = lankao(register, |_| true);
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().expect("a header line").split(',').collect();
    let row = |line: &str| {
        let cells = line.split(',').map(str::to_owned);
        columns.iter().map(|column| (*column).to_owned()).zip(cells).collect()
    };
    lines.map(row).collect()
}

fn number(row: &Row, column: &str) -> i64 {
    row[column].parse().expect(column)
}

fn decimal(row: &Row, column: &str) -> f64 {
    row[column].parse().expect(column)
}

fn clock(row: &Row, column: &str) -> i64 {
    let (hours, minutes) = row[column].split_once(':').expect(column);
    hours.parse::<i64>().expect(column) * 3_600 + minutes.parse::<i64>().expect(column) * 60
}
