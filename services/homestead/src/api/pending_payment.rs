//! `PendingPaymentService`.

use std::sync::Arc;

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    ConfirmPendingPaymentRequest, CreatePendingPaymentRequest, GetPendingPaymentRequest, ListPendingPaymentsRequest,
    ListPendingPaymentsResponse, Payment, PendingPayment, PendingPaymentState, VoidPendingPaymentRequest,
    pending_payment_service_server::PendingPaymentService,
};
use tonic::{Request, Response, Status};

use super::payment::post;
use crate::{
    cashier::Cashier,
    store::{account, household, journal, payment, pending},
    wire::{
        self, derived, names,
        payment::request_id,
        pending::{announced, expected},
        posting::Teller,
    },
};

/// Takes payments in two phases.
pub struct PendingPaymentApi {
    pub kit: Kit,
    pub cashier: Arc<Cashier>,
}

const FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::text("document", "document"),
    Field::int("amount_fen", "amount_fen"),
    Field::date("expiry_date", "expires_on"),
];

#[tonic::async_trait]
impl PendingPaymentService for PendingPaymentApi {
    async fn create_pending_payment(
        &self,
        request: Request<CreatePendingPaymentRequest>,
    ) -> Result<Response<PendingPayment>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = request_id(&request.request_id)?;
        let today = self.kit.clock.today();
        let (stated, expires_on) = announced("pending_payment", request.pending_payment.as_ref(), today)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        exists(&mut tx, &stated).await?;
        let row = pending::Pending {
            id: derived::uid("pending payment", &[&call.caller.subject, &id.to_string()]),
            division_code: stated.division_code,
            household_id: stated.household_id,
            bill_id: stated.bill_id,
            amount_fen: stated.amount_fen,
            method: i16::try_from(i32::from(stated.method)).unwrap_or_default(),
            document: stated.document,
            expires_on,
            state: 1,
            reason: String::new(),
            created_at: tx.now(),
            settled_at: None,
        };
        if !pending::pending_insert(&mut tx, &row).await.map_err(Error::from)? {
            return Err(Error::rule(
                "PAYMENT_PENDING",
                names::of("households", &row.household_id),
                "a payment with that document or for that bill is pending already",
                "该凭证或该账单已有待到账的缴款",
            )
            .into());
        }
        let change = Change::new("create", &row.division_code, &names::of("pendingPayments", row.id));
        Ok(tx.finish(change, wire::pending::pending(row)).await?)
    }

    async fn confirm_pending_payment(
        &self,
        request: Request<ConfirmPendingPaymentRequest>,
    ) -> Result<Response<Payment>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let today = self.kit.clock.today();
        let paid_on = dates::from_proto("payment_date", request.payment_date)?.unwrap_or(today);
        if paid_on > today {
            return Err(Error::invalid("payment_date", paid_on, format!("not after today, {today}")).into());
        }
        let (row, posted) = self.known(&call, &request.name).await?;
        if posted.is_none() {
            still_pending(&row, today)?;
            let teller = Teller::of(&call);
            let stated = expected(&row, paid_on);
            let posting = wire::posting::posting(&teller, row.id, &stated, self.kit.ids.next(), today);
            let outcome = self.cashier.post(posting, call.deadline).await;
            let answer = outcome.and_then(|posted| post::answer(row.id, &stated, posted));
            if let Err(error) = answer {
                self.why(&call, &request.name, error).await?;
            }
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let now = tx.now();
        pending::pending_settle(&mut tx, row.id, pending::CONFIRMED, "", now)
            .await
            .map_err(Error::from)?;
        let paid = payment::payment_get(&mut tx, row.id).await.map_err(Error::from)?;
        let paid = paid.ok_or_else(|| Error::internal("a payment was posted and is not there"))?;
        let change = Change::new("confirm", &row.division_code, &request.name);
        Ok(tx.finish(change, wire::payment::read(paid)).await?)
    }

    async fn void_pending_payment(
        &self,
        request: Request<VoidPendingPaymentRequest>,
    ) -> Result<Response<PendingPayment>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let reason = super::reason(&request.reason)?.to_owned();
        let id = names::found_uid("pendingPayments", &request.name)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = found(&mut tx, &request.name).await?;
        // Whoever posts it at this moment is waited for; afterwards the ledger refuses it.
        journal::books_hold(&mut tx, &[&row.division_code])
            .await
            .map_err(Error::from)?;
        if payment::payment_get(&mut tx, id).await.map_err(Error::from)?.is_some() {
            return Err(ended(pending::CONFIRMED, &request.name).into());
        }
        let now = tx.now();
        if !pending::pending_settle(&mut tx, id, pending::VOIDED, &reason, now)
            .await
            .map_err(Error::from)?
        {
            let row = found(&mut tx, &request.name).await?;
            return Err(ended(row.state, &request.name).into());
        }
        let row = found(&mut tx, &request.name).await?;
        let change = Change::new("void", &row.division_code, &request.name).detail(reason);
        Ok(tx.finish(change, wire::pending::pending(row)).await?)
    }

    async fn get_pending_payment(
        &self,
        request: Request<GetPendingPaymentRequest>,
    ) -> Result<Response<PendingPayment>, Status> {
        let call = Call::of(&request)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = found(&mut tx, &request.get_ref().name).await?;
        Ok(Response::new(wire::pending::pending(row)))
    }

    async fn list_pending_payments(
        &self,
        request: Request<ListPendingPaymentsRequest>,
    ) -> Result<Response<ListPendingPaymentsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let state = match PendingPaymentState::try_from(request.state) {
            Ok(PendingPaymentState::Unspecified) => None,
            Ok(state) => i16::try_from(i32::from(state)).ok(),
            Err(_) => return Err(Error::invalid("state", request.state, "a state of the contract").into()),
        };
        let query = [division.as_str(), &request.filter, &request.state.to_string()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPendingPayments", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = pending::pending_list(&mut tx, &division, &filter, state, after, page.size + 1).await;
        let (rows, next_page_token) = page.close(rows.map_err(Error::from)?, |row| row.id.to_string());
        Ok(Response::new(ListPendingPaymentsResponse {
            pending_payments: rows.into_iter().map(wire::pending::pending).collect(),
            next_page_token,
        }))
    }
}

impl PendingPaymentApi {
    /// An announced payment, and what it has become in the ledger.
    async fn known(&self, call: &Call, name: &str) -> Result<(pending::Pending, Option<payment::Payment>)> {
        let mut tx = self.kit.db.read(call).await?;
        let row = found(&mut tx, name).await?;
        let paid = payment::payment_get(&mut tx, row.id).await?;
        Ok((row, paid))
    }

    /// Why posting failed: not at all where somebody else has posted it, or because it was given up meanwhile.
    async fn why(&self, call: &Call, name: &str, error: Error) -> Result<()> {
        let (row, posted) = self.known(call, name).await?;
        match (posted, row.state) {
            (Some(_), _) => Ok(()),
            (None, 1) => Err(error),
            (None, state) => Err(ended(state, name)),
        }
    }
}

async fn found(tx: &mut Tx, name: &str) -> Result<pending::Pending> {
    let id = names::found_uid("pendingPayments", name)?;
    pending::pending_get(tx, id)
        .await?
        .ok_or_else(|| Error::not_found(name))
}

/// The household is of that village, and the bill of that household.
async fn exists(tx: &mut Tx, stated: &wire::payment::Stated) -> Result<()> {
    let household = household::household_get(tx, &stated.household_id).await?;
    if household.is_none_or(|household| household.division_code != stated.division_code) {
        return Err(Error::not_found(names::of("households", &stated.household_id)));
    }
    if let Some(id) = stated.bill_id {
        let bill = account::bill_get(tx, id).await?;
        if bill.is_none_or(|bill| bill.household_id != stated.household_id) {
            return Err(Error::not_found(names::of("bills", id)));
        }
    }
    Ok(())
}

fn still_pending(row: &pending::Pending, today: time::Date) -> Result<()> {
    let name = names::of("pendingPayments", row.id);
    match row.state {
        1 if row.expires_on < today => Err(ended(4, &name)),
        1 => Ok(()),
        state => Err(ended(state, &name)),
    }
}

fn ended(state: i16, name: &str) -> Error {
    match state {
        pending::CONFIRMED => Error::rule(
            "PENDING_PAYMENT_CONFIRMED",
            name,
            "the money came and is posted: undo the payment instead",
            "该缴款已到账入账，如有误请冲销该笔缴款",
        ),
        pending::VOIDED => Error::rule(
            "PENDING_PAYMENT_VOIDED",
            name,
            "it was voided: record the money as a payment",
            "该待到账缴款已作废，款项请另行登记",
        ),
        _ => Error::rule(
            "PENDING_PAYMENT_EXPIRED",
            name,
            "it has expired: record the money as a payment",
            "该待到账缴款已过期，款项请另行登记",
        ),
    }
}
