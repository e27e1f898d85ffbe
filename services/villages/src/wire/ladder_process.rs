//! Due process of a step on the wire.

use kit::{
    dates,
    error::{Error, Result},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{LadderAction, LadderEntry, LadderStep, LadderStepState, Post};
use villages_core::{
    document,
    ladder::{Action, Process, Refused, State},
};

/// A step with what was done about it.
pub fn step(drafted: &[u8], entries: Vec<LadderEntry>) -> Result<LadderStep> {
    let mut step = LadderStep::decode(drafted).map_err(Error::internal)?;
    step.entries = entries;
    let process = process(&step)?;
    step.state = state(process.state()).into();
    step.defence_end_date = process.defence_end().map(dates::to_proto);
    step.appeal_end_date = process.appeal_end().map(dates::to_proto);
    step.etag = etag::of(&[&step.name, &step.entries.len().to_string()]);
    Ok(step)
}

/// An entry as it was kept.
pub fn entry(content: &[u8]) -> Result<LadderEntry> {
    LadderEntry::decode(content).map_err(Error::internal)
}

/// Where the entries of a step have led.
pub fn process(step: &LadderStep) -> Result<Process> {
    let mut process = Process::drafted(step.defence_days);
    for entry in &step.entries {
        let day = dates::required("entry_date", entry.entry_date).map_err(Error::internal)?;
        let action = action(entry.action(), entry.r#final).ok_or_else(|| Error::internal("an entry without action"))?;
        // What was taken once holds, so the day itself is the one on which it was in time.
        process = process
            .act(action, day, day)
            .map_err(|refused| Error::internal(format!("{}: {refused:?}", step.name)))?;
    }
    Ok(process)
}

/// The action of the core; none for the unspecified one.
pub fn action(action: LadderAction, last: bool) -> Option<Action> {
    match action {
        LadderAction::Unspecified => None,
        LadderAction::Serve => Some(Action::Serve),
        LadderAction::Defend => Some(Action::Defend { last }),
        LadderAction::Approve => Some(Action::Approve),
        LadderAction::Drop => Some(Action::Drop),
        LadderAction::Appeal => Some(Action::Appeal),
        LadderAction::Uphold => Some(Action::Uphold),
        LadderAction::Reverse => Some(Action::Reverse),
    }
}

/// The state of the contract.
pub fn state(state: State) -> LadderStepState {
    match state {
        State::Drafted => LadderStepState::Drafted,
        State::Served => LadderStepState::Served,
        State::Approved => LadderStepState::Approved,
        State::Dropped => LadderStepState::Dropped,
        State::Appealed => LadderStepState::Appealed,
        State::Upheld => LadderStepState::Upheld,
        State::Reversed => LadderStepState::Reversed,
    }
}

/// Name of a state, as lists are filtered by it.
pub fn state_name(state: LadderStepState) -> &'static str {
    state.as_str_name().trim_start_matches("LADDER_STEP_STATE_")
}

/// Post that a step must at least be decided by: the plan's, or else a leader of the township.
pub fn rank(step: &LadderStep) -> document::Post {
    document::Post::parse(step.approval_post().as_str_name().trim_start_matches("POST_"))
        .unwrap_or(document::Post::TownshipLeader)
}

/// A post of the contract.
pub fn post(post: &str) -> Post {
    Post::from_str_name(&format!("POST_{post}")).unwrap_or_default()
}

/// Why it cannot be done now.
pub fn refused(name: &str, refused: Refused) -> Error {
    let (reason, message, message_zh) = match refused {
        Refused::State(at) => {
            let at = state_name(state(at));
            let zh = format!("{name} 当前状态为 {at}，不能办理此事项");
            ("LADDER_STEP_STATE", format!("{name} is {at}"), zh)
        }
        Refused::DefenceOpen(end) => (
            "DEFENCE_OPEN",
            format!("the person may defend themselves until the end of {end}"),
            format!("申辩期至 {end} 届满，届满前不得批准"),
        ),
        Refused::DefenceOver(end) => (
            "DEFENCE_OVER",
            format!("the defence was over with the person's last word, or with {end}"),
            format!("当事人已表示申辩完毕，或者申辩期已于 {end} 届满"),
        ),
        Refused::AppealOver(end) => (
            "APPEAL_OVER",
            format!("an appeal was possible until the end of {end}"),
            format!("申诉期已于 {end} 届满"),
        ),
    };
    Error::rule(reason, name, message, message_zh)
}
