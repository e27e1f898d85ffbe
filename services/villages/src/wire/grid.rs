//! Grids on the wire.

use kit::{
    dates,
    division::{Division as Code, Level},
    error::{Error, Result},
    etag,
};
use proto::xiangtu::villages::v1::{Duty, DutyRule, Grid, GridBoundary, GridSize, LocationRule};
use villages_core::{
    document::Post,
    grid::{Shape, duty::Rule},
};

use super::{division, names, shape};
use crate::store::grid::GridRow;

/// A grid of a request, checked for itself.
pub struct Drawn {
    /// Code.
    pub code: String,
    /// Division that it hangs on.
    pub division: String,
    /// Code of its large grid; empty for a large grid.
    pub parent: String,
    /// Name.
    pub display_name: String,
    /// Its area.
    pub shape: Shape,
    /// The same as it is kept.
    pub boundary: GridBoundary,
}

/// The code of `grids/{code}`.
pub fn code(field: &str, name: &str) -> Result<String> {
    names::id(field, name, "grids")
}

/// Resource name of a code; empty for none.
pub fn name(code: &str) -> String {
    if code.is_empty() {
        String::new()
    } else {
        format!("grids/{code}")
    }
}

/// Checks a grid for itself; `path` is where it stands in the request.
pub fn drawn(path: &str, given: &Grid, within: &Code, shifted: bool) -> Result<Drawn> {
    let field = |name: &str| format!("{path}.{name}");
    let division = Code::parse(&field("division"), &given.division)?;
    let level = matches!(division.level(), Level::County | Level::Township | Level::Village);
    if !level || !within.contains(&division) {
        let rule = format!("a county, township or village inside {}", within.name());
        return Err(Error::invalid(field("division"), &given.division, rule));
    }
    // The first six digits are those of the county for good; that the rest are those of the division is asked at the beginning.
    let code = names::id(&field("code"), &format!("grids/{}", given.code), "grids")
        .map_err(|_| Error::invalid(field("code"), &given.code, CODE))?;
    let (large, parented) = (given.size() == GridSize::Large, !given.parent.is_empty());
    let parent = match (given.size(), parented) {
        (GridSize::Large, false) => String::new(),
        (GridSize::Small, true) => self::code(&field("parent"), &given.parent)?,
        (GridSize::Unspecified, _) => return Err(Error::required(field("size"))),
        _ if large => return Err(Error::invalid(field("parent"), &given.parent, "empty for a large grid")),
        _ => return Err(Error::required(field("parent"))),
    };
    let (shape, boundary) = shape::boundary(&field("boundary"), given.boundary.as_ref(), shifted)?;
    Ok(Drawn {
        code,
        division: division.into_code(),
        parent,
        display_name: names::text(&field("display_name"), &given.display_name, 100)?.to_owned(),
        shape,
        boundary,
    })
}

const CODE: &str = "the code of its division and 1–20 characters of A–Z, a–z, 0–9 and hyphen";

/// Checks the code of a grid that begins.
pub fn new_code(field: &str, drawn: &Drawn) -> Result<()> {
    let rest = drawn.code.strip_prefix(&drawn.division).unwrap_or_default();
    let good = (1..=20).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if good {
        Ok(())
    } else {
        Err(Error::invalid(field, &drawn.code, CODE))
    }
}

/// A grid as it was read, with its area where that is asked for.
pub fn grid(row: &GridRow, boundary: Option<GridBoundary>) -> Grid {
    let size = if row.parent_code.is_empty() {
        GridSize::Large
    } else {
        GridSize::Small
    };
    Grid {
        name: name(&row.grid_code),
        code: row.grid_code.clone(),
        display_name: row.display_name.clone(),
        size: size.into(),
        division: division::name(&row.division_code),
        parent: name(&row.parent_code),
        boundary,
        valid_from: Some(dates::to_proto(row.valid_from)),
        valid_until: row.valid_until.map(dates::to_proto),
        etag: etag::of(&[&row.grid_code, &row.id.to_string()]),
    }
}

/// The rule of the contract.
pub fn duty_rule(rule: Rule) -> DutyRule {
    match rule {
        Rule::SmallGrid => DutyRule::SmallGrid,
        Rule::LargeGrid => DutyRule::LargeGrid,
        Rule::Post(Post::StationedCadre) => DutyRule::StationedCadre,
        Rule::Post(Post::VillageSecretary) => DutyRule::VillageSecretary,
        Rule::Post(Post::TownshipLeader) => DutyRule::TownshipLeader,
        Rule::Post(Post::CountyLeader) => DutyRule::CountyLeader,
        Rule::Post(_) | Rule::Nobody => DutyRule::Nobody,
    }
}

/// Name of the rule that located a place, as lists are filtered by it.
pub fn location_name(duty: &Duty) -> &'static str {
    let rule: LocationRule = duty.location_rule();
    rule.as_str_name().trim_start_matches("LOCATION_RULE_")
}
