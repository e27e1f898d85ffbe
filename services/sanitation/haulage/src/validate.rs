//! Whether a problem can be reckoned with.

use crate::{Spec, Window};

/// What is wrong with a problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value} is not {allowed}")]
pub struct Invalid {
    /// Which value, for example `stations[2].bays`.
    pub field: String,
    /// The value.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

/// Heaviest mass, kg.
const MOST_KG: i64 = 1_000_000_000;
/// Latest time, seconds after midnight.
const LATEST_S: i64 = 172_800;
/// Most stations, plants or trucks, and most trucks at a time.
const MOST: usize = 1_000;
/// Highest cost of a day, and of a metre or second.
const MOST_DAY_COST: i64 = 1_000_000_000_000;
const MOST_COST: i64 = 10_000_000;

pub fn spec(spec: &Spec) -> Result<(), Invalid> {
    for (name, count) in [
        ("stations", spec.stations.len()),
        ("plants", spec.plants.len()),
        ("trucks", spec.trucks.len()),
    ] {
        range(|| name.to_owned(), count, 0, MOST)?;
    }
    range(|| "load_s".to_owned(), spec.load_s, 0, 86_400)?;
    range(|| "unload_s".to_owned(), spec.unload_s, 0, 86_400)?;
    for (index, station) in spec.stations.iter().enumerate() {
        let field = |name: &'static str| move || format!("stations[{index}].{name}");
        range(field("start_kg"), station.start_kg, 0, MOST_KG)?;
        range(field("storage_kg"), station.storage_kg, 0, MOST_KG)?;
        range(field("target_kg"), station.target_kg, 0, MOST_KG)?;
        range(field("bays"), station.bays, 1, MOST)?;
        window(field("hours"), station.hours)?;
        range(field("arrivals"), station.arrivals.len(), 0, 10_000)?;
        let mut last = 0;
        for arrival in &station.arrivals {
            range(field("arrivals"), arrival.kg, 0, MOST_KG)?;
            range(field("arrivals"), arrival.at_s, last, LATEST_S)?;
            last = arrival.at_s;
        }
    }
    for (index, plant) in spec.plants.iter().enumerate() {
        let field = |name: &'static str| move || format!("plants[{index}].{name}");
        range(field("intake_kg"), plant.intake_kg, 0, MOST_KG)?;
        range(field("bays"), plant.bays, 1, MOST)?;
        window(field("hours"), plant.hours)?;
    }
    let places = spec.stations.len() + spec.plants.len();
    for (index, table) in spec.tables.iter().enumerate() {
        let field = |name: &'static str| move || format!("tables[{index}].{name}");
        range(field("places"), table.places, places, 4 * MOST)?;
        let pairs = table.places * table.places;
        range(field("distances_m"), table.distances_m.len(), pairs, pairs)?;
        range(field("durations_s"), table.durations_s.len(), pairs, pairs)?;
    }
    for (index, truck) in spec.trucks.iter().enumerate() {
        let field = |name: &'static str| move || format!("trucks[{index}].{name}");
        range(field("payload_kg"), truck.payload_kg, 1, MOST_KG)?;
        range(field("table"), truck.table, 0, spec.tables.len().wrapping_sub(1))?;
        let Some(table) = spec.tables.get(truck.table) else {
            return Err(invalid(&field("table"), truck.table, "a table"));
        };
        range(field("depot"), truck.depot, 0, table.places.saturating_sub(1))?;
        window(field("shift"), truck.shift)?;
        range(field("overtime_s"), truck.overtime_s, 0, 86_400)?;
        let cost = truck.cost;
        range(field("cost"), cost.day, 0, MOST_DAY_COST)?;
        for part in [cost.per_m, cost.per_s, cost.overtime_per_s] {
            range(field("cost"), part, 0, MOST_COST)?;
        }
    }
    Ok(())
}

fn window(field: impl Fn() -> String, window: Window) -> Result<(), Invalid> {
    range(&field, window.opens_s, 0, LATEST_S)?;
    range(&field, window.closes_s, window.opens_s, LATEST_S)
}

fn range<T: PartialOrd + ToString>(field: impl Fn() -> String, value: T, low: T, high: T) -> Result<(), Invalid> {
    if value >= low && value <= high {
        return Ok(());
    }
    let allowed = format!("{} to {}", low.to_string(), high.to_string());
    Err(invalid(&field, value, &allowed))
}

fn invalid(field: &dyn Fn() -> String, value: impl ToString, allowed: &str) -> Invalid {
    Invalid {
        field: field(),
        value: value.to_string(),
        allowed: allowed.to_owned(),
    }
}
