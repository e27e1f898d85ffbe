//! What changes accounts besides bills and payments, as plainly as the rest.

use super::{Bill, Model};

/// Fee of a whole year for whole square metres over the entitlement, in fen: 30 free, then 8, 10, 12 and 15 yuan a m².
pub fn yearly(over_m2: i64, half: bool) -> i64 {
    let band = |from: i64, to: i64| (over_m2.min(to) - from).max(0);
    let fee = band(30, 60) * 800 + band(60, 100) * 1_000 + band(100, 150) * 1_200 + band(150, i64::MAX) * 1_500;
    if half { fee / 2 } else { fee }
}

impl Bill {
    fn net_fen(&self) -> i64 {
        self.open_fen + self.paid_fen + self.written_off_fen
    }

    /// Asks less; what was written off or paid beyond that is no longer. Gives what becomes an advance.
    fn take_off(&mut self, amount_fen: i64) -> i64 {
        let open = amount_fen.min(self.open_fen);
        let written_off = (amount_fen - open).min(self.written_off_fen);
        let paid = amount_fen - open - written_off;
        self.open_fen -= open;
        self.written_off_fen -= written_off;
        self.paid_fen -= paid;
        paid
    }
}

impl Model {
    /// The plots of a household lie `over_m2` above the entitlement, all along. `further` names the bills that this adds,
    /// by the bill that each adds to.
    pub fn measure(&mut self, household: &str, over_m2: i64, due: (i32, i32, i32), further: &[(String, String)]) {
        let before = yearly(self.over_m2[household], self.halved.contains(household));
        let after = yearly(over_m2, self.halved.contains(household));
        self.over_m2.insert(household.to_owned(), over_m2);
        let bills = self.bills.get(household).into_iter().flatten();
        let first = bills.filter(|bill| bill.adds_to.is_none());
        let mut first: Vec<_> = first.map(|bill| (bill.year, bill.name.clone())).collect();
        first.sort();
        let mut added = 0;
        for (_, name) in first {
            if after > before {
                let (_, new) = further.iter().find(|(to, _)| *to == name).expect("a further bill");
                self.bill(household, new, due, after - before);
                let bills = self.bills.get_mut(household).expect("bills");
                let year = bills.iter().find(|bill| bill.name == name).expect("the bill").year;
                let new = bills.last_mut().expect("the new one");
                (new.adds_to, new.year) = (Some(name), year);
                added += 1;
            } else {
                let mut rest = before - after;
                let bills = self.bills.get_mut(household).expect("bills");
                let advance = self.advances.entry(household.to_owned()).or_default();
                let mut group: Vec<_> = bills
                    .iter_mut()
                    .filter(|bill| bill.name == name || bill.adds_to.as_ref() == Some(&name))
                    .collect();
                // The youngest first; the one that was issued first at last.
                group.sort_by_key(|bill| (bill.adds_to.is_some(), bill.name.clone()));
                for bill in group.into_iter().rev() {
                    let part = rest.min(bill.net_fen());
                    rest -= part;
                    *advance += bill.take_off(part);
                }
                self.settle(household);
            }
        }
        assert_eq!(added, further.len(), "no bill for nothing");
    }

    /// Relief on a bill; refused above what it asks.
    pub fn relieve(&mut self, household: &str, name: &str, amount_fen: i64) -> bool {
        let bill = self.find(household, name);
        let asked = bill.open_fen + bill.paid_fen;
        if amount_fen > asked {
            return false;
        }
        let written_off_fen = std::mem::take(&mut bill.written_off_fen);
        let ahead = bill.take_off(amount_fen);
        self.find(household, name).written_off_fen = written_off_fen;
        *self.advances.entry(household.to_owned()).or_default() += ahead;
        self.settle(household);
        true
    }

    /// Gives up a part of what is open.
    pub fn write_off(&mut self, household: &str, name: &str, amount_fen: i64) -> bool {
        let bill = self.find(household, name);
        if amount_fen > bill.open_fen {
            return false;
        }
        bill.open_fen -= amount_fen;
        bill.written_off_fen += amount_fen;
        true
    }

    /// Pays a part of the advance back.
    pub fn refund(&mut self, household: &str, amount_fen: i64) -> bool {
        let advance = self.advances.entry(household.to_owned()).or_default();
        if amount_fen > *advance {
            return false;
        }
        *advance -= amount_fen;
        true
    }

    /// Grants a reward, or sets some of it against what is owed, the oldest first.
    pub fn reward(&mut self, household: &str, amount_fen: i64) {
        *self.rewards.entry(household.to_owned()).or_default() += amount_fen;
    }

    /// Sets some of the rewards against what is owed, in the order of the plan.
    pub fn offset(&mut self, household: &str, amount_fen: i64) -> bool {
        let (owed, _) = self.standing(household);
        let due = self.rewards.entry(household.to_owned()).or_default();
        if amount_fen > *due || amount_fen > owed {
            return false;
        }
        *due -= amount_fen;
        let mut rest = amount_fen;
        let bills = self.bills.get_mut(household).expect("bills");
        self.rule.sort(bills);
        for bill in bills {
            let part = rest.min(bill.open_fen);
            bill.open_fen -= part;
            bill.paid_fen += part;
            rest -= part;
        }
        true
    }

    fn find(&mut self, household: &str, name: &str) -> &mut Bill {
        let bills = self.bills.get_mut(household).expect("bills");
        bills.iter_mut().find(|bill| bill.name == name).expect("the bill")
    }
}
