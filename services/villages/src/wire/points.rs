//! Household points on the wire.

use kit::{
    dates,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{AwardPointsRequest, PointAccount, PointEntry, PointEntryKind, PointLot};
use time::Date;
use uuid::Uuid;
use villages_core::points::{Account, Entry, Kind, Refused};

use super::{cadre, division, household, measurement, names};
use crate::store::points::{EntryRow, Home, Listed};

/// Longest reason of an entry.
const LONGEST: usize = 500;

/// One occurrence of an item as a request states it.
#[derive(Debug, Clone)]
pub struct Occurrence {
    pub household: String,
    pub item: String,
    pub day: Date,
    /// Id of the cadre; none if nobody is named.
    pub awarder: Option<String>,
    pub reason: String,
    pub evidence: Vec<String>,
}

/// The id of `pointEntries/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "pointEntries")
}

/// Resource name of an entry.
pub fn name(id: Uuid) -> String {
    format!("pointEntries/{id}")
}

/// The household of `households/{uid}/pointAccount`.
pub fn account_id(field: &str, name: &str) -> Result<String> {
    let household = name
        .strip_suffix("/pointAccount")
        .and_then(|it| household::id(field, it).ok());
    household.ok_or_else(|| Error::invalid(field, name, "a resource name households/{uid}/pointAccount"))
}

/// Checks one occurrence; `path` is where its message stands in the request, with a dot at the end.
pub fn occurrence(path: &str, request: &AwardPointsRequest, today: Date) -> Result<Occurrence> {
    let field = |name: &str| format!("{path}{name}");
    let day = dates::from_proto(&field("occurrence_date"), request.occurrence_date)?.unwrap_or(today);
    if day > today {
        let rule = format!("a day not after today, {today}");
        return Err(Error::invalid(field("occurrence_date"), day, rule));
    }
    let awarder = match request.awarder.as_str() {
        "" => None,
        name => Some(cadre::id(&field("awarder"), name)?),
    };
    let reason = match request.reason.trim() {
        "" => "",
        text => reason(&field("reason"), text)?,
    };
    names::evidence(&field("evidence"), &request.evidence)?;
    Ok(Occurrence {
        household: household::id(&field("household"), &request.household)?,
        item: measurement::indicator(&field("item"), &request.item)?,
        day,
        awarder,
        reason: reason.to_owned(),
        evidence: request.evidence.clone(),
    })
}

/// Why something is booked.
pub fn reason<'a>(field: &str, text: &'a str) -> Result<&'a str> {
    names::lines(field, text, LONGEST)
}

/// An entry as it was kept, with the one that took it back.
pub fn entry(row: &Listed) -> Result<PointEntry> {
    let mut entry = PointEntry::decode(row.content.as_slice()).map_err(Error::internal)?;
    entry.reversed_by = row.reversed_by.map(name).unwrap_or_default();
    Ok(entry)
}

/// Name of a kind, as lists are filtered by it.
pub fn kind_name(kind: PointEntryKind) -> &'static str {
    kind.as_str_name().trim_start_matches("POINT_ENTRY_KIND_")
}

/// An entry of an account as the core has it; `before` holds those that it can reverse.
pub fn core_entry(row: &EntryRow, before: &[EntryRow]) -> Result<Entry> {
    let kind = PointEntryKind::from_str_name(&format!("POINT_ENTRY_KIND_{}", row.kind));
    Ok(Entry {
        kind: kind.and_then(self::kind).ok_or_else(|| Error::internal(&row.kind))?,
        points: row.points,
        day: row.entry_date,
        earned_on: row.occurrence_date,
        last_day: row.last_day,
        reverses: row
            .reverses
            .and_then(|id| before.iter().position(|row| row.entry_id == id)),
    })
}

/// The kind of the core; none for the unspecified one.
pub fn kind(kind: PointEntryKind) -> Option<Kind> {
    match kind {
        PointEntryKind::Unspecified => None,
        PointEntryKind::Award => Some(Kind::Award),
        PointEntryKind::Deduct => Some(Kind::Deduct),
        PointEntryKind::Adjust => Some(Kind::Adjust),
        PointEntryKind::Redeem => Some(Kind::Redeem),
        PointEntryKind::Expire => Some(Kind::Expire),
        PointEntryKind::Reverse => Some(Kind::Reverse),
        PointEntryKind::Move => Some(Kind::Move),
    }
}

/// An account as of a day.
pub fn account(home: &Home, account: &Account, day: Date) -> PointAccount {
    let household = household::name(&home.household_id);
    let lots = account.lots().map(|lot| PointLot {
        earn_date: Some(dates::to_proto(lot.earned_on)),
        expire_date: lot.last_day.map(dates::to_proto),
        points: lot.points,
    });
    PointAccount {
        name: format!("{household}/pointAccount"),
        household,
        division: division::name(&home.division_code),
        as_of: Some(dates::to_proto(day)),
        balance_points: account.balance(),
        available_points: account.available(),
        owed_points: account.owed(),
        unbooked_expired_points: account.unbooked(),
        lots: lots.collect(),
        entry_count: i32::try_from(account.len()).unwrap_or(i32::MAX),
        household_ended: !home.stands(day),
    }
}

/// The household is not on the register on that day.
pub fn household_ended(household: &str, day: Date) -> Error {
    let name = household::name(household);
    let message = format!("{name} is not on the register on {day}");
    Error::rule("HOUSEHOLD_ENDED", &name, message, format!("该农户于 {day} 不在册"))
}

/// Why it cannot be booked.
pub fn refused(about: &str, refused: Refused) -> Error {
    match refused {
        Refused::Short(available) => Error::rule(
            "POINTS_SHORT",
            about,
            format!("only {available} points of {about} can be spent"),
            format!("可用积分不足，现有 {available} 分"),
        ),
        Refused::Reversed => Error::rule(
            "POINT_ENTRY_REVERSED",
            about,
            format!("{about} was reversed already"),
            "该笔积分已冲正，不能重复冲正",
        ),
        Refused::Final(kind) => Error::rule(
            "POINT_ENTRY_FINAL",
            about,
            format!("{about} is {kind:?}, which is not reversed"),
            "该类积分记录不能冲正",
        ),
        Refused::Broken => Error::internal(format!("{about}: an entry contradicts those before it")),
    }
}
