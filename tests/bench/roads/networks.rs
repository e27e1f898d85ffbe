//! What is measured on.

use std::{error::Error, fs::File, io::Read as _};

use flate2::read::GzDecoder;
use roads::{EdgeRow, Network, NodeRow, Position};

pub const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

/// Rows of a table of Lankao, without its head.
fn rows(table: &str) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let mut text = String::new();
    GzDecoder::new(File::open(format!("{DATA}/lankao/{table}.csv.gz"))?).read_to_string(&mut text)?;
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    Ok(text.lines().skip(1).map(cells).collect())
}

/// The county's own table of roads.
///
/// # Errors
/// If it cannot be read.
pub fn lankao() -> Result<Network, Box<dyn Error>> {
    let node = |row: Vec<String>| {
        Ok(NodeRow {
            lng: row[3].parse()?,
            lat: row[4].parse()?,
            id: row[0].clone(),
        })
    };
    let edge = |row: Vec<String>| {
        // Tonnes with one decimal.
        let kg = |tonnes: &str| Ok::<_, Box<dyn Error>>(format!("{}00", tenths(tonnes)).parse()?);
        Ok(EdgeRow {
            from: row[1].clone(),
            to: row[2].clone(),
            length_m: row[3].parse()?,
            speed_kmh: row[5].parse()?,
            max_gross_kg: Some(row[6].as_str())
                .filter(|limit| !limit.is_empty())
                .map(kg)
                .transpose()?,
            oneway: false,
            bends: Vec::new(),
        })
    };
    let nodes = rows("road_nodes")?
        .into_iter()
        .map(node)
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let edges = rows("road_edges")?
        .into_iter()
        .map(edge)
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    Ok(Network::from_rows(&nodes, &edges)?)
}

fn tenths(tonnes: &str) -> String {
    let (whole, tenths) = tonnes.split_once('.').unwrap_or((tonnes, "0"));
    format!("{whole}{tenths}")
}

/// Its collection points.
///
/// # Errors
/// If they cannot be read.
pub fn lankao_points() -> Result<Vec<Position>, Box<dyn Error>> {
    let point = |row: Vec<String>| {
        let position = Position::new(row[9].parse()?, row[10].parse()?);
        position.ok_or_else(|| format!("{}: not on earth", row[0]).into())
    };
    rows("collection_points")?.into_iter().map(point).collect()
}

/// Lanes about 200 m apart, every fifth one a road and every twenty-fifth a fast one, some one-way.
///
/// # Errors
/// If the side is too long for the map.
pub fn raster(side: u32) -> Result<Network, Box<dyn Error>> {
    let name = |x: u32, y: u32| format!("{x}/{y}");
    let mut nodes = Vec::new();
    let mut edges = Vec::new();
    for x in 0..side {
        for y in 0..side {
            nodes.push(NodeRow {
                id: name(x, y),
                lng: 114.0 + f64::from(x) * 0.002,
                lat: 34.0 + f64::from(y) * 0.002,
            });
            for (line, to) in [(y, (x + 1, y)), (x, (x, y + 1))] {
                if to.0 < side && to.1 < side {
                    // Anything that looks like chance and never changes.
                    let chance = (x * 7_919 + y * 104_729 + line * 1_299_709) % 1_000;
                    edges.push(EdgeRow {
                        from: name(x, y),
                        to: name(to.0, to.1),
                        length_m: 185.0 + f64::from(chance % 100),
                        speed_kmh: match line {
                            line if line % 25 == 0 => 60.0,
                            line if line % 5 == 0 => 40.0,
                            _ => 15.0 + f64::from(chance % 10),
                        },
                        max_gross_kg: (chance < 30).then_some(4_500),
                        oneway: chance > 950,
                        bends: Vec::new(),
                    });
                }
            }
        }
    }
    Ok(Network::from_rows(&nodes, &edges)?)
}
