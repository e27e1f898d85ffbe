//! Whether a problem can be reckoned with.

use crate::{Fleet, Spec, Table};

/// What is wrong with a problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value} is not {allowed}")]
pub struct Invalid {
    /// Which value, for example `stations[2].capacity_kg`.
    pub field: String,
    /// The value.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

/// Most stations: their sets are words.
pub const MOST_STATIONS: usize = 64;
const MOST_STOPS: usize = 5_000;
/// Heaviest stop, kg.
const MOST_KG: i64 = 1_000_000_000;
/// Highest fixed cost, and cost of a metre or kilogram.
const MOST_COST: i64 = 1_000_000_000_000;
const MOST_RATE: i64 = 1_000_000;

pub fn spec(spec: &Spec) -> Result<(), Invalid> {
    let (stations, stops) = (spec.stations.len(), spec.stops_kg.len());
    range(|| "stations".to_owned(), stations, 1, MOST_STATIONS)?;
    range(|| "stops_kg".to_owned(), stops, 0, MOST_STOPS)?;
    fleet("vehicles", spec.vehicles)?;
    fleet("trucks", spec.trucks)?;
    table("collection", &spec.collection, stations + stops)?;
    table("haulage", &spec.haulage, 1 + stations)?;
    for (index, station) in spec.stations.iter().enumerate() {
        let field = |name: &'static str| move || format!("stations[{index}].{name}");
        range(field("capacity_kg"), station.capacity_kg, 0, i64::MAX)?;
        range(field("opening"), station.opening, 0, MOST_COST)?;
        range(field("per_kg"), station.per_kg, 0, MOST_RATE)?;
    }
    for (index, &kg) in spec.stops_kg.iter().enumerate() {
        range(|| format!("stops_kg[{index}]"), kg, 1, spec.vehicles.payload_kg)?;
    }
    let bears = i64::try_from(spec.trucks.count).unwrap_or(i64::MAX);
    let hauled = bears.saturating_mul(spec.trucks.payload_kg);
    let total: i64 = spec.stops_kg.iter().sum();
    let allowed = || format!("at most the {hauled} kg that the trucks haul");
    (total <= hauled)
        .then_some(())
        .ok_or_else(|| invalid("stops_kg".to_owned(), format!("{total} kg in all"), allowed()))
}

fn fleet(name: &'static str, fleet: Fleet) -> Result<(), Invalid> {
    let field = |part: &'static str| move || format!("{name}.{part}");
    range(field("payload_kg"), fleet.payload_kg, 1, MOST_KG)?;
    range(field("fixed"), fleet.fixed, 0, MOST_COST)?;
    range(field("per_m"), fleet.per_m, 0, MOST_RATE)
}

fn table(name: &'static str, table: &Table, places: usize) -> Result<(), Invalid> {
    range(|| format!("{name}.places"), table.places, places, places)?;
    let pairs = places * places;
    range(|| format!("{name}.distances_m"), table.distances_m.len(), pairs, pairs)
}

fn range<T: PartialOrd + ToString>(field: impl Fn() -> String, value: T, low: T, high: T) -> Result<(), Invalid> {
    if value >= low && value <= high {
        return Ok(());
    }
    let allowed = format!("{} to {}", low.to_string(), high.to_string());
    Err(invalid(field(), value.to_string(), allowed))
}

const fn invalid(field: String, value: String, allowed: String) -> Invalid {
    Invalid { field, value, allowed }
}
