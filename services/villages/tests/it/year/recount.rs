//! The independent recount: what was reported, handed over, blocked and decided, and what that comes to by the rules of the
//! plan. It is told what the test tells the service, and never asks the service.

use std::collections::{BTreeMap, BTreeSet};

use proto::xiangtu::villages::v1::{LadderMeasure, LadderTrigger};
use time::{Date, Duration};

use super::{
    pace::Pace,
    plan::{LADDER, Rung, Work},
    standing::Village,
};

/// Everything that was told.
#[derive(Default)]
pub struct Recount {
    /// By name.
    pub tasks: BTreeMap<String, Task>,
    pub persons: BTreeMap<String, Person>,
    /// By code.
    pub villages: BTreeMap<String, Village>,
    /// Resident cadre of each village.
    pub residents: BTreeMap<String, String>,
}

/// One work item in one village.
pub struct Task {
    pub village: String,
    pub work: &'static Work,
    pub goal: i64,
    pub start: Date,
    pub deadline: Date,
    pub pace: Pace,
    /// Who leads it from which day on.
    pub leaders: Vec<(Date, String)>,
    /// Units done in all, by the day reported on.
    pub reports: BTreeMap<Date, i64>,
}

/// What is held against one person.
#[derive(Default)]
pub struct Person {
    /// Week and task.
    pub misses: BTreeSet<(Date, String)>,
    occasions: BTreeSet<(i32, String)>,
    /// By trigger and occasion.
    pub steps: BTreeMap<(i32, String), Step>,
}

/// A step that was called for.
pub struct Step {
    pub rung: &'static Rung,
    pub drafted: Date,
    pub stage: Stage,
}

/// How far people took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Drafted,
    Served,
    Approved,
    Dropped,
    Appealed,
    Upheld,
    Reversed,
}

/// What a year comes to for a person.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub weeks: usize,
    /// Week and task, in order; what is counted twice stands twice.
    pub misses: Vec<(Date, String)>,
    /// Code, day of the draft, stage, fen; in order.
    pub steps: Vec<(String, Date, Stage, i64)>,
    /// Kind and number of what is in force.
    pub measures: BTreeMap<i32, usize>,
    pub fen: i64,
}

impl Task {
    /// Units done by the end of a day.
    pub fn done(&self, by: Date) -> i64 {
        self.reports.range(..=by).next_back().map_or(0, |(_, done)| *done)
    }

    fn leader(&self, on: Date) -> &str {
        let since = self.leaders.iter().rfind(|(start, _)| *start <= on);
        &since.unwrap_or(&self.leaders[0]).1
    }

    /// Who missed the week that ends on `sunday`.
    fn missed_by(&self, sunday: Date) -> Option<&str> {
        let before = sunday - Duration::WEEK;
        let due = self.pace.due(sunday) - self.pace.due(before);
        let brought = self.done(sunday) - self.done(before);
        if brought >= due || self.done(sunday) >= self.pace.due(sunday) {
            return None;
        }
        let mut days: Vec<(&str, usize)> = Vec::new();
        for day in self.pace.working(before + Duration::DAY, sunday) {
            let leader = self.leader(day);
            match days.iter_mut().find(|(known, _)| *known == leader) {
                Some((_, count)) => *count += 1,
                None => days.push((leader, 1)),
            }
        }
        let most = days.iter().map(|(_, count)| *count).max()?;
        days.iter().find(|(_, count)| *count == most).map(|(leader, _)| *leader)
    }

    /// Whether its deadline passed in the week without excuse.
    fn overdue(&self, sunday: Date) -> bool {
        let in_week = sunday - Duration::WEEK < self.deadline && self.deadline <= sunday;
        in_week && self.done(self.deadline) < self.goal && !self.pace.hopeless
    }
}

impl Recount {
    /// Counts a week, once, by what was told until now; answers task and person of each miss.
    pub fn week(&mut self, sunday: Date, stated: Date) -> BTreeMap<String, String> {
        let (year, number, _) = sunday.to_iso_week_date();
        let week = format!("{year}-W{number:02}");
        let mut missed: BTreeMap<String, String> = BTreeMap::new();
        let (mut late_villages, mut late_key_work) = (BTreeSet::new(), Vec::new());
        for (name, task) in &self.tasks {
            if task.start > sunday {
                continue;
            }
            if let Some(person) = task.missed_by(sunday) {
                missed.insert(name.clone(), person.to_owned());
            }
            if task.overdue(sunday) {
                late_villages.insert(task.village.clone());
                if task.work.key {
                    late_key_work.push((task.leader(task.deadline).to_owned(), name.clone()));
                }
            }
        }
        for (task, person) in &missed {
            let person = self.persons.entry(person.clone()).or_default();
            person.misses.insert((sunday - Duration::days(6), task.clone()));
            person.occasion(LadderTrigger::MissedWeek, &week, stated);
        }
        for village in late_villages {
            let person = self.persons.entry(self.residents[&village].clone()).or_default();
            let occasion = format!("{week} divisions/{village}");
            person.occasion(LadderTrigger::VillageOverdue, &occasion, stated);
        }
        for (leader, task) in late_key_work {
            let person = self.persons.entry(leader).or_default();
            person.occasion(LadderTrigger::KeyWorkDelayed, &task, stated);
        }
        missed
    }

    /// The step of a person for an occasion.
    pub fn step(&mut self, cadre: &str, trigger: LadderTrigger, occasion: &str) -> &mut Step {
        let person = self.persons.get_mut(cadre).expect("a person");
        let key = (i32::from(trigger), occasion.to_owned());
        person.steps.get_mut(&key).expect("a step")
    }
}

impl Person {
    /// Counts an occasion once, and drafts what the number of those that still count calls for.
    fn occasion(&mut self, trigger: LadderTrigger, occasion: &str, stated: Date) {
        let key = (i32::from(trigger), occasion.to_owned());
        if !self.occasions.insert(key.clone()) {
            return;
        }
        let of_trigger = self.occasions.iter().filter(|(other, _)| *other == key.0);
        let count = of_trigger.filter(|occasion| !self.discharged(occasion)).count();
        let mut rungs = LADDER.iter().filter(|rung| rung.trigger == trigger);
        let rung = rungs.rfind(|rung| rung.occurrence <= count).expect("a first step");
        // Missed weeks lead up the ladder and end there; all else calls for its last step again.
        if trigger != LadderTrigger::MissedWeek || rung.occurrence == count {
            let step = Step {
                rung,
                drafted: stated,
                stage: Stage::Drafted,
            };
            self.steps.insert(key, step);
        }
    }

    fn discharged(&self, occasion: &(i32, String)) -> bool {
        let step = self.steps.get(occasion);
        step.is_some_and(|step| matches!(step.stage, Stage::Dropped | Stage::Reversed))
    }

    /// What the year comes to.
    pub fn account(&self) -> Account {
        let weeks = self
            .occasions
            .iter()
            .filter(|occasion| occasion.0 == i32::from(LadderTrigger::MissedWeek) && !self.discharged(occasion));
        let mut account = Account {
            weeks: weeks.count(),
            misses: self.misses.iter().cloned().collect(),
            ..Account::default()
        };
        for step in self.steps.values() {
            let in_force = matches!(step.stage, Stage::Approved | Stage::Appealed | Stage::Upheld);
            let fen = if in_force { step.rung.deduction_fen } else { 0 };
            account
                .steps
                .push((step.rung.code.to_owned(), step.drafted, step.stage, fen));
            account.fen += fen;
            if in_force {
                let measure: LadderMeasure = step.rung.measure;
                *account.measures.entry(measure.into()).or_default() += 1;
            }
        }
        account.steps.sort_by_key(|step| (step.1, step.0.clone()));
        account
    }
}
