//! What is granted, paid back and agreed after the bill.

use time::{Date, Duration};

use super::{ADVANCE, Agreement, GRACE, Home, PAYABLE, Pledge, RECEIVABLE, RELIEF, REWARD, WRITTEN_OFF, kind};

impl Home {
    /// Is granted relief on its first bill; what was paid beyond what is left becomes an advance.
    pub fn relieve(&mut self, day: Date, fen: i64) {
        let bill = &mut self.bills[0];
        let ahead = (fen - bill.outstanding()).max(0);
        bill.further += fen;
        bill.paid -= ahead;
        self.advance += ahead;
        let moves = [
            (RELIEF, RECEIVABLE, fen, Some(0)),
            (RECEIVABLE, ADVANCE, ahead, Some(0)),
        ];
        self.enter(day, kind::RELIEF, &moves);
        self.settle(day);
        self.look(day);
    }

    /// What it still owes on its first bill is given up.
    pub fn write_off(&mut self, day: Date) {
        let fen = self.bills[0].outstanding();
        self.bills[0].written_off += fen;
        self.gave_up_after = Some((self.moves.len(), self.payments.len()));
        self.enter(day, kind::WRITE_OFF, &[(WRITTEN_OFF, RECEIVABLE, fen, Some(0))]);
        self.look(day);
    }

    /// Is paid back what it has in advance, from `money`: cash or the bank.
    pub fn refund(&mut self, day: Date, fen: i64, money: i16) {
        self.advance -= fen;
        self.enter(day, kind::REFUND, &[(ADVANCE, money, fen, None)]);
    }

    pub fn reward(&mut self, day: Date, fen: i64) {
        if fen > 0 {
            self.payable += fen;
            self.enter(day, kind::REWARD, &[(REWARD, PAYABLE, fen, None)]);
        }
    }

    /// Sets what it is owed of rewards against what it owes.
    pub fn offset(&mut self, day: Date) {
        let (mut rest, mut moves) = (self.payable.min(self.owed()), Vec::new());
        self.payable -= rest;
        for at in self.open(day) {
            let part = rest.min(self.bills[at].outstanding());
            self.bills[at].paid += part;
            rest -= part;
            moves.push((PAYABLE, RECEIVABLE, part, Some(at)));
        }
        self.enter(day, kind::OFFSET, &moves);
        self.look(day);
    }

    pub fn take_reward(&mut self, day: Date, money: i16) {
        let fen = std::mem::take(&mut self.payable);
        self.enter(day, kind::REWARD_PAID, &[(PAYABLE, money, fen, None)]);
    }

    /// Agrees to pay what it owes on its first bill by these days, the first instalments a fen larger.
    pub fn agree(&mut self, day: Date, dues: &[Date]) {
        let agreed = self.bills[0].outstanding();
        let count = i64::try_from(dues.len()).expect("few");
        let part = |at: i64| agreed / count + i64::from(at < agreed % count);
        self.agreement = Some(Agreement {
            agreed,
            instalments: dues.iter().copied().zip((0..).map(part)).collect(),
            state: Pledge::Active,
        });
        self.bills[0].deferred.push((day, None, dues[0]));
        self.renewed.push((0, day));
    }

    /// What it pays for its next instalment.
    pub fn instalment(&self) -> i64 {
        let agreement = self.agreement.as_ref().expect("an agreement");
        let paid = agreement.agreed - self.bills[0].outstanding();
        let mut upto = 0;
        let next = agreement.instalments.iter().find(|(_, fen)| {
            upto += fen;
            upto > paid
        });
        next.map_or(0, |_| upto - paid)
    }

    /// Where its agreement stands at the end of a day, and from then on the due date of its bill.
    pub fn follow(&mut self, day: Date) {
        let owed = self.bills.first().map_or(0, super::Bill::outstanding);
        let Some(agreement) = self.agreement.as_mut().filter(|it| it.state == Pledge::Active) else {
            return;
        };
        let mut upto = 0;
        let next = agreement.instalments.iter().find(|(_, fen)| {
            upto += fen;
            upto > agreement.agreed - owed
        });
        let next = next.map(|(due, _)| *due);
        agreement.state = match next {
            None => Pledge::Fulfilled,
            Some(due) if day - due > Duration::days(GRACE) => Pledge::Broken,
            Some(_) => Pledge::Active,
        };
        let due = next.filter(|_| agreement.state == Pledge::Active);
        let bill = &mut self.bills[0];
        let holding = bill
            .deferred
            .last()
            .filter(|(_, until, _)| until.is_none())
            .map(|(.., due)| *due);
        if holding != due {
            if let Some(last) = bill.deferred.last_mut().filter(|(_, until, _)| until.is_none()) {
                last.1 = Some(day);
            }
            bill.deferred.extend(due.map(|due| (day, None, due)));
        }
    }
}
