//! Instances in the format of VRPLIB: node 1 is the depot, distances are Euclidean.

use std::{collections::HashMap, error::Error};

use routing::{Facility, Point, Road, Spec, Stop, Travel, Vehicle, Window};

/// Distances rounded to whole numbers, as in the X and Belgium instances.
pub fn whole(text: &str) -> Result<(Spec, f64), Box<dyn Error>> {
    Ok((File::read(text)?.spec(1.0, false)?, 1.0))
}

/// Distances and times cut to one decimal, as the DIMACS challenge had it; values in whole units.
pub fn tenths(text: &str) -> Result<(Spec, f64), Box<dyn Error>> {
    Ok((File::read(text)?.spec(10.0, true)?, 10.0))
}

/// As `tenths`, but values are published in tenths.
pub fn tenths_of_tenths(text: &str) -> Result<(Spec, f64), Box<dyn Error>> {
    Ok((File::read(text)?.spec(10.0, true)?, 1.0))
}

/// Distances as they are, to a thousandth; unit and fixed costs are stated in hundredths of the published values.
pub fn exact(text: &str) -> Result<(Spec, f64), Box<dyn Error>> {
    Ok((File::read(text)?.spec(1_000.0, false)?, 100_000.0))
}

/// What a file states, by section and in the order of its rows.
struct File {
    head: HashMap<String, i64>,
    sections: HashMap<String, Vec<Vec<f64>>>,
}

impl File {
    fn read(text: &str) -> Result<Self, Box<dyn Error>> {
        let (mut head, mut sections) = (HashMap::new(), HashMap::<String, Vec<Vec<f64>>>::new());
        let mut section = None;
        for line in text.lines() {
            let words: Vec<&str> = line.split([' ', '\t', ':']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                ["EDGE_WEIGHT_TYPE", kind] if *kind != "EUC_2D" => return Err("only EUC_2D is read".into()),
                [name] if name.ends_with("_SECTION") => section = Some((*name).to_owned()),
                [name, value] if section.is_none() => {
                    if let Ok(value) = value.parse() {
                        head.insert((*name).to_owned(), value);
                    }
                }
                [_, values @ ..] if !values.is_empty() => {
                    if let Some(section) = &section {
                        let values = values.iter().map(|value| value.parse()).collect::<Result<_, _>>()?;
                        sections.entry(section.clone()).or_default().push(values);
                    }
                }
                _ => {}
            }
        }
        Ok(Self { head, sections })
    }

    /// A column of a section, scaled; `None` where there is no such section.
    fn column(&self, section: &str, column: usize, scale: f64) -> Option<Vec<i64>> {
        let rows = self.sections.get(section)?;
        Some(rows.iter().map(|row| scaled(row[column], scale)).collect())
    }

    /// The problem with distances and times that many times as large, `cut` or rounded to whole numbers.
    fn spec(&self, scale: f64, cut: bool) -> Result<Spec, Box<dyn Error>> {
        let coordinates = self.sections.get("NODE_COORD_SECTION").ok_or("no coordinates")?;
        let points: Vec<Point> = (coordinates.iter())
            .map(|row| Point {
                x: row[0] * scale,
                y: row[1] * scale,
            })
            .collect();
        let demands = self.column("DEMAND_SECTION", 0, 1.0).ok_or("no demands")?;
        let windows = self
            .column("TIME_WINDOW_SECTION", 0, scale)
            .zip(self.column("TIME_WINDOW_SECTION", 1, scale));
        let window = |place: usize| {
            windows
                .as_ref()
                .map(|(open, close)| Window::new(open[place], close[place]))
        };
        let releases = self.column("RELEASE_TIME_SECTION", 0, scale);
        let service_s = self
            .head
            .get("SERVICE_TIME")
            .map_or(0, |value| scaled_whole(*value, scale));
        let stop = |place: usize| Stop {
            release_s: releases.as_ref().map_or(0, |releases| releases[place]),
            service_s,
            windows: window(place).into_iter().collect(),
            ..Stop::new(place, demands[place])
        };
        let stops: Vec<Stop> = (1..points.len()).map(stop).collect();
        let facilities = if self.sections.contains_key("VEHICLES_RELOAD_DEPOT_SECTION") {
            vec![Facility {
                windows: window(0).into_iter().collect(),
                ..Facility::new(0)
            }]
        } else {
            Vec::new()
        };
        let count = self
            .head
            .get("VEHICLES")
            .map_or(Ok(stops.len()), |count| usize::try_from(*count))?;
        let payloads = self.column("CAPACITY_SECTION", 0, 1.0);
        let fixed = self.column("VEHICLES_FIXED_COST_SECTION", 0, scale);
        let rates = self.column("VEHICLES_UNIT_DISTANCE_COST_SECTION", 0, 1.0);
        let payload_kg = self.head.get("CAPACITY").copied();
        let vehicle = |index: usize| {
            let payload_kg = payloads.as_ref().map(|payloads| payloads[index]).or(payload_kg)?;
            Some(Vehicle {
                shift: window(0).unwrap_or(Window::ALWAYS),
                fixed_cost: fixed.as_ref().map_or(0, |fixed| fixed[index]),
                cost_per_m: rates.as_ref().map_or(1, |rates| rates[index]),
                ..Vehicle::new(0, payload_kg)
            })
        };
        let vehicles = (0..count).map(vehicle).collect::<Option<_>>().ok_or("no capacity")?;
        let travel = if cut {
            truncated(&points)
        } else {
            Travel::Planar {
                points,
                road: Road::STRAIGHT,
            }
        };
        Ok(Spec {
            travel,
            stops,
            vehicles,
            facilities,
            choices: Vec::new(),
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "instances hold small numbers")]
fn scaled(value: f64, scale: f64) -> i64 {
    (value * scale).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "instances hold small numbers")]
fn scaled_whole(value: i64, scale: f64) -> i64 {
    scaled(value as f64, scale)
}

/// Distances cut to whole numbers; as many seconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "that is what cutting is"
)]
fn truncated(points: &[Point]) -> Travel {
    let distance = |a: &Point, b: &Point| (a.x - b.x).hypot(a.y - b.y) as u32;
    let distances_m: Vec<u32> = (points.iter())
        .flat_map(|a| points.iter().map(move |b| distance(a, b)))
        .collect();
    Travel::Matrix {
        places: points.len(),
        durations_s: distances_m.clone(),
        distances_m,
    }
}
