//! `AdjustmentService`.

use homestead_core::{
    entry::{Account, Kind},
    waterfall::allocate,
};
use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    service::Kit,
};
use prost::Message;
use proto::xiangtu::homestead::v1::{
    Entry, GrantReliefRequest, OffsetRewardRequest, PayRewardRequest, PaymentMethod, RefundAdvanceRequest,
    WriteOffBillRequest, adjustment_service_server::AdjustmentService,
};
use time::Date;
use tonic::{Request, Response, Status};

use crate::{
    bookkeeping::posting::{self, Draft, moved},
    jobs::rules,
    store::{
        account::{self, Bill},
        household::Household,
        journal, portfolio,
    },
    wire::{names, payment::request_id},
};

/// Posts adjustments.
pub struct AdjustmentApi {
    pub kit: Kit,
}

/// Checks what all requests share before anything is read, and begins; a repeat answers at once.
macro_rules! begin {
    ($api:expr, $call:expr, $request:expr) => {{
        request_id(&$request.request_id)?;
        match $api.kit.db.write(&$call, &$request.request_id, $request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        }
    }};
}

#[tonic::async_trait]
impl AdjustmentService for AdjustmentApi {
    async fn grant_relief(&self, request: Request<GrantReliefRequest>) -> Result<Response<Entry>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let resolution = text("resolution", &request.resolution)?;
        let day = self.day(request.effective_date)?;
        let mut tx = begin!(self, call, request);
        let (household, bill) = hold_bill(&mut tx, &request.bill, day).await?;
        let net = bill.outstanding_fen + bill.paid_fen;
        let amount_fen = amount(request.amount_fen.unwrap_or(bill.outstanding_fen))?;
        if amount_fen > net {
            return Err(exceeds("RELIEF_EXCEEDS_BILL", &request.bill, amount_fen, net).into());
        }
        let mut moves = vec![moved(Account::Relief, Account::Receivable, amount_fen, Some(bill.id))];
        let ahead = amount_fen - bill.outstanding_fen;
        if ahead > 0 {
            moves.push(moved(Account::Receivable, Account::Advance, ahead, Some(bill.id)));
        }
        let draft = Draft::of(Kind::Relief, &household, day, resolution, &moves);
        Ok(self.finish(tx, &request.request_id, request, draft).await?)
    }

    async fn write_off_bill(&self, request: Request<WriteOffBillRequest>) -> Result<Response<Entry>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let resolution = text("resolution", &request.resolution)?;
        let day = self.day(request.effective_date)?;
        let mut tx = begin!(self, call, request);
        let (household, bill) = hold_bill(&mut tx, &request.bill, day).await?;
        let amount_fen = amount(request.amount_fen.unwrap_or(bill.outstanding_fen))?;
        if amount_fen > bill.outstanding_fen {
            return Err(exceeds(
                "WRITE_OFF_EXCEEDS_BILL",
                &request.bill,
                amount_fen,
                bill.outstanding_fen,
            )
            .into());
        }
        let moves = [moved(
            Account::WrittenOff,
            Account::Receivable,
            amount_fen,
            Some(bill.id),
        )];
        let draft = Draft::of(Kind::WriteOff, &household, day, resolution, &moves);
        Ok(self.finish(tx, &request.request_id, request, draft).await?)
    }

    async fn refund_advance(&self, request: Request<RefundAdvanceRequest>) -> Result<Response<Entry>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let out = PayOut {
            owed: Owed::Advance,
            household: &request.household,
            amount_fen: amount(request.amount_fen)?,
            source: source(request.method(), request.method, &request.payer)?,
            document: text("document", &request.document)?,
            day: self.day(request.effective_date)?,
        };
        let tx = begin!(self, call, request);
        Ok(self.pay_out(tx, &request.request_id, request, out).await?)
    }

    async fn offset_reward(&self, request: Request<OffsetRewardRequest>) -> Result<Response<Entry>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let document = text("document", &request.document)?;
        let day = self.day(request.effective_date)?;
        let mut tx = begin!(self, call, request);
        let household = posting::hold(&mut tx, &request.household).await?;
        let (_, reward_fen) = journal::held(&mut tx, &household.household_id)
            .await
            .map_err(Error::from)?;
        let bills = account::bills_open(&mut tx, &household.household_id)
            .await
            .map_err(Error::from)?;
        let owed: i64 = bills.iter().map(|bill| bill.outstanding_fen).sum();
        let amount_fen = amount(request.amount_fen.unwrap_or(owed.min(reward_fen)))?;
        if amount_fen > reward_fen {
            return Err(exceeds("OFFSET_EXCEEDS_REWARD", &request.household, amount_fen, reward_fen).into());
        }
        if amount_fen > owed {
            return Err(exceeds("NOTHING_TO_OFFSET", &request.household, amount_fen, owed).into());
        }
        let open: Vec<_> = bills.iter().map(Bill::open).collect();
        let order = rules::waterfall(&mut tx, self.kit.clock.today(), &household.division_code).await?;
        let parts = allocate(&order, amount_fen, &open, None).parts;
        for bill in bills.iter().filter(|bill| parts.iter().any(|(id, _)| *id == bill.id)) {
            after_issue(bill, day)?;
        }
        let moves: Vec<_> = parts
            .into_iter()
            .map(|(bill, fen)| moved(Account::Payable, Account::Receivable, fen, Some(bill)))
            .collect();
        let draft = Draft::of(Kind::Offset, &household, day, document, &moves);
        posting::covered(&mut tx, &draft, Account::Payable, "effective_date").await?;
        Ok(self.finish(tx, &request.request_id, request, draft).await?)
    }

    async fn pay_reward(&self, request: Request<PayRewardRequest>) -> Result<Response<Entry>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let out = PayOut {
            owed: Owed::Reward,
            household: &request.household,
            amount_fen: amount(request.amount_fen)?,
            source: source(request.method(), request.method, &request.payer)?,
            document: text("document", &request.document)?,
            day: self.day(request.effective_date)?,
        };
        let tx = begin!(self, call, request);
        Ok(self.pay_out(tx, &request.request_id, request, out).await?)
    }
}

/// What a household may be paid.
#[derive(Debug, Clone, Copy)]
enum Owed {
    Advance,
    Reward,
}

/// Money that goes to a household.
struct PayOut<'a> {
    owed: Owed,
    household: &'a str,
    amount_fen: i64,
    /// The account that it is paid from, and the cadre who holds it.
    source: (Account, &'a str),
    document: &'a str,
    day: Date,
}

impl AdjustmentApi {
    fn day(&self, date: Option<proto::google::r#type::Date>) -> Result<Date> {
        past_day("effective_date", date, self.kit.clock.today())
    }

    async fn pay_out<M: Message>(&self, mut tx: Tx, id: &str, request: &M, out: PayOut<'_>) -> Result<Response<Entry>> {
        let household = posting::hold(&mut tx, out.household).await?;
        let (advance_fen, reward_fen) = journal::held(&mut tx, &household.household_id).await?;
        let (account, kind, most, excess) = match out.owed {
            Owed::Advance => (Account::Advance, Kind::Refund, advance_fen, "REFUND_EXCEEDS_ADVANCE"),
            Owed::Reward => (Account::Payable, Kind::RewardPaid, reward_fen, "PAYMENT_EXCEEDS_REWARD"),
        };
        if out.amount_fen > most {
            return Err(exceeds(excess, out.household, out.amount_fen, most));
        }
        let (from, cadre) = out.source;
        in_hand(&mut tx, &household, cadre, out.amount_fen).await?;
        let moves = [moved(account, from, out.amount_fen, None)];
        let draft = Draft {
            cadre_id: cadre,
            ..Draft::of(kind, &household, out.day, out.document, &moves)
        };
        posting::covered(&mut tx, &draft, account, "effective_date").await?;
        if from == Account::Cash {
            posting::covered(&mut tx, &draft, from, "effective_date").await?;
        }
        self.finish(tx, id, request, draft).await
    }

    async fn finish<M: Message>(&self, mut tx: Tx, id: &str, request: &M, draft: Draft<'_>) -> Result<Response<Entry>> {
        let id = request_id(id)?;
        posting::post(&mut tx, id, request, &draft).await?;
        let told = posting::announce(&mut tx, &[id]).await?.pop();
        let entry = told.ok_or_else(|| Error::internal("an entry that was just posted is missing"))?;
        let change = Change::new("adjust", draft.division_code, &entry.name).detail(draft.document);
        tx.finish(change, entry).await
    }
}

/// A day that has come; today where none is given.
fn past_day(field: &str, date: Option<proto::google::r#type::Date>, today: Date) -> Result<Date> {
    let day = dates::from_proto(field, date)?.unwrap_or(today);
    if day > today {
        return Err(Error::invalid(field, day, format!("not after today, {today}")));
    }
    Ok(day)
}

/// A document or resolution that a person refers to.
fn text<'a>(field: &str, value: &'a str) -> Result<&'a str> {
    let value = value.trim();
    match value.chars().count() {
        0 => Err(Error::required(field)),
        1..=super::LONGEST_REASON if !value.contains('\0') => Ok(value),
        _ => Err(Error::invalid(field, value, "1–200 characters")),
    }
}

fn amount(amount_fen: i64) -> Result<i64> {
    if amount_fen < 1 {
        return Err(Error::invalid("amount_fen", amount_fen, "1 or more"));
    }
    Ok(amount_fen)
}

/// The account that money is paid from, and the cadre who holds it.
fn source(method: PaymentMethod, number: i32, payer: &str) -> Result<(Account, &str)> {
    match method {
        PaymentMethod::Cash => Ok((Account::Cash, names::id("cadres", "payer", payer)?)),
        PaymentMethod::Bank if payer.is_empty() => Ok((Account::Bank, "")),
        PaymentMethod::Bank => Err(Error::invalid("payer", payer, "empty unless the method is cash")),
        PaymentMethod::Unspecified | PaymentMethod::Mobile => Err(Error::invalid("method", number, "cash or bank")),
    }
}

/// Refuses to pay cash that is not there.
async fn in_hand(tx: &mut Tx, household: &Household, cadre: &str, amount_fen: i64) -> Result<()> {
    if cadre.is_empty() {
        return Ok(());
    }
    if !portfolio::cadre_serves(tx, cadre, &household.division_code).await? {
        return Err(Error::not_found(names::of("cadres", cadre)));
    }
    let cash_fen = journal::cash_in_hand(tx, &household.division_code, cadre).await?;
    if amount_fen > cash_fen {
        return Err(exceeds(
            "CASH_MISSING",
            &names::of("cadres", cadre),
            amount_fen,
            cash_fen,
        ));
    }
    Ok(())
}

async fn hold_bill(tx: &mut Tx, name: &str, day: Date) -> Result<(Household, Bill)> {
    let id = names::found_uid("bills", name)?;
    let bill = account::bill_get(tx, id).await?.ok_or_else(|| Error::not_found(name))?;
    let household = posting::hold(tx, &names::of("households", &bill.household_id)).await?;
    // Again, now that nobody else can change it.
    let bill = account::bill_get(tx, id).await?.ok_or_else(|| Error::not_found(name))?;
    after_issue(&bill, day)?;
    Ok((household, bill))
}

fn after_issue(bill: &Bill, day: Date) -> Result<()> {
    if day < bill.issued_on {
        let allowed = format!("not before the bill was issued, {}", bill.issued_on);
        return Err(Error::invalid("effective_date", day, allowed));
    }
    Ok(())
}

fn exceeds(reason: &'static str, subject: &str, amount_fen: i64, most: i64) -> Error {
    Error::rule(
        reason,
        subject,
        format!("{amount_fen} fen is more than the {most} fen there are"),
        format!("金额 {amount_fen} 分超过现有的 {most} 分"),
    )
}
