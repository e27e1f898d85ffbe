//! Honours of households and the one-yuan scheme on the wire.

use kit::{
    dates,
    error::{Error, Result},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{Honour, HonourAction, HonourEntry, HonourKind, HonourState, OneYuanPayment};
use time::Date;
use uuid::Uuid;
use villages_core::honour::{Action, Process, Refused, State, month_start, season_start};

use super::{division, household, names};
use crate::store::honour::PaymentRow;

/// The id of `honours/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "honours")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("honours/{id}")
}

/// Name of a kind, as it is kept.
pub fn kind(field: &str, kind: i32) -> Result<&'static str> {
    match HonourKind::try_from(kind) {
        Ok(HonourKind::Unspecified) | Err(_) => Err(Error::invalid(field, kind, "one of HonourKind")),
        Ok(kind) => Ok(kind_name(kind)),
    }
}

/// Name of a kind, as it is kept.
pub fn kind_name(kind: HonourKind) -> &'static str {
    kind.as_str_name().trim_start_matches("HONOUR_KIND_")
}

/// A season that has begun by `today`.
pub fn season(field: &str, season: &str, today: Date) -> Result<String> {
    match season_start(season) {
        Some(start) if start <= today => Ok(season.to_owned()),
        Some(_) => Err(Error::invalid(field, season, "a season that has begun")),
        None => Err(Error::invalid(field, season, "a season such as 2024-Q2")),
    }
}

/// First day of a month that has begun by `today`.
pub fn month(field: &str, month: &str, today: Date) -> Result<Date> {
    match month_start(month) {
        Some(start) if start <= today => Ok(start),
        Some(_) => Err(Error::invalid(field, month, "a month not after this one")),
        None => Err(Error::invalid(field, month, "a month such as 2024-04")),
    }
}

/// A month as it is written.
pub fn month_name(month: Date) -> String {
    format!("{:04}-{:02}", month.year(), u8::from(month.month()))
}

/// An honour with what was done about it.
pub fn honour(nominated: &[u8], entries: Vec<HonourEntry>) -> Result<Honour> {
    let mut honour = Honour::decode(nominated).map_err(Error::internal)?;
    honour.entries = entries;
    let process = process(&honour)?;
    honour.state = state(process.state()).into();
    honour.publicity_end_date = process.publicity_end().map(dates::to_proto);
    honour.grant_date = process.granted().map(dates::to_proto);
    honour.revoke_date = process.revoked().map(dates::to_proto);
    honour.etag = etag::of(&[&honour.name, &honour.entries.len().to_string()]);
    Ok(honour)
}

/// An entry as it was kept.
pub fn entry(content: &[u8]) -> Result<HonourEntry> {
    HonourEntry::decode(content).map_err(Error::internal)
}

/// Where the entries of an honour have led.
pub fn process(honour: &Honour) -> Result<Process> {
    honour.entries.iter().try_fold(Process::default(), |process, entry| {
        let day = dates::required("entry_date", entry.entry_date).map_err(Error::internal)?;
        let refused = |refused| Error::internal(format!("{}: {refused:?}", honour.name));
        process.act(action(entry)?, day).map_err(refused)
    })
}

/// What an entry does.
pub fn action(entry: &HonourEntry) -> Result<Action> {
    Ok(match entry.action() {
        HonourAction::Unspecified => return Err(Error::internal("an entry without action")),
        HonourAction::Evaluate => Action::Evaluate,
        HonourAction::Publish => {
            let end = dates::required("publicity_end_date", entry.publicity_end_date).map_err(Error::internal)?;
            Action::Publish(end)
        }
        HonourAction::Object => Action::Object,
        HonourAction::Dismiss => Action::Dismiss(entry.objection),
        HonourAction::Grant => Action::Grant,
        HonourAction::Reject => Action::Reject,
        HonourAction::Revoke => Action::Revoke,
    })
}

/// The state of the contract.
pub fn state(state: State) -> HonourState {
    match state {
        State::Nominated => HonourState::Nominated,
        State::Evaluated => HonourState::Evaluated,
        State::Public => HonourState::Public,
        State::Granted => HonourState::Granted,
        State::Rejected => HonourState::Rejected,
        State::Revoked => HonourState::Revoked,
    }
}

/// Name of a state, as lists are filtered by it.
pub fn state_name(state: HonourState) -> &'static str {
    state.as_str_name().trim_start_matches("HONOUR_STATE_")
}

/// Why it cannot be done now.
pub fn refused(name: &str, refused: Refused) -> Error {
    let (reason, message, message_zh) = match refused {
        Refused::State(at) => {
            let at = state_name(state(at));
            let zh = format!("{name} 当前状态为 {at}，不能办理此事项");
            ("HONOUR_STATE", format!("{name} is {at}"), zh)
        }
        Refused::PublicityOpen(end) => (
            "PUBLICITY_OPEN",
            format!("objections are possible until the end of {end}"),
            format!("公示期至 {end} 届满，届满前不得授予"),
        ),
        Refused::PublicityOver(end) => (
            "PUBLICITY_OVER",
            format!("objections were possible until the end of {end}"),
            format!("公示期已于 {end} 届满"),
        ),
        Refused::ObjectionOpen(number) => (
            "OBJECTION_OPEN",
            format!("objection {number} is not answered"),
            format!("第 {number} 号异议尚未答复"),
        ),
        Refused::NoObjection(number) => (
            "OBJECTION_ANSWERED",
            format!("entry {number} is no open objection"),
            format!("第 {number} 号记录不是待答复的异议"),
        ),
    };
    Error::rule(reason, name, message, message_zh)
}

/// A payment.
pub fn payment(row: &PaymentRow) -> OneYuanPayment {
    OneYuanPayment {
        household: household::name(&row.household_id),
        division: division::name(&row.division_code),
        month: month_name(row.month),
        amount_fen: row.amount_fen,
        recorder: row.recorded_by.clone(),
        record_time: Some(dates::timestamp(row.recorded_at)),
    }
}
