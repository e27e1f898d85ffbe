//! Putting the bills of a household right after it became known how much it over-occupied on which day.

use homestead_core::{
    area::m2,
    correction::{Charged, Credit, Deed, Further, Known, correct},
    entry::{Account, Kind, Move},
    occupation::{Stretch, charge_all, stretches},
    span::Span,
};
use kit::{
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use proto::xiangtu::homestead::v1::Correction as Wire;
use time::Date;
use uuid::Uuid;

use super::posting::{self, Draft, closed, moved};
use crate::{
    store::{
        account::{self, Bill},
        billing::{self, Issue, NewBill},
        household::Household,
        journal, occupation,
        reassessment::{self, Reassessment},
        tariff::{self, StoredTariff},
    },
    wire::{self, tariff::class},
};

/// What made the bills wrong, and the terms of putting them right.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Resource name of the survey, vacating or operation.
    pub name: &'a str,
    pub id: Uuid,
    /// Day on which corrections take effect and further bills are issued.
    pub day: Date,
    /// Due date of further bills.
    pub due_on: Date,
}

/// Compares every bill of the household with what is known now, and posts the differences. The book of its village is held.
pub async fn correct_bills(tx: &mut Tx, ids: &Ids, household: &Household, cause: &Cause<'_>) -> Result<Vec<Wire>> {
    let mut bills = account::bills_of(tx, &household.household_id).await?;
    let known = occupation::known(tx, &household.household_id).await?;
    let past = reassessment::last_of(tx, &household.household_id).await?;
    let deeds = reassessment::deeds_of(tx, &household.household_id).await?;
    let tariffs = tariff::tariff_all(tx).await?;
    let mut corrections = Vec::new();
    let firsts: Vec<Uuid> = bills
        .iter()
        .filter(|bill| bill.corrects.is_none())
        .map(|bill| bill.id)
        .collect();
    for first in firsts {
        let first = bills.iter().find(|bill| bill.id == first);
        let first = first.ok_or_else(|| Error::internal("a bill that is gone"))?;
        let span = Span::new(first.from_on, first.until_on).ok_or_else(|| Error::internal("a bill without days"))?;
        let last = past.iter().find(|past| past.bill_id == first.id);
        let before = match last {
            Some(last) => last.after.clone(),
            None => vec![Stretch {
                days: span,
                over_dm2: first.over_dm2,
            }],
        };
        let after = stretches(&known, span);
        if before == after {
            continue;
        }
        let change = Change {
            household,
            cause,
            first,
            group: bills
                .iter()
                .filter(|bill| bill.id == first.id || bill.corrects == Some(first.id))
                .collect(),
            deeds: deeds
                .iter()
                .filter(|(of, _)| *of == first.id)
                .map(|(_, deed)| *deed)
                .collect(),
            number: last.map_or(1, |last| last.number + 1),
            before,
            after,
        };
        corrections.push(change.post(tx, ids, &tariffs).await?);
        // What it left may have settled others.
        bills = account::bills_of(tx, &household.household_id).await?;
    }
    Ok(corrections)
}

/// One bill that is put right.
struct Change<'a> {
    household: &'a Household,
    cause: &'a Cause<'a>,
    first: &'a Bill,
    /// The bill and those that add to it.
    group: Vec<&'a Bill>,
    deeds: Vec<Deed>,
    number: i16,
    before: Vec<Stretch>,
    after: Vec<Stretch>,
}

impl Change<'_> {
    async fn post(self, tx: &mut Tx, ids: &Ids, tariffs: &[StoredTariff]) -> Result<Wire> {
        let quoted = tariffs.iter().find(|stored| stored.id == self.first.tariff_id);
        let quoted = quoted.ok_or_else(|| Error::internal("a bill without tariff"))?;
        let class = class(self.first.relief_class.map(i32::from).unwrap_or_default());
        let charge = |stretches: &[Stretch]| {
            charge_all(&quoted.tariff, stretches, class).ok_or_else(|| Error::internal("a fee beyond all bounds"))
        };
        let (before, after) = (charge(&self.before)?, charge(&self.after)?);
        let group: Vec<_> = self.group.iter().map(|bill| charged(bill)).collect();
        let correction = correct(&Known::new(after, self.deeds.iter().copied()), &group);
        let mut row = Reassessment {
            id: ids.next(),
            bill_id: self.first.id,
            number: self.number,
            household_id: self.household.household_id.clone(),
            division_code: self.household.division_code.clone(),
            cause: self.cause.name.to_owned(),
            gross_fen: after.gross_fen - before.gross_fen,
            relief_fen: after.relief_fen - before.relief_fen,
            posted_fen: correction.net_fen(),
            entry_id: None,
            supplement_id: None,
            recorded_at: tx.now(),
            before: self.before.clone(),
            after: self.after.clone(),
        };
        let mut moves: Vec<_> = correction.credits.iter().flat_map(credited).collect();
        if let Some(further) = correction.further {
            let id = ids.next();
            moves.extend(self.add(tx, id, further).await?);
            row.supplement_id = Some(id);
        }
        moves.retain(|part| part.amount_fen > 0);
        if !moves.is_empty() {
            let id = ids.next();
            self.enter(tx, id, &moves).await?;
            row.entry_id = Some(id);
        }
        reassessment::insert(tx, &row).await?;
        Ok(wire::correction::correction(&row))
    }

    /// Charges more by a further bill; gives what is to be entered about it.
    async fn add(&self, tx: &mut Tx, id: Uuid, further: Further) -> Result<[Move<Uuid>; 2]> {
        let (advance_fen, _) = journal::held(tx, &self.household.household_id).await?;
        let principal = tx.principal().to_owned();
        let terms = Issue {
            run_id: self.cause.id,
            issued_on: self.cause.day,
            due_on: self.cause.due_on,
            principal: &principal,
            now: tx.now(),
        };
        let bill = NewBill {
            id,
            division_code: self.household.division_code.clone(),
            household_id: self.household.household_id.clone(),
            tariff_id: self.first.tariff_id,
            from_on: self.first.from_on,
            until_on: self.first.until_on,
            over_dm2: self.after.iter().map(|stretch| stretch.over_dm2).max().unwrap_or(0),
            relief_class: self.first.relief_class,
            gross_fen: further.charge.gross_fen,
            relief_fen: further.charge.relief_fen,
            corrects: Some(self.first.id),
        };
        billing::issue(tx, terms, &[bill]).await.map_err(|error| {
            if journal::is_closed(&error) {
                closed(&self.household.division_code, self.cause.day)
            } else {
                error.into()
            }
        })?;
        // A new bill takes what the household has paid ahead; not for what is written off of it.
        let asked = further.charge.net_fen();
        let ahead = (advance_fen.min(asked) + further.written_off_fen - asked).max(0);
        Ok([
            moved(
                Account::WrittenOff,
                Account::Receivable,
                further.written_off_fen,
                Some(id),
            ),
            moved(Account::Receivable, Account::Advance, ahead, Some(id)),
        ])
    }

    /// Posts what is moved on bills.
    async fn enter(&self, tx: &mut Tx, id: Uuid, moves: &[Move<Uuid>]) -> Result<()> {
        let draft = Draft::of(Kind::Correction, self.household, self.cause.day, self.cause.name, moves);
        posting::post(tx, id, &self.cause.name.to_owned(), &draft).await?;
        posting::announce(tx, &[id]).await?;
        Ok(())
    }
}

/// What a credit moves; nothing where an amount is not above 0.
fn credited(credit: &Credit<Uuid>) -> [Move<Uuid>; 6] {
    use Account::{Advance, Income, Receivable, Relief, WrittenOff};
    [
        (Income, Receivable, credit.gross_fen),
        (Receivable, Relief, credit.relief_fen),
        (Relief, Receivable, -credit.relief_fen),
        (Receivable, WrittenOff, credit.written_off_fen),
        (WrittenOff, Receivable, -credit.written_off_fen),
        (Receivable, Advance, credit.ahead_fen),
    ]
    .map(|(debit, from, fen)| moved(debit, from, fen, Some(credit.id)))
}

fn charged(bill: &Bill) -> Charged<Uuid> {
    Charged {
        id: bill.id,
        gross_fen: bill.gross_fen - bill.credited_fen,
        relief_fen: bill.relief_fen + bill.remitted_fen,
        paid_fen: bill.paid_fen,
        written_off_fen: bill.written_off_fen,
    }
}

/// Most times that a survey may multiply the area of a plot, and the least area before that counts, unless it is confirmed.
const MOST_TIMES: i64 = 10;
const LEAST_BEFORE_DM2: i64 = 10_000;

/// Refuses a change of area of `parcel` so large that it is more likely a slip of the pen.
pub fn check_jump(parcel: &str, before_dm2: i64, after_dm2: i64, confirmed: bool) -> Result<()> {
    let most = before_dm2.max(LEAST_BEFORE_DM2).saturating_mul(MOST_TIMES);
    if confirmed || after_dm2 <= most {
        return Ok(());
    }
    Err(Error::rule(
        "AREA_JUMP",
        parcel,
        format!(
            "{after_dm2} (0.01 m²) is more than {most}, {MOST_TIMES} times the area before: set confirm_jump if it is meant"
        ),
        format!(
            "面积 {} ㎡ 超过 {} ㎡（原面积的 {MOST_TIMES} 倍），确认无误请设置 confirm_jump",
            m2(after_dm2),
            m2(most)
        ),
    ))
}
