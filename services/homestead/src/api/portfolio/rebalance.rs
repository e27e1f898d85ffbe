//! Offering hand-overs until loads are fair.

use std::collections::BTreeMap;

use homestead_core::portfolio::{Cause, Move, rebalance};
use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{RebalancePortfoliosRequest, RebalancePortfoliosResponse};
use tonic::{Response, Status};
use uuid::Uuid;

use super::PortfolioApi;
use crate::{
    jobs::{rules, sharing::Village},
    store::portfolio::{self, HandOver},
    wire::{
        names,
        payment::{request_id, village},
        portfolio::{loads, proposal, unassigned},
    },
};

impl PortfolioApi {
    pub(super) async fn rebalanced(
        &self,
        call: &Call,
        request: &RebalancePortfoliosRequest,
    ) -> Result<Response<RebalancePortfoliosResponse>, Status> {
        request_id(&request.request_id)?;
        let code = village("division", &request.division)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let rules = rules::portfolio(&mut tx, self.kit.clock.today()).await?;
        let village = Village::read(&mut tx, &code, &rules).await?;
        if village.loads.is_empty() {
            return Err(Error::rule(
                "CADRE_MISSING",
                names::of("divisions", &code),
                "the village has no cadre",
                "该村没有可分配的干部",
            )
            .into());
        }
        let balance = rebalance(&village.held, &village.loads, &village.terms);
        let amounts: BTreeMap<&str, i64> = village
            .held
            .iter()
            .map(|(household, _)| (household.id.as_str(), household.amount_fen))
            .collect();
        let mut proposals = Vec::with_capacity(balance.moves.len());
        for made in &balance.moves {
            let offer = if request.validate_only {
                None
            } else {
                Some(self.offer(&mut tx, &code, made).await?)
            };
            let amount_fen = amounts.get(made.household.as_str()).copied().unwrap_or_default();
            proposals.push(proposal(made, amount_fen, offer));
        }
        let answer = RebalancePortfoliosResponse {
            loads: loads(&village.loads, &balance),
            unassigned: unassigned(&balance.left),
            tolerance_fen: balance.tolerance_fen,
            balanced: balance.is_fair(),
            proposals,
        };
        if request.validate_only {
            return Ok(Response::new(answer));
        }
        let change = Change::new("rebalance", &code, &names::of("divisions", &code));
        let detail = format!("{} offers", answer.proposals.len());
        Ok(tx.finish(change.detail(detail), answer).await?)
    }

    async fn offer(&self, tx: &mut Tx, village: &str, made: &Move) -> Result<Uuid> {
        let reason = match made.cause {
            Cause::Recused => "近亲属回避",
            Cause::OverCap => "超过户数上限",
            Cause::Balance => "均衡分配",
        };
        let offer = HandOver {
            id: self.kit.ids.next(),
            household_id: made.household.clone(),
            division_code: village.to_owned(),
            from_cadre_id: made.from.clone(),
            to_cadre_id: made.to.clone(),
            state: 1,
            reason: reason.to_owned(),
            offered_at: tx.now(),
            answered_at: None,
        };
        if portfolio::hand_over_insert(tx, &offer).await? {
            Ok(offer.id)
        } else {
            // Somebody offered it since it was read.
            let subject = names::of("portfolios", &made.household);
            Err(super::rule(
                "HAND_OVER_PENDING",
                &subject,
                "a hand-over waits already",
                "已有待接收的移交",
            ))
        }
    }
}
