//! Undoing a payment: once, by a new entry that takes the money back from where it is now.

use homestead_core::entry::{Account, Kind, unwind};
use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{
    PaymentMethod, PaymentReversal, PaymentReversed, ReversalCause, ReversePaymentRequest,
};
use time::Date;
use tonic::{Response, Status};

use super::PaymentApi;
use crate::{
    bookkeeping::posting::{self, Draft},
    jobs::rules,
    store::{
        journal,
        payment::{self, Payment},
    },
    wire::{names, payment::request_id},
};

impl PaymentApi {
    pub(super) async fn reverse(
        &self,
        call: &Call,
        request: &ReversePaymentRequest,
    ) -> Result<Response<PaymentReversal>, Status> {
        let id = request_id(&request.request_id)?;
        let reason = crate::api::reason(&request.reason)?;
        if request.cause() == ReversalCause::Unspecified {
            return Err(Error::invalid("cause", request.cause, "a mistake or dishonoured").into());
        }
        let today = self.kit.clock.today();
        let effective_on = dates::from_proto("effective_date", request.effective_date)?.unwrap_or(today);
        if effective_on > today {
            return Err(Error::invalid("effective_date", effective_on, format!("not after today, {today}")).into());
        }
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let paid = hold(&mut tx, &request.name).await?;
        if effective_on < paid.effective_on {
            let allowed = format!("not before the payment, {}", paid.effective_on);
            return Err(Error::invalid("effective_date", effective_on, allowed).into());
        }
        let moves = unwound(&mut tx, &paid, today).await?;
        let draft = Draft {
            kind: Kind::Reversal,
            division_code: &paid.division_code,
            household_id: &paid.household_id,
            cadre_id: &paid.collector,
            effective_on,
            document: reason,
            reverses: Some(paid.id),
            moves: &moves,
        };
        let posted_at = posting::post(&mut tx, id, request, &draft).await?;
        let name = names::of("payments", paid.id);
        let event = PaymentReversed {
            payment: name.clone(),
            division: names::of("divisions", &paid.division_code),
            household: names::of("households", &paid.household_id),
            amount_fen: paid.amount_fen,
            reason: reason.to_owned(),
            cause: request.cause,
        };
        tx.emit("payment.reversed", &paid.division_code, &name, &event);
        let answer = PaymentReversal {
            name: format!("{name}/reversal"),
            payment: name.clone(),
            amount_fen: paid.amount_fen,
            reason: reason.to_owned(),
            post_time: Some(dates::timestamp(posted_at)),
            cause: request.cause,
        };
        let change = Change::new("reverse", &paid.division_code, &name).detail(reason);
        Ok(tx.finish(change, answer).await?)
    }
}

/// The payment, with the book of its village held.
async fn hold(tx: &mut Tx, name: &str) -> Result<Payment> {
    let id = names::found_uid("payments", name)?;
    let paid = payment::payment_get(tx, id)
        .await?
        .ok_or_else(|| Error::not_found(name))?;
    journal::books_hold(tx, &[&paid.division_code]).await?;
    if journal::undone(tx, id).await? {
        return Err(Error::rule(
            "PAYMENT_REVERSED",
            name,
            "the payment was undone before",
            "该笔缴款已冲销",
        ));
    }
    Ok(paid)
}

async fn unwound(tx: &mut Tx, paid: &Payment, today: Date) -> Result<Vec<homestead_core::entry::Move<uuid::Uuid>>> {
    let order = rules::waterfall(tx, today, &paid.division_code).await?;
    let bills = journal::bills_paid(tx, &paid.household_id).await?;
    let (advance_fen, _) = journal::held(tx, &paid.household_id).await?;
    let ahead = journal::settled_ahead(tx, &paid.household_id, paid.id).await?;
    let parts: Vec<_> = paid
        .bills
        .iter()
        .flatten()
        .copied()
        .zip(paid.parts.iter().flatten().copied())
        .collect();
    let cash = i32::from(paid.method) == i32::from(PaymentMethod::Cash);
    let received = if cash { Account::Cash } else { Account::Bank };
    unwind(&order, received, paid.amount_fen, &parts, &ahead, &bills, advance_fen).ok_or_else(|| {
        Error::rule(
            "PAYMENT_REFUNDED",
            names::of("payments", paid.id),
            "the household was refunded a part of it since: what is left does not suffice",
            "该笔缴款已部分退还，余额不足以冲销",
        )
    })
}
