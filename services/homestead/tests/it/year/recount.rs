//! The independent recount: what each household did, and what that comes to. It is told what the test tells the service, and
//! never asks the service.

mod claims;
mod correcting;
mod later;
pub mod standing;

use time::{Date, Duration};

use super::fee::{Fee, IN_TIME, fee, saved};

/// Accounts, by the contract's numbers.
pub const RECEIVABLE: i16 = 1;
pub const INCOME: i16 = 2;
pub const RELIEF: i16 = 3;
pub const CASH: i16 = 4;
pub const BANK: i16 = 5;
pub const ADVANCE: i16 = 6;
pub const WRITTEN_OFF: i16 = 7;
pub const REWARD: i16 = 8;
pub const PAYABLE: i16 = 9;

/// Kinds of entries, by the contract's numbers.
pub mod kind {
    pub const BILL: i16 = 1;
    pub const PAYMENT: i16 = 2;
    pub const REVERSAL: i16 = 3;
    pub const CORRECTION: i16 = 4;
    pub const RELIEF: i16 = 5;
    pub const WRITE_OFF: i16 = 6;
    pub const REFUND: i16 = 7;
    pub const REMITTANCE: i16 = 8;
    pub const REWARD: i16 = 9;
    pub const OFFSET: i16 = 10;
    pub const REWARD_PAID: i16 = 11;
    pub const DISCOUNT: i16 = 12;
    pub const SETTLEMENT: i16 = 13;
}

/// A household above its entitlement.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row of the registers, and where its objection stands"
)]
pub struct Home {
    pub id: String,
    pub village: String,
    /// Who collects from it, and whether the portfolios name that cadre.
    pub cadre: String,
    pub shared: bool,
    pub low_income: bool,
    /// Unset while not surveyed.
    pub area: Option<i64>,
    pub disputed: bool,
    /// Area above the entitlement from which day of the year on, as known now.
    pub areas: Vec<(i64, i64)>,
    /// As it was billed first, and everything that adds to it.
    pub bills: Vec<Bill>,
    pub advance: i64,
    /// What advances settled, in order.
    pub ahead: Vec<(usize, i64)>,
    pub payable: i64,
    pub moves: Vec<Moved>,
    pub entries: i64,
    pub payments: Vec<Paid>,
    /// Taken back of discounts.
    pub discounts_lost: i64,
    /// How much had moved, and how many payments had come, when something was given up last.
    pub gave_up_after: Option<(usize, usize)>,
    pub agreement: Option<Agreement>,
    /// Names of what is pending.
    pub objection: Option<String>,
    /// An objection to the area was upheld, and nobody has measured since.
    pub unmeasured: bool,
    pub announced: Option<String>,
    /// Last dunning step, 1–5, and its day; day of the last visit.
    pub dunned: Option<(i32, Date)>,
    pub visited: Option<Date>,
    /// Bills of which limitation started anew, and the days on which it did, beside payments.
    pub renewed: Vec<(usize, Date)>,
}

/// One bill.
#[derive(Debug, Clone)]
pub struct Bill {
    /// `bills/{uid}`.
    pub name: String,
    pub issued: Date,
    /// As it was issued.
    pub due: Date,
    /// From which day until before which another due date held.
    pub deferred: Vec<(Date, Option<Date>, Date)>,
    pub gross: i64,
    pub relief: i64,
    pub credited: i64,
    /// Relief and discounts since.
    pub further: i64,
    pub written_off: i64,
    pub paid: i64,
    /// Discount that it has now.
    pub saved: i64,
}

/// Money that went from one account to another.
#[derive(Debug, Clone, Copy)]
pub struct Moved {
    pub day: Date,
    pub kind: i16,
    pub debit: i16,
    pub credit: i16,
    pub fen: i64,
    pub bill: Option<usize>,
}

/// A payment.
#[derive(Debug, Clone)]
pub struct Paid {
    /// `payments/{uid}`.
    pub name: String,
    pub day: Date,
    pub fen: i64,
    /// 1 cash, 2 bank, 3 mobile.
    pub method: i32,
    pub parts: Vec<(usize, i64)>,
    /// How much advances had settled before.
    pub ahead: usize,
    pub undone: bool,
}

/// An agreement on instalments of the first bill.
#[derive(Debug, Clone)]
pub struct Agreement {
    pub agreed: i64,
    pub instalments: Vec<(Date, i64)>,
    pub state: Pledge,
}

/// Where an agreement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pledge {
    Active,
    Fulfilled,
    Broken,
}

/// Days after an instalment's due date before it is a default.
const GRACE: i64 = 15;

impl Bill {
    /// What it asks: charged, less everything that need not be paid.
    pub fn asked(&self) -> i64 {
        self.gross - self.credited - self.relief - self.further
    }

    pub fn outstanding(&self) -> i64 {
        self.asked() - self.written_off - self.paid
    }

    /// Last day to pay it, as it held at the end of a day.
    pub fn due_on(&self, day: Date) -> Date {
        self.deferral(day).unwrap_or(self.due)
    }

    fn deferral(&self, day: Date) -> Option<Date> {
        let holds =
            |(from, until, _): &&(Date, Option<Date>, Date)| *from <= day && until.is_none_or(|until| day < until);
        self.deferred.iter().find(holds).map(|(.., due)| *due)
    }

    /// By what money finds it: as the plan says, what is agreed comes first.
    pub fn place(&self, day: Date) -> (bool, Date) {
        (self.deferral(day).is_none(), self.due_on(day))
    }
}

impl Home {
    pub fn over(&self) -> i64 {
        self.areas.last().map_or(0, |(_, over)| *over)
    }

    pub fn fee(&self) -> Fee {
        fee(&self.areas, self.low_income)
    }

    pub fn owed(&self) -> i64 {
        self.bills.iter().map(Bill::outstanding).sum()
    }

    fn enter(&mut self, day: Date, kind: i16, moves: &[(i16, i16, i64, Option<usize>)]) {
        self.entries += 1;
        for (debit, credit, fen, bill) in moves.iter().filter(|(_, _, fen, _)| *fen > 0) {
            self.moves.push(Moved {
                day,
                kind,
                debit: *debit,
                credit: *credit,
                fen: *fen,
                bill: *bill,
            });
        }
    }

    /// Is billed; what it has paid ahead is set against the bill.
    pub fn bill(&mut self, day: Date, due: Date, name: &str, charged: Fee) {
        let at = Some(self.bills.len());
        let ahead = self.advance.min(charged.gross - charged.relief);
        self.advance -= ahead;
        if ahead > 0 {
            self.ahead.push((self.bills.len(), ahead));
        }
        self.bills.push(Bill {
            name: name.to_owned(),
            issued: day,
            due,
            deferred: Vec::new(),
            gross: charged.gross,
            relief: charged.relief,
            credited: 0,
            further: 0,
            written_off: 0,
            paid: ahead,
            saved: 0,
        });
        let moves = [
            (RECEIVABLE, INCOME, charged.gross, at),
            (RELIEF, RECEIVABLE, charged.relief, at),
            (ADVANCE, RECEIVABLE, ahead, at),
        ];
        self.enter(day, kind::BILL, &moves);
    }

    /// Open bills in the order in which money settles them.
    fn open(&self, day: Date) -> Vec<usize> {
        let mut open: Vec<usize> = (0..self.bills.len())
            .filter(|at| self.bills[*at].outstanding() > 0)
            .collect();
        open.sort_by_key(|at| self.bills[*at].place(day));
        open
    }

    /// Sets what it has in advance against what it owes.
    fn settle(&mut self, day: Date) {
        let mut moves = Vec::new();
        for at in self.open(day) {
            let part = self.advance.min(self.bills[at].outstanding());
            if part > 0 {
                self.advance -= part;
                self.bills[at].paid += part;
                self.ahead.push((at, part));
                moves.push((ADVANCE, RECEIVABLE, part, Some(at)));
            }
        }
        if !moves.is_empty() {
            self.enter(day, kind::SETTLEMENT, &moves);
        }
    }

    /// Pays; what is left of it stands as an advance, which is answered.
    pub fn pay(&mut self, day: Date, fen: i64, method: i32, name: &str) -> i64 {
        let money = if method == 1 { CASH } else { BANK };
        let (mut rest, mut parts, mut moves) = (fen, Vec::new(), Vec::new());
        for at in self.open(day) {
            let part = rest.min(self.bills[at].outstanding());
            if part > 0 {
                rest -= part;
                self.bills[at].paid += part;
                parts.push((at, part));
                moves.push((money, RECEIVABLE, part, Some(at)));
            }
        }
        self.advance += rest;
        moves.push((money, ADVANCE, rest, None));
        self.enter(day, kind::PAYMENT, &moves);
        self.payments.push(Paid {
            name: name.to_owned(),
            day,
            fen,
            method,
            parts,
            ahead: self.ahead.len(),
            undone: false,
        });
        self.look(day);
        rest
    }

    /// Grants the discount if the bill earned it, and takes it back if the bill is owed again.
    pub fn look(&mut self, day: Date) {
        let Some(bill) = self.bills.first() else { return };
        if bill.saved > 0 && bill.outstanding() > 0 {
            let back = bill.saved.min(bill.relief + bill.further);
            self.bills[0].saved = 0;
            self.bills[0].further -= back;
            self.discounts_lost += back;
            self.enter(day, kind::CORRECTION, &[(RECEIVABLE, RELIEF, back, Some(0))]);
        }
        let bill = &self.bills[0];
        let last = bill.issued + Duration::days(IN_TIME);
        let kept = self.payments.iter().filter(|paid| !paid.undone && paid.day <= last);
        let received = kept.flat_map(|paid| &paid.parts).filter(|(at, _)| *at == 0);
        let settled = self
            .moves
            .iter()
            .filter(|it| it.kind == kind::SETTLEMENT && it.day <= last);
        let settled = settled.filter(|it| it.bill == Some(0)).map(|it| it.fen);
        let in_time: i64 = received.map(|(_, fen)| *fen).chain(settled).sum();
        let (asked, won) = (bill.asked(), saved(bill.asked()));
        if bill.saved > 0 || bill.paid == 0 || won == 0 || in_time.min(bill.paid) < asked - won {
            return;
        }
        let ahead = (won - bill.outstanding()).max(0);
        let bill = &mut self.bills[0];
        (bill.saved, bill.further, bill.paid) = (won, bill.further + won, bill.paid - ahead);
        self.advance += ahead;
        let moves = [
            (RELIEF, RECEIVABLE, won, Some(0)),
            (RECEIVABLE, ADVANCE, ahead, Some(0)),
        ];
        self.enter(day, kind::DISCOUNT, &moves);
        self.settle(day);
    }
}
