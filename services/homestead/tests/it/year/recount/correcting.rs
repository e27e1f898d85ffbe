//! Bills that are put right after it became known how much was occupied from which day on.

use time::Date;

use super::{ADVANCE, BANK, CASH, Home, INCOME, RECEIVABLE, RELIEF, WRITTEN_OFF, kind};
use crate::year::fee::{Fee, fee};

impl Home {
    /// Other areas become known. `further` names the bill that adds to what was charged, where one does.
    pub fn become_known(&mut self, day: Date, areas: Vec<(i64, i64)>, due: Date, further: &str) {
        let (before, after) = (self.fee(), fee(&areas, self.low_income));
        self.areas = areas;
        let (gross, relief) = (after.gross - before.gross, after.relief - before.relief);
        if self.bills.is_empty() || (gross, relief) == (0, 0) {
            return;
        }
        if gross > 0 {
            self.bill(day, due, further, Fee { gross, relief });
        } else {
            self.take_off(day, -gross, relief - gross);
        }
        self.look(day);
    }

    /// Charges `gross` less, which is `net` after relief: the youngest bill first.
    fn take_off(&mut self, day: Date, mut gross: i64, mut net: i64) {
        let mut moves = Vec::new();
        for at in (0..self.bills.len()).rev() {
            let bill = &mut self.bills[at];
            let part = net.min(bill.asked());
            if part <= 0 {
                continue;
            }
            let less = gross
                .min(bill.gross - bill.credited)
                .min(part + bill.relief + bill.further);
            let beyond = (bill.paid + bill.written_off - (bill.asked() - part)).max(0);
            let alive = beyond.min(bill.written_off);
            let ahead = beyond - alive;
            (net, gross) = (net - part, gross - less);
            bill.credited += less;
            bill.further -= less - part;
            bill.written_off -= alive;
            bill.paid -= ahead;
            self.advance += ahead;
            moves.extend([
                (INCOME, RECEIVABLE, less, Some(at)),
                (RECEIVABLE, RELIEF, less - part, Some(at)),
                (RELIEF, RECEIVABLE, part - less, Some(at)),
                (RECEIVABLE, WRITTEN_OFF, alive, Some(at)),
                (RECEIVABLE, ADVANCE, ahead, Some(at)),
            ]);
        }
        if !moves.is_empty() {
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
