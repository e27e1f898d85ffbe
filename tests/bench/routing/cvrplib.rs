//! Instances in the format of CVRPLIB.

use std::{collections::HashMap, error::Error, fs, io::Read as _, path::PathBuf};

use flate2::read::GzDecoder;
use routing::{Point, Problem, Road, Spec, Stop, Travel, Vehicle};

/// An instance and the cost of the best solution published for it.
pub struct Instance {
    pub name: String,
    /// Its cost is the way in whole metres.
    pub problem: Problem,
    pub best_known: i64,
    /// As published.
    pub text: String,
}

/// The instances of a set, smallest first: `short` (eight of the X instances), `x` (all hundred) or `xxl` (the Belgium
/// instances), or those of the names with commas between.
///
/// # Errors
/// If there is none, or one cannot be read.
pub fn instances(set: &str) -> Result<Vec<Instance>, Box<dyn Error>> {
    let table = fs::read_to_string(folder().join("best-known.csv"))?;
    let mut instances = Vec::new();
    for row in table.lines().skip(1) {
        let [of, name, best_known] = row.split(',').collect::<Vec<_>>()[..] else {
            return Err(format!("best-known.csv: {row}: a row is a set, a name and a cost").into());
        };
        if of == set || (of == "short" && set == "x") || set.split(',').any(|one| one == name) {
            instances.push(read(name, best_known.parse()?)?);
        }
    }
    if instances.is_empty() {
        return Err(format!("SET={set}: neither short, x, xxl nor names of instances").into());
    }
    Ok(instances)
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/routing"))
}

fn read(name: &str, best_known: i64) -> Result<Instance, Box<dyn Error>> {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(folder().join(format!("{name}.vrp.gz")))?).read_to_string(&mut text)?;
    Ok(Instance {
        name: name.to_owned(),
        problem: parse(&text)?,
        best_known,
        text,
    })
}

/// Reads the `EUC_2D` dialect: node 1 is the depot, distances are rounded to whole metres, vehicles are as many as stops.
fn parse(text: &str) -> Result<Problem, Box<dyn Error>> {
    let (mut section, mut capacity) = ("", None);
    let mut points = Vec::new();
    let mut demands: HashMap<usize, i64> = HashMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split([' ', '\t', ':']).filter(|word| !word.is_empty()).collect();
        match (words.as_slice(), section) {
            (["CAPACITY", value], _) => capacity = Some(value.parse()?),
            (["EDGE_WEIGHT_TYPE", kind], _) if *kind != "EUC_2D" => return Err("only EUC_2D is read".into()),
            ([name], _) if name.ends_with("_SECTION") => section = name,
            ([_, x, y], "NODE_COORD_SECTION") => points.push(Point {
                x: x.parse()?,
                y: y.parse()?,
            }),
            ([node, demand], "DEMAND_SECTION") => {
                demands.insert(node.parse()?, demand.parse()?);
            }
            _ => {}
        }
    }
    let stop = |place: usize| Some(Stop::new(place, *demands.get(&(place + 1))?));
    let stops: Vec<Stop> = (1..points.len())
        .map(stop)
        .collect::<Option<_>>()
        .ok_or("a node has no demand")?;
    let vehicles = vec![Vehicle::new(0, capacity.ok_or("no capacity")?); stops.len()];
    let travel = Travel::Planar {
        points,
        road: Road::STRAIGHT,
    };
    let spec = Spec {
        travel,
        stops,
        vehicles,
        facilities: Vec::new(),
    };
    Ok(spec.build()?)
}
