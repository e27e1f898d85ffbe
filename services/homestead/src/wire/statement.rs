//! Lines of bank statements: their ids, the payments they become, and what is shown of them.

use homestead_core::reconcile::{Facts, Money, Named};
use kit::{
    crypt::{Crypt, mask},
    dates,
    error::Result,
};
use proto::xiangtu::homestead::v1::{BankStatementLine, BankStatementLineState, PaymentMethod};
use time::Date;
use uuid::Uuid;

use super::{derived, names, payment::Stated};
use crate::store::{
    pending::Pending,
    reconcile::{self, Unconfirmed},
    statement::Line,
};

/// Label under which names of payers are sealed.
pub const PAYER_NAME: &str = "statement_line.payer_name";
/// Label under which remarks are sealed.
pub const REMARK: &str = "statement_line.remark";
/// Label of the digest of what the bank said.
pub const CONTENT: &str = "statement_line.content";

/// The id of the line with that reference of that village.
pub fn line_id(village: &str, reference: &str) -> Uuid {
    derived::uid("statement line", &[village, reference])
}

/// The id of the payment that a line posts at the `attempt`th time, from 0: another one only after the one before was undone.
pub fn payment_id(line: Uuid, attempt: u32) -> Uuid {
    derived::uid("payment of statement line", &[&line.to_string(), &attempt.to_string()])
}

/// The payment of a household that a line is; on the bank's day unless another one is given.
pub fn stated(line: &Line, household_id: &str, bill_id: Option<Uuid>, paid_on: Option<Date>) -> Stated {
    Stated {
        division_code: line.division_code.clone(),
        household_id: household_id.to_owned(),
        amount_fen: line.amount_fen,
        method: PaymentMethod::Bank,
        paid_on: paid_on.or(Some(line.booked_on)),
        bill_id,
        collector: String::new(),
        document: line.bank_reference.clone(),
    }
}

/// A line.
pub fn line(crypt: &Crypt, row: &Line) -> Result<BankStatementLine> {
    let open = |label: &str, sealed: &Option<Vec<u8>>| -> Result<Option<String>> {
        let opened = sealed.as_deref().map(|sealed| crypt.open(label, sealed)).transpose()?;
        Ok(opened.map(|text| text.expose().clone()))
    };
    let payer = open(PAYER_NAME, &row.payer_name)?;
    let collection = if row.entry_kind.is_none_or(|kind| kind == 2) {
        "payments"
    } else {
        "entries"
    };
    Ok(BankStatementLine {
        name: names::of("bankStatementLines", row.id),
        division: names::of("divisions", &row.division_code),
        bank_reference: row.bank_reference.clone(),
        book_date: Some(dates::to_proto(row.booked_on)),
        amount_fen: row.amount_fen,
        payer_name_masked: payer.map(|name| mask::name(&name)).unwrap_or_default(),
        payer_account_tail: row.payer_account_tail.clone(),
        remark: remark(crypt, row)?,
        state: BankStatementLineState::try_from(i32::from(row.state))
            .unwrap_or_default()
            .into(),
        entry: row.entry_id.map(|id| names::of(collection, id)).unwrap_or_default(),
        household: row
            .household_id
            .as_ref()
            .map(|id| names::of("households", id))
            .unwrap_or_default(),
        reason: row.reason.clone(),
        resolver: row.resolver.clone(),
        create_time: Some(dates::timestamp(row.created_at)),
        resolve_time: row.resolved_at.map(dates::timestamp),
    })
}

/// The remark of a line.
pub fn remark(crypt: &Crypt, row: &Line) -> Result<String> {
    let Some(sealed) = &row.remark else {
        return Ok(String::new());
    };
    Ok(crypt.open(REMARK, sealed)?.expose().clone())
}

/// What is known in the village of a line, as the rules want it.
pub struct Village {
    pub unconfirmed: Vec<Unconfirmed>,
    pub pending: Vec<Pending>,
}

impl Village {
    /// What is known about `line`, of which a payment stands under `own`, whose remark quotes `receipts` and names `named`.
    pub fn facts(
        &self,
        line: &Line,
        own: Option<Uuid>,
        receipts: &[i64],
        named: &[reconcile::Named],
        heads: Vec<String>,
    ) -> Facts<Uuid> {
        let by = |wanted: &dyn Fn(&Unconfirmed) -> bool| -> Vec<Money<Uuid>> {
            let found = self.unconfirmed.iter().filter(|one| wanted(one));
            found.map(|one| money(one.id, one.amount_fen)).collect()
        };
        let awaited = |wanted: &dyn Fn(&Pending) -> bool| -> Vec<Money<Uuid>> {
            let found = self.pending.iter().filter(|one| wanted(one));
            found.map(|one| money(one.id, one.amount_fen)).collect()
        };
        let mut households: Vec<Named<Uuid>> = Vec::new();
        for one in named {
            let at = households.iter().position(|known| known.household == one.household_id);
            let at = at.unwrap_or_else(|| {
                households.push(Named {
                    household: one.household_id.clone(),
                    bills: Vec::new(),
                    pending: awaited(&|pending| pending.household_id == one.household_id),
                    unconfirmed: by(&|paid| paid.household_id == one.household_id),
                });
                households.len() - 1
            });
            households[at].bills.extend(one.bill_id);
        }
        Facts {
            amount_fen: line.amount_fen,
            own,
            undone: line.undone,
            recorded: by(&|paid| paid.document == line.bank_reference),
            pending: awaited(&|pending| pending.document == line.bank_reference),
            receipts: by(&|paid| paid.receipt_number.is_some_and(|number| receipts.contains(&number))),
            named: households,
            heads,
        }
    }
}

fn money(id: Uuid, amount_fen: i64) -> Money<Uuid> {
    Money { id, amount_fen }
}
