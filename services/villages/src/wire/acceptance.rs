//! Acceptances on the wire.

use kit::{
    dates,
    error::{Error, Result},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{Acceptance, AcceptanceAction, AcceptanceClaim, AcceptanceEntry, AcceptanceState};
use time::Date;
use uuid::Uuid;
use villages_core::{
    acceptance::{Action, Process, Refused, State},
    plan::Plan,
    rating::{self, Facts, Judged},
};

use super::names;

/// The id of `acceptances/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "acceptances")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("acceptances/{id}")
}

/// A remark that may be left out.
pub fn remark(field: &str, text: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    Ok(names::lines(field, text, LONGEST)?.to_owned())
}

/// Most characters of a text.
pub const LONGEST: usize = 2_000;

/// What a village claims of a criterion; `None` where it has no figure.
pub fn claim(plan: &Plan, village: &str, facts: &Facts, judged: &Judged) -> Option<AcceptanceClaim> {
    let tier = plan.tiers.get(judged.tier)?;
    let criterion = tier.criteria.get(judged.criterion)?;
    let indicator = plan.indicators.get(judged.indicator)?;
    let figure = facts.figure(judged.indicator)?;
    let is_ratio = indicator.kind == villages_core::document::IndicatorKind::Ratio;
    Some(AcceptanceClaim {
        tier: tier.code.clone(),
        indicator: indicator.code.clone(),
        display_name: indicator.display_name.clone(),
        unit: indicator.unit.clone(),
        threshold: rating::threshold_text(criterion, plan.terrain(village)),
        numerator: figure.numerator,
        denominator: figure.whole.filter(|_| is_ratio),
        measured_date: Some(dates::to_proto(figure.date)),
        measurement: super::rating::figure_name(figure),
        by_household: plan.by_household(indicator),
    })
}

/// An acceptance with what was done about it. `ended` is the first day on which its village no longer exists; what was not
/// decided by then has lapsed on `today`.
pub fn acceptance(content: &[u8], entries: &[Vec<u8>], ended: Option<Date>, today: Date) -> Result<Acceptance> {
    let mut acceptance = Acceptance::decode(content).map_err(Error::internal)?;
    for entry in entries {
        acceptance
            .entries
            .push(AcceptanceEntry::decode(entry.as_slice()).map_err(Error::internal)?);
    }
    settle(&mut acceptance, ended.filter(|ended| *ended <= today))?;
    Ok(acceptance)
}

/// Fills in everything that follows from the entries.
pub fn settle(acceptance: &mut Acceptance, ended: Option<Date>) -> Result<()> {
    let process = process(acceptance)?;
    let lapsed = ended.filter(|_| !process.state().is_settled());
    acceptance.state = match lapsed {
        Some(_) => AcceptanceState::Lapsed,
        None => state(process.state()),
    }
    .into();
    acceptance.lapse_date = lapsed.map(dates::to_proto);
    acceptance.publicity_end_date = process.publicity_end().map(dates::to_proto);
    acceptance.open_objection_count = super::rating::small(process.open_objections());
    acceptance.certificate = acceptance.entries.iter().find_map(|entry| entry.certificate.clone());
    acceptance.etag = etag::of(&[&acceptance.name, &acceptance.entries.len().to_string()]);
    Ok(())
}

/// Where the entries of an acceptance have led.
pub fn process(acceptance: &Acceptance) -> Result<Process> {
    let mut process = Process::applied(acceptance.publicity_days);
    for entry in &acceptance.entries {
        let day = dates::required("entry_date", entry.entry_date).map_err(Error::internal)?;
        let action = action(entry).ok_or_else(|| Error::internal("an entry without action"))?;
        // What was taken once holds, so the day itself is the one on which it was in time.
        process = process
            .act(action, day)
            .map_err(|refused| Error::internal(format!("{}: {refused:?}", acceptance.name)))?;
    }
    Ok(process)
}

/// The acceptance as callers see it: what would tell the village who comes to which house is left out until the inspection
/// of the round is closed.
pub fn blind(mut acceptance: Acceptance) -> Acceptance {
    let closed = acceptance
        .entries
        .iter()
        .rposition(|entry| entry.action() == AcceptanceAction::Close);
    for entry in acceptance.entries.iter_mut().skip(closed.map_or(0, |at| at + 1)) {
        if let Some(draw) = &mut entry.draw {
            draw.seed.clear();
            draw.strata.clear();
            draw.units.clear();
            draw.recused.clear();
        }
        entry.replacement = None;
    }
    acceptance
}

/// The action of the core; none for the unspecified one.
pub fn action(entry: &AcceptanceEntry) -> Option<Action> {
    Some(match entry.action() {
        AcceptanceAction::Unspecified => return None,
        AcceptanceAction::Draw => Action::Draw,
        AcceptanceAction::Replace => Action::Replace,
        AcceptanceAction::Close => Action::Close {
            passed: entry.inspection.as_ref()?.passed,
        },
        AcceptanceAction::Publicise => Action::Publicise,
        AcceptanceAction::Object => Action::Object,
        AcceptanceAction::Answer => Action::Answer {
            objection: entry.objection_number,
            upheld: entry.upheld,
        },
        AcceptanceAction::Certify => Action::Certify,
        AcceptanceAction::Reject => Action::Reject,
        AcceptanceAction::Withdraw => Action::Withdraw,
        AcceptanceAction::Revoke => Action::Revoke,
    })
}

/// What an action is called in events and the audit trail.
pub fn verb(action: AcceptanceAction) -> &'static str {
    match action {
        AcceptanceAction::Unspecified => "applied",
        AcceptanceAction::Draw => "sampled",
        AcceptanceAction::Replace => "replaced",
        AcceptanceAction::Close => "inspected",
        AcceptanceAction::Publicise => "publicised",
        AcceptanceAction::Object => "objected",
        AcceptanceAction::Answer => "answered",
        AcceptanceAction::Certify => "certified",
        AcceptanceAction::Reject => "rejected",
        AcceptanceAction::Withdraw => "withdrawn",
        AcceptanceAction::Revoke => "revoked",
    }
}

/// The state of the contract.
fn state(state: State) -> AcceptanceState {
    match state {
        State::Applied => AcceptanceState::Applied,
        State::Sampled => AcceptanceState::Sampled,
        State::Inspected => AcceptanceState::Inspected,
        State::Failed => AcceptanceState::Failed,
        State::Publicised => AcceptanceState::Publicised,
        State::Reopened => AcceptanceState::Reopened,
        State::Certified => AcceptanceState::Certified,
        State::Rejected => AcceptanceState::Rejected,
        State::Withdrawn => AcceptanceState::Withdrawn,
        State::Revoked => AcceptanceState::Revoked,
    }
}

/// Name of a state, as lists are filtered by it.
pub fn state_name(at: State) -> &'static str {
    state(at).as_str_name().trim_start_matches("ACCEPTANCE_STATE_")
}

/// Why it cannot be done now.
pub fn refused(name: &str, refused: Refused) -> Error {
    let (reason, message, message_zh) = match refused {
        Refused::State(at) => {
            let at = state_name(at);
            let zh = format!("{name} 当前状态为 {at}，不能办理此事项");
            ("ACCEPTANCE_STATE", format!("{name} is {at}"), zh)
        }
        Refused::PublicityOpen(end) => (
            "PUBLICITY_OPEN",
            format!("objections are taken until the end of {end}"),
            format!("公示期至 {end} 届满，届满前不得审定"),
        ),
        Refused::PublicityOver(end) => (
            "PUBLICITY_OVER",
            format!("objections were taken until the end of {end}"),
            format!("公示期已于 {end} 届满"),
        ),
        Refused::ObjectionsOpen(count) => (
            "OBJECTIONS_OPEN",
            format!("{count} objections have no answer"),
            format!("尚有 {count} 件异议未答复"),
        ),
        Refused::NoOpenObjection(number) => (
            "NO_OPEN_OBJECTION",
            format!("there is no objection {number} without an answer"),
            format!("没有待答复的第 {number} 号异议"),
        ),
    };
    Error::rule(reason, name, message, message_zh)
}
