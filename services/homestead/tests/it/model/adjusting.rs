//! What changes accounts besides bills and payments, as plainly as the rest.

use super::{Bill, Done, Model, plot::Fact};

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
}

fn relieved(done: &[Done]) -> i64 {
    let fen = |done: &Done| if let Done::Relieved(fen, _) = done { *fen } else { 0 };
    done.iter().map(fen).sum()
}

fn given_up(done: &[Done]) -> i64 {
    let fen = |done: &Done| if let Done::GivenUp(fen) = done { *fen } else { 0 };
    done.iter().map(fen).sum()
}

impl Model {
    /// Puts the bills of a household right after something became known of its plot. `further` names the bills that this
    /// adds, by the bill that each adds to.
    pub fn correct(&mut self, household: &str, fact: Fact, due: (i32, i32, i32), further: &[(String, String)]) {
        self.plots.get_mut(household).expect("a household").push(fact);
        let bills = self.bills.get(household).into_iter().flatten();
        let first = bills.filter(|bill| bill.adds_to.is_none());
        let mut first: Vec<_> = first.map(|bill| (bill.days.clone(), bill.name.clone())).collect();
        first.sort_by_key(|(days, name)| (days.start, name.clone()));
        let mut added = 0;
        for (days, name) in first {
            let fee = self.charged(household, &days);
            let done = self.done.get(&name).map_or(&[][..], Vec::as_slice);
            let asks = (fee - relieved(done)).max(0);
            let given_up = given_up(done);
            let kept = self.paid_before_giving_up(done).min(asks);
            let group = self.group(household, &name);
            let sum = |part: fn(&Bill) -> i64| group.iter().map(|bill| part(bill)).sum::<i64>();
            let (net, paid, written_off) = (
                sum(Bill::net_fen),
                sum(|bill| bill.paid_fen),
                sum(|bill| bill.written_off_fen),
            );
            // What was given up is not asked, but for what had been paid by then. Whatever became of payments since, nothing
            // that is paid is given up, and less fee is no more debt.
            let given_up = given_up.min(asks - kept).min(written_off.max(asks - paid));
            let given_up = given_up.max(written_off - (net - asks).max(0));
            let added_to = further.iter().find(|(to, _)| *to == name);
            if asks > net || (asks == net && added_to.is_some()) {
                let (_, new) = added_to.expect("a further bill");
                self.bill(household, new, days, due, asks - net, Some(name.clone()));
                self.give_up_again(household, new, (given_up - written_off).clamp(0, asks - net));
                added += 1;
            }
            let given_up_again = self
                .group(household, &name)
                .iter()
                .map(|bill| bill.written_off_fen)
                .sum::<i64>();
            self.take_off(
                household,
                &name,
                [
                    (net - asks).max(0),
                    (given_up_again - given_up).max(0),
                    (paid - (asks - given_up)).max(0),
                    (given_up - given_up_again).max(0),
                ],
            );
            self.settle(household);
        }
        assert_eq!(added, further.len(), "no bill for nothing");
    }

    /// The bills of the same days, the youngest first and the one that was issued first at last.
    fn group(&mut self, household: &str, first: &str) -> Vec<&mut Bill> {
        let bills = self.bills.get_mut(household).into_iter().flatten();
        let mut group: Vec<_> = bills.filter(|bill| bill.first() == first).collect();
        group.sort_by_key(|bill| std::cmp::Reverse((bill.adds_to.is_some(), bill.name.clone())));
        group
    }

    /// Of what the days had been paid when something was given up last: without payments undone, and without what relief gave
    /// back since.
    fn paid_before_giving_up(&self, done: &[Done]) -> i64 {
        let undone = |id: &Option<String>| {
            id.as_ref()
                .is_some_and(|id| self.undone.values().any(|undone| undone == id))
        };
        let (mut paid, mut first) = (0, 0);
        for done in done {
            match done {
                Done::Paid(fen, by) if !undone(by) => paid += fen,
                Done::Paid(..) => {}
                Done::Relieved(_, back) => {
                    paid -= back;
                    first -= back;
                }
                Done::GivenUp(_) => first = paid,
            }
        }
        first.max(0)
    }

    /// Gives up a part of a new bill; what the advance paid of that part goes back.
    fn give_up_again(&mut self, household: &str, name: &str, amount_fen: i64) {
        let bill = self.find(household, name);
        let back = (amount_fen - bill.open_fen).max(0);
        bill.open_fen -= amount_fen - back;
        bill.paid_fen -= back;
        bill.written_off_fen += amount_fen;
        let first = bill.first();
        self.pay_ahead(household, &first, back);
    }

    /// Paid money of these days becomes an advance.
    fn pay_ahead(&mut self, household: &str, first: &str, fen: i64) {
        self.done
            .entry(first.to_owned())
            .or_default()
            .push(Done::Paid(-fen, None));
        *self.advances.entry(household.to_owned()).or_default() += fen;
    }

    /// Asks `less`: `alive` of it had been written off, `ahead` paid, and the rest is open. `again` is written off of what stays
    /// open.
    fn take_off(&mut self, household: &str, first: &str, [less, alive, ahead, again]: [i64; 4]) {
        let (mut open, mut alive, mut rest, mut again) = (less - alive - ahead, alive, ahead, again);
        let part = |rest: &mut i64, most: &mut i64| {
            let part = (*rest).min(*most);
            *rest -= part;
            *most -= part;
            part
        };
        for bill in self.group(household, first) {
            part(&mut open, &mut bill.open_fen);
            part(&mut alive, &mut bill.written_off_fen);
            part(&mut rest, &mut bill.paid_fen);
            bill.written_off_fen += part(&mut again, &mut bill.open_fen);
        }
        assert_eq!((open, alive, rest, again), (0, 0, 0, 0), "{household}");
        self.pay_ahead(household, first, ahead);
    }

    /// Relief on a bill; refused above what it asks.
    pub fn relieve(&mut self, household: &str, name: &str, amount_fen: i64) -> bool {
        let bill = self.find(household, name);
        let asked = bill.open_fen + bill.paid_fen;
        if amount_fen > asked {
            return false;
        }
        let back = (amount_fen - bill.open_fen).max(0);
        bill.open_fen -= amount_fen - back;
        bill.paid_fen -= back;
        let first = bill.first();
        self.done
            .entry(first)
            .or_default()
            .push(Done::Relieved(amount_fen, back));
        *self.advances.entry(household.to_owned()).or_default() += back;
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
        let first = bill.first();
        self.done.entry(first).or_default().push(Done::GivenUp(amount_fen));
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
            self.done.entry(bill.first()).or_default().push(Done::Paid(part, None));
        }
        true
    }

    fn find(&mut self, household: &str, name: &str) -> &mut Bill {
        let bills = self.bills.get_mut(household).expect("bills");
        bills.iter_mut().find(|bill| bill.name == name).expect("the bill")
    }
}
