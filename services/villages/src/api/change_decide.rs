//! Approves, rejects and withdraws change requests; an approval makes the change.

use kit::{
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    etag,
};
use prost::{Message, Name};
use proto::xiangtu::villages::v1::{ApproveChangeRequest, ChangeRequest, RejectChangeRequest, WithdrawChangeRequest};
use time::Date;
use tonic::Response;
use villages_core::document::Post;

use super::{
    change_request::ChangeRequestApi,
    division::require_id,
    standing::{self, Ranked},
};
use crate::{
    store::{
        change_request::{self as store, ChangeRequestRow},
        household_life,
    },
    wire,
};

const LONGEST: usize = 500;

/// What a request asks to be done.
struct Deed<'a> {
    name: &'a str,
    reason: &'a str,
    etag: &'a str,
    request_id: &'a str,
    /// Who decides, and what about; `None` for a withdrawal.
    decision: Option<(&'a str, bool)>,
}

impl ChangeRequestApi {
    pub(super) async fn approve(&self, call: &Call, request: &ApproveChangeRequest) -> Result<Response<ChangeRequest>> {
        let deed = Deed {
            name: &request.name,
            reason: &request.reason,
            etag: &request.etag,
            request_id: &request.request_id,
            decision: Some((&request.decider, true)),
        };
        self.act(call, request, deed).await
    }

    pub(super) async fn reject(&self, call: &Call, request: &RejectChangeRequest) -> Result<Response<ChangeRequest>> {
        let deed = Deed {
            name: &request.name,
            reason: &request.reason,
            etag: &request.etag,
            request_id: &request.request_id,
            decision: Some((&request.decider, false)),
        };
        self.act(call, request, deed).await
    }

    pub(super) async fn withdraw(
        &self,
        call: &Call,
        request: &WithdrawChangeRequest,
    ) -> Result<Response<ChangeRequest>> {
        let deed = Deed {
            name: &request.name,
            reason: &request.reason,
            etag: &request.etag,
            request_id: &request.request_id,
            decision: None,
        };
        self.act(call, request, deed).await
    }

    async fn act<R: Message + Name>(
        &self,
        call: &Call,
        request: &R,
        deed: Deed<'_>,
    ) -> Result<Response<ChangeRequest>> {
        require_id(deed.request_id)?;
        let id = wire::change_request::id("name", deed.name)?;
        let reason = wire::names::text("reason", deed.reason, LONGEST)?;
        let mut tx = match self.kit.db.write(call, deed.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        household_life::households_lock(&mut tx).await?;
        let today = dates::day_of(tx.now());
        let row = store::change_request_get(&mut tx, id, today).await?;
        let mut row = row.ok_or_else(|| Error::not_found(deed.name))?;
        let shown = wire::change_request::change_request(&self.kit.crypt, &row)?;
        etag::check(deed.etag, &shown.etag, deed.name)?;
        if row.state != "PROPOSED" {
            let message = format!("{} is {}", deed.name, row.state);
            let zh = format!("该申请当前状态为 {}，不能办理", row.state);
            return Err(Error::rule("CHANGE_REQUEST_STATE", deed.name, message, zh));
        }
        let is_proposer = tx.principal() == row.proposer;
        let mut decided = ChangeRequest {
            decision_reason: reason.to_owned(),
            recorder: tx.principal().to_owned(),
            decide_time: Some(dates::timestamp(tx.now())),
            ..ChangeRequest::default()
        };
        let (state, verb) = match deed.decision {
            None if !is_proposer => {
                let message = format!("{} was proposed by somebody else", deed.name);
                return Err(Error::rule(
                    "NOT_PROPOSER",
                    deed.name,
                    message,
                    "只有申请人可以撤回申请",
                ));
            }
            None => ("WITHDRAWN", "withdraw"),
            Some(_) if is_proposer => {
                let message = format!("whoever proposed {} does not decide about it", deed.name);
                return Err(Error::rule(
                    "RECUSAL",
                    deed.name,
                    message,
                    "应当回避：申请人不得审核本人的申请",
                ));
            }
            Some((decider, approves)) => {
                let Ranked { person, post } = decided_by(&mut tx, &row, decider, today).await?;
                decided.decider = Some(person);
                decided.decider_post = post.into();
                if approves {
                    self.make(&mut tx, call, &row).await?;
                    ("APPROVED", "approve")
                } else {
                    ("REJECTED", "reject")
                }
            }
        };
        let (now, content) = (tx.now(), decided.encode_to_vec());
        store::decision_insert(&mut tx, &row, state, &content, now).await?;
        state.clone_into(&mut row.state);
        row.decision = Some(content);
        self.changed(tx, &row, verb).await
    }
}

/// A leader of the township, or higher, in the division of the target or above it, who is not the cadre concerned.
async fn decided_by(tx: &mut Tx, row: &ChangeRequestRow, name: &str, today: Date) -> Result<Ranked> {
    let decider = wire::cadre::id("decider", name)?;
    if row.target == name {
        let message = format!("{name} is concerned");
        return Err(Error::rule("RECUSAL", name, message, "应当回避：审核人为本人事项"));
    }
    standing::decider(tx, &row.division_code, &decider, Post::TownshipLeader, today).await
}
