//! Rosters on the wire.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::DutyShift;
use time::OffsetDateTime;
use villages_core::grid::roster::{LONGEST, SHORTEST, Span};

use super::{cadre, grid, task};
use crate::store::roster::ShiftRow;

/// An instant that must be given.
pub fn instant(field: &str, given: Option<prost_types::Timestamp>) -> Result<OffsetDateTime> {
    dates::from_timestamp(field, given)?.ok_or_else(|| Error::required(field))
}

/// Who is on duty from when to when, inside `period`.
pub fn shift(path: &str, given: &DutyShift, period: &Span) -> Result<(String, Span)> {
    let field = |name: &str| format!("{path}.{name}");
    let person = given.person.as_ref().ok_or_else(|| Error::required(field("person")))?;
    let cadre = cadre::id(&field("person.cadre"), &person.cadre)?;
    let start = instant(&field("start_time"), given.start_time)?;
    let end = instant(&field("end_time"), given.end_time)?;
    if !period.contains(&start) {
        return Err(Error::invalid(
            field("start_time"),
            start,
            "an instant inside the period",
        ));
    }
    if !(SHORTEST..=LONGEST).contains(&(end - start)) {
        return Err(Error::invalid(
            field("end_time"),
            end,
            "1 minute to 31 days after the start",
        ));
    }
    if end > period.end {
        return Err(Error::invalid(field("end_time"), end, "at most the end of the period"));
    }
    Ok((cadre, start..end))
}

/// A shift as it was read.
pub fn duty_shift(row: &ShiftRow) -> DutyShift {
    DutyShift {
        name: format!("dutyShifts/{}", row.shift_id),
        grid: grid::name(&row.grid_code),
        person: Some(task::person(&row.cadre_id, &row.display_name)),
        start_time: Some(dates::timestamp(row.starts_at)),
        end_time: Some(dates::timestamp(row.ends_at)),
    }
}
