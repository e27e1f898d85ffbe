//! Accounts, and what an entry of the journal moves between them.

use crate::waterfall::{Order, Traits};

/// Accounts of a village's book; the numbers are those of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Account {
    /// 应收有偿使用费, by household.
    Receivable = 1,
    /// 有偿使用费收入.
    Income = 2,
    /// 减免.
    Relief = 3,
    /// 库存现金, by cadre.
    Cash = 4,
    /// 银行存款.
    Bank = 5,
    /// 预收款, by household.
    Advance = 6,
    /// 坏账核销.
    WrittenOff = 7,
    /// 退出奖励支出.
    Reward = 8,
    /// 应付退出奖励, by household.
    Payable = 9,
}

/// What an entry is; the numbers are those of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Kind {
    /// 冲销.
    Reversal = 3,
    /// 更正.
    Correction = 4,
    /// 减免.
    Relief = 5,
    /// 核销.
    WriteOff = 6,
    /// 退款.
    Refund = 7,
    /// 解款.
    Remittance = 8,
    /// 退出奖励.
    Reward = 9,
    /// 抵缴.
    Offset = 10,
    /// 奖励支付.
    RewardPaid = 11,
    /// 一次性缴纳优惠.
    Discount = 12,
}

/// An amount that goes from one account to another. Who holds an account is said by whoever posts: the household of the
/// entry, or the cadre with the cash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move<Id> {
    /// Takes.
    pub debit: Account,
    /// Gives.
    pub credit: Account,
    /// In fen, > 0.
    pub amount_fen: i64,
    /// The bill concerned.
    pub bill: Option<Id>,
}

/// A bill on which something was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidBill<Id> {
    /// Which.
    pub id: Id,
    /// What the order goes by in which money settles bills.
    pub traits: Traits,
    /// Paid on it, in fen.
    pub paid_fen: i64,
}

/// Takes `amount_fen` of money that was received into `received` back from where it is now: first from the bills that the
/// payment settled (`parts`), as far as they are still paid, then from the household's advance, then from the bills that
/// advances settled since (`ahead`, the latest first), then from the bill that money settles last by `order`. `None` if the
/// household has less than that: a part was refunded.
pub fn unwind<Id: Copy + Ord>(
    order: &Order,
    received: Account,
    amount_fen: i64,
    parts: &[(Id, i64)],
    ahead: &[(Id, i64)],
    bills: &[PaidBill<Id>],
    advance_fen: i64,
) -> Option<Vec<Move<Id>>> {
    let mut rest = amount_fen;
    let mut taken: Vec<(Option<Id>, i64)> = Vec::new();
    let mut take = |from: Option<Id>, most: i64| {
        let there = from.map_or(advance_fen, |id| {
            bills.iter().find(|bill| bill.id == id).map_or(0, |bill| bill.paid_fen)
        });
        let before: i64 = taken.iter().filter(|(bill, _)| *bill == from).map(|(_, fen)| fen).sum();
        let part = rest.min(most).min(there - before);
        if part > 0 {
            rest -= part;
            match taken.iter_mut().find(|(bill, _)| *bill == from) {
                Some((_, fen)) => *fen += part,
                None => taken.push((from, part)),
            }
        }
    };
    for (id, part) in parts {
        take(Some(*id), *part);
    }
    take(None, advance_fen);
    for (id, part) in ahead {
        take(Some(*id), *part);
    }
    let mut latest: Vec<_> = bills.iter().collect();
    latest.sort_by_cached_key(|bill| std::cmp::Reverse((order.place(&bill.traits), bill.id)));
    for bill in latest {
        take(Some(bill.id), bill.paid_fen);
    }
    let back = |(bill, amount_fen): (Option<Id>, i64)| Move {
        debit: if bill.is_some() {
            Account::Receivable
        } else {
            Account::Advance
        },
        credit: received,
        amount_fen,
        bill,
    };
    (rest == 0).then(|| taken.into_iter().map(back).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn bill(id: u32, year: i32, paid_fen: i64) -> PaidBill<u32> {
        let traits = Traits {
            due_on: date!(2024 - 12 - 31).replace_year(year).expect("a date"),
            from_on: date!(2024 - 01 - 01),
            agreed: false,
            adds: false,
        };
        PaidBill { id, traits, paid_fen }
    }

    fn from(moves: Option<Vec<Move<u32>>>) -> Option<Vec<(Option<u32>, i64)>> {
        moves.map(|moves| moves.iter().map(|one| (one.bill, one.amount_fen)).collect())
    }

    #[test]
    fn its_own_bills_come_first_then_the_advance_then_the_youngest() {
        let bills = [bill(1, 2023, 100), bill(2, 2024, 30), bill(3, 2025, 50)];
        let back = |amount, parts: &[(u32, i64)], advance| {
            from(unwind(
                &Order::default(),
                Account::Bank,
                amount,
                parts,
                &[],
                &bills,
                advance,
            ))
        };
        assert_eq!(back(80, &[(1, 80)], 9), Some(vec![(Some(1), 80)]));
        assert_eq!(back(90, &[(1, 80)], 10), Some(vec![(Some(1), 80), (None, 10)]));
        // What it paid ahead has settled the youngest bill since.
        assert_eq!(
            back(130, &[(1, 80)], 10),
            Some(vec![(Some(1), 80), (None, 10), (Some(3), 40)])
        );
        assert_eq!(
            back(190, &[(1, 80)], 10),
            Some(vec![(Some(1), 100), (None, 10), (Some(3), 50), (Some(2), 30)])
        );
        assert_eq!(back(191, &[(1, 80)], 10), None);
        // A correction moved what it had paid on a bill to the advance.
        assert_eq!(back(60, &[(2, 60)], 40), Some(vec![(Some(2), 30), (None, 30)]));
    }

    #[test]
    fn what_was_paid_ahead_comes_back_from_where_it_went() {
        let bills = [bill(1, 2023, 50), bill(2, 2024, 30), bill(3, 2025, 40)];
        let back = |amount, ahead: &[(u32, i64)]| {
            from(unwind(
                &Order::default(),
                Account::Bank,
                amount,
                &[(1, 80)],
                ahead,
                &bills,
                0,
            ))
        };
        // 30 of 80 were charged too much, became an advance and settled the second bill; the third was paid otherwise.
        assert_eq!(back(80, &[(2, 30)]), Some(vec![(Some(1), 50), (Some(2), 30)]));
        // Of what was settled twice, the latest first, and never more than is still paid.
        assert_eq!(
            back(80, &[(3, 20), (2, 40)]),
            Some(vec![(Some(1), 50), (Some(3), 20), (Some(2), 10)])
        );
        assert_eq!(
            back(110, &[(2, 90)]),
            Some(vec![(Some(1), 50), (Some(2), 30), (Some(3), 30)])
        );
    }

    proptest! {
        #[test]
        fn what_is_there_suffices_and_nothing_is_taken_twice(
            paid in proptest::collection::vec(0..1_000_i64, 0..6),
            parts in proptest::collection::vec((0..6_u32, 1..1_000_i64), 0..4),
            ahead in proptest::collection::vec((0..6_u32, 1..1_000_i64), 0..4),
            advance in 0..500_i64,
            amount in 1..4_000_i64,
        ) {
            let bills: Vec<_> = paid.iter().zip(0..).map(|(fen, id)| bill(id, 2020 + i32::try_from(id).expect("small"), *fen)).collect();
            let has: i64 = advance + paid.iter().sum::<i64>();
            let moves = unwind(&Order::default(), Account::Cash, amount, &parts, &ahead, &bills, advance);
            prop_assert_eq!(moves.is_some(), amount <= has);
            let moves = moves.unwrap_or_default();
            for one in &moves {
                let most = one.bill.map_or(advance, |id| paid[usize::try_from(id).expect("small")]);
                prop_assert!(0 < one.amount_fen && one.amount_fen <= most);
                prop_assert_eq!(moves.iter().filter(|other| other.bill == one.bill).count(), 1);
            }
            prop_assert!(moves.is_empty() || moves.iter().map(|one| one.amount_fen).sum::<i64>() == amount);
        }
    }
}
