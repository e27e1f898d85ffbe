//! Instances in the format of CARPLIB.

use std::{error::Error, fs, io::Read as _, path::PathBuf};

use arcs::{Problem, Road, Spec, Task, Vehicle};
use flate2::read::GzDecoder;

/// An instance and the cost of the best solution known to this bench.
pub struct Instance {
    pub set: String,
    pub name: String,
    /// Its cost is the way in metres.
    pub problem: Problem,
    pub best_known: i64,
}

/// The instances of a set (`gdb`, `kshs`, `val`, `egl`, `egl-g`, `bmcv`), of all sets, or the one of that name.
///
/// # Errors
/// If there is none, or one cannot be read.
pub fn instances(wanted: &str) -> Result<Vec<Instance>, Box<dyn Error>> {
    let table = fs::read_to_string(folder().join("carp-best-known.csv"))?;
    let mut instances = Vec::new();
    let (mut set, mut texts) = (String::new(), Vec::new().into_iter());
    for row in table.lines().skip(1) {
        let [of, name, best_known] = row.split(',').collect::<Vec<_>>()[..] else {
            return Err(format!("carp-best-known.csv: {row}: a row is a set, a name and a cost").into());
        };
        if of != set {
            of.clone_into(&mut set);
            texts = read(of)?.into_iter();
        }
        let text = texts.next().ok_or_else(|| format!("{name}: missing in its file"))?;
        if ["all", of, name].contains(&wanted) {
            instances.push(Instance {
                set: set.clone(),
                name: name.to_owned(),
                problem: parse(&text).map_err(|error| format!("{name}: {error}"))?,
                best_known: best_known.parse()?,
            });
        }
    }
    if instances.is_empty() {
        return Err(format!("SET={wanted}: neither all, a set nor the name of an instance").into());
    }
    Ok(instances)
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/routing"))
}

/// The instances of a set, in the order of the table.
fn read(set: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(folder().join(format!("carp-{set}.dat.gz")))?).read_to_string(&mut text)?;
    let parts = text.split("NOMBRE").skip(1);
    Ok(parts.map(ToOwned::to_owned).collect())
}

/// Reads nodes from 1, edges with their cost and demand, and the depot; vehicles are as many as edges.
fn parse(text: &str) -> Result<Problem, Box<dyn Error>> {
    let (mut nodes, mut capacity, mut depot) = (0, 0, 0);
    let (mut roads, mut tasks) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let words = line
            .split([' ', '\t', ':', '(', ')', ','])
            .filter(|word| !word.is_empty());
        match words.collect::<Vec<_>>()[..] {
            ["VERTICES", value] => nodes = value.parse()?,
            ["CAPACIDAD", value] => capacity = value.parse()?,
            ["DEPOSITO", value] => depot = value.parse::<usize>()? - 1,
            [from, to, "coste", cost, ref rest @ ..] => {
                let cost: u32 = cost.parse()?;
                if let ["demanda", demand] = rest {
                    tasks.push(Task::new(roads.len(), demand.parse()?, cost.into()));
                }
                roads.push(Road {
                    from: from.parse::<usize>()? - 1,
                    to: to.parse::<usize>()? - 1,
                    length_m: cost,
                    forward_s: Some(cost),
                    backward_s: Some(cost),
                });
            }
            _ => {}
        }
    }
    let spec = Spec {
        nodes,
        roads,
        vehicles: vec![Vehicle::new(depot, capacity); tasks.len()],
        tasks,
        refills: Vec::new(),
        turn_s: 0,
    };
    Ok(spec.build()?)
}
