//! How fast bills were collected since their due date (回收曲线).

use super::Settled;

/// What settled bills so many days after their due dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Days since the due date; 0 or less on or before it.
    pub days: i64,
    /// How much.
    pub settled: Settled,
}

/// Everything until a day since the due date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The last day of the step.
    pub days: i64,
    /// Until then.
    pub settled: Settled,
    /// The rest of what was billed, in fen.
    pub outstanding_fen: i64,
}

/// The due date and `count` steps of `step` days after it.
pub fn points(billed_fen: i64, moved: &[Moved], step: i64, count: i64) -> Vec<Point> {
    (0..=count).map(|at| point(billed_fen, moved, at * step)).collect()
}

/// Everything until `days` since the due date.
pub fn point(billed_fen: i64, moved: &[Moved], days: i64) -> Point {
    let mut settled = Settled::default();
    for part in moved.iter().filter(|part| part.days.max(0) <= days) {
        settled.paid_fen += part.settled.paid_fen;
        settled.remitted_fen += part.settled.remitted_fen;
        settled.credited_fen += part.settled.credited_fen;
        settled.written_off_fen += part.settled.written_off_fen;
    }
    Point {
        days,
        settled,
        outstanding_fen: billed_fen - settled.sum(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paid(days: i64, paid_fen: i64) -> Moved {
        let settled = Settled {
            paid_fen,
            ..Settled::default()
        };
        Moved { days, settled }
    }

    #[test]
    fn a_step_ends_with_its_last_day() {
        let moved = [
            paid(-9, 1),
            paid(0, 2),
            paid(1, 4),
            paid(30, 8),
            paid(31, 16),
            paid(61, 32),
        ];
        let points = points(100, &moved, 30, 2);
        let seen: Vec<_> = points
            .iter()
            .map(|point| (point.days, point.settled.paid_fen, point.outstanding_fen))
            .collect();
        assert_eq!(seen, [(0, 3, 97), (30, 15, 85), (60, 31, 69)]);
        assert_eq!(point(100, &moved, i64::MAX).outstanding_fen, 37);
    }

    proptest! {
        #[test]
        fn the_last_point_holds_everything_whatever_the_steps(
            moved in proptest::collection::vec((-50..200_i64, -99..99_i64), 0..30),
            step in 1..60_i64,
        ) {
            let moved: Vec<_> = moved.into_iter().map(|(days, fen)| paid(days, fen)).collect();
            let points = points(1_000, &moved, step, 200 / step + 1);
            prop_assert_eq!(points.last().map(|point| point.settled), Some(point(1_000, &moved, i64::MAX).settled));
            for pair in points.windows(2) {
                let between: i64 = moved.iter().filter(|part| pair[0].days < part.days && part.days <= pair[1].days)
                    .map(|part| part.settled.paid_fen).sum();
                prop_assert_eq!(pair[1].settled.paid_fen - pair[0].settled.paid_fen, between);
            }
        }
    }
}
