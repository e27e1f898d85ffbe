//! What is due by when, written down day by day: what the plan's rules say, reckoned without the service.

use time::{Date, Duration, Weekday};

use super::plan::{FROST, HARVESTS, HOLIDAYS, Work};

/// Working days, each with the units due until then.
#[derive(Debug)]
pub struct Pace {
    goal: i64,
    capacity: i64,
    days: Vec<(Date, i64)>,
    /// Whether what blocks it leaves no way to reach the goal in time.
    pub hopeless: bool,
}

impl Pace {
    /// The goal evenly over the working days.
    pub fn new(work: &Work, goal: i64, start: Date, deadline: Date) -> Self {
        let mut pace = Self {
            goal,
            capacity: work.capacity,
            days: Vec::new(),
            hopeless: false,
        };
        let days = (0..=(deadline - start).whole_days()).map(|at| start + Duration::days(at));
        pace.lay_out(0, days.filter(|day| works(*day, work)).collect());
        pace
    }

    /// Lets nothing fall due from `first` to `last`; what is left is spread over the days after, or over none.
    pub fn block(&mut self, first: Date, last: Date) {
        let before = self.due(first - Duration::DAY);
        let ahead = self.days.iter().map(|(day, _)| *day).filter(|day| *day >= first);
        let (lost, left): (Vec<Date>, Vec<Date>) = ahead.partition(|day| *day <= last);
        if !lost.is_empty() && before < self.goal {
            self.days.retain(|(day, _)| *day < first);
            self.lay_out(before, left);
        }
    }

    fn lay_out(&mut self, before: i64, days: Vec<Date>) {
        let (rest, count) = (self.goal - before, i64::try_from(days.len()).expect("few"));
        self.hopeless = count == 0 || (self.capacity > 0 && rest > self.capacity * count);
        if !self.hopeless {
            let due = |at| before + rest * at / count;
            self.days.extend((1..).zip(days).map(|(at, day)| (day, due(at))));
        }
    }

    /// Units due by the end of a day.
    pub fn due(&self, by: Date) -> i64 {
        let passed = self.days.partition_point(|(day, _)| *day <= by);
        passed.checked_sub(1).map_or(0, |last| self.days[last].1)
    }

    /// The working days from `first` to `last`.
    pub fn working(&self, first: Date, last: Date) -> impl Iterator<Item = Date> {
        let days = self.days.iter().map(|(day, _)| *day);
        days.filter(move |day| (first..=last).contains(day))
    }
}

fn works(day: Date, work: &Work) -> bool {
    let of_year = (u8::from(day.month()), day.day());
    let holiday = HOLIDAYS.iter().any(|(first, last)| *first <= day && day <= *last);
    let harvest = HARVESTS
        .iter()
        .any(|(first, last)| *first <= of_year && of_year <= *last);
    let frost = of_year >= FROST.0 || of_year <= FROST.1;
    let stopped = (work.stops.0 && harvest) || (work.stops.1 && frost);
    day.weekday() != Weekday::Sunday && !holiday && !stopped
}
