//! Plans on the wire.

use kit::{
    dates,
    error::{Error, Result, Violation},
    etag,
};
use prost::Message as _;
use proto::xiangtu::{
    plan::v1::PlanProblem,
    villages::v1::{Plan, PlanSection, PlanState},
};
use time::Date;
use villages_core::{document::Document, problem::Problem, week::Week};

use super::{names, plan_section};
use crate::store::plan::{PlanKey, PlanRow};

/// A plan's division and code, of `divisions/{code}/plans/{plan}`.
pub fn key(field: &str, name: &str) -> Result<(String, String)> {
    let parts = name
        .strip_prefix("divisions/")
        .and_then(|rest| rest.split_once("/plans/"));
    let Some((division, plan)) = parts else {
        return Err(Error::invalid(
            field,
            name,
            "a resource name divisions/{code}/plans/{plan}",
        ));
    };
    let division = kit::division::Division::parse(field, division)?;
    Ok((
        division.into_code(),
        names::id(field, &format!("plans/{plan}"), "plans")?,
    ))
}

/// Resource name of a plan.
pub fn name(division: &str, code: &str) -> String {
    format!("divisions/{division}/plans/{code}")
}

/// Resource name of the plan of a version.
pub fn name_of(key: &PlanKey) -> String {
    name(&key.division_code, &key.plan_code)
}

/// The section of a version as it was applied.
pub fn section(row: &PlanRow) -> Result<PlanSection> {
    PlanSection::decode(row.section.as_slice()).map_err(Error::internal)
}

/// The document of a version.
pub fn document(row: &PlanRow) -> Result<Document> {
    Ok(plan_section::document(&section(row)?, &row.key.division_code).0)
}

/// A version; `section` is left out in lists. `superseded` says that a later version governs by `today`.
pub fn plan(row: &PlanRow, section: Option<PlanSection>, superseded: bool, today: Date) -> Plan {
    let state = if row.effective_from > today {
        PlanState::Pending
    } else if superseded {
        PlanState::Superseded
    } else if row.ends_on < today {
        PlanState::Ended
    } else {
        PlanState::InForce
    };
    Plan {
        name: name_of(&row.key),
        version: row.key.version,
        state: state.into(),
        effective_date: Some(dates::to_proto(row.effective_from)),
        section,
        digest: row.digest.clone(),
        apply_time: Some(dates::timestamp(row.applied_at)),
        applied_by: row.applied_by.clone(),
        etag: version_etag(row),
    }
}

/// Changes with every version.
pub fn version_etag(row: &PlanRow) -> String {
    etag::of(&[
        &row.key.division_code,
        &row.key.plan_code,
        &row.key.version.to_string(),
        &row.digest,
    ])
}

/// A contradiction.
pub fn problem(problem: Problem) -> PlanProblem {
    PlanProblem {
        path: problem.path,
        reason: problem.reason.to_owned(),
        message: problem.message,
        message_zh: problem.message_zh,
    }
}

/// Contradictions as a refusal of the request that carries the section.
pub fn refused(problems: &[Problem]) -> Error {
    let violation = |problem: &Problem| {
        Violation::new(
            format!("section.{}", problem.path),
            problem.reason,
            problem.message.as_str(),
        )
    };
    Error::invalid_many(problems.iter().map(violation).collect())
}

/// An ISO week such as `2024-W13`; `unset` if none is named.
pub fn week(field: &str, text: &str, unset: Week) -> Result<Week> {
    if text.is_empty() {
        return Ok(unset);
    }
    Week::parse(text).ok_or_else(|| Error::invalid(field, text, "an ISO week, for example 2024-W13"))
}
