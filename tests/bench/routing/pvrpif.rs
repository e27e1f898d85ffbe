//! Periodic waste collection with intermediate facilities: some days, on each some vehicles, and customers who are
//! visited once, several times or every day.

use std::error::Error;

use routing::{Choice, Facility, Spec, Stop, Stream, Travel, Vehicle, Window};
use serde_json::Value;

/// A stream stands for a day; what is minimised is driving, in minutes, which takes the place of metres.
pub fn read(text: &str) -> Result<(Spec, f64), Box<dyn Error>> {
    let file: Value = serde_json::from_str(text)?;
    let minutes = (file["duration"].as_array().into_iter().flatten())
        .map(|row| row.as_array().into_iter().flatten().map(whole).collect())
        .collect::<Result<Vec<Vec<i64>>, _>>()?;
    let info = |name: &str| whole(&file["info"][name]);
    let (days, vehicles) = (u16::try_from(info("planningHorizon")?)?, info("numVehicles")?);
    let cells: Vec<u32> = minutes
        .iter()
        .flatten()
        .map(|&cell| u32::try_from(cell))
        .collect::<Result<_, _>>()?;
    let mut spec = Spec {
        travel: Travel::Matrix {
            places: minutes.len(),
            distances_m: cells.clone(),
            durations_s: cells,
        },
        stops: Vec::new(),
        vehicles: Vec::new(),
        facilities: Vec::new(),
        choices: Vec::new(),
    };
    let mut depot = 0;
    for (place, feature) in file["features"].as_array().into_iter().flatten().enumerate() {
        let stated = &feature["properties"];
        let value = |name: &str| whole(&stated[name]);
        match stated["type"].as_str() {
            Some("depot") => depot = place,
            Some("customer") => {
                let first = spec.stops.len();
                let visit = Stop {
                    service_s: value("service")?,
                    ..Stop::new(place, value("demand")?)
                };
                spec.stops.extend((0..days).map(|day| Stop {
                    stream: Stream(day),
                    ..visit.clone()
                }));
                // Visits are as far apart as their number allows.
                let apart = usize::from(days) / usize::try_from(value("frequency")?)?.max(1);
                let way = |begin: usize| (first + begin..first + usize::from(days)).step_by(apart).collect();
                spec.choices.push(Choice {
                    ways: (0..apart).map(way).collect(),
                });
            }
            _ => spec.facilities.push(Facility {
                service_s: value("service")?,
                ..Facility::new(place)
            }),
        }
    }
    for day in 0..days {
        let vehicle = Vehicle {
            stream: Stream(day),
            shift: Window::new(0, info("maxDuration")?),
            ..Vehicle::new(depot, info("maxCapacity")?)
        };
        spec.vehicles.extend((0..vehicles).map(|_| vehicle.clone()));
    }
    Ok((spec, 1.0))
}

#[expect(clippy::cast_possible_truncation, reason = "instances hold small numbers")]
fn whole(value: &Value) -> Result<i64, Box<dyn Error>> {
    Ok(value.as_f64().ok_or("a number is missing")?.round() as i64)
}
