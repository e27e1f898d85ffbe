//! Carries a step through notice, defence, decision and appeal.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    etag,
};
use prost::{Message, Name};
use proto::xiangtu::villages::v1::{
    AppealLadderStepRequest, DecideLadderAppealRequest, DecideLadderStepRequest, DefendLadderStepRequest, LadderAction,
    LadderEntry, LadderMeasure, LadderStep, LadderStepChanged, ServeLadderStepRequest, ServiceMethod,
};
use time::Date;
use tonic::Response;
use villages_core::ladder::Action;

use super::{
    division::require_id,
    ladder::{LadderApi, with_entries},
    standing::{self, Ranked},
};
use crate::{
    store::{
        bulletin_clock,
        ladder::{self, Drafted, EntryRow},
    },
    wire::{self, ladder_process as process},
};

const LONGEST: usize = 2_000;
const LARGEST_DEDUCTION: i64 = 100_000_000;

/// What a request asks to be done.
struct Deed<'a> {
    name: &'a str,
    etag: &'a str,
    request_id: &'a str,
    /// Day that it is about, where that may lie in the past.
    day: Option<Date>,
    /// Who decides; empty where nothing is decided.
    decider: &'a str,
    /// The entry as far as the request states it.
    entry: LadderEntry,
}

impl<'a> Deed<'a> {
    /// A deed of today that decides nothing.
    fn new(name: &'a str, etag: &'a str, request_id: &'a str, entry: LadderEntry) -> Self {
        Self {
            name,
            etag,
            request_id,
            day: None,
            decider: "",
            entry,
        }
    }
}

impl LadderApi {
    pub(super) async fn serve(&self, call: &Call, request: &ServeLadderStepRequest) -> Result<Response<LadderStep>> {
        let method = request.service_method();
        match (method, request.witness.is_empty()) {
            (ServiceMethod::Unspecified, _) => return Err(Error::required("service_method")),
            (ServiceMethod::LeftWithWitness, _) => {
                wire::names::text("witness", &request.witness, 64)?;
            }
            (_, false) => {
                return Err(Error::invalid(
                    "witness",
                    &request.witness,
                    "empty unless LEFT_WITH_WITNESS",
                ));
            }
            _ => {}
        }
        if request.evidence.is_empty() {
            return Err(Error::required("evidence"));
        }
        wire::names::evidence("evidence", &request.evidence)?;
        let entry = LadderEntry {
            action: LadderAction::Serve.into(),
            service_method: method.into(),
            witness: request.witness.trim().to_owned(),
            evidence: request.evidence.clone(),
            ..LadderEntry::default()
        };
        let deed = Deed {
            day: dates::from_proto("serve_date", request.serve_date)?,
            ..Deed::new(&request.name, &request.etag, &request.request_id, entry)
        };
        self.act(call, request, deed).await
    }

    pub(super) async fn defend(&self, call: &Call, request: &DefendLadderStepRequest) -> Result<Response<LadderStep>> {
        let entry = LadderEntry {
            r#final: request.r#final,
            ..stated(LadderAction::Defend, &request.statement, &request.evidence)?
        };
        let deed = Deed::new(&request.name, &request.etag, &request.request_id, entry);
        self.act(call, request, deed).await
    }

    pub(super) async fn decide(&self, call: &Call, request: &DecideLadderStepRequest) -> Result<Response<LadderStep>> {
        let among = [LadderAction::Approve, LadderAction::Drop];
        let entry = LadderEntry {
            deduction_fen: request.deduction_fen,
            ..decided(request.decision(), among, &request.reason)?
        };
        let deed = Deed {
            decider: &request.decider,
            ..Deed::new(&request.name, &request.etag, &request.request_id, entry)
        };
        self.act(call, request, deed).await
    }

    pub(super) async fn appeal(&self, call: &Call, request: &AppealLadderStepRequest) -> Result<Response<LadderStep>> {
        let entry = stated(LadderAction::Appeal, &request.statement, &request.evidence)?;
        let deed = Deed::new(&request.name, &request.etag, &request.request_id, entry);
        self.act(call, request, deed).await
    }

    pub(super) async fn decide_appeal(
        &self,
        call: &Call,
        request: &DecideLadderAppealRequest,
    ) -> Result<Response<LadderStep>> {
        let among = [LadderAction::Uphold, LadderAction::Reverse];
        let deed = Deed {
            decider: &request.decider,
            ..Deed::new(
                &request.name,
                &request.etag,
                &request.request_id,
                decided(request.decision(), among, &request.reason)?,
            )
        };
        self.act(call, request, deed).await
    }

    async fn act<R: Message + Name>(&self, call: &Call, request: &R, deed: Deed<'_>) -> Result<Response<LadderStep>> {
        let id = wire::ladder::id("name", deed.name)?;
        require_id(deed.request_id)?;
        let mut tx = match self.kit.db.write(call, deed.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let drafted = ladder::step_lock(&mut tx, id).await?;
        let drafted = [drafted.ok_or_else(|| Error::not_found(deed.name))?];
        let step = with_entries(&mut tx, &drafted).await?.pop();
        let step = step.ok_or_else(|| Error::internal("a step without content"))?;
        etag::check(deed.etag, &step.etag, deed.name)?;
        let today = dates::day_of(tx.now());
        let day = deed.day.unwrap_or(today);
        let drafted_on = dates::required("draft_date", step.draft_date).map_err(Error::internal)?;
        if !(drafted_on..=today).contains(&day) {
            return Err(Error::invalid("serve_date", day, format!("{drafted_on} to {today}")));
        }
        let mut entry = deed.entry;
        let action = process::action(entry.action(), entry.r#final);
        let action = action.ok_or_else(|| Error::internal("a deed without action"))?;
        let after = process::process(&step)?
            .act(action, day, today)
            .map_err(|refused| process::refused(deed.name, refused))?;
        if matches!(
            action,
            Action::Approve | Action::Drop | Action::Uphold | Action::Reverse
        ) {
            decided_by(&mut tx, &step, &drafted[0], deed.decider, &mut entry, today).await?;
        }
        entry.deduction_fen = deduction(&step, action, entry.deduction_fen)?;
        entry.number = i32::try_from(step.entries.len() + 1).map_err(Error::internal)?;
        entry.entry_date = Some(dates::to_proto(day));
        tx.principal().clone_into(&mut entry.recorder);
        let recorded_at = bulletin_clock::recorded_at(&mut tx).await?;
        entry.record_time = Some(dates::timestamp(recorded_at));
        let [drafted] = drafted;
        let row = EntryRow {
            step_id: id,
            number: entry.number,
            state: process::state_name(process::state(after.state())),
            content: entry.encode_to_vec(),
            recorded_at,
            division_code: drafted.division_code,
        };
        ladder::entry_insert(&mut tx, &row).await?;
        let mut entries = step.entries;
        let verb = verb(action);
        entries.push(entry);
        let step = process::step(&drafted.content, entries)?;
        let event = LadderStepChanged {
            ladder_step: Some(step.clone()),
        };
        tx.emit(&format!("ladder.step_{verb}"), &row.division_code, &step.name, &event);
        let change = Change::new(verb, &row.division_code, &step.name).detail(step.display_name.clone());
        tx.finish(change, step).await
    }
}

/// What the person says.
fn stated(action: LadderAction, statement: &str, evidence: &[String]) -> Result<LadderEntry> {
    wire::names::evidence("evidence", evidence)?;
    Ok(LadderEntry {
        action: action.into(),
        text: wire::names::lines("statement", statement, LONGEST)?.to_owned(),
        evidence: evidence.to_vec(),
        ..LadderEntry::default()
    })
}

/// A decision, one of two.
fn decided(decision: LadderAction, among: [LadderAction; 2], reason: &str) -> Result<LadderEntry> {
    if !among.contains(&decision) {
        let rule = among.map(|it| it.as_str_name()).join(" or ");
        return Err(Error::invalid("decision", decision.as_str_name(), rule));
    }
    Ok(LadderEntry {
        action: decision.into(),
        text: wire::names::lines("reason", reason, LONGEST)?.to_owned(),
        ..LadderEntry::default()
    })
}

/// Fills in who decides: a person of rank in the division of the step or above it, who is not concerned and has not decided
/// it before.
async fn decided_by(
    tx: &mut Tx,
    step: &LadderStep,
    drafted: &Drafted,
    name: &str,
    entry: &mut LadderEntry,
    today: Date,
) -> Result<()> {
    let cadre = wire::cadre::id("decider", name)?;
    let is_decider = |person: &proto::xiangtu::villages::v1::TaskPerson| person.cadre == name;
    let earlier = step.entries.iter().filter_map(|entry| entry.decider.as_ref());
    if step.person.iter().chain(earlier).any(is_decider) {
        let message = format!("{name} is concerned, or has decided the step before");
        return Err(Error::rule(
            "RECUSAL",
            name,
            message,
            "应当回避：本人事项，或者原处理的批准人",
        ));
    }
    let Ranked { person, post } =
        standing::decider(tx, &drafted.division_code, &cadre, process::rank(step), today).await?;
    entry.decider = Some(person);
    entry.decider_post = post.into();
    Ok(())
}

/// What the entry deducts: the plan's amount, or the one decided on where the plan sets none; a reversal gives it back.
fn deduction(step: &LadderStep, action: Action, asked: i64) -> Result<i64> {
    let in_force: i64 = step.entries.iter().map(|entry| entry.deduction_fen).sum();
    let is_deduction = step.measure() == LadderMeasure::PayDeduction;
    match action {
        Action::Reverse => Ok(-in_force),
        Action::Approve if is_deduction && step.deduction_fen == 0 => {
            if (1..=LARGEST_DEDUCTION).contains(&asked) {
                Ok(asked)
            } else {
                Err(Error::invalid(
                    "deduction_fen",
                    asked,
                    "1 to 100,000,000, since the plan sets no amount",
                ))
            }
        }
        _ if asked != 0 => Err(Error::invalid(
            "deduction_fen",
            asked,
            "0: the plan sets the amount, or there is none",
        )),
        Action::Approve if is_deduction => Ok(step.deduction_fen),
        _ => Ok(0),
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Serve => "served",
        Action::Defend { .. } => "defended",
        Action::Approve => "approved",
        Action::Drop => "dropped",
        Action::Appeal => "appealed",
        Action::Uphold => "upheld",
        Action::Reverse => "reversed",
    }
}
