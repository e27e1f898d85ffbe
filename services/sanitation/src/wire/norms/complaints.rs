//! How fast complaints are dealt with: contract ↔ core.

use kit::dates;
use proto::{
    google::r#type::Date as Wire,
    xiangtu::{
        plan::v1::PlanProblem,
        sanitation::v1::{ComplaintNorm, WorkingTime},
    },
};
use sanitation_core::norms::{self, Complaints};
use time::Date;

use super::demand::day;

/// Reads the part; what cannot be read goes to `problems`.
pub fn read(norm: &ComplaintNorm, problems: &mut Vec<PlanProblem>) -> Complaints {
    Complaints {
        accept_s: norm.accept_s.into(),
        answer_s: norm.answer_s.into(),
        remind_before_s: norm.remind_before_s.into(),
        working_time: norm.working_time.as_ref().map(|time| working_time(time, problems)),
    }
}

fn working_time(time: &WorkingTime, problems: &mut Vec<PlanProblem>) -> norms::WorkingTime {
    let mut days = |name: &str, days: &[Wire]| -> Vec<Date> {
        let path = |index| format!("complaints.working_time.{name}[{index}]");
        let days = days.iter().enumerate();
        days.filter_map(|(index, date)| day(path(index), Some(*date), problems))
            .collect()
    };
    norms::WorkingTime {
        opens_s: time.opens_s.into(),
        closes_s: time.closes_s.into(),
        holidays: days("holidays", &time.holidays),
        extra_days: days("extra_days", &time.extra_days),
        weekdays: time.weekdays.iter().copied().map(i64::from).collect(),
    }
}

/// Writes the part in full.
pub fn write(norm: &Complaints) -> ComplaintNorm {
    let whole = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let days = |days: &[Date]| days.iter().copied().map(dates::to_proto).collect();
    ComplaintNorm {
        accept_s: whole(norm.accept_s),
        answer_s: whole(norm.answer_s),
        remind_before_s: whole(norm.remind_before_s),
        working_time: norm.working_time.as_ref().map(|time| WorkingTime {
            opens_s: whole(time.opens_s),
            closes_s: whole(time.closes_s),
            weekdays: time.weekdays.iter().copied().map(whole).collect(),
            holidays: days(&time.holidays),
            extra_days: days(&time.extra_days),
        }),
    }
}
