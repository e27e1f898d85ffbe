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

/// How one bill is put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit<Id> {
    /// Which.
    pub id: Id,
    /// Charged less.
    pub gross_fen: i64,
    /// Relief taken back with it; negative where more relief is given.
    pub relief_fen: i64,
    /// Written off more than is left: no longer written off.
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

/// What puts the bills of one span right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correction<Id> {
    /// Nothing is wrong.
    Nothing,
    /// Too little was charged: a further bill.
    More(Charge),
    /// Too much was charged: credits on these bills, the youngest first.
    Less(Vec<Credit<Id>>),
}

/// Leads from what was charged, `before`, to what should have been, `after`. `bills` are those of the span, the one that
/// was issued first at the front. What a correction adds or takes in all is exactly the difference, so a second correction
/// in the same direction does nothing, and two in a row do what the last one alone would have done.
pub fn correct<Id: Copy>(before: Charge, after: Charge, bills: &[Charged<Id>]) -> Correction<Id> {
    let gross = after.gross_fen - before.gross_fen;
    let relief = after.relief_fen - before.relief_fen;
    let net = gross - relief;
    if (gross, relief) == (0, 0) {
        Correction::Nothing
    } else if net >= 0 && gross > 0 && relief >= 0 {
        Correction::More(Charge {
            gross_fen: gross,
            relief_fen: relief,
        })
    } else if net > 0 {
        // Relief fell by more than the charge: what is still to be charged has no relief of its own.
        Correction::More(Charge {
            gross_fen: net,
            relief_fen: 0,
        })
    } else {
        Correction::Less(credits(-net, (-gross).max(0), bills))
    }
}

/// Takes `net` off the bills, the youngest first, of it as much by charging less as `gross` says, with the relief on that;
/// the rest is given as relief.
fn credits<Id: Copy>(net: i64, gross: i64, bills: &[Charged<Id>]) -> Vec<Credit<Id>> {
    let (mut net, mut gross) = (net, gross);
    let mut credits = Vec::with_capacity(1);
    for bill in bills.iter().rev() {
        // Relief granted since may have left less than was charged too much.
        let part = net.min(bill.net_fen());
        // Charging less takes its share of the relief back, so that both fall together; of a bill relieved in full, all of it.
        let less = gross.min(bill.gross_fen).min(part + bill.relief_fen);
        if (part, less) == (0, 0) {
            continue;
        }
        let excess = (bill.paid_fen + bill.written_off_fen - (bill.net_fen() - part)).max(0);
        let written_off_fen = excess.min(bill.written_off_fen);
        net -= part;
        gross -= less;
        credits.push(Credit {
            id: bill.id,
            gross_fen: less,
            relief_fen: less - part,
            written_off_fen,
            ahead_fen: excess - written_off_fen,
        });
    }
    credits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn charge(gross_fen: i64, relief_fen: i64) -> Charge {
        Charge { gross_fen, relief_fen }
    }

    fn bill(id: u8, gross_fen: i64, relief_fen: i64, paid_fen: i64) -> Charged<u8> {
        Charged {
            id,
            gross_fen,
            relief_fen,
            paid_fen,
            written_off_fen: 0,
        }
    }

    #[test]
    fn less_area_credits_charge_and_relief_together() {
        let bills = [bill(1, 1_000, 500, 450)];
        assert_eq!(
            correct(charge(1_000, 500), charge(600, 300), &bills),
            Correction::Less(vec![Credit {
                id: 1,
                gross_fen: 400,
                relief_fen: 200,
                written_off_fen: 0,
                ahead_fen: 150
            }])
        );
        assert_eq!(
            correct(charge(1_000, 500), charge(0, 0), &bills),
            Correction::Less(vec![Credit {
                id: 1,
                gross_fen: 1_000,
                relief_fen: 500,
                written_off_fen: 0,
                ahead_fen: 450
            }])
        );
    }

    #[test]
    fn the_further_bill_goes_first() {
        let bills = [bill(1, 1_000, 0, 1_000), bill(2, 300, 0, 0)];
        assert_eq!(
            correct(charge(1_300, 0), charge(900, 0), &bills),
            Correction::Less(vec![
                Credit {
                    id: 2,
                    gross_fen: 300,
                    relief_fen: 0,
                    written_off_fen: 0,
                    ahead_fen: 0
                },
                Credit {
                    id: 1,
                    gross_fen: 100,
                    relief_fen: 0,
                    written_off_fen: 0,
                    ahead_fen: 100
                },
            ])
        );
    }

    #[test]
    fn more_area_is_a_further_bill() {
        assert_eq!(
            correct::<u8>(charge(5, 2), charge(9, 4), &[]),
            Correction::More(charge(4, 2))
        );
        assert_eq!(
            correct::<u8>(charge(5, 5), charge(4, 2), &[]),
            Correction::More(charge(2, 0))
        );
        assert_eq!(correct::<u8>(charge(5, 2), charge(5, 2), &[]), Correction::Nothing);
    }

    #[test]
    fn relief_that_grows_more_than_the_charge_is_given() {
        let bills = [bill(1, 100, 0, 100)];
        assert_eq!(
            correct(charge(100, 0), charge(120, 60), &bills),
            Correction::Less(vec![Credit {
                id: 1,
                gross_fen: 0,
                relief_fen: -40,
                written_off_fen: 0,
                ahead_fen: 40
            }])
        );
    }

    #[test]
    fn a_bill_relieved_in_full_is_credited_too() {
        let bills = [bill(1, 1_000, 1_000, 0)];
        assert_eq!(
            correct(charge(1_000, 1_000), charge(600, 600), &bills),
            Correction::Less(vec![Credit {
                id: 1,
                gross_fen: 400,
                relief_fen: 400,
                written_off_fen: 0,
                ahead_fen: 0
            }])
        );
    }

    proptest! {
        /// Relief at one share, as of one tariff and class: charge and relief end as the last correction says, each by itself.
        #[test]
        fn charge_and_relief_each_add_up(
            share in 0..=100_i64,
            charges in proptest::collection::vec(0..5_000_i64, 2..8),
        ) {
            let charges: Vec<_> = charges.iter().map(|gross| charge(*gross, gross * share / 100)).collect();
            let mut bills = vec![bill(0, charges[0].gross_fen, charges[0].relief_fen, 0)];
            for pair in charges.windows(2) {
                match correct(pair[0], pair[1], &bills) {
                    Correction::Nothing => {}
                    Correction::More(more) => {
                        bills.push(bill(u8::try_from(bills.len()).expect("few"), more.gross_fen, more.relief_fen, 0));
                    }
                    Correction::Less(credits) => for credit in credits {
                        let bill = &mut bills[usize::from(credit.id)];
                        bill.gross_fen -= credit.gross_fen;
                        bill.relief_fen -= credit.relief_fen;
                    },
                }
                let sum = |part: fn(&Charged<u8>) -> i64| bills.iter().map(part).sum::<i64>();
                let left = charge(sum(|bill| bill.gross_fen), sum(|bill| bill.relief_fen));
                prop_assert_eq!(left, pair[1]);
            }
        }

        /// A row of corrections of one bill: what is charged in the end is what the last one says, and no bill goes wrong.
        #[test]
        fn corrections_add_up(
            charges in proptest::collection::vec((0..5_000_i64, 0..=100_i64), 2..8),
            paid in 0..=100_i64,
            given_up in 0..=100_i64,
        ) {
            let charges: Vec<_> = charges.iter().map(|(gross, part)| charge(*gross, gross * part / 100)).collect();
            let mut bills = vec![bill(0, charges[0].gross_fen, charges[0].relief_fen, 0)];
            let mut ahead = 0;
            for pair in charges.windows(2) {
                if let Some(bill) = bills.first_mut() {
                    bill.written_off_fen = (bill.net_fen() - bill.paid_fen) * given_up / 100;
                }
                for bill in &mut bills {
                    bill.paid_fen = bill.paid_fen.max((bill.net_fen() - bill.written_off_fen) * paid / 100);
                }
                let money: i64 = ahead + bills.iter().map(|bill| bill.paid_fen).sum::<i64>();
                match correct(pair[0], pair[1], &bills) {
                    Correction::Nothing => {}
                    Correction::More(more) => {
                        prop_assert!(more.gross_fen > 0 && (0..=more.gross_fen).contains(&more.relief_fen));
                        bills.push(bill(u8::try_from(bills.len()).expect("few"), more.gross_fen, more.relief_fen, 0));
                    }
                    Correction::Less(credits) => for credit in credits {
                        let bill = &mut bills[usize::from(credit.id)];
                        bill.gross_fen -= credit.gross_fen;
                        bill.relief_fen -= credit.relief_fen;
                        bill.paid_fen -= credit.ahead_fen;
                        bill.written_off_fen -= credit.written_off_fen;
                        ahead += credit.ahead_fen;
                        prop_assert!(credit.gross_fen >= 0 && credit.ahead_fen >= 0);
                        prop_assert!(bill.gross_fen >= 0 && bill.relief_fen >= 0, "{:?}", bill);
                        prop_assert!(bill.written_off_fen >= 0 && (0..=bill.net_fen() - bill.written_off_fen).contains(&bill.paid_fen), "{:?}", bill);
                    },
                }
                let net: i64 = bills.iter().map(Charged::net_fen).sum();
                prop_assert_eq!(net, pair[1].net_fen());
                prop_assert_eq!(money, ahead + bills.iter().map(|bill| bill.paid_fen).sum::<i64>());
            }
        }
    }
}
