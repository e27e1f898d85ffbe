//! Blockers on the wire.

use kit::{
    dates,
    error::{Error, Result},
    etag,
};
use proto::xiangtu::villages::v1::{Blocker, BlockerKind, BlockerState};
use time::Date;
use uuid::Uuid;
use villages_core::{
    blocker::{self as core, Kind},
    calendar::offset,
    schedule::Blocked,
};

use super::{division, names, task};
use crate::store::blocker::BlockerStanding;

const LONGEST_REASON: usize = 500;
/// Days that a blocker may lie ahead.
const FURTHEST: i64 = 30;
/// Days from its first to its last.
const LONGEST: i64 = 90;

/// The id of `blockers/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "blockers")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("blockers/{id}")
}

/// A report that was checked for itself.
pub struct Report {
    /// The task.
    pub task: Uuid,
    /// What blocks it.
    pub kind: Kind,
    /// First and last day.
    pub days: Blocked,
    /// What it is about.
    pub reason: String,
    /// References to evidence.
    pub evidence: Vec<String>,
}

/// Reads a report that arrives `today`.
pub fn report(blocker: &Blocker, today: Date) -> Result<Report> {
    let kind = match blocker.kind() {
        BlockerKind::Unspecified => return Err(Error::required("blocker.kind")),
        BlockerKind::Weather => Kind::Weather,
        BlockerKind::Funds => Kind::Funds,
        BlockerKind::Materials => Kind::Materials,
        BlockerKind::Dispute => Kind::Dispute,
    };
    let first = dates::required("blocker.start_date", blocker.start_date)?;
    let furthest = offset(today, FURTHEST);
    if first > furthest {
        let rule = format!("not after {furthest}, {FURTHEST} days ahead");
        return Err(Error::invalid("blocker.start_date", first, rule));
    }
    let last = end_date("blocker.end_date", blocker.end_date, first, offset(first, LONGEST))?;
    names::evidence("blocker.evidence", &blocker.evidence)?;
    Ok(Report {
        task: task::id("blocker.task", &blocker.task)?,
        kind,
        days: Blocked { first, last },
        reason: names::lines("blocker.reason", &blocker.reason, LONGEST_REASON)?.to_owned(),
        evidence: blocker.evidence.clone(),
    })
}

/// Reads why a blocker is refused.
pub fn refusal(reason: &str) -> Result<&str> {
    names::lines("reason", reason, LONGEST_REASON)
}

/// Reads a last day between two others.
pub fn end_date(field: &str, date: Option<proto::google::r#type::Date>, earliest: Date, latest: Date) -> Result<Date> {
    let date = dates::required(field, date)?;
    if (earliest..=latest).contains(&date) {
        Ok(date)
    } else {
        Err(Error::invalid(field, date, format!("{earliest} to {latest}")))
    }
}

/// A blocker with where it stands.
pub fn blocker(row: &BlockerStanding) -> Blocker {
    let BlockerStanding { blocker, state, .. } = row;
    Blocker {
        name: name(blocker.blocker_id),
        task: task::name(blocker.task_id),
        division: division::name(&blocker.division_code),
        kind: Kind::parse(&blocker.kind).map_or(BlockerKind::Unspecified, kind).into(),
        start_date: Some(dates::to_proto(blocker.start_date)),
        end_date: Some(dates::to_proto(blocker.end_date)),
        reason: blocker.reason.clone(),
        evidence: blocker.evidence.clone(),
        excused_from_date: Some(dates::to_proto(blocker.excused_from)),
        state: BlockerState::from_str_name(&format!("BLOCKER_STATE_{state}"))
            .unwrap_or_default()
            .into(),
        refusal_reason: row.refusal_reason.clone(),
        reporter: blocker.reporter.clone(),
        report_time: Some(dates::timestamp(blocker.recorded_at)),
        etag: etag::of(&[&blocker.blocker_id.to_string(), state]),
    }
}

/// The kind of the contract.
pub fn kind(kind: Kind) -> BlockerKind {
    match kind {
        Kind::Weather => BlockerKind::Weather,
        Kind::Funds => BlockerKind::Funds,
        Kind::Materials => BlockerKind::Materials,
        Kind::Dispute => BlockerKind::Dispute,
    }
}

/// A blocker as schedules take it; none for a kind that nobody writes.
pub fn standing(row: &BlockerStanding) -> Option<core::Blocker> {
    Some(core::Blocker {
        id: row.blocker.blocker_id.as_u128(),
        kind: Kind::parse(&row.blocker.kind)?,
        days: Blocked {
            first: row.blocker.excused_from,
            last: row.blocker.end_date,
        },
    })
}
