//! The next step towards a debtor.

use time::Date;

use crate::problem::Problem;

/// Steps in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// 提醒.
    Reminder,
    /// 催缴通知书.
    Notice,
    /// 入户走访.
    Visit,
    /// 公示.
    PublicNotice,
    /// 调解.
    Mediation,
}

/// When a step is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// The step.
    pub stage: Stage,
    /// Least days since the due date of the oldest overdue bill.
    pub overdue_days: i32,
    /// Least days since the step before.
    pub cooling_off_days: i32,
    /// Least overdue amount.
    pub minimum_fen: i64,
}

/// What a household owes beyond its due dates, and the last step taken since it last owed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Debtor {
    /// Due date of the oldest overdue bill.
    pub oldest_due_on: Date,
    /// Overdue in all.
    pub overdue_fen: i64,
    /// Last step and its day.
    pub last: Option<(Stage, Date)>,
}

/// The step that `debtor` comes to on `day`, if any. `steps` ascend; none is skipped.
pub fn next(steps: &[Step], debtor: &Debtor, day: Date) -> Option<Stage> {
    // Arrears younger than the last step are new arrears: they start again from the first step.
    let last = debtor.last.filter(|(_, on)| *on > debtor.oldest_due_on);
    let step = steps
        .iter()
        .find(|step| last.is_none_or(|(stage, _)| step.stage > stage))?;
    // Never two steps on one day, whatever the rules say.
    let cooled = last.is_none_or(|(_, on)| (day - on).whole_days() >= i64::from(step.cooling_off_days.max(1)));
    let old = (day - debtor.oldest_due_on).whole_days() >= i64::from(step.overdue_days.max(1));
    (cooled && old && debtor.overdue_fen >= step.minimum_fen.max(1)).then_some(step.stage)
}

/// Contradictions of `steps`, with paths below `path`.
pub fn check(path: &str, steps: &[Step]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let here = format!("{path}.steps[{at}]");
        if at > 0 && step.stage <= steps[at - 1].stage {
            problems.push(Problem::new(
                format!("{here}.stage"),
                "STAGE_ORDER",
                "stages ascend and each occurs at most once",
                "催缴步骤须按顺序排列且不得重复",
            ));
        }
        if at > 0 && step.overdue_days < steps[at - 1].overdue_days {
            problems.push(Problem::new(
                format!("{here}.overdue_days"),
                "STAGE_EARLIER_THAN_BEFORE",
                "a later stage needs at least as many overdue days as the one before",
                "后一步骤的逾期天数不得少于前一步骤",
            ));
        }
        for (field, value) in [
            ("overdue_days", i64::from(step.overdue_days)),
            ("cooling_off_days", i64::from(step.cooling_off_days)),
            ("minimum_fen", step.minimum_fen),
        ] {
            if value < 0 {
                problems.push(Problem::new(
                    format!("{here}.{field}"),
                    "NEGATIVE",
                    "0 or more",
                    "不得为负数",
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::date};

    use super::*;

    const STEPS: [Step; 3] = [
        Step {
            stage: Stage::Reminder,
            overdue_days: 7,
            cooling_off_days: 0,
            minimum_fen: 1_000,
        },
        Step {
            stage: Stage::Notice,
            overdue_days: 30,
            cooling_off_days: 14,
            minimum_fen: 1_000,
        },
        Step {
            stage: Stage::Visit,
            overdue_days: 60,
            cooling_off_days: 14,
            minimum_fen: 10_000,
        },
    ];
    const DUE: Date = date!(2024 - 12 - 31);

    fn debtor(last: Option<(Stage, Date)>) -> Debtor {
        Debtor {
            oldest_due_on: DUE,
            overdue_fen: 5_000,
            last,
        }
    }

    #[test]
    fn steps_follow_one_another() {
        let day = |days| DUE + Duration::days(days);
        assert_eq!(next(&STEPS, &debtor(None), day(6)), None);
        assert_eq!(next(&STEPS, &debtor(None), day(7)), Some(Stage::Reminder));
        // A first step may come late: the next one still waits for its cooling-off.
        assert_eq!(next(&STEPS, &debtor(None), day(400)), Some(Stage::Reminder));
        let reminded = debtor(Some((Stage::Reminder, day(40))));
        assert_eq!(next(&STEPS, &reminded, day(40)), None);
        assert_eq!(next(&STEPS, &reminded, day(53)), None);
        assert_eq!(next(&STEPS, &reminded, day(54)), Some(Stage::Notice));
    }

    #[test]
    fn small_debts_wait_and_the_last_step_is_the_last() {
        let day = DUE + Duration::days(200);
        let noticed = debtor(Some((Stage::Notice, DUE + Duration::days(60))));
        assert_eq!(next(&STEPS, &noticed, day), None);
        assert_eq!(
            next(
                &STEPS,
                &Debtor {
                    overdue_fen: 10_000,
                    ..noticed
                },
                day
            ),
            Some(Stage::Visit)
        );
        assert_eq!(
            next(&STEPS, &debtor(Some((Stage::Visit, day))), day + Duration::days(99)),
            None
        );
        assert_eq!(
            next(
                &STEPS,
                &Debtor {
                    overdue_fen: 999,
                    ..debtor(None)
                },
                day
            ),
            None
        );
    }

    #[test]
    fn one_step_a_day() {
        let mut steps = STEPS;
        steps[1].cooling_off_days = 0;
        let day = DUE + Duration::days(90);
        let reminded = debtor(Some((Stage::Reminder, day)));
        assert_eq!(next(&steps, &reminded, day), None);
        assert_eq!(next(&steps, &reminded, day + Duration::days(1)), Some(Stage::Notice));
    }

    #[test]
    fn new_arrears_start_again() {
        let settled_long_ago = debtor(Some((Stage::Visit, DUE - Duration::days(100))));
        assert_eq!(
            next(&STEPS, &settled_long_ago, DUE + Duration::days(7)),
            Some(Stage::Reminder)
        );
    }

    #[test]
    fn contradictions_have_paths() {
        let mut steps = STEPS;
        steps[1].stage = Stage::Reminder;
        steps[2].overdue_days = -1;
        let problems = check("dunning", &steps);
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.path.as_str(), problem.reason))
            .collect();
        assert_eq!(
            found,
            [
                ("dunning.steps[1].stage", "STAGE_ORDER"),
                ("dunning.steps[2].overdue_days", "STAGE_EARLIER_THAN_BEFORE"),
                ("dunning.steps[2].overdue_days", "NEGATIVE"),
            ]
        );
        assert!(check("dunning", &STEPS).is_empty());
    }
}
