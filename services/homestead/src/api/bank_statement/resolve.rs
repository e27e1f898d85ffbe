//! What a person decides about a line.

use kit::{
    call::Call,
    dates,
    db::Tx,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{ResolveStatementLineRequest, resolve_statement_line_request::Resolution as Wire};
use time::Date;
use uuid::Uuid;

use super::BankStatementApi;
use crate::{
    api::payment::post,
    store::{
        payment,
        statement::{self, IGNORED, Line, MATCHED, OPEN, POSTED, PROPOSED, Ruling},
    },
    wire::{
        names,
        posting::{Teller, posting},
        statement::{payment_id, stated},
    },
};

/// A decision, checked.
pub(super) enum Resolution {
    Household {
        id: String,
        bill_id: Option<Uuid>,
        paid_on: Option<Date>,
    },
    Payment(Uuid),
    Ignore(String),
}

/// Reads a decision.
pub(super) fn read(request: &ResolveStatementLineRequest, today: Date) -> Result<Resolution> {
    let bill_id = if request.bill.is_empty() {
        None
    } else {
        Some(names::uid("bills", "bill", &request.bill)?)
    };
    let paid_on = dates::from_proto("payment_date", request.payment_date)?;
    if let Some(day) = paid_on.filter(|day| *day > today) {
        return Err(Error::invalid("payment_date", day, format!("not after today, {today}")));
    }
    let resolution = match request
        .resolution
        .as_ref()
        .ok_or_else(|| Error::required("resolution"))?
    {
        Wire::Household(name) => {
            let id = names::id("households", "household", name)?.to_owned();
            return Ok(Resolution::Household { id, bill_id, paid_on });
        }
        Wire::Payment(name) => Resolution::Payment(names::uid("payments", "payment", name)?),
        Wire::IgnoreReason(reason) => {
            let reason = crate::api::reason(reason);
            Resolution::Ignore(
                reason
                    .map_err(|_| Error::invalid("ignore_reason", "", "1–200 characters"))?
                    .to_owned(),
            )
        }
    };
    match (bill_id, paid_on) {
        (Some(_), _) => Err(Error::invalid("bill", &request.bill, "empty: only with household")),
        (None, Some(day)) => Err(Error::invalid("payment_date", day, "unset: only with household")),
        (None, None) => Ok(resolution),
    }
}

impl BankStatementApi {
    /// Carries a decision out about a line that is held, and answers what the line becomes.
    pub(super) async fn resolve<'a>(
        &self,
        call: &'a Call,
        tx: &mut Tx,
        row: &Line,
        resolution: &'a Resolution,
    ) -> Result<Ruling<'a>> {
        let name = names::of("bankStatementLines", row.id);
        if ![OPEN, PROPOSED, IGNORED].contains(&row.state) && !undone(tx, row).await? {
            return Err(resolved(&name));
        }
        let (own_id, stands) = statement::own_id(tx, |attempt| payment_id(row.id, attempt)).await?;
        match resolution {
            // Posted by a run that was killed before it said so.
            Resolution::Household { id, .. } if stands => {
                let own = statement::own(tx, own_id).await?;
                if own.is_some_and(|own| own.household_id == *id) {
                    return Ok(by(call, POSTED, Some(own_id), ""));
                }
                Err(resolved(&name))
            }
            _ if stands => Err(resolved(&name)),
            Resolution::Household { id, bill_id, paid_on } => {
                if row.amount_fen <= 0 {
                    return Err(Error::rule(
                        "DEBIT_LINE",
                        &name,
                        "money that left the account cannot be credited",
                        "付款流水不能作为缴款入账",
                    ));
                }
                if let Some(day) = paid_on.filter(|day| *day < row.booked_on) {
                    let rule = format!("not before the bank's day, {}", row.booked_on);
                    return Err(Error::invalid("payment_date", day, rule));
                }
                let stated = stated(row, id, *bill_id, *paid_on);
                let posting = posting(
                    &Teller::of(call),
                    own_id,
                    &stated,
                    self.kit.ids.next(),
                    self.kit.clock.today(),
                );
                let posted = self.cashier.post(posting, call.deadline).await?;
                post::answer(own_id, &stated, posted)?;
                Ok(by(call, POSTED, Some(own_id), ""))
            }
            Resolution::Payment(id) => {
                fits(tx, row, *id).await?;
                Ok(by(call, MATCHED, Some(*id), ""))
            }
            Resolution::Ignore(reason) => Ok(by(call, IGNORED, None, reason)),
        }
    }
}

fn by<'a>(call: &'a Call, state: i16, entry_id: Option<Uuid>, reason: &'a str) -> Ruling<'a> {
    Ruling {
        state,
        entry_id,
        household_id: None,
        reason,
        resolver: &call.caller.subject,
    }
}

/// The payment can be the line.
async fn fits(tx: &mut Tx, row: &Line, id: Uuid) -> Result<()> {
    let name = names::of("payments", id);
    let paid = payment::payment_get(tx, id).await?;
    let paid = paid
        .filter(|paid| paid.division_code == row.division_code && paid.method != 1)
        .ok_or_else(|| Error::not_found(&name))?;
    if paid.reversed {
        return Err(Error::rule(
            "PAYMENT_REVERSED",
            name,
            "the payment was undone",
            "该笔缴款已冲销",
        ));
    }
    if paid.amount_fen != row.amount_fen {
        let message = "payment and line have different amounts";
        return Err(Error::rule("AMOUNT_DIFFERS", name, message, "缴款金额与流水金额不一致"));
    }
    if statement::taken(tx, id, row.id).await? {
        let message = "another line is that payment";
        return Err(Error::rule(
            "PAYMENT_CONFIRMED",
            name,
            message,
            "该笔缴款已与其他流水对应",
        ));
    }
    Ok(())
}

/// Whether the payment that a line is has been undone.
async fn undone(tx: &mut Tx, row: &Line) -> Result<bool> {
    let Some(id) = row.entry_id else { return Ok(false) };
    Ok(statement::own(tx, id).await?.is_some_and(|own| own.reversed))
}

fn resolved(name: &str) -> Error {
    Error::rule(
        "LINE_RESOLVED",
        name,
        "the line is a payment that stands; undo that first",
        "该流水已入账，如有误请先冲销",
    )
}
