//! The next step towards a debtor.

use time::{Date, Duration};

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
    /// Day of the last recorded visit, whenever it was.
    pub visited_on: Option<Date>,
}

/// What comes next for a debtor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// The step, and the first day on which it may be taken.
    Due(Stage, Date),
    /// The step, once the visit of the step before is recorded.
    Unvisited(Stage),
    /// The step, once as much is overdue as it asks for.
    Small(Stage),
    /// Every step is taken.
    AllTaken,
}

/// The step that `debtor` comes to on `day`, if any. `steps` ascend; none is skipped.
pub fn next(steps: &[Step], debtor: &Debtor, day: Date) -> Option<Stage> {
    match outlook(steps, debtor) {
        Outlook::Due(stage, from) => (from <= day).then_some(stage),
        Outlook::Unvisited(_) | Outlook::Small(_) | Outlook::AllTaken => None,
    }
}

/// The step that `debtor` comes to, and what it waits for. `steps` ascend; none is skipped.
pub fn outlook(steps: &[Step], debtor: &Debtor) -> Outlook {
    let last = current(debtor.last, debtor.oldest_due_on);
    let step = steps
        .iter()
        .find(|step| last.is_none_or(|(stage, _)| step.stage > stage));
    let Some(step) = step else { return Outlook::AllTaken };
    // A visit that nobody recorded on or after the day it was drafted for did not happen.
    if last.is_some_and(|(stage, on)| stage == Stage::Visit && debtor.visited_on.is_none_or(|visit| visit < on)) {
        return Outlook::Unvisited(step.stage);
    }
    if debtor.overdue_fen < step.minimum_fen.max(1) {
        return Outlook::Small(step.stage);
    }
    let after = |day: Date, days: i32| day.saturating_add(Duration::days(i64::from(days.max(1))));
    let old = after(debtor.oldest_due_on, step.overdue_days);
    // Never two steps on one day, whatever the rules say.
    let cooled = last.map_or(old, |(_, on)| after(on, step.cooling_off_days));
    Outlook::Due(step.stage, old.max(cooled))
}

/// The last step if it belongs to these arrears: arrears younger than it are new and start again from the first step.
pub fn current(last: Option<(Stage, Date)>, oldest_due_on: Date) -> Option<(Stage, Date)> {
    last.filter(|(_, on)| *on > oldest_due_on)
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

    const STEPS: [Step; 4] = [
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
        Step {
            stage: Stage::PublicNotice,
            overdue_days: 60,
            cooling_off_days: 14,
            minimum_fen: 1_000,
        },
    ];
    const DUE: Date = date!(2024 - 12 - 31);

    fn debtor(last: Option<(Stage, Date)>) -> Debtor {
        Debtor {
            oldest_due_on: DUE,
            overdue_fen: 5_000,
            last,
            visited_on: None,
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
            next(
                &STEPS,
                &debtor(Some((Stage::PublicNotice, day))),
                day + Duration::days(99)
            ),
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
    fn after_a_visit_comes_nothing_until_it_is_recorded() {
        let drafted = DUE + Duration::days(70);
        let visited = |days: Option<i64>| Debtor {
            visited_on: days.map(|days| DUE + Duration::days(days)),
            ..debtor(Some((Stage::Visit, drafted)))
        };
        let late = DUE + Duration::days(400);
        for missing in [None, Some(69)] {
            assert_eq!(
                outlook(&STEPS, &visited(missing)),
                Outlook::Unvisited(Stage::PublicNotice)
            );
            assert_eq!(next(&STEPS, &visited(missing), late), None);
        }
        for recorded in [Some(70), Some(90)] {
            assert_eq!(
                outlook(&STEPS, &visited(recorded)),
                Outlook::Due(Stage::PublicNotice, drafted + Duration::days(14))
            );
            assert_eq!(next(&STEPS, &visited(recorded), late), Some(Stage::PublicNotice));
        }
    }

    #[test]
    fn what_comes_next_is_known_ahead() {
        let day = |days| DUE + Duration::days(days);
        assert_eq!(outlook(&STEPS, &debtor(None)), Outlook::Due(Stage::Reminder, day(7)));
        let reminded = debtor(Some((Stage::Reminder, day(40))));
        assert_eq!(outlook(&STEPS, &reminded), Outlook::Due(Stage::Notice, day(54)));
        let early = debtor(Some((Stage::Reminder, day(7))));
        assert_eq!(outlook(&STEPS, &early), Outlook::Due(Stage::Notice, day(30)));
        let noticed = debtor(Some((Stage::Notice, day(60))));
        assert_eq!(outlook(&STEPS, &noticed), Outlook::Small(Stage::Visit));
        assert_eq!(outlook(&[], &noticed), Outlook::AllTaken);
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
