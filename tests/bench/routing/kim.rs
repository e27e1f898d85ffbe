//! The waste collection instances of Kim, Kim and Sahoo: several landfills, a lunch break, limits of a day.

use std::error::Error;

use routing::{Break, Facility, Spec, Stop, Travel, Vehicle, Window};

const FEET_PER_MILE: f64 = 5_280.0;
/// Loads are stated in yards with up to two decimals; they are counted in hundredths.
const YARD: f64 = 100.0;

/// Distances are Manhattan, in feet, and published in miles; nobody is out longer than the depot is open.
pub fn read(text: &str) -> Result<(Spec, f64), Box<dyn Error>> {
    let mut lines = text.lines();
    let mut setting = || -> Result<f64, Box<dyn Error>> {
        let line = lines.next().ok_or("too few lines")?;
        Ok(line.split_whitespace().next().ok_or("an empty line")?.parse()?)
    };
    let (payload, most, stops, lunch, miles_per_h) = (setting()?, setting()?, setting()?, setting()?, setting()?);
    let mut places = Vec::new();
    let mut spec = Spec {
        travel: Travel::Matrix {
            places: 0,
            distances_m: Vec::new(),
            durations_s: Vec::new(),
        },
        stops: Vec::new(),
        vehicles: Vec::new(),
        facilities: Vec::new(),
        choices: Vec::new(),
    };
    let mut shift = None;
    for line in lines.skip(1) {
        let row = line
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<Vec<f64>, _>>()?;
        let [_, x, y, open, close, service, load, kind] = row[..] else {
            continue;
        };
        let place = places.len();
        places.push((x, y));
        let window = Window::new(clock(open), clock(close));
        let (windows, service_s) = (vec![window], whole(service));
        match whole(kind) {
            0 => shift = Some(window),
            1 => spec.stops.push(Stop {
                windows,
                service_s,
                ..Stop::new(place, whole(load * YARD))
            }),
            _ => spec.facilities.push(Facility {
                windows,
                service_s,
                ..Facility::new(place)
            }),
        }
    }
    let begin = Window::new(11 * 3_600, 12 * 3_600);
    let vehicle = Vehicle {
        shift: shift.ok_or("no depot")?,
        breaks: vec![Break {
            begin,
            duration_s: whole(lunch),
        }],
        max_stops: u32::try_from(whole(stops))?,
        max_kg: whole(most * YARD),
        ..Vehicle::new(0, whole(payload * YARD))
    };
    spec.vehicles = vec![vehicle; 20 + spec.stops.len() / 20];
    spec.travel = manhattan(&places, miles_per_h);
    Ok((spec, FEET_PER_MILE))
}

/// Seconds of a time of day as HHMM.
fn clock(time: f64) -> i64 {
    whole(time) / 100 * 3_600 + whole(time) % 100 * 60
}

#[expect(clippy::cast_possible_truncation, reason = "instances hold small numbers")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths are positive and small"
)]
fn manhattan(places: &[(f64, f64)], miles_per_h: f64) -> Travel {
    let feet = |a: &(f64, f64), b: &(f64, f64)| (a.0 - b.0).abs() + (a.1 - b.1).abs();
    let pairs = || places.iter().flat_map(|a| places.iter().map(move |b| feet(a, b)));
    Travel::Matrix {
        places: places.len(),
        distances_m: pairs().map(|feet| feet.round() as u32).collect(),
        durations_s: pairs()
            .map(|feet| (feet / FEET_PER_MILE / miles_per_h * 3_600.0).round() as u32)
            .collect(),
    }
}
