//! The public instances that are kept, and what is known of each.

use std::{error::Error, fs, io::Read as _, path::PathBuf};

use flate2::read::GzDecoder;
use routing::Spec;

use super::{kim, pvrpif, vrplib};

/// An instance and the value of the best solution published for it.
pub struct Instance {
    pub name: String,
    pub spec: Spec,
    /// Cost units that make one unit of the published value.
    pub unit: f64,
    pub best_known: Option<f64>,
}

/// A way to read a file: the problem and the cost units that make one unit of the published value.
type Reader = fn(&str) -> Result<(Spec, f64), Box<dyn Error>>;

/// The sets, the ending of their files and how they are read.
const SETS: [(&str, &str, Reader); 8] = [
    ("short", "vrp", vrplib::whole),
    ("x", "vrp", vrplib::whole),
    ("xxl", "vrp", vrplib::whole),
    ("vrptw", "vrp", vrplib::tenths),
    ("mtvrptwr", "vrp", vrplib::tenths_of_tenths),
    ("hfvrp", "vrp", vrplib::exact),
    ("kim", "txt", kim::read),
    ("pvrpif", "geojson", pvrpif::read),
];

/// The set whose instances have two levels.
pub const TWO_LEVELS: &str = "2e-vrp";

/// A row of the table.
pub struct Row {
    pub set: String,
    pub name: String,
    /// Of some, nothing is published that could be verified.
    pub best_known: Option<f64>,
}

/// The instances of a set, smallest first, or those of the names with commas between. `short` are eight of the hundred X instances of `x`.
///
/// # Errors
/// If there is none, or the table cannot be read.
pub fn rows(set: &str) -> Result<Vec<Row>, Box<dyn Error>> {
    let table = fs::read_to_string(folder().join("best-known.csv"))?;
    let mut rows = Vec::new();
    for row in table.lines().skip(1) {
        let [of, name, best_known] = row.split(',').collect::<Vec<_>>()[..] else {
            return Err(format!("best-known.csv: {row}: a row is a set, a name and a value").into());
        };
        if of == set || (of == "short" && set == "x") || set.split(',').any(|one| one == name) {
            rows.push(Row {
                set: of.to_owned(),
                name: name.to_owned(),
                best_known: (!best_known.is_empty()).then(|| best_known.parse()).transpose()?,
            });
        }
    }
    if rows.is_empty() {
        return Err(format!("SET={set}: neither a set nor names of instances in best-known.csv").into());
    }
    Ok(rows)
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/routing"))
}

/// The file of an instance.
///
/// # Errors
/// If it cannot be read.
pub fn text(name: &str, ending: &str) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(folder().join(format!("{name}.{ending}.gz")))?).read_to_string(&mut text)?;
    Ok(text)
}

/// Reads an instance of one level.
///
/// # Errors
/// If it cannot be read.
pub fn read(row: Row) -> Result<Instance, Box<dyn Error>> {
    let Row { set, name, best_known } = row;
    let known = SETS.into_iter().find(|(one, ..)| *one == set);
    let (_, ending, reader) = known.ok_or_else(|| format!("best-known.csv: {set}: no such set"))?;
    let text = text(&name, ending)?;
    let (spec, unit) = reader(&text).map_err(|error| format!("{name}: {error}"))?;
    Ok(Instance {
        name,
        spec,
        unit,
        best_known,
    })
}
