//! `xiangtu roads`: an extract of a map as tables that an import takes.

use std::{collections::HashSet, fs, path::Path};

use roads::{Network, Profile};

use crate::{
    cli,
    failure::{Failure, Result},
    show::{Output, Table, count},
};

/// Place of the column `closed` among those of the register.
const CLOSED: usize = 7;

/// Writes both tables.
pub fn run(asked: &cli::Roads, output: Output) -> Result<()> {
    let named = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| Failure::new(format!("{path}: {error}"))
    };
    let extract = fs::read(&asked.extract).map_err(named(&asked.extract))?;
    let import = Network::from_osm(&extract, &Profile::rural_truck())
        .map_err(|error| Failure::new(format!("{}: {error}", asked.extract.display())))?;
    let mut edges = import.edges_csv();
    let gone = match &asked.known {
        Some(path) => gone(&edges, &fs::read_to_string(path).map_err(named(path))?)?,
        None => Vec::new(),
    };
    edges.extend(gone.iter().map(|line| format!("{line}\n")));
    fs::write(&asked.nodes, import.nodes_csv()).map_err(named(&asked.nodes))?;
    fs::write(&asked.edges, edges).map_err(named(&asked.edges))?;
    let (network, report) = (&import.network, &import.report);
    let mut table = Table::new("道路", &["节点", "道路", "停用", "未读的标签", "范围外的节点"]);
    let number = |items: usize| count(i64::try_from(items).unwrap_or(i64::MAX));
    table.row([
        number(network.nodes().len()),
        number(network.roads().len()),
        number(gone.len()),
        number(report.unreadable_count),
        number(report.missing_nodes),
    ]);
    table.print(output);
    Ok(())
}

/// The roads of a register that a new table lacks, closed.
fn gone(edges: &str, known: &str) -> Result<Vec<String>> {
    let mut lines = known.lines();
    if lines.next() != edges.lines().next() {
        return Err(Failure::new("--known: an export of the register road_edges"));
    }
    let id = |line: &str| line.split(',').next().map(str::to_owned);
    let present: HashSet<String> = edges.lines().filter_map(id).collect();
    let close = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        *cells.get_mut(CLOSED)? = "1";
        Some(cells.join(","))
    };
    let absent = lines.filter(|line| id(line).is_some_and(|id| !present.contains(&id)));
    Ok(absent.filter_map(close).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "edge_id,from_node,to_node,length_m,speed_kmh,max_gross_t,oneway,closed,bends";

    #[test]
    fn what_an_extract_has_no_longer_is_closed() {
        let edges = format!("{HEADER}\nw1-1,a,b,5.00,30,,0,0,\n");
        let known = format!("{HEADER}\nw1-1,a,b,4.000,30,,0,0,\nw1-2,b,c,7.000,30,2.500,1,0,1 2;3 4\n");
        assert_eq!(
            gone(&edges, &known).expect("an export"),
            ["w1-2,b,c,7.000,30,2.500,1,1,1 2;3 4"]
        );
        assert!(gone(&edges, "node_id,lng,lat\n").is_err());
    }
}
