//! In which order money settles bills: the bill that the payer names, then by due date, then by age of the bill.

use time::Date;

/// A bill on which something is still to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenBill<Id> {
    /// Which.
    pub id: Id,
    /// Last day to pay without being overdue.
    pub due_on: Date,
    /// Still to pay, in fen.
    pub outstanding_fen: i64,
}

/// How an amount was set against bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation<Id> {
    /// What each bill got, in order; never 0.
    pub parts: Vec<(Id, i64)>,
    /// What no bill needed.
    pub rest_fen: i64,
}

/// Sets `amount_fen` against `bills`. No bill gets more than it needs, and none gets anything while one before it is open.
pub fn allocate<Id: Copy + Ord>(amount_fen: i64, bills: &[OpenBill<Id>], named: Option<Id>) -> Allocation<Id> {
    let mut bills: Vec<_> = bills.iter().filter(|bill| bill.outstanding_fen > 0).collect();
    bills.sort_unstable_by_key(|bill| (Some(bill.id) != named, bill.due_on, bill.id));
    let mut rest_fen = amount_fen.max(0);
    let mut parts = Vec::with_capacity(1);
    for bill in bills {
        let part = rest_fen.min(bill.outstanding_fen);
        if part == 0 {
            break;
        }
        parts.push((bill.id, part));
        rest_fen -= part;
    }
    Allocation { parts, rest_fen }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn bill(id: u32, due_on: Date, outstanding_fen: i64) -> OpenBill<u32> {
        OpenBill {
            id,
            due_on,
            outstanding_fen,
        }
    }

    #[test]
    fn the_oldest_first_unless_one_is_named() {
        let bills = [
            bill(1, date!(2024 - 12 - 31), 100),
            bill(2, date!(2023 - 12 - 31), 50),
            bill(3, date!(2023 - 12 - 31), 50),
        ];
        assert_eq!(
            allocate(120, &bills, None),
            Allocation {
                parts: vec![(2, 50), (3, 50), (1, 20)],
                rest_fen: 0
            }
        );
        assert_eq!(
            allocate(120, &bills, Some(1)),
            Allocation {
                parts: vec![(1, 100), (2, 20)],
                rest_fen: 0
            }
        );
        assert_eq!(allocate(201, &bills, None).rest_fen, 1);
        assert_eq!(
            allocate(5, &[], Some(1)),
            Allocation {
                parts: vec![],
                rest_fen: 5
            }
        );
    }

    proptest! {
        #[test]
        fn parts_add_up_and_keep_the_order(
            amount in 0..10_000_i64,
            bills in proptest::collection::vec((0..6_i32, 0..3_000_i64), 0..8),
            named in proptest::option::of(0..8_usize),
        ) {
            let start = date!(2024 - 01 - 01).to_julian_day();
            let bills: Vec<_> = bills.iter().enumerate().map(|(id, (day, outstanding_fen))| {
                OpenBill { id, due_on: Date::from_julian_day(start + day).expect("in range"), outstanding_fen: *outstanding_fen }
            }).collect();
            let got = allocate(amount, &bills, named);
            prop_assert_eq!(got.parts.iter().map(|(_, part)| part).sum::<i64>() + got.rest_fen, amount);
            let paid = |id: usize| got.parts.iter().filter(|part| part.0 == id).map(|part| part.1).sum::<i64>();
            for one in &bills {
                prop_assert!(paid(one.id) <= one.outstanding_fen);
                for other in &bills {
                    let before = (Some(one.id) != named, one.due_on, one.id) < (Some(other.id) != named, other.due_on, other.id);
                    prop_assert!(!(before && paid(one.id) < one.outstanding_fen && paid(other.id) > 0));
                }
            }
            prop_assert!(got.rest_fen == 0 || bills.iter().all(|bill| paid(bill.id) == bill.outstanding_fen));
        }
    }
}
