//! What stands on a day, and what is done about it.

use time::{Date, Duration};

use super::{Home, RECEIVABLE};

/// Dunning steps in their order: least days overdue, least days since the step before, least amount.
pub const STEPS: [(i64, i64, i64); 5] = [
    (7, 0, 1_000),
    (30, 14, 1_000),
    (60, 14, 1_000),
    (90, 14, 5_000),
    (120, 14, 5_000),
];
/// Steps by number: a notice is written; somebody comes, without whom nothing follows; debtors are posted; the last one.
pub const NOTICE: i32 = 2;
pub const VISIT: i32 = 3;
pub const PUBLIC: i32 = 4;
pub const MEDIATION: i32 = 5;

/// What a dunning run makes of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dunned {
    NothingOverdue,
    Objecting,
    Disputed,
    Waiting,
    Step(i32, i64),
}

impl Home {
    /// Still to pay on a bill at the end of a day, from what moved until then.
    pub fn stood(&self, bill: usize, day: Date) -> i64 {
        let of_bill = self.moves.iter().filter(|it| it.bill == Some(bill) && it.day <= day);
        of_bill
            .map(|it| if it.debit == RECEIVABLE { it.fen } else { -it.fen })
            .sum()
    }

    /// What is owed now of everything that was due before a day, and since when.
    pub fn overdue(&self, day: Date) -> (i64, Option<Date>) {
        let overdue = self
            .bills
            .iter()
            .filter(|bill| bill.outstanding() > 0 && bill.due_on(day) < day);
        overdue.fold((0, None), |(fen, oldest): (i64, Option<Date>), bill| {
            let due = bill.due_on(day);
            let oldest = oldest.map_or(due, |oldest| oldest.min(due));
            (fen + bill.outstanding(), Some(oldest))
        })
    }

    /// Takes the next dunning step, if it comes to one.
    pub fn dun(&mut self, day: Date) -> Dunned {
        let (fen, oldest) = self.overdue(day);
        let Some(oldest) = oldest else {
            return Dunned::NothingOverdue;
        };
        if self.objection.is_some() {
            return Dunned::Objecting;
        }
        if self.unmeasured {
            return Dunned::Disputed;
        }
        let last = self.dunned.filter(|(_, on)| *on > oldest);
        let next = last.map_or(1, |(step, _)| step + 1);
        let Some((days, cooling, least)) = usize::try_from(next - 1).ok().and_then(|at| STEPS.get(at)) else {
            return Dunned::Waiting;
        };
        let unvisited = last.is_some_and(|(step, on)| step == VISIT && self.visited.is_none_or(|visit| visit < on));
        let cooled = last.is_none_or(|(_, on)| day - on >= Duration::days(*cooling));
        if unvisited || !cooled || fen < *least || day - oldest < Duration::days(*days) {
            return Dunned::Waiting;
        }
        self.dunned = Some((next, day));
        Dunned::Step(next, fen)
    }
}
