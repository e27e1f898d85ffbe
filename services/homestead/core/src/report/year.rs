//! What happened in the book of a village in a year (年度公开表): opening balances and movements make closing balances.

use crate::entry::Account::{self, Advance, Bank, Cash, Income, Payable, Receivable, Relief, Reward, WrittenOff};

/// All accounts, in the order of their numbers.
pub const ACCOUNTS: [Account; 9] = [
    Receivable, Income, Relief, Cash, Bank, Advance, WrittenOff, Reward, Payable,
];

/// How money arrives; the numbers are those of the contract less 1.
pub const METHODS: usize = 3;

/// What entries of one kind moved between two accounts; the numbers are those of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Kind of entry.
    pub kind: i16,
    /// Account that took.
    pub debit: i16,
    /// Account that gave.
    pub credit: i16,
    /// How the money arrived, of payments and of the payments that reversals undo; else 0.
    pub method: i16,
    /// Class of the bill; 0 for none.
    pub class: i16,
    /// Whether a bill adds to another after a correction.
    pub further: bool,
    /// How much, in fen.
    pub fen: i64,
}

/// Received by one method, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Received.
    pub received_fen: i64,
    /// Of payments by this method, undone.
    pub undone_fen: i64,
}

/// What happened in a year, in fen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Year {
    /// Charged by bills.
    pub charged: i64,
    /// Of these by further bills after corrections.
    pub charged_further: i64,
    /// Remitted on bills as issued, by class in ascending order.
    pub relief_on_bills: Vec<(i16, i64)>,
    /// Remitted later.
    pub relief_granted: i64,
    /// Remitted for paying at once.
    pub discounts: i64,
    /// Taken off charges by corrections.
    pub credited: i64,
    /// Relief that corrections took back, less what they gave.
    pub relief_taken_back: i64,
    /// Given up.
    pub written_off: i64,
    /// Given up, and no longer charged anyway; less what was charged and given up again.
    pub write_off_taken_back: i64,
    /// Money by method.
    pub receipts: [Receipts; METHODS],
    /// Payments set against bills, less those undone.
    pub received_for_bills: i64,
    /// Payments kept as advances, less those undone.
    pub received_ahead: i64,
    /// Advances set against bills.
    pub advances_used: i64,
    /// Paid on bills and turned into advances.
    pub turned_ahead: i64,
    /// Advances paid back in cash.
    pub refunded_cash: i64,
    /// Advances paid back by bank.
    pub refunded_bank: i64,
    /// Cash brought to the bank.
    pub remitted: i64,
    /// Rewards granted.
    pub rewards_granted: i64,
    /// Rewards set against bills.
    pub rewards_offset: i64,
    /// Rewards paid in cash.
    pub rewards_paid_cash: i64,
    /// Rewards paid by bank.
    pub rewards_paid_bank: i64,
}

/// Balance of an account in fen, positive on the side on which it grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Which.
    pub account: Account,
    /// Before the year.
    pub opening_fen: i64,
    /// After it.
    pub closing_fen: i64,
}

/// Why a year is not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Something moved that no line of the report tells.
    #[error("no line for entries of kind {kind} that move from {credit} to {debit}")]
    Untold {
        /// Kind of entry.
        kind: i16,
        /// Account that took.
        debit: i16,
        /// Account that gave.
        credit: i16,
    },
    /// An account does not close as it should.
    #[error("{account:?} closes with {found_fen} fen instead of {expected_fen}")]
    Unbalanced {
        /// Which.
        account: Account,
        /// What the lines make of its opening balance.
        expected_fen: i64,
        /// Its closing balance.
        found_fen: i64,
    },
}

/// The lines of a year from everything that moved in it.
pub fn year(flows: &[Flow]) -> Result<Year, Fault> {
    let mut year = Year::default();
    for flow in flows {
        year.add(flow)?;
    }
    year.relief_on_bills.sort_unstable();
    Ok(year)
}

impl Year {
    fn add(&mut self, flow: &Flow) -> Result<(), Fault> {
        let untold = Fault::Untold {
            kind: flow.kind,
            debit: flow.debit,
            credit: flow.credit,
        };
        let fen = flow.fen;
        let line = match (flow.kind, flow.debit, flow.credit) {
            (1, 1, 2) => {
                if flow.further {
                    self.charged_further += fen;
                }
                &mut self.charged
            }
            (1, 3, 1) => {
                match self.relief_on_bills.iter_mut().find(|(class, _)| *class == flow.class) {
                    Some((_, sum)) => *sum += fen,
                    None => self.relief_on_bills.push((flow.class, fen)),
                }
                return Ok(());
            }
            (1 | 13, 6, 1) => &mut self.advances_used,
            (2, 4 | 5, 1 | 6) | (3, 1 | 6, 4 | 5) => return self.add_money(flow).ok_or(untold),
            (4, 2, 1) => &mut self.credited,
            (4, 1, 3) => &mut self.relief_taken_back,
            (4, 3, 1) => {
                self.relief_taken_back -= fen;
                return Ok(());
            }
            (4, 1, 7) => &mut self.write_off_taken_back,
            (4, 7, 1) => {
                self.write_off_taken_back -= fen;
                return Ok(());
            }
            (4 | 5 | 12, 1, 6) => &mut self.turned_ahead,
            (5, 3, 1) => &mut self.relief_granted,
            (6, 7, 1) => &mut self.written_off,
            (7, 6, 4) => &mut self.refunded_cash,
            (7, 6, 5) => &mut self.refunded_bank,
            (8, 5, 4) => &mut self.remitted,
            (9, 8, 9) => &mut self.rewards_granted,
            (10, 9, 1) => &mut self.rewards_offset,
            (11, 9, 4) => &mut self.rewards_paid_cash,
            (11, 9, 5) => &mut self.rewards_paid_bank,
            (12, 3, 1) => &mut self.discounts,
            _ => return Err(untold),
        };
        *line += fen;
        Ok(())
    }

    /// A payment, or one undone.
    fn add_money(&mut self, flow: &Flow) -> Option<()> {
        let undone = flow.kind == 3;
        let (money, other) = if undone {
            (flow.credit, flow.debit)
        } else {
            (flow.debit, flow.credit)
        };
        // Cash arrives as cash, and everything else at the bank.
        if (money == 4) != (flow.method == 1) {
            return None;
        }
        let receipts = self.receipts.get_mut(usize::try_from(flow.method - 1).ok()?)?;
        let sum = if undone {
            &mut receipts.undone_fen
        } else {
            &mut receipts.received_fen
        };
        *sum += flow.fen;
        let line = if other == 1 {
            &mut self.received_for_bills
        } else {
            &mut self.received_ahead
        };
        *line += if undone { -flow.fen } else { flow.fen };
        Some(())
    }

    /// Remitted on bills as issued, all classes.
    pub fn relief_on_bills_sum(&self) -> i64 {
        self.relief_on_bills.iter().map(|(_, fen)| fen).sum()
    }

    /// By how much the lines let an account grow.
    pub fn change(&self, account: Account) -> i64 {
        let [cash, bank, mobile] = self.receipts.map(|one| one.received_fen - one.undone_fen);
        match account {
            Receivable => {
                self.charged
                    - self.credited
                    - self.change(Relief)
                    - self.change(WrittenOff)
                    - self.received_for_bills
                    - self.advances_used
                    + self.turned_ahead
                    - self.rewards_offset
            }
            Income => self.charged - self.credited,
            Relief => self.relief_on_bills_sum() + self.relief_granted + self.discounts - self.relief_taken_back,
            Cash => cash - self.refunded_cash - self.rewards_paid_cash - self.remitted,
            Bank => bank + mobile - self.refunded_bank - self.rewards_paid_bank + self.remitted,
            Advance => {
                self.received_ahead - self.advances_used + self.turned_ahead - self.refunded_cash - self.refunded_bank
            }
            WrittenOff => self.written_off - self.write_off_taken_back,
            Reward => self.rewards_granted,
            Payable => self.rewards_granted - self.rewards_offset - self.rewards_paid_cash - self.rewards_paid_bank,
        }
    }

    /// Holds the lines against balances that were reckoned without them.
    pub fn check(&self, balances: &[Balance]) -> Result<(), Fault> {
        for balance in balances {
            let expected_fen = balance.opening_fen + self.change(balance.account);
            if expected_fen != balance.closing_fen {
                return Err(Fault::Unbalanced {
                    account: balance.account,
                    expected_fen,
                    found_fen: balance.closing_fen,
                });
            }
        }
        Ok(())
    }
}

/// A balance of debits less credits as it is reported.
pub fn natural(account: Account, debit_fen: i64) -> i64 {
    match account {
        Receivable | Relief | Cash | Bank | WrittenOff | Reward => debit_fen,
        Income | Advance | Payable => -debit_fen,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What entries may move, as the ledger allows it.
    const RULES: [(i16, i16, i16); 29] = [
        (1, 1, 2),
        (1, 3, 1),
        (1, 6, 1),
        (2, 4, 1),
        (2, 5, 1),
        (2, 4, 6),
        (2, 5, 6),
        (3, 1, 4),
        (3, 1, 5),
        (3, 6, 4),
        (3, 6, 5),
        (4, 2, 1),
        (4, 1, 3),
        (4, 3, 1),
        (4, 1, 7),
        (4, 7, 1),
        (4, 1, 6),
        (5, 3, 1),
        (5, 1, 6),
        (6, 7, 1),
        (7, 6, 4),
        (7, 6, 5),
        (8, 5, 4),
        (9, 8, 9),
        (10, 9, 1),
        (11, 9, 4),
        (11, 9, 5),
        (12, 3, 1),
        (12, 1, 6),
        (13, 6, 1),
    ];

    fn flow(rule: usize, class: i16, mobile: bool, further: bool, fen: i64) -> Flow {
        let (kind, debit, credit) = RULES[rule];
        let method = match (kind, debit == 4 || credit == 4) {
            (2 | 3, true) => 1,
            (2 | 3, false) => 2 + i16::from(mobile),
            _ => 0,
        };
        Flow {
            kind,
            debit,
            credit,
            method,
            class,
            further,
            fen,
        }
    }

    #[test]
    fn what_no_line_tells_is_refused() {
        let told = flow(0, 0, false, false, 5);
        let refused = year(&[Flow { kind: 8, ..told }]).expect_err("no remittance");
        assert_eq!(
            refused.to_string(),
            "no line for entries of kind 8 that move from 2 to 1"
        );
        // Cash that came by bank.
        assert!(
            year(&[Flow {
                method: 2,
                ..flow(3, 0, false, false, 5)
            }])
            .is_err()
        );
        assert!(
            year(&[Flow {
                method: 4,
                ..flow(4, 0, false, false, 5)
            }])
            .is_err()
        );
    }

    #[test]
    fn classes_and_further_bills_are_told_apart() {
        let year = year(&[
            flow(0, 2, false, false, 100),
            flow(0, 1, false, true, 60),
            flow(1, 2, false, false, 40),
            flow(1, 1, false, false, 30),
            flow(1, 2, false, true, 2),
        ])
        .expect("told");
        assert_eq!((year.charged, year.charged_further), (160, 60));
        assert_eq!(year.relief_on_bills, [(1, 30), (2, 42)]);
        assert_eq!(year.change(Receivable), 88);
    }

    proptest! {
        /// Whatever happens, each account opens, moves and closes to the fen, and a fen that is missing is found.
        #[test]
        fn opening_and_movements_make_closing(
            flows in proptest::collection::vec((0..RULES.len(), 0..5_i16, any::<bool>(), any::<bool>(), 1..1_000_000_i64), 0..60),
            opening in proptest::array::uniform9(-1_000_000..1_000_000_i64),
            lost in 0..9_usize,
        ) {
            let flows: Vec<_> = flows.into_iter().map(|(rule, class, mobile, further, fen)| flow(rule, class, mobile, further, fen)).collect();
            // Debits and credits, and nothing of what they mean.
            let debits = |account: Account| -> i64 {
                let number = account as i16;
                flows.iter().map(|flow| {
                    i64::from(flow.debit == number) * flow.fen - i64::from(flow.credit == number) * flow.fen
                }).sum()
            };
            let mut balances: Vec<_> = ACCOUNTS.iter().zip(opening).map(|(account, opening)| Balance {
                account: *account,
                opening_fen: natural(*account, opening),
                closing_fen: natural(*account, opening + debits(*account)),
            }).collect();
            let year = year(&flows).expect("every rule has a line");
            prop_assert_eq!(year.check(&balances), Ok(()));
            let received: i64 = year.receipts.iter().map(|one| one.received_fen - one.undone_fen).sum();
            prop_assert_eq!(received, year.received_for_bills + year.received_ahead);
            balances[lost].closing_fen += 1;
            let unbalanced = matches!(year.check(&balances), Err(Fault::Unbalanced { account, .. }) if account == ACCOUNTS[lost]);
            prop_assert!(unbalanced);
        }
    }
}
