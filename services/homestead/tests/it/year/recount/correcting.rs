//! Bills that are put right after it became known how much was occupied from which day on.

use time::Date;

use super::{ADVANCE, BANK, Bill, CASH, Home, INCOME, Moved, PAYABLE, RECEIVABLE, RELIEF, WRITTEN_OFF, kind};
use crate::year::fee::{Fee, fee};

/// What is to come off bills: of the charge, and of what is asked, by how it stands.
struct Off {
    gross: i64,
    open: i64,
    written_off: i64,
    paid: i64,
}

impl Home {
    /// Other areas become known. `further` names the bill that adds to what was charged, where one does.
    pub fn become_known(&mut self, day: Date, areas: Vec<(i64, i64)>, due: Date, further: &str) {
        let fee = fee(&areas, self.low_income);
        self.areas = areas;
        if self.bills.is_empty() {
            return;
        }
        let sum = |part: fn(&Bill) -> i64| self.bills.iter().map(part).sum::<i64>();
        let (asked, paid, written_off) = (self.asked(), sum(|bill| bill.paid), sum(|bill| bill.written_off));
        let asks = self.asks(fee);
        let gross = fee.gross - sum(|bill| bill.gross - bill.credited);
        let net = asks - asked;
        // What was given up is not asked again, but for what had been paid before it was.
        let given_up = self.given_up().min((asks - self.paid_before_giving_up()).max(0));
        let given_up = given_up.min(written_off.max(asks - paid)).max(written_off + net.min(0));
        if net > 0 || (net == 0 && gross > 0) {
            let gross = gross.max(net);
            let relief = gross - net;
            self.bill(day, due, further, Fee { gross, relief });
            self.give_up_again(day, (given_up - written_off).clamp(0, net));
        } else {
            let ahead = (paid - (asks - given_up)).max(0);
            let back = (written_off - given_up).max(0);
            self.take_off(
                day,
                Off {
                    gross: (-gross).max(0),
                    open: -net - ahead - back,
                    written_off: back,
                    paid: ahead,
                },
            );
        }
        self.look(day);
    }

    /// What all bills ask.
    pub fn asked(&self) -> i64 {
        self.bills.iter().map(Bill::asked).sum()
    }

    /// What they would ask for another fee: everything granted holds of it, as far as it goes.
    pub fn asks(&self, fee: Fee) -> i64 {
        (fee.gross - fee.relief - self.granted()).max(0)
    }

    /// Relief by resolution and discounts.
    fn granted(&self) -> i64 {
        let granted = |it: &&Moved| matches!(it.kind, kind::RELIEF | kind::DISCOUNT) && it.debit == RELIEF;
        self.moves.iter().filter(granted).map(|it| it.fen).sum::<i64>() - self.discounts_lost
    }

    fn given_up(&self) -> i64 {
        let given_up = |it: &&Moved| it.kind == kind::WRITE_OFF;
        self.moves.iter().filter(given_up).map(|it| it.fen).sum()
    }

    /// Of what was given up last, what had been paid by then: without what bounced later, and what relief gave back since.
    fn paid_before_giving_up(&self) -> i64 {
        let Some((moves, payments)) = self.gave_up_after else {
            return 0;
        };
        let (before, since) = self.moves.split_at(moves);
        let money = |it: &&Moved| {
            let other = if it.debit == RECEIVABLE { it.credit } else { it.debit };
            it.bill.is_some() && matches!(other, CASH | BANK | ADVANCE | PAYABLE)
        };
        let signed = |it: &Moved| if it.debit == RECEIVABLE { -it.fen } else { it.fen };
        let kept = before
            .iter()
            .filter(|it| !matches!(it.kind, kind::PAYMENT | kind::REVERSAL));
        let kept: i64 = kept.filter(money).map(signed).sum();
        let paid = self.payments[..payments].iter().filter(|paid| !paid.undone);
        let paid: i64 = paid.flat_map(|paid| &paid.parts).map(|(_, fen)| fen).sum();
        let relieved = since
            .iter()
            .filter(|it| matches!(it.kind, kind::RELIEF | kind::DISCOUNT));
        let relieved: i64 = relieved.filter(money).map(signed).sum();
        (kept + paid + relieved).max(0)
    }

    /// Gives up a part of the bill that was added last; what the advance paid of that part goes back.
    fn give_up_again(&mut self, day: Date, fen: i64) {
        let at = self.bills.len() - 1;
        let bill = &mut self.bills[at];
        let ahead = (bill.paid + fen - bill.asked()).max(0);
        bill.written_off += fen;
        bill.paid -= ahead;
        self.advance += ahead;
        if fen > 0 {
            let moves = [
                (WRITTEN_OFF, RECEIVABLE, fen, Some(at)),
                (RECEIVABLE, ADVANCE, ahead, Some(at)),
            ];
            self.enter(day, kind::CORRECTION, &moves);
        }
    }

    /// Charges and asks less: of each kind the youngest bill first, and the charge where less is asked.
    fn take_off(&mut self, day: Date, mut off: Off) {
        let mut parts = vec![(0, 0, 0, 0); self.bills.len()];
        for (bill, part) in self.bills.iter().zip(&mut parts).rev() {
            part.1 = off.open.min(bill.outstanding());
            part.2 = off.written_off.min(bill.written_off);
            part.3 = off.paid.min(bill.paid);
            (off.open, off.written_off, off.paid) = (off.open - part.1, off.written_off - part.2, off.paid - part.3);
        }
        for asks_less in [true, false] {
            for (bill, part) in self.bills.iter().zip(&mut parts).rev() {
                let net = part.1 + part.2 + part.3;
                if (net > 0) == asks_less {
                    part.0 = off.gross.min(net + bill.relief + bill.further);
                    off.gross -= part.0;
                }
            }
        }
        let mut moves = Vec::new();
        for (at, (less, open, alive, ahead)) in parts.into_iter().enumerate() {
            let (bill, net) = (&mut self.bills[at], open + alive + ahead);
            bill.credited += less;
            bill.further -= less - net;
            bill.written_off -= alive;
            bill.paid -= ahead;
            self.advance += ahead;
            moves.extend([
                (INCOME, RECEIVABLE, less, Some(at)),
                (RECEIVABLE, RELIEF, less - net, Some(at)),
                (RELIEF, RECEIVABLE, net - less, Some(at)),
                (RECEIVABLE, WRITTEN_OFF, alive, Some(at)),
                (RECEIVABLE, ADVANCE, ahead, Some(at)),
            ]);
        }
        if moves.iter().any(|(_, _, fen, _)| *fen > 0) {
            self.enter(day, kind::CORRECTION, &moves);
            self.settle(day);
        }
    }

    /// A payment turns out to be no money: it is taken back from where it is by now.
    pub fn undo(&mut self, day: Date, which: usize) {
        let paid = self.payments[which].clone();
        let money = if paid.method == 1 { CASH } else { BANK };
        let (mut rest, mut moves) = (paid.fen, Vec::new());
        let mut latest: Vec<usize> = (0..self.bills.len()).collect();
        latest.sort_by_key(|at| std::cmp::Reverse(self.bills[*at].place(day)));
        let settled = paid.parts.iter().map(|(at, part)| (Some(*at), *part));
        let last = latest.into_iter().map(|at| (Some(at), i64::MAX));
        let ahead = self.ahead[paid.ahead..].to_vec();
        let ahead = ahead.into_iter().rev().map(|(at, part)| (Some(at), part));
        for (from, most) in settled.chain([(None, i64::MAX)]).chain(ahead).chain(last) {
            let there = from.map_or(self.advance, |at| self.bills[at].paid);
            let part = rest.min(most).min(there);
            rest -= part;
            match from {
                Some(at) => self.bills[at].paid -= part,
                None => self.advance -= part,
            }
            moves.push((if from.is_some() { RECEIVABLE } else { ADVANCE }, money, part, from));
        }
        assert_eq!(rest, 0, "{}: nothing was refunded of it", self.id);
        self.payments[which].undone = true;
        self.enter(day, kind::REVERSAL, &moves);
        self.settle(day);
        self.look(day);
    }
}
