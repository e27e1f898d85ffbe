//! The ledger in memory, written as plainly as possible and without the core: what the service must agree with.

pub mod adjusting;
pub mod plot;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use time::Date;

/// A bill: its due date as a sortable text, and what is still to be paid.
#[derive(Debug, Clone)]
pub struct Bill {
    pub name: String,
    pub due: (i32, i32, i32),
    /// The days that it charges.
    pub days: Range<Date>,
    pub open_fen: i64,
    pub paid_fen: i64,
    pub written_off_fen: i64,
    /// The bill for the same days that it adds to.
    pub adds_to: Option<String>,
}

impl Bill {
    /// The bill that was issued first for its days.
    pub fn first(&self) -> String {
        self.adds_to.clone().unwrap_or_else(|| self.name.clone())
    }
}

/// What happened to the bills of the same days, besides charging them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// Paid or set against them; with the payment that did it, which may be undone. Negative where it became an advance.
    Paid(i64, Option<String>),
    /// Relief, and how much paid money it gave back.
    Relieved(i64, i64),
    GivenUp(i64),
}

/// What a plan may sort bills by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Due,
    Year,
    FurtherFirst,
    FurtherLast,
}

/// The order in which money settles bills.
#[derive(Debug, Clone)]
pub struct Rule {
    pub by: Vec<By>,
    pub names_count: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            by: vec![By::Due],
            names_count: true,
        }
    }
}

impl Rule {
    /// Puts bills into their order.
    pub fn sort(&self, bills: &mut [Bill]) {
        bills.sort_by(|one, other| {
            for by in &self.by {
                let further = (one.adds_to.is_some(), other.adds_to.is_some());
                let first = match by {
                    By::Due => one.due.cmp(&other.due),
                    By::Year => one.days.start.cmp(&other.days.start),
                    By::FurtherFirst => further.1.cmp(&further.0),
                    By::FurtherLast => further.0.cmp(&further.1),
                };
                if first.is_ne() {
                    return first;
                }
            }
            one.name.cmp(&other.name)
        });
    }
}

/// A payment as it was asked for, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    pub village: String,
    pub household: String,
    pub amount_fen: i64,
    pub named: Option<String>,
    pub parts: Vec<(String, i64)>,
    pub advance_fen: i64,
    pub receipt: i64,
}

/// How a command must end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ends {
    Paid(Paid),
    Undone(i64),
    NotFound,
    Reused,
    UndoneBefore,
    Refunded,
}

/// All books.
#[derive(Debug, Default)]
pub struct Model {
    /// Village of each household.
    pub homes: BTreeMap<String, String>,
    pub bills: BTreeMap<String, Vec<Bill>>,
    /// By bill that was issued first for its days, in order.
    pub done: BTreeMap<String, Vec<Done>>,
    pub advances: BTreeMap<String, i64>,
    pub receipts: BTreeMap<String, i64>,
    pub paid: BTreeMap<String, Paid>,
    /// What advances of each household settled, in order, and how much of that was there before each payment.
    pub ahead: BTreeMap<String, Vec<(String, i64)>>,
    pub ahead_before: BTreeMap<String, usize>,
    /// Reversal id → payment id.
    pub undone: BTreeMap<String, String>,
    /// What is known of the first plot of each household, in the order in which it was learned; what its other plots lie above
    /// the entitlement; and whose fee is halved.
    pub plots: BTreeMap<String, Vec<plot::Fact>>,
    pub others_m2: BTreeMap<String, i64>,
    pub halved: BTreeSet<String>,
    /// Rewards due.
    pub rewards: BTreeMap<String, i64>,
    /// As the plan states it now.
    pub rule: Rule,
}

impl Model {
    /// A household gets a bill for some days, or one that adds to it; its advance goes first.
    pub fn bill(
        &mut self,
        household: &str,
        name: &str,
        days: Range<Date>,
        due: (i32, i32, i32),
        net_fen: i64,
        adds_to: Option<String>,
    ) {
        let advance = self.advances.entry(household.to_owned()).or_default();
        let ahead = net_fen.min(*advance);
        *advance -= ahead;
        if ahead > 0 {
            let settled = self.ahead.entry(household.to_owned()).or_default();
            settled.push((name.to_owned(), ahead));
        }
        let bill = Bill {
            name: name.to_owned(),
            due,
            days,
            open_fen: net_fen - ahead,
            paid_fen: ahead,
            written_off_fen: 0,
            adds_to,
        };
        self.done.entry(bill.first()).or_default().push(Done::Paid(ahead, None));
        self.bills.entry(household.to_owned()).or_default().push(bill);
    }

    pub fn pay(&mut self, id: &str, village: &str, household: &str, amount_fen: i64, named: Option<&str>) -> Ends {
        if let Some(known) = self.paid.get(id) {
            let same = known.village == village
                && known.household == household
                && known.amount_fen == amount_fen
                && known.named.as_deref() == named;
            return if same { Ends::Paid(known.clone()) } else { Ends::Reused };
        }
        if self.undone.contains_key(id) {
            return Ends::Reused;
        }
        if self.homes.get(household).is_none_or(|home| home != village) {
            return Ends::NotFound;
        }
        let bills = self.bills.entry(household.to_owned()).or_default();
        if named.is_some_and(|named| bills.iter().all(|bill| bill.name != named)) {
            return Ends::NotFound;
        }
        self.rule.sort(bills);
        if self.rule.names_count
            && let Some(at) = bills.iter().position(|bill| Some(bill.name.as_str()) == named)
        {
            bills[..=at].rotate_right(1);
        }
        let mut rest = amount_fen;
        let mut parts = Vec::new();
        for bill in bills {
            let part = rest.min(bill.open_fen);
            if part > 0 {
                bill.open_fen -= part;
                bill.paid_fen += part;
                rest -= part;
                parts.push((bill.name.clone(), part));
                let done = self.done.entry(bill.first()).or_default();
                done.push(Done::Paid(part, Some(id.to_owned())));
            }
        }
        *self.advances.entry(household.to_owned()).or_default() += rest;
        let receipt = self.receipts.entry(village.to_owned()).or_default();
        *receipt += 1;
        let paid = Paid {
            village: village.to_owned(),
            household: household.to_owned(),
            amount_fen,
            named: named.map(str::to_owned),
            parts,
            advance_fen: rest,
            receipt: *receipt,
        };
        let before = self.ahead.get(household).map_or(0, Vec::len);
        self.ahead_before.insert(id.to_owned(), before);
        self.paid.insert(id.to_owned(), paid.clone());
        Ends::Paid(paid)
    }

    pub fn undo(&mut self, id: &str, payment: &str) -> Ends {
        if let Some(known) = self.undone.get(id) {
            return if known == payment {
                Ends::Undone(self.paid[payment].amount_fen)
            } else {
                Ends::Reused
            };
        }
        let Some(paid) = self.paid.get(payment).cloned() else {
            return Ends::NotFound;
        };
        if self.paid.contains_key(id) {
            return Ends::Reused;
        }
        if self.undone.values().any(|undone| undone == payment) {
            return Ends::UndoneBefore;
        }
        // Back from its own bills as far as they are paid, then from the advance, then from what advances settled since, the
        // latest first, then from the bill settled last.
        let advance = self.advances.entry(paid.household.clone()).or_default();
        let bills = self.bills.entry(paid.household.clone()).or_default();
        if paid.amount_fen > *advance + bills.iter().map(|bill| bill.paid_fen).sum::<i64>() {
            return Ends::Refunded;
        }
        let mut rest = paid.amount_fen;
        let give_back = |bill: &mut Bill, most: i64, rest: &mut i64| {
            let part = most.min(bill.paid_fen).min(*rest);
            bill.paid_fen -= part;
            bill.open_fen += part;
            *rest -= part;
        };
        for (name, part) in &paid.parts {
            let bill = bills
                .iter_mut()
                .find(|bill| bill.name == *name)
                .expect("a bill that was paid");
            give_back(bill, *part, &mut rest);
        }
        let part = rest.min(*advance);
        *advance -= part;
        rest -= part;
        let ahead = self.ahead.get(&paid.household).map_or(&[][..], Vec::as_slice);
        for (name, part) in ahead[self.ahead_before[payment]..].iter().rev() {
            let bill = bills
                .iter_mut()
                .find(|bill| bill.name == *name)
                .expect("a bill that was settled");
            give_back(bill, *part, &mut rest);
        }
        self.rule.sort(bills);
        for bill in bills.iter_mut().rev() {
            give_back(bill, i64::MAX, &mut rest);
        }
        assert_eq!(rest, 0, "the household has what it paid");
        self.settle(&paid.household);
        self.undone.insert(id.to_owned(), payment.to_owned());
        Ends::Undone(paid.amount_fen)
    }

    /// Sets what a household has in advance against what it owes.
    pub fn settle(&mut self, household: &str) {
        let advance = self.advances.entry(household.to_owned()).or_default();
        let bills = self.bills.entry(household.to_owned()).or_default();
        self.rule.sort(bills);
        for bill in bills {
            let part = bill.open_fen.min(*advance);
            if part > 0 {
                bill.open_fen -= part;
                bill.paid_fen += part;
                *advance -= part;
                let settled = self.ahead.entry(household.to_owned()).or_default();
                settled.push((bill.name.clone(), part));
                self.done.entry(bill.first()).or_default().push(Done::Paid(part, None));
            }
        }
    }

    /// What a household owes and has in advance.
    pub fn standing(&self, household: &str) -> (i64, i64) {
        let owed = self
            .bills
            .get(household)
            .map_or(0, |bills| bills.iter().map(|bill| bill.open_fen).sum());
        (owed, self.advances.get(household).copied().unwrap_or(0))
    }
}
