//! What became of the arrears of one day until another (迁徙率).

use super::Settled;
use crate::ageing::{BUCKETS, bucket};

/// A bill that was open on the first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// Days since its due date on the first day; negative before it.
    pub days_first: i64,
    /// The same on the last day.
    pub days_last: i64,
    /// Outstanding on the first day, in fen, > 0.
    pub open_fen: i64,
    /// What settled it between the two days.
    pub settled: Settled,
}

/// How what was outstanding ended, if it is not outstanding still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Settled by money, advances or rewards.
    Paid,
    /// Relief and discounts.
    Remitted,
    /// Charged too much.
    Credited,
    /// Given up.
    WrittenOff,
}

/// Number of outcomes.
const OUTCOMES: usize = 4;

/// An amount, and the bills that count there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// In fen.
    pub fen: i64,
    /// Bills.
    pub bills: i64,
}

/// What became of the arrears of one age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    /// Outstanding on the first day.
    pub total: Cell,
    /// Still outstanding, by age on the last day.
    pub open: [Cell; BUCKETS],
    /// The rest, in the order of [`Outcome`].
    pub settled: [Cell; OUTCOMES],
    /// Owed beyond what was outstanding on the first day.
    pub reopened_fen: i64,
}

impl Row {
    /// What ended in this way.
    pub fn outcome(&self, outcome: Outcome) -> Cell {
        self.settled[outcome as usize]
    }

    fn add(&mut self, bill: &Bill) {
        // A payment that was recorded for an earlier day than the one it replaces: paid twice in between.
        let left = bill.open_fen - bill.settled.sum();
        let parts = parts(bill.settled, (-left).max(0));
        let left = left.max(0);
        self.total.fen += bill.open_fen;
        self.total.bills += 1;
        self.reopened_fen += (left - bill.open_fen).max(0);
        let open = &mut self.open[bucket(bill.days_last)];
        open.fen += left.min(bill.open_fen);
        if left > 0 {
            open.bills += 1;
        } else if let Some(largest) = (0..OUTCOMES).rev().max_by_key(|at| parts[*at]) {
            self.settled[largest].bills += 1;
        }
        for (cell, fen) in self.settled.iter_mut().zip(parts) {
            cell.fen += fen;
        }
    }
}

/// Rows by age on the first day, to which bills are added one after another.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows(pub [Row; BUCKETS]);

impl Rows {
    /// Adds a bill to the row of its age.
    pub fn add(&mut self, bill: &Bill) {
        self.0[bucket(bill.days_first)].add(bill);
    }

    /// All rows together.
    pub fn total(&self) -> Row {
        let mut total = Row::default();
        let plus = |to: &mut Cell, cell: &Cell| {
            to.fen += cell.fen;
            to.bills += cell.bills;
        };
        for row in &self.0 {
            plus(&mut total.total, &row.total);
            let cells = row.open.iter().chain(&row.settled);
            for (to, cell) in total.open.iter_mut().chain(&mut total.settled).zip(cells) {
                plus(to, cell);
            }
            total.reopened_fen += row.reopened_fen;
        }
        total
    }
}

/// How much ended in which way, none of it negative. What was taken back (a payment undone, money that relief turned into an
/// advance) lessens relief first, then corrections, then write-offs, and payments last; `over_fen` beyond the bill lessens
/// payments first.
fn parts(settled: Settled, over_fen: i64) -> [i64; OUTCOMES] {
    use Outcome::{Credited, Paid, Remitted, WrittenOff};
    let mut parts = [
        settled.paid_fen,
        settled.remitted_fen,
        settled.credited_fen,
        settled.written_off_fen,
    ];
    let mut back = 0;
    for part in &mut parts {
        back -= (*part).min(0);
        *part = (*part).max(0);
    }
    lessen(&mut parts, back, [Remitted, Credited, WrittenOff, Paid]);
    lessen(&mut parts, over_fen, [Paid, Remitted, Credited, WrittenOff]);
    parts
}

fn lessen(parts: &mut [i64; OUTCOMES], mut fen: i64, order: [Outcome; OUTCOMES]) {
    for outcome in order {
        let part = &mut parts[outcome as usize];
        let taken = fen.min(*part);
        *part -= taken;
        fen -= taken;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bill(open_fen: i64, paid_fen: i64, remitted_fen: i64, written_off_fen: i64) -> Bill {
        let settled = Settled {
            paid_fen,
            remitted_fen,
            credited_fen: 0,
            written_off_fen,
        };
        Bill {
            days_first: 10,
            days_last: 40,
            open_fen,
            settled,
        }
    }

    fn row(bills: &[Bill]) -> Row {
        let mut rows = Rows::default();
        for bill in bills {
            rows.add(bill);
        }
        rows.0[1]
    }

    fn cell(fen: i64, bills: i64) -> Cell {
        Cell { fen, bills }
    }

    #[test]
    fn a_part_rolls_on_and_a_part_is_paid() {
        let row = row(&[bill(100, 30, 0, 0), bill(50, 20, 0, 30)]);
        assert_eq!(row.total, cell(150, 2));
        assert_eq!(row.open[2], cell(70, 1));
        assert_eq!(row.outcome(Outcome::Paid), cell(50, 0));
        assert_eq!(row.outcome(Outcome::WrittenOff), cell(30, 1));
        assert_eq!(row.reopened_fen, 0);
    }

    #[test]
    fn what_was_taken_back_is_set_against_relief_first() {
        // Relief of 20 of which 6 became an advance; a payment undone that outweighs everything else; as much paid as remitted.
        let row = row(&[bill(14, -6, 20, 0), bill(10, -5, 0, 0), bill(8, 4, 4, 0)]);
        assert_eq!(row.outcome(Outcome::Remitted), cell(18, 1));
        assert_eq!(row.outcome(Outcome::Paid), cell(4, 1));
        assert_eq!((row.open[2], row.reopened_fen), (cell(10, 1), 5));
    }

    proptest! {
        #[test]
        fn rows_add_up_to_what_was_outstanding(
            bills in proptest::collection::vec(
                (-400..800_i64, 1..400_i64, 1..9_000_i64, -5_000..9_000_i64, -900..900_i64, 0..900_i64, -900..900_i64), 0..40),
        ) {
            let mut rows = Rows::default();
            let (mut open, mut left) = (0, 0);
            for (days, later, fen, paid, remitted, credited, written_off) in &bills {
                let settled = Settled {
                    paid_fen: *paid, remitted_fen: *remitted, credited_fen: *credited, written_off_fen: *written_off,
                };
                rows.add(&Bill { days_first: *days, days_last: days + later, open_fen: *fen, settled });
                open += fen;
                left += (fen - settled.sum()).max(0);
            }
            let total = rows.total();
            prop_assert_eq!(total.total, cell(open, i64::try_from(bills.len()).expect("few")));
            prop_assert_eq!(total.open.iter().map(|cell| cell.fen).sum::<i64>() + total.reopened_fen, left);
            for row in rows.0.iter().chain([&total]) {
                let cells = || row.open.iter().chain(&row.settled);
                prop_assert_eq!(cells().map(|cell| cell.fen).sum::<i64>(), row.total.fen);
                prop_assert_eq!(cells().map(|cell| cell.bills).sum::<i64>(), row.total.bills);
                prop_assert!(cells().all(|cell| cell.fen >= 0) && row.reopened_fen >= 0);
            }
            // Nothing grows younger.
            for (first, row) in rows.0.iter().enumerate() {
                prop_assert!(row.open[..first].iter().all(|cell| *cell == Cell::default()));
            }
        }
    }
}
