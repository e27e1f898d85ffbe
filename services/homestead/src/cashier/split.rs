//! What can be posted together, and what must come one by one.

use std::collections::HashSet;

use crate::store::posting::Posting;

/// Splits `waiting`, in order of arrival, into what one set-based call may take and what is posted one by one after it.
///
/// One by one come the repetitions of an id, whose outcome depends on the first, and every payment of a household of which
/// one payment names a bill: their order matters.
pub(super) fn split<T>(waiting: Vec<T>, posting: impl Fn(&T) -> &Posting) -> (Vec<T>, Vec<T>) {
    let naming: HashSet<String> = waiting
        .iter()
        .map(&posting)
        .filter(|posting| posting.bill_id.is_some())
        .map(|posting| posting.household_id.clone())
        .collect();
    let mut seen = HashSet::with_capacity(waiting.len());
    waiting.into_iter().partition(|one| {
        let posting = posting(one);
        seen.insert(posting.id) && !naming.contains(&posting.household_id)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use time::macros::date;
    use uuid::Uuid;

    use super::*;

    pub(in crate::cashier) fn posting(id: u128, household: &str, bill: Option<u128>) -> Posting {
        Posting {
            id: Uuid::from_u128(id),
            sha256: Vec::new(),
            scope: String::new(),
            principal: String::new(),
            rpc: String::new(),
            division_code: String::new(),
            household_id: household.to_owned(),
            bill_id: bill.map(Uuid::from_u128),
            amount_fen: 1,
            method: 1,
            collector: String::new(),
            document: String::new(),
            effective_on: date!(2024 - 01 - 01),
            event_id: Uuid::nil(),
            payload: Vec::new(),
            traceparent: String::new(),
        }
    }

    #[test]
    fn repetitions_and_named_bills_come_one_by_one() {
        let waiting = vec![
            posting(1, "A", None),
            posting(2, "B", None),
            posting(1, "A", None),
            posting(3, "B", Some(9)),
            posting(4, "A", None),
        ];
        let (together, alone) = split(waiting, |one| one);
        let ids = |postings: &[Posting]| postings.iter().map(|one| one.id.as_u128()).collect::<Vec<_>>();
        assert_eq!(ids(&together), [1, 4]);
        assert_eq!(ids(&alone), [2, 1, 3]);
    }
}
