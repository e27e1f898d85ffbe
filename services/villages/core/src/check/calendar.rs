//! The working calendar.

use crate::{
    document::{Calendar, ClosureKind},
    problem::Problems,
};

pub(super) fn check(calendar: &Calendar, problems: &mut Problems) {
    let mut rest = calendar.weekly_rest_days.clone();
    rest.sort_unstable_by_key(|day| day.number_from_monday());
    rest.dedup();
    if rest.len() < calendar.weekly_rest_days.len() {
        problems.add(
            "calendar.weekly_rest_days",
            "REST_DAY_TWICE",
            "each weekday once",
            "每个星期几只能列一次",
        );
    }
    if rest.len() == 7 {
        problems.add(
            "calendar.weekly_rest_days",
            "NO_WORKING_DAY",
            "at least one weekday is worked",
            "每周至少有一个工作日",
        );
    }
    for (at, closure) in calendar.closures.iter().enumerate() {
        let path = format!("calendar.closures[{at}]");
        super::text(&format!("{path}.display_name"), &closure.display_name, problems);
        match (closure.start_date, closure.end_date) {
            (Some(start), Some(end)) if end < start || (end - start).whole_days() > 365 => problems.add(
                format_args!("{path}.end_date"),
                "CLOSURE_DATES",
                format!("{end} lies before {start} or more than 365 days after it"),
                format!("{end} 早于 {start}，或晚于其后 365 天"),
            ),
            (start, end) => {
                if start.is_none() {
                    problems.missing(format_args!("{path}.start_date"));
                }
                if end.is_none() {
                    problems.missing(format_args!("{path}.end_date"));
                }
            }
        }
    }
    make_up_days(calendar, problems);
}

fn make_up_days(calendar: &Calendar, problems: &mut Problems) {
    for (at, day) in calendar.make_up_days.iter().enumerate() {
        let holiday = |closure: &&crate::document::Closure| {
            closure.kind == ClosureKind::Holiday
                && !closure.yearly
                && closure.start_date.is_some_and(|start| start <= *day)
                && closure.end_date.is_some_and(|end| *day <= end)
        };
        if let Some(closure) = calendar.closures.iter().find(holiday) {
            problems.add(
                format_args!("calendar.make_up_days[{at}]"),
                "MAKE_UP_IN_HOLIDAY",
                format!("{day} lies in the holiday {}", closure.display_name),
                format!("{day} 处于假期 {} 之内", closure.display_name),
            );
        }
    }
}
