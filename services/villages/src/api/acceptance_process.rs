//! What is done about an acceptance: one entry after the other, each in one way.

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
    Acceptance, AcceptanceAction, AcceptanceChanged, AcceptanceEntry, AcceptanceState, AnswerObjectionRequest,
    LodgeObjectionRequest, PubliciseAcceptanceRequest, WithdrawAcceptanceRequest,
};
use time::Date;
use tonic::Response;
use villages_core::acceptance::{Action, Process};

use super::{
    acceptance::{AcceptanceApi, present, with_entries},
    division::require_id,
};
use crate::{
    store::{
        acceptance::{self, AcceptanceRow, EntryRow},
        plan::PlanKey,
        rating_facts::At,
    },
    wire::{self, acceptance::LONGEST},
};

/// Who may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Whoever has the village in their division.
    Village,
    /// Only the division of the plan, and those above it.
    Plan,
}

/// Which acceptance a request is about.
pub(super) struct About<'a> {
    pub name: &'a str,
    pub etag: &'a str,
    pub request_id: &'a str,
    pub by: By,
}

/// An acceptance under the hand of one caller.
pub(super) struct Opened {
    pub tx: Tx,
    pub row: AcceptanceRow,
    pub plan: PlanKey,
    /// Whole, with what is not shown yet.
    pub acceptance: Acceptance,
    pub process: Process,
    pub at: At,
}

/// A request that has begun, or the answer that it had before.
#[expect(clippy::large_enum_variant, reason = "lives for one match")]
pub(super) enum Start<R> {
    /// Answered already.
    Replay(R),
    /// To be done now.
    Fresh(Opened),
}

impl Opened {
    /// Holds the acceptance, if the caller may act on it.
    pub(super) async fn begin<M, R>(api: &AcceptanceApi, call: &Call, request: &M, about: About<'_>) -> Result<Start<R>>
    where
        M: Message,
        R: Message + Default,
    {
        let id = wire::acceptance::id("name", about.name)?;
        require_id(about.request_id)?;
        let mut tx = match api.kit.db.write(call, about.request_id, request).await? {
            Begun::Replay(first) => return Ok(Start::Replay(first)),
            Begun::Fresh(tx) => tx,
        };
        let at = present(&mut tx).await?;
        let row = acceptance::acceptance_lock(&mut tx, id, at).await?;
        let rows = [row.ok_or_else(|| Error::not_found(about.name))?];
        let acceptance = with_entries(&mut tx, &rows, at, None).await?.pop();
        let acceptance = acceptance.ok_or_else(|| Error::internal("an acceptance without content"))?;
        let [row] = rows;
        let plan = row.plan.key();
        if about.by == By::Plan {
            in_charge(call, &plan)?;
        }
        etag::check(about.etag, &acceptance.etag, about.name)?;
        if let Some(ended) = row.ended_on.filter(|_| acceptance.state() == AcceptanceState::Lapsed) {
            return Err(ended_error(&acceptance.division, ended));
        }
        Ok(Start::Fresh(Self {
            process: wire::acceptance::process(&acceptance)?,
            tx,
            row,
            plan,
            acceptance,
            at,
        }))
    }

    /// The present day.
    pub(super) fn today(&self) -> Date {
        self.at.date
    }

    /// Takes the action, if it can be done now.
    pub(super) fn act(&mut self, action: Action) -> Result<()> {
        let after = self.process.clone().act(action, self.today());
        self.process = after.map_err(|refused| wire::acceptance::refused(&self.acceptance.name, refused))?;
        Ok(())
    }

    /// Keeps the entry of the action that was taken, tells others, and answers the acceptance.
    pub(super) async fn conclude(mut self, mut entry: AcceptanceEntry) -> Result<Response<Acceptance>> {
        let now = self.tx.now();
        entry.number = wire::rating::small(self.acceptance.entries.len() + 1);
        entry.entry_date = Some(dates::to_proto(self.today()));
        self.tx.principal().clone_into(&mut entry.recorder);
        entry.record_time = Some(dates::timestamp(now));
        let row = EntryRow {
            acceptance_id: self.row.acceptance_id,
            number: entry.number,
            division_code: &self.row.division_code,
            state: wire::acceptance::state_name(self.process.state()),
            content: entry.encode_to_vec(),
            recorded_at: now,
        };
        acceptance::entry_insert(&mut self.tx, &row).await?;
        let verb = wire::acceptance::verb(entry.action());
        self.acceptance.entries.push(entry);
        wire::acceptance::settle(&mut self.acceptance, None)?;
        let acceptance = wire::acceptance::blind(self.acceptance);
        emit(&mut self.tx, verb, &self.row.division_code, &acceptance);
        let change = Change::new(verb, &self.row.division_code, &acceptance.name).detail(acceptance.tier.clone());
        self.tx.finish(change, acceptance).await
    }
}

/// States what became of an acceptance.
pub(super) fn emit(tx: &mut Tx, verb: &str, village: &str, acceptance: &Acceptance) {
    let event = AcceptanceChanged {
        acceptance: Some(acceptance.clone()),
    };
    tx.emit(&format!("acceptance.{verb}"), village, &acceptance.name, &event);
}

/// Refuses callers of a division below that of the plan.
pub(super) fn in_charge(call: &Call, plan: &PlanKey) -> Result<()> {
    let division = wire::division::name(&plan.division_code);
    if plan.division_code.starts_with(&call.caller.scope) {
        return Ok(());
    }
    let message = format!("only {division} may do this, whose plan it is");
    Err(Error::rule(
        "PLAN_DIVISION",
        &division,
        message,
        format!("此事项由方案所属的 {division} 办理"),
    ))
}

/// The village no longer exists.
pub(super) fn ended_error(village: &str, ended: Date) -> Error {
    let message = format!("{village} ended on {ended}");
    Error::rule(
        "DIVISION_ENDED",
        village,
        message,
        format!("该区划已于 {ended} 撤销或并入他处，验收终止"),
    )
}

/// An entry with a text and references.
pub(super) fn entry(action: AcceptanceAction, field: &str, text: &str, evidence: &[String]) -> Result<AcceptanceEntry> {
    wire::names::evidence("evidence", evidence)?;
    Ok(AcceptanceEntry {
        action: action.into(),
        text: wire::names::lines(field, text, LONGEST)?.to_owned(),
        evidence: evidence.to_vec(),
        ..AcceptanceEntry::default()
    })
}

impl AcceptanceApi {
    pub(super) async fn publicise(
        &self,
        call: &Call,
        request: &PubliciseAcceptanceRequest,
    ) -> Result<Response<Acceptance>> {
        let entry = entry(AcceptanceAction::Publicise, "text", &request.text, &request.evidence)?;
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Plan,
        };
        self.take(call, request, about, entry).await
    }

    pub(super) async fn object(&self, call: &Call, request: &LodgeObjectionRequest) -> Result<Response<Acceptance>> {
        let mut entry = entry(
            AcceptanceAction::Object,
            "statement",
            &request.statement,
            &request.evidence,
        )?;
        if !request.objector.is_empty() {
            wire::names::id("objector", &request.objector, "households")?;
            entry.objector.clone_from(&request.objector);
        }
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Village,
        };
        self.take(call, request, about, entry).await
    }

    pub(super) async fn answer(&self, call: &Call, request: &AnswerObjectionRequest) -> Result<Response<Acceptance>> {
        let entry = AcceptanceEntry {
            objection_number: request.objection_number,
            upheld: request.upheld,
            ..entry(AcceptanceAction::Answer, "answer", &request.answer, &request.evidence)?
        };
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Plan,
        };
        self.take(call, request, about, entry).await
    }

    pub(super) async fn withdraw(
        &self,
        call: &Call,
        request: &WithdrawAcceptanceRequest,
    ) -> Result<Response<Acceptance>> {
        let entry = entry(AcceptanceAction::Withdraw, "reason", &request.reason, &[])?;
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Village,
        };
        self.take(call, request, about, entry).await
    }

    /// Takes an action that asks for nothing but the right state.
    async fn take<R: Message + Name>(
        &self,
        call: &Call,
        request: &R,
        about: About<'_>,
        mut entry: AcceptanceEntry,
    ) -> Result<Response<Acceptance>> {
        let mut opened = match Opened::begin(self, call, request, about).await? {
            Start::Replay(first) => return Ok(Response::new(first)),
            Start::Fresh(opened) => opened,
        };
        let action = wire::acceptance::action(&entry).ok_or_else(|| Error::internal("a deed without action"))?;
        opened.act(action)?;
        if action == Action::Object {
            entry.objection_number = opened.process.objections();
        }
        opened.conclude(entry).await
    }
}
