//! In which order money settles bills: the bill that the payer names, then by the keys of the plan, then by age of the bill.

mod order;
#[cfg(test)]
mod tests;

pub use order::{Key, Order, Traits, Weights, check};

/// A bill on which something is still to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenBill<Id> {
    /// Which.
    pub id: Id,
    /// What the order goes by.
    pub traits: Traits,
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
pub fn allocate<Id: Copy + Ord>(
    order: &Order,
    amount_fen: i64,
    bills: &[OpenBill<Id>],
    named: Option<Id>,
) -> Allocation<Id> {
    let named = named.filter(|_| !order.ignores_named);
    let mut bills: Vec<_> = bills.iter().filter(|bill| bill.outstanding_fen > 0).collect();
    bills.sort_by_cached_key(|bill| (Some(bill.id) != named, order.place(&bill.traits), bill.id));
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
