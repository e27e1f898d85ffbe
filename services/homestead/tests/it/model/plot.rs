//! What is known of a plot, and what that costs, day by day.

use std::ops::Range;

use time::{Date, macros::date};

use super::{Model, adjusting::yearly};

/// What was measured or given back, in whole square metres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// From which day on it holds, when it was measured, how much lies above the entitlement.
    Measured(Date, Date, i64),
    /// Since when, how much.
    Vacated(Date, i64),
}

/// What a register of 1 January 2024 says that nobody knew before.
pub fn registered(over_m2: i64) -> Vec<Fact> {
    let measured = |day| Fact::Measured(day, day, over_m2);
    vec![measured(date!(1900 - 01 - 01)), measured(date!(2024 - 01 - 01))]
}

/// Above the entitlement on a day: what was measured last, less what was given back since; of one day, what was learned last
/// comes last.
fn over_m2(facts: &[Fact], today: Date) -> i64 {
    let mut measured = ((Date::MIN, 0), 0);
    for (learned, fact) in facts.iter().enumerate() {
        if let Fact::Measured(from, on, over) = *fact
            && from <= today
            && (on, learned) > measured.0
        {
            measured = ((on, learned), over);
        }
    }
    let mut over = measured.1;
    for (learned, fact) in facts.iter().enumerate() {
        if let Fact::Vacated(on, area) = *fact
            && on <= today
            && (on, learned) > measured.0
        {
            over -= area;
        }
    }
    over
}

/// The field for which a fact is refused: nobody saw it when its days were measured, or less than nothing would be left.
fn contradicts(facts: &[Fact], new: Fact) -> Option<&'static str> {
    let (begin, day, fields) = match new {
        Fact::Measured(from, on, _) => (from, on, ["survey.survey_date", "survey.over_occupied_dm2"]),
        Fact::Vacated(on, _) => (on, on, ["vacating.vacate_date", "vacating.vacated_dm2"]),
    };
    let unseen = |fact: &Fact| matches!(*fact, Fact::Measured(from, on, _) if from <= begin && on > day);
    if facts.iter().any(unseen) {
        return Some(fields[0]);
    }
    let all = [facts, &[new]].concat();
    let begins = all.iter().map(|fact| match *fact {
        Fact::Measured(begin, ..) | Fact::Vacated(begin, _) => begin,
    });
    begins
        .into_iter()
        .any(|begin| over_m2(&all, begin) < 0)
        .then_some(fields[1])
}

impl Model {
    /// Above the entitlement on all plots of a household on a day.
    pub fn over_m2(&self, household: &str, today: Date) -> i64 {
        over_m2(&self.plots[household], today) + self.others_m2.get(household).copied().unwrap_or(0)
    }

    /// The fee of some days of a year: each has its share of what its area costs in the whole year, and of the relief on that.
    pub fn charged(&self, household: &str, days: &Range<Date>) -> i64 {
        let mut net_fen = 0;
        let mut today = days.start;
        while today < days.end {
            let fee = yearly(self.over_m2(household, today), false);
            let of_year = i64::from(time::util::days_in_year(today.year()));
            let until = |day: i64| {
                let gross = (2 * fee * day + of_year) / (2 * of_year);
                let halved = self.halved.contains(household);
                gross - if halved { (gross + 1) / 2 } else { 0 }
            };
            let day = i64::from(today.ordinal());
            net_fen += until(day) - until(day - 1);
            today = today.next_day().expect("a day");
        }
        net_fen
    }

    /// The parts of a year in which a household's area is the same, and that cost something.
    pub fn parts(&self, household: &str, year: i32) -> Vec<Range<Date>> {
        let new_year = |year| Date::from_ordinal_date(year, 1).expect("a day");
        let mut parts: Vec<Range<Date>> = Vec::new();
        let mut today = new_year(year);
        while today < new_year(year + 1) {
            let next = today.next_day().expect("a day");
            match parts.last_mut() {
                Some(part) if self.over_m2(household, part.start) == self.over_m2(household, today) => part.end = next,
                _ => parts.push(today..next),
            }
            today = next;
        }
        parts.retain(|part| self.charged(household, part) > 0);
        parts
    }

    /// The field for which something new of the first plot of a household must be refused.
    pub fn refuses(&self, household: &str, fact: Fact) -> Option<&'static str> {
        contradicts(&self.plots[household], fact)
    }
}
