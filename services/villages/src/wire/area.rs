//! Contracted areas on the wire.

use kit::{
    dates,
    division::{Division as Code, Level},
    error::{Error, Result, Violation},
    etag,
};
use proto::xiangtu::villages::v1::Area;
use time::Date;

use super::{cadre, division, names, task};
use crate::store::area::AreaRow;

const CODE: &str = "the code of its division and 1–20 characters of A–Z, a–z, 0–9 and hyphen";
const MOST_MEMBERS: usize = 1_000;

/// The code of `areas/{code}`.
pub fn code(field: &str, name: &str) -> Result<String> {
    names::id(field, name, "areas")
}

/// Resource name of a code.
pub fn name(code: &str) -> String {
    format!("areas/{code}")
}

/// The name of a tree.
pub fn tree<'a>(field: &str, tree: &'a str) -> Result<&'a str> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=40).contains(&tree.len()) && tree.bytes().all(good) {
        Ok(tree)
    } else {
        Err(Error::invalid(
            field,
            tree,
            "1–40 characters of a–z, 0–9 and underscore",
        ))
    }
}

/// Checks an area that is to hold from `date` on for itself; its leader has no name yet. `path` is where it stands in the
/// request.
pub fn drawn(path: &str, given: &Area, within: &Code, date: Date) -> Result<AreaRow> {
    let field = |name: &str| format!("{path}.{name}");
    let division = Code::parse(&field("division"), &given.division)?;
    if !matches!(division.level(), Level::County | Level::Township) || !within.contains(&division) {
        let rule = format!("a county or township inside {}", within.name());
        return Err(Error::invalid(field("division"), &given.division, rule));
    }
    let area_code = names::id(&field("code"), &format!("areas/{}", given.code), "areas")
        .map_err(|_| Error::invalid(field("code"), &given.code, CODE))?;
    let members = members(&field("members"), &given.members, &division)?;
    let leader = given.leader.as_ref().map(|leader| leader.cadre.as_str());
    Ok(AreaRow {
        id: 0,
        area_code,
        tree: tree(&field("tree"), &given.tree)?.to_owned(),
        display_name: names::text(&field("display_name"), &given.display_name, 100)?.to_owned(),
        members,
        leader_id: leader
            .map(|leader| cadre::id(&field("leader.cadre"), leader))
            .transpose()?
            .unwrap_or_default(),
        leader_name: String::new(),
        division_code: division.into_code(),
        valid_from: date,
        valid_until: None,
    })
}

/// Townships and villages inside `division`, in the order given.
fn members(field: &str, given: &[String], division: &Code) -> Result<Vec<String>> {
    if !(1..=MOST_MEMBERS).contains(&given.len()) {
        return Err(Error::invalid(field, given.len(), "1 to 1,000 divisions"));
    }
    let (mut members, mut wrong) = (Vec::with_capacity(given.len()), Vec::new());
    for (at, member) in given.iter().enumerate() {
        let path = format!("{field}[{at}]");
        match Code::parse(&path, member) {
            Ok(code) if matches!(code.level(), Level::Township | Level::Village) && division.contains(&code) => {
                members.push(code.into_code());
            }
            Ok(_) => wrong.push(Violation::new(
                path,
                member,
                format!("a township or village inside {}", division.name()),
            )),
            Err(error) => wrong.extend_from_slice(error.violations()),
        }
    }
    if wrong.is_empty() {
        Ok(members)
    } else {
        Err(Error::invalid_many(wrong))
    }
}

/// Checks the code of an area that begins.
pub fn new_code(field: &str, drawn: &AreaRow) -> Result<()> {
    let rest = drawn.area_code.strip_prefix(&drawn.division_code).unwrap_or_default();
    let good = (1..=20).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if good {
        Ok(())
    } else {
        Err(Error::invalid(field, &drawn.area_code, CODE))
    }
}

/// An area as it was read, around `members`.
pub fn area<'a>(row: &AreaRow, members: impl IntoIterator<Item = &'a str>) -> Area {
    let leader = (!row.leader_id.is_empty()).then(|| task::person(&row.leader_id, &row.leader_name));
    Area {
        name: name(&row.area_code),
        code: row.area_code.clone(),
        display_name: row.display_name.clone(),
        tree: row.tree.clone(),
        division: division::name(&row.division_code),
        members: members.into_iter().map(division::name).collect(),
        leader,
        valid_from: Some(dates::to_proto(row.valid_from)),
        valid_until: row.valid_until.map(dates::to_proto),
        etag: etag::of(&[&row.area_code, &row.id.to_string()]),
    }
}
