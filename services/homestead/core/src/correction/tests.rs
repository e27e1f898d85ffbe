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

/// The days cost this much, and nothing was done about the bills.
fn plain(gross_fen: i64, relief_fen: i64) -> Known {
    Known::new(charge(gross_fen, relief_fen), [])
}

fn credit(id: u8, gross_fen: i64, relief_fen: i64, written_off_fen: i64, ahead_fen: i64) -> Credit<u8> {
    Credit {
        id,
        gross_fen,
        relief_fen,
        written_off_fen,
        ahead_fen,
    }
}

fn more(gross_fen: i64, relief_fen: i64, written_off_fen: i64) -> Option<Further> {
    Some(Further {
        charge: charge(gross_fen, relief_fen),
        written_off_fen,
    })
}

#[test]
fn less_area_credits_charge_and_relief_together() {
    let bills = [bill(1, 1_000, 500, 450)];
    let smaller = correct(&plain(600, 300), &bills);
    assert_eq!(
        (smaller.further, smaller.credits),
        (None, vec![credit(1, 400, 200, 0, 150)])
    );
    assert_eq!(correct(&plain(0, 0), &bills).credits, [credit(1, 1_000, 500, 0, 450)]);
}

#[test]
fn the_further_bill_goes_first() {
    let bills = [bill(1, 1_000, 0, 1_000), bill(2, 300, 0, 0)];
    let credits = correct(&plain(900, 0), &bills).credits;
    assert_eq!(credits, [credit(2, 300, 0, 0, 0), credit(1, 100, 0, 0, 100)]);
}

#[test]
fn what_is_open_goes_before_what_is_paid() {
    let bills = [bill(1, 1_000, 0, 400), bill(2, 300, 0, 300)];
    let credits = correct(&plain(800, 0), &bills).credits;
    assert_eq!(credits, [credit(1, 500, 0, 0, 0)]);
}

#[test]
fn more_area_is_a_further_bill() {
    let larger = correct(&plain(9, 4), &[bill(1, 5, 2, 0)]);
    assert_eq!((larger.further, larger.net_fen()), (more(4, 2, 0), 2));
    assert_eq!(correct(&plain(4, 2), &[bill(1, 5, 5, 0)]).further, more(2, 0, 0));
    let same = correct(&plain(5, 2), &[bill(1, 5, 2, 3)]);
    assert_eq!((same.further, same.credits.len(), same.net_fen()), (None, 0, 0));
}

#[test]
fn relief_that_grows_more_than_the_charge_is_given() {
    let credits = correct(&plain(120, 60), &[bill(1, 100, 0, 100)]).credits;
    assert_eq!(credits, [credit(1, 0, -40, 0, 40)]);
}

#[test]
fn a_bill_relieved_in_full_is_credited_too() {
    let credits = correct(&plain(600, 600), &[bill(1, 1_000, 1_000, 0)]).credits;
    assert_eq!(credits, [credit(1, 400, 400, 0, 0)]);
}

#[test]
fn relief_that_a_correction_took_back_comes_again() {
    // 900 of 1,000 were granted; of 500 only 500 can be.
    let granted = Deed {
        granted_fen: 900,
        ..Deed::default()
    };
    let known = |gross_fen| Known::new(charge(gross_fen, 0), [granted]);
    let smaller = correct(&known(500), &[bill(1, 1_000, 900, 100)]);
    assert_eq!(smaller.credits, [credit(1, 500, 400, 0, 100)]);
    let restored = correct(&known(1_000), &[bill(1, 500, 500, 0)]);
    assert_eq!((restored.further, restored.net_fen()), (more(500, 400, 0), 100));
}

fn paid(paid_fen: i64) -> Deed {
    Deed {
        paid_fen,
        ..Deed::default()
    }
}

fn given_up(given_up_fen: i64) -> Deed {
    Deed {
        given_up_fen,
        ..Deed::default()
    }
}

fn written_off(gross_fen: i64, paid_fen: i64, written_off_fen: i64) -> [Charged<u8>; 1] {
    let bill = bill(1, gross_fen, 0, paid_fen);
    [Charged {
        written_off_fen,
        ..bill
    }]
}

#[test]
fn a_write_off_that_a_correction_took_back_comes_again() {
    // 400 were paid and 600 given up; of 300 nothing is left to give up.
    let known = |gross_fen| Known::new(charge(gross_fen, 0), [paid(400), given_up(600), paid(-100)]);
    let smaller = correct(&known(300), &written_off(1_000, 400, 600));
    assert_eq!(smaller.credits, [credit(1, 700, 0, 600, 100)]);
    let stood = written_off(300, 300, 0);
    assert_eq!(correct(&known(1_000), &stood).further, more(700, 0, 600));
    // What had been paid is not written off, even though it is an advance by now.
    assert_eq!(correct(&known(900), &stood).further, more(600, 0, 500));
}

#[test]
fn what_was_paid_after_a_write_off_does_not_take_it_back() {
    let known = Known::new(charge(600, 0), [given_up(500), paid(500)]);
    let credits = correct(&known, &written_off(1_000, 500, 500)).credits;
    assert_eq!(credits, [credit(1, 400, 0, 0, 400)]);
}

#[test]
fn a_payment_undone_leaves_room_for_what_was_given_up() {
    let known = Known::new(charge(700, 0), [given_up(600)]);
    let credits = correct(&known, &written_off(710, 0, 300)).credits;
    assert_eq!(credits, [credit(1, 10, 0, -300, 0)]);
}

/// A household with the bills of one span.
#[derive(Debug, Clone)]
struct Home {
    charge: Charge,
    deeds: Vec<Deed>,
    bills: Vec<Charged<u8>>,
    advance_fen: i64,
    /// Where its payments stand among the deeds, and how much they were.
    payments: Vec<(usize, i64)>,
    /// All that it paid and has not got back.
    money_fen: i64,
}

#[derive(Debug, Clone, Copy)]
enum Act {
    /// The fee, and the relief of its class in per cent.
    Correct(i64, i64),
    /// On which bill, and how many per cent of what can be.
    Relieve(usize, i64),
    GiveUp(usize, i64),
    Pay(i64),
    /// Which payment.
    Undo(usize),
    /// Per cent of the advance.
    Refund(i64),
}

impl Home {
    fn billed(charge: Charge) -> Self {
        Self {
            charge,
            deeds: Vec::new(),
            bills: vec![bill(0, charge.gross_fen, charge.relief_fen, 0)],
            advance_fen: 0,
            payments: Vec::new(),
            money_fen: 0,
        }
    }

    fn known(&self) -> Known {
        Known::new(self.charge, self.deeds.iter().copied())
    }

    fn sum(&self, part: fn(&Charged<u8>) -> i64) -> i64 {
        self.bills.iter().map(part).sum()
    }

    /// Owed, relief, written off, paid ahead.
    fn standing(&self) -> (i64, i64, i64, i64) {
        (
            self.sum(owed),
            self.sum(|bill| bill.relief_fen),
            self.sum(|bill| bill.written_off_fen),
            self.advance_fen,
        )
    }

    fn bill(&self, at: usize) -> Charged<u8> {
        self.bills[at % self.bills.len()]
    }

    /// An advance pays what is open, the oldest bill first.
    fn settle(&mut self) {
        let before = self.advance_fen;
        for bill in &mut self.bills {
            bill.paid_fen += take(&mut self.advance_fen, owed(bill));
        }
        self.deeds.push(paid(before - self.advance_fen));
    }

    fn pay(&mut self, fen: i64) {
        self.payments.push((self.deeds.len(), fen));
        self.money_fen += fen;
        self.advance_fen += fen;
        self.settle();
    }

    fn undo(&mut self, which: usize) {
        if self.payments.is_empty() {
            return;
        }
        let (at, fen) = self.payments.remove(which % self.payments.len());
        if fen > self.sum(|bill| bill.paid_fen) + self.advance_fen {
            return;
        }
        let mut rest = fen;
        for bill in self.bills.iter_mut().rev() {
            bill.paid_fen -= take(&mut rest, bill.paid_fen);
        }
        self.deeds[at] = Deed::default();
        self.money_fen -= fen;
        self.advance_fen -= rest;
        self.settle();
    }

    fn relieve(&mut self, at: usize, fen: i64) {
        let ahead = (fen - owed(&self.bill(at))).max(0);
        let at = at % self.bills.len();
        self.bills[at].relief_fen += fen;
        self.bills[at].paid_fen -= ahead;
        self.advance_fen += ahead;
        self.deeds.push(Deed {
            granted_fen: fen,
            given_up_fen: 0,
            paid_fen: -ahead,
        });
        self.settle();
    }

    fn give_up(&mut self, at: usize, fen: i64) {
        let at = at % self.bills.len();
        self.bills[at].written_off_fen += fen;
        self.deeds.push(given_up(fen));
    }

    fn correct(&mut self, charge: Charge) {
        self.charge = charge;
        let correction = correct(&self.known(), &self.bills);
        for credit in &correction.credits {
            let bill = &mut self.bills[usize::from(credit.id)];
            bill.gross_fen -= credit.gross_fen;
            bill.relief_fen -= credit.relief_fen;
            bill.written_off_fen -= credit.written_off_fen;
            bill.paid_fen -= credit.ahead_fen;
            self.advance_fen += credit.ahead_fen;
            self.deeds.push(paid(-credit.ahead_fen));
        }
        if let Some(Further {
            charge,
            written_off_fen,
        }) = correction.further
        {
            let id = u8::try_from(self.bills.len()).expect("few");
            self.bills.push(Charged {
                written_off_fen,
                ..bill(id, charge.gross_fen, charge.relief_fen, 0)
            });
        }
        self.settle();
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Correct(gross, share) => self.correct(fee(gross, share)),
            Act::Relieve(at, part) => {
                let bill = self.bill(at);
                self.relieve(at, (owed(&bill) + bill.paid_fen) * part / 100);
            }
            Act::GiveUp(at, part) => self.give_up(at, owed(&self.bill(at)) * part / 100),
            Act::Pay(fen) => self.pay(fen),
            Act::Undo(which) => self.undo(which),
            Act::Refund(part) => {
                let fen = self.advance_fen * part / 100;
                self.advance_fen -= fen;
                self.money_fen -= fen;
            }
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for bill in &self.bills {
            let parts = [bill.gross_fen, bill.relief_fen, bill.paid_fen, bill.written_off_fen];
            prop_assert!(parts.iter().all(|part| *part >= 0) && owed(bill) >= 0, "{bill:?}");
        }
        prop_assert!(self.advance_fen >= 0, "{self:?}");
        let paid = self.sum(|bill| bill.paid_fen);
        prop_assert_eq!(
            paid + self.advance_fen,
            self.money_fen,
            "money is neither made nor lost"
        );
        prop_assert_eq!(self.sum(Charged::net_fen), self.asked());
        prop_assert!(self.sum(|bill| bill.written_off_fen) <= self.known().given_up_fen);
        Ok(())
    }

    fn asked(&self) -> i64 {
        let known = self.known();
        (known.charge.net_fen() - known.granted_fen).max(0)
    }

    /// What all of it comes to, said without bills, while no money is given back.
    fn check_sums(&self) -> Result<(), TestCaseError> {
        let (known, asked) = (self.known(), self.asked());
        let owed = (asked - known.given_up_fen - self.money_fen).max(0);
        let given_up = known.given_up_fen.min(asked - known.paid_first_fen.min(asked));
        let standing = self.standing();
        prop_assert_eq!((standing.0, standing.2), (owed, given_up), "{:?}", self);
        Ok(())
    }
}

fn owed(bill: &Charged<u8>) -> i64 {
    bill.net_fen() - bill.paid_fen - bill.written_off_fen
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..5_000_i64, 0..=100_i64).prop_map(|(gross, share)| Act::Correct(gross, share)),
        2 => (0..4_usize, 0..=100_i64).prop_map(|(at, part)| Act::Relieve(at, part)),
        2 => (0..4_usize, 0..=100_i64).prop_map(|(at, part)| Act::GiveUp(at, part)),
        3 => (0..3_000_i64).prop_map(Act::Pay),
        1 => (0..4_usize).prop_map(Act::Undo),
        1 => (0..=100_i64).prop_map(Act::Refund),
    ]
}

fn fee(gross_fen: i64, share: i64) -> Charge {
    charge(gross_fen, gross_fen * share / 100)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever was done in between, the last correction alone would have led to the same, if the same was granted, given up
    /// and paid. Only relief beyond what is open gives money back by what was known then, so after something was given up it
    /// may leave more written off, and as much more paid ahead.
    #[test]
    fn corrections_in_a_row_do_what_the_last_one_alone_does(
        first in 1..5_000_i64,
        share in prop_oneof![Just(0_i64), Just(50), Just(100), 0..=100_i64],
        acts in proptest::collection::vec(act(), 1..12),
        beyond_open in any::<bool>(),
    ) {
        let mut row = Home::billed(fee(first, share));
        let mut alone = row.clone();
        let last = acts.iter().rposition(|act| matches!(act, Act::Correct(..)));
        let mut given_up = false;
        for (now, act) in acts.iter().enumerate() {
            let most = |part: &dyn Fn(&Charged<u8>) -> i64, at: usize| part(&row.bill(at)).min(part(&alone.bill(at)));
            match *act {
                Act::Correct(gross, _) => {
                    row.correct(fee(gross, share));
                    if Some(now) == last {
                        alone.correct(fee(gross, share));
                    }
                }
                Act::Relieve(at, part) => {
                    let fen = if beyond_open || !given_up {
                        most(&|bill| owed(bill) + bill.paid_fen, at)
                    } else {
                        most(&owed, at)
                    };
                    row.relieve(at, fen * part / 100);
                    alone.relieve(at, fen * part / 100);
                }
                Act::GiveUp(at, part) => {
                    let fen = most(&owed, at) * part / 100;
                    given_up |= fen > 0;
                    row.give_up(at, fen);
                    alone.give_up(at, fen);
                }
                Act::Pay(fen) => {
                    row.pay(fen);
                    alone.pay(fen);
                }
                Act::Undo(_) | Act::Refund(_) => {}
            }
            for home in [&row, &alone] {
                home.check()?;
                home.check_sums()?;
            }
        }
        let (row, alone) = (row.standing(), alone.standing());
        prop_assert_eq!((row.0, row.1), (alone.0, alone.1));
        prop_assert_eq!(row.2 - row.3, alone.2 - alone.3);
        if !beyond_open {
            prop_assert_eq!(row, alone);
        }
    }

    /// With nothing done in between, corrections leave no trace, whatever was done before and however charge and relief move
    /// against each other.
    #[test]
    fn corrections_telescope(
        first in (1..5_000_i64, 0..=100_i64),
        acts in proptest::collection::vec(act(), 0..12),
        between in proptest::collection::vec((0..5_000_i64, 0..=100_i64), 0..8),
        last in (0..5_000_i64, 0..=100_i64),
    ) {
        let mut row = Home::billed(fee(first.0, first.1));
        for act in acts.into_iter().filter(|act| !matches!(act, Act::Undo(_) | Act::Refund(_))) {
            row.act(act);
            row.check()?;
        }
        let mut alone = row.clone();
        for (gross, share) in between {
            row.correct(fee(gross, share));
            row.check()?;
            row.check_sums()?;
        }
        row.correct(fee(last.0, last.1));
        alone.correct(fee(last.0, last.1));
        let (row, alone) = (row.standing(), alone.standing());
        prop_assert_eq!((row.0, row.2, row.3), (alone.0, alone.2, alone.3));
    }

    /// Nothing goes below 0, no money is lost and less charge is no more debt, also where payments are undone and advances paid
    /// back.
    #[test]
    fn nothing_is_negative(
        first in (1..5_000_i64, 0..=100_i64),
        acts in proptest::collection::vec(act(), 1..16),
    ) {
        let mut home = Home::billed(fee(first.0, first.1));
        for act in acts {
            let before = home.clone();
            home.act(act);
            home.check()?;
            if matches!(act, Act::Correct(..)) && home.asked() <= before.asked() {
                prop_assert!(home.standing().0 <= before.standing().0, "{before:?} {home:?}");
            }
        }
    }
}
