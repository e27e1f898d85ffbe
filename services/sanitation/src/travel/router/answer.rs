//! What a router answers, checked before anything is reckoned with it.

use std::ops::Range;

use sanitation_core::geo::{Position, distance_m};
use serde::Deserialize;

use crate::planning::{NO_WAY, Table};

/// Longest part of a router's own words that is passed on.
const LONGEST: usize = 200;

/// A part of a table.
#[derive(Debug)]
pub(super) struct Block {
    sources: Range<usize>,
    targets: Range<usize>,
    /// Metres and seconds row by row; `None`: there is no way.
    cells: Vec<Option<(u32, u32)>>,
    /// How far the places on each side are from their roads, metres; `None`: no road was found.
    off_m: Vec<(usize, Option<f64>)>,
}

#[derive(Deserialize)]
struct Answer {
    code: String,
    #[serde(default)]
    message: String,
    durations: Option<Rows>,
    distances: Option<Rows>,
    sources: Option<Vec<Option<Waypoint>>>,
    destinations: Option<Vec<Option<Waypoint>>>,
}

type Rows = Vec<Vec<Option<f64>>>;

/// Where a place meets the roads.
#[derive(Deserialize)]
struct Waypoint {
    location: [f64; 2],
}

/// Reads the table of some places; the error says what is wrong with it.
pub(super) fn read(
    body: &[u8],
    sources: Range<usize>,
    targets: Range<usize>,
    places: &[(f64, f64)],
) -> Result<Block, String> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| format!("not the JSON of a table: {error}"))?;
    if answer.code != "Ok" {
        return Err(format!("code {}", cut(&said(&answer))));
    }
    let (rows, columns) = (sources.len(), targets.len());
    let durations = numbers("durations", answer.durations, rows, columns)?;
    let distances = numbers("distances", answer.distances, rows, columns)?;
    let mut off_m = met("sources", answer.sources, sources.clone(), places)?;
    off_m.extend(met("destinations", answer.destinations, targets.clone(), places)?);
    let cells = distances.into_iter().zip(durations).map(|(m, s)| m.zip(s)).collect();
    Ok(Block {
        sources,
        targets,
        cells,
        off_m,
    })
}

/// What a router says with an HTTP status that is no success.
pub(super) fn refusal(status: u16, body: &[u8]) -> String {
    match serde_json::from_slice::<Answer>(body) {
        Ok(answer) => format!("HTTP {status}, code {}", cut(&said(&answer))),
        Err(_) => format!("HTTP {status}"),
    }
}

fn said(answer: &Answer) -> String {
    if answer.message.is_empty() {
        answer.code.clone()
    } else {
        format!("{}: {}", answer.code, answer.message)
    }
}

fn cut(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect()
}

/// Whole numbers row by row.
fn numbers(name: &str, rows: Option<Rows>, height: usize, width: usize) -> Result<Vec<Option<u32>>, String> {
    let rows = rows.ok_or_else(|| format!("{name} are missing"))?;
    if rows.len() != height || rows.iter().any(|row| row.len() != width) {
        return Err(format!("{name} are not {height} rows of {width}"));
    }
    let whole = |cell: Option<f64>| match cell {
        None => Ok(None),
        Some(value) if (0.0..f64::from(NO_WAY / 4)).contains(&value) => Ok(Some(rounded(value))),
        Some(value) => Err(format!("{name} contain {value}")),
    };
    rows.into_iter().flatten().map(whole).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
const fn rounded(value: f64) -> u32 {
    value.round() as u32
}

/// How far each place is from where it meets the roads.
#[expect(clippy::cast_precision_loss, reason = "metres on earth")]
fn met(
    name: &str,
    waypoints: Option<Vec<Option<Waypoint>>>,
    side: Range<usize>,
    places: &[(f64, f64)],
) -> Result<Vec<(usize, Option<f64>)>, String> {
    let waypoints = waypoints.unwrap_or_default();
    if waypoints.len() != side.len() {
        return Err(format!("{name} are not {}", side.len()));
    }
    let off = |(place, waypoint): (usize, Option<Waypoint>)| {
        let at = |(lng, lat): (f64, f64)| Position { lng, lat };
        let metres = waypoint.map(|met| distance_m(at(places[place]), at(met.location.into())) as f64);
        (place, metres)
    };
    Ok(side.zip(waypoints).map(off).collect())
}

impl Block {
    /// Writes the block into the whole.
    pub(super) fn fill(&self, table: &mut Table, off_m: &mut [f64]) {
        let pairs = self
            .sources
            .clone()
            .flat_map(|from| self.targets.clone().map(move |to| (from, to)));
        for ((from, to), cell) in pairs.zip(&self.cells) {
            if let Some(cell) = cell.filter(|_| from != to) {
                table.set(from, to, cell);
            }
        }
        for (place, metres) in &self.off_m {
            off_m[*place] = metres.unwrap_or(f64::INFINITY);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACES: [(f64, f64); 2] = [(114.9, 34.8), (114.91, 34.8)];

    fn text(durations: &str) -> String {
        let waypoints = r#"[{"hint":"x","distance":4.2,"location":[114.9,34.801],"name":""},null]"#;
        format!(
            r#"{{"code":"Ok","durations":{durations},"distances":[[0,910.4],[null,0]],"sources":{waypoints},"destinations":{waypoints}}}"#
        )
    }

    #[test]
    fn cells_without_a_way_and_places_without_a_road_are_told() {
        let block = read(text("[[0,61.5],[null,0]]").as_bytes(), 0..2, 0..2, &PLACES).expect("a table");
        assert_eq!(block.cells, [Some((0, 0)), Some((910, 62)), None, Some((0, 0))]);
        assert_eq!(block.off_m[..2], [(0, Some(111.0)), (1, None)]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, told) in [
            (text("[[0,61.5]]"), "durations are not 2 rows of 2"),
            (text("[[0],[0]]"), "durations are not 2 rows of 2"),
            (text("null"), "durations are missing"),
            (text("[[0,-1],[2,0]]"), "durations contain -1"),
            (text("[[0,1e12],[2,0]]"), "durations contain 1000000000000"),
            (r#"{"code":"NoTable","message":"no"}"#.to_owned(), "code NoTable: no"),
            (
                "<html>".to_owned(),
                "not the JSON of a table: expected value at line 1 column 1",
            ),
        ] {
            assert_eq!(read(body.as_bytes(), 0..2, 0..2, &PLACES).expect_err("refused"), told);
        }
        assert_eq!(
            refusal(400, br#"{"code":"TooBig","message":"Too many"}"#),
            "HTTP 400, code TooBig: Too many"
        );
        assert_eq!(refusal(502, b"<html>"), "HTTP 502");
    }

    proptest! {
        #[test]
        fn fuzz_never_panics(body in ".*", cells in r"\[\[[0-9e.,-]{0,9}\],\[(null|0),[0-9]{0,9}\]\]") {
            let _ = read(body.as_bytes(), 0..2, 0..2, &PLACES);
            let _ = read(text(&cells).as_bytes(), 0..2, 0..2, &PLACES);
        }
    }
}
