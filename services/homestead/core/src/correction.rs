//! What corrects bills that were charged wrongly: the difference, never the bill itself.

use crate::tariff::Charge;

/// What is left of a bill, and of the bills that add to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charged<Id> {
    /// Which.
    pub id: Id,
    /// Charged and not credited.
    pub gross_fen: i64,
    /// Relief and discounts on it.
    pub relief_fen: i64,
    /// Paid on it.
    pub paid_fen: i64,
    /// Written off.
    pub written_off_fen: i64,
}

impl<Id> Charged<Id> {
    /// To be paid, paid or written off.
    fn net_fen(&self) -> i64 {
        self.gross_fen - self.relief_fen
    }
}

/// What one entry did to the bills of a span besides charging and correcting them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deed {
    /// Relief by resolution, or a discount; negative where a discount was taken back.
    pub granted_fen: i64,
    /// Written off by resolution.
    pub given_up_fen: i64,
    /// Paid and not undone since; negative where it was made an advance, also by a correction.
    pub paid_fen: i64,
}

/// What the bills of a span should come to follows from this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Fee of the days, and the relief that goes with it.
    pub charge: Charge,
    /// Relief beside that.
    pub granted_fen: i64,
    /// Given up by resolution.
    pub given_up_fen: i64,
    /// Of what had been paid when something was given up last, what was not given back by relief since.
    pub paid_first_fen: i64,
}

impl Known {
    /// A charge, and all that was done to the bills, in its order.
    pub fn new(charge: Charge, deeds: impl IntoIterator<Item = Deed>) -> Self {
        let mut known = Self {
            charge,
            granted_fen: 0,
            given_up_fen: 0,
            paid_first_fen: 0,
        };
        let mut paid = 0;
        for deed in deeds {
            known.granted_fen += deed.granted_fen;
            known.given_up_fen += deed.given_up_fen;
            if deed.given_up_fen > 0 {
                known.paid_first_fen = paid;
            }
            if deed.granted_fen > 0 {
                known.paid_first_fen += deed.paid_fen;
            }
            paid += deed.paid_fen;
        }
        // What was paid back may have come from a payment that was undone.
        known.paid_first_fen = known.paid_first_fen.max(0);
        known
    }
}

/// How one bill is put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit<Id> {
    /// Which.
    pub id: Id,
    /// Charged less.
    pub gross_fen: i64,
    /// Relief taken back with it; negative where more relief is given.
    pub relief_fen: i64,
    /// Written off more than is left: no longer written off; negative where it is written off again.
    pub written_off_fen: i64,
    /// Paid more than is left: becomes an advance.
    pub ahead_fen: i64,
}

impl<Id> Credit<Id> {
    /// Taken off what is to be paid.
    pub fn net_fen(&self) -> i64 {
        self.gross_fen - self.relief_fen
    }
}

/// A bill that adds to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Further {
    /// What it charges.
    pub charge: Charge,
    /// Of it, what is written off again.
    pub written_off_fen: i64,
}

/// What puts the bills of one span right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction<Id> {
    /// What is to be charged more.
    pub further: Option<Further>,
    /// What is taken off the bills, the youngest first.
    pub credits: Vec<Credit<Id>>,
}

impl<Id> Correction<Id> {
    /// To be paid more; negative if less.
    pub fn net_fen(&self) -> i64 {
        let less: i64 = self.credits.iter().map(Credit::net_fen).sum();
        self.further.map_or(0, |further| further.charge.net_fen()) - less
    }
}

/// Leads the bills of a span to what they should come to; the one that was issued first is at the front. That depends on what
/// is known now and not on what was thought between, so corrections in a row do what the last one alone would have done:
///
/// - relief is that of the charge and everything granted, as far as there is a charge;
/// - written off is what was given up, as far as it had not been paid before;
/// - what was paid stays on the bills as far as they ask for it after that, and is an advance beyond.
pub fn correct<Id: Copy>(known: &Known, bills: &[Charged<Id>]) -> Correction<Id> {
    let sum = |part: fn(&Charged<Id>) -> i64| bills.iter().map(part).sum::<i64>();
    let (paid, written_off) = (sum(|bill| bill.paid_fen), sum(|bill| bill.written_off_fen));
    let relief = (known.charge.relief_fen + known.granted_fen).min(known.charge.gross_fen);
    let asked = known.charge.gross_fen - relief;
    let gross = known.charge.gross_fen - sum(|bill| bill.gross_fen);
    let net = asked - sum(Charged::net_fen);

    let given_up = known.given_up_fen.min(asked - known.paid_first_fen.min(asked));
    // Where money has gone elsewhere since, or a payment was undone, the bills may stand otherwise than by that: still nothing
    // that is paid is written off, and nobody owes more because less is charged.
    let given_up = given_up
        .min(written_off.max(asked - paid))
        .max(written_off - (-net).max(0));
    let ahead = paid - paid.min(asked - given_up);

    let further = (net > 0 || (net == 0 && gross > 0)).then(|| {
        // Relief that fell by more than the charge leaves a charge without relief of its own.
        let gross_fen = gross.max(net);
        let relief_fen = gross_fen - net;
        Further {
            charge: Charge { gross_fen, relief_fen },
            written_off_fen: (given_up - written_off).clamp(0, net),
        }
    });
    let again = given_up - written_off - further.map_or(0, |further| further.written_off_fen);
    let less = Less {
        gross: if further.is_some() { 0 } else { (-gross).max(0) },
        net: (-net).max(0),
        ahead,
        back: (-again).max(0),
        again: again.max(0),
    };
    Correction {
        further,
        credits: less.credits(bills),
    }
}

/// What is to be taken off the bills of a span in all.
struct Less {
    gross: i64,
    net: i64,
    /// Of `net`, what was paid, and what was written off; the rest is open.
    ahead: i64,
    back: i64,
    /// To be written off of what stays open.
    again: i64,
}

impl Less {
    /// Spreads it over the bills, of each kind the youngest first. What is open goes before what was written off or paid, so
    /// nothing becomes an advance while the same days are owed.
    fn credits<Id: Copy>(mut self, bills: &[Charged<Id>]) -> Vec<Credit<Id>> {
        let mut open = self.net - self.ahead - self.back;
        let mut credits: Vec<Credit<Id>> = Vec::with_capacity(bills.len());
        for bill in bills.iter().rev() {
            let owed = bill.net_fen() - bill.written_off_fen - bill.paid_fen;
            let part = take(&mut open, owed);
            let back = take(&mut self.back, bill.written_off_fen);
            let ahead_fen = take(&mut self.ahead, bill.paid_fen);
            credits.push(Credit {
                id: bill.id,
                gross_fen: 0,
                relief_fen: -(part + back + ahead_fen),
                written_off_fen: back - take(&mut self.again, owed - part),
                ahead_fen,
            });
        }
        // Charging less takes relief back, first where less is to be paid; only the rest of that is given as relief.
        for first in [true, false] {
            for (credit, bill) in credits.iter_mut().zip(bills.iter().rev()) {
                if (credit.net_fen() > 0) == first {
                    let net = credit.net_fen();
                    credit.gross_fen = take(&mut self.gross, net + bill.relief_fen);
                    credit.relief_fen = credit.gross_fen - net;
                }
            }
        }
        credits.retain(|credit| (credit.gross_fen, credit.relief_fen, credit.written_off_fen) != (0, 0, 0));
        credits
    }
}

/// Takes at most `most` from `rest`.
fn take(rest: &mut i64, most: i64) -> i64 {
    let part = (*rest).min(most);
    *rest -= part;
    part
}

#[cfg(test)]
mod tests;
