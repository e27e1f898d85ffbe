//! The section of a plan package as a document of the core. What cannot be read is reported with its path, like any other
//! contradiction, and replaced by something harmless so that the rest can be checked too.

use kit::{dates, division::Division};
use proto::{google::r#type::Date as WireDate, xiangtu::villages::v1 as wire};
use time::Date;
use villages_core::{
    document::{
        Acceptance, Calendar, Closure, ClosureKind, Document, Hotspots, LadderStep, Measure, Policy, Post,
        TaskTemplate, Trigger,
    },
    problem::{Problem, Problems},
};

use super::{plan_choice as choice, plan_standard};

/// Reads a section; `division` is the code that the request gives, or empty.
pub fn document(section: &wire::PlanSection, division: &str) -> (Document, Vec<Problem>) {
    let mut reading = Reading::default();
    let own = reading.division("division", &section.division);
    if !own.is_empty() && !division.is_empty() && own != division {
        reading.problems.add(
            "division",
            "DIVISION_DIFFERS",
            format!("the request is about {division}"),
            format!("请求针对的是 {division}"),
        );
    }
    let document = Document {
        code: section.code.clone(),
        display_name: section.display_name.trim().to_owned(),
        division: if division.is_empty() { own } else { division.to_owned() },
        start_date: reading.date("start_date", section.start_date),
        end_date: reading.date("end_date", section.end_date),
        rated_classes: (0..)
            .zip(&section.rated_classes)
            .filter_map(|(at, class)| reading.choice(&format!("rated_classes[{at}]"), *class, choice::class))
            .collect(),
        terrains: each("terrains", &section.terrains, |path, area| {
            plan_standard::terrain(&mut reading, path, area)
        }),
        indicators: each("indicators", &section.indicators, |path, it| {
            plan_standard::indicator(&mut reading, path, it)
        }),
        tiers: each("tiers", &section.tiers, |path, tier| {
            plan_standard::tier(&mut reading, path, tier)
        }),
        vetoes: each("vetoes", &section.vetoes, |path, veto| {
            plan_standard::veto(&mut reading, path, veto)
        }),
        batches: each("batches", &section.batches, |path, batch| {
            plan_standard::batch(&mut reading, path, batch)
        }),
        quotas: each("quotas", &section.quotas, |path, quota| {
            plan_standard::quota(&mut reading, path, quota)
        }),
        task_templates: each("task_templates", &section.task_templates, |path, it| {
            template(&mut reading, path, it)
        }),
        calendar: section
            .calendar
            .as_ref()
            .map(|calendar| self::calendar(&mut reading, calendar))
            .unwrap_or_default(),
        ladder: section
            .ladder
            .as_ref()
            .map(|ladder| {
                each("ladder.steps", &ladder.steps, |path, step| {
                    ladder_step(&mut reading, path, step)
                })
            })
            .unwrap_or_default(),
        policy: section.policy.as_ref().map(policy).unwrap_or_default(),
        hotspots: section.hotspots.as_ref().map(hotspots).unwrap_or_default(),
        acceptance: section
            .acceptance
            .as_ref()
            .map(|rules| acceptance(&mut reading, rules))
            .unwrap_or_default(),
    };
    (document, reading.problems.into_vec())
}

/// Reads every element of a list with its path.
pub(super) fn each<M, T>(list: &str, elements: &[M], mut read: impl FnMut(&str, &M) -> T) -> Vec<T> {
    elements
        .iter()
        .enumerate()
        .map(|(at, element)| read(&format!("{list}[{at}]"), element))
        .collect()
}

/// What was found unreadable so far.
#[derive(Default)]
pub(super) struct Reading {
    problems: Problems,
}

impl Reading {
    /// Code of a division; empty stays empty.
    pub(super) fn division(&mut self, path: &str, value: &str) -> String {
        if value.is_empty() {
            return String::new();
        }
        if let Ok(division) = Division::parse(path, value) {
            division.into_code()
        } else {
            self.problems.add(
                path,
                "DIVISION_MALFORMED",
                format!("{value:?} is no division"),
                format!("{value:?} 不是行政区划"),
            );
            value.to_owned()
        }
    }

    /// Codes of divisions.
    pub(super) fn divisions(&mut self, path: &str, values: &[String]) -> Vec<String> {
        each(&format!("{path}.divisions"), values, |path, value| {
            self.division(path, value)
        })
    }

    /// A date; `None` if it is not given or does not exist.
    pub(super) fn date(&mut self, path: &str, date: Option<WireDate>) -> Option<Date> {
        dates::from_proto(path, date).unwrap_or_else(|error| {
            let rule = error
                .violations()
                .first()
                .map_or_else(String::new, |violation| violation.rule.clone());
            self.problems.add(path, "DATE", rule, "日期不存在");
            None
        })
    }

    /// A choice that must be made.
    pub(super) fn choice<T>(&mut self, path: &str, value: i32, read: impl Fn(i32) -> Option<T>) -> Option<T> {
        let found = read(value);
        if found.is_none() {
            self.problems.add(
                path,
                "CHOICE",
                "one of the values of its kind, not left out",
                "须选择规定的取值",
            );
        }
        found
    }
}

fn template(reading: &mut Reading, path: &str, template: &wire::PlanTaskTemplate) -> TaskTemplate {
    let field = |name: &str| format!("{path}.{name}");
    let posts = |reading: &mut Reading, at: usize, post: i32| -> Option<Post> {
        reading.choice(&format!("{path}.member_posts[{at}]"), post, choice::post)
    };
    TaskTemplate {
        code: template.code.clone(),
        display_name: template.display_name.trim().to_owned(),
        indicator: template.indicator.clone(),
        tier: template.tier.clone(),
        fixed_goal: template.fixed_goal_count,
        // An unset post is reported as missing by the check.
        leader_post: match template.leader_post {
            0 => None,
            post => reading.choice(&field("leader_post"), post, choice::post),
        },
        member_posts: (0..)
            .zip(&template.member_posts)
            .filter_map(|(at, post)| posts(reading, at, *post))
            .collect(),
        start_date: reading.date(&field("start_date"), template.start_date),
        deadline: reading.date(&field("deadline"), template.deadline),
        daily_capacity: template.daily_capacity_count,
        stopped_by: (0..)
            .zip(&template.stopped_by)
            .filter_map(|(at, kind)| reading.choice(&format!("{path}.stopped_by[{at}]"), *kind, choice::closure))
            .collect(),
        milestone_permille: template.milestone_permille.clone(),
        key_work: template.key_work,
    }
}

fn calendar(reading: &mut Reading, calendar: &wire::WorkingCalendar) -> Calendar {
    Calendar {
        weekly_rest_days: (0..)
            .zip(&calendar.weekly_rest_days)
            .filter_map(|(at, day)| reading.choice(&format!("calendar.weekly_rest_days[{at}]"), *day, choice::weekday))
            .collect(),
        closures: each("calendar.closures", &calendar.closures, |path, closure| Closure {
            display_name: closure.display_name.trim().to_owned(),
            kind: reading
                .choice(&format!("{path}.kind"), closure.kind, choice::closure)
                .unwrap_or(ClosureKind::Holiday),
            start_date: reading.date(&format!("{path}.start_date"), closure.start_date),
            end_date: reading.date(&format!("{path}.end_date"), closure.end_date),
            yearly: closure.yearly,
        }),
        make_up_days: (0..)
            .zip(&calendar.make_up_days)
            .filter_map(|(at, day)| reading.date(&format!("calendar.make_up_days[{at}]"), Some(*day)))
            .collect(),
    }
}

fn ladder_step(reading: &mut Reading, path: &str, step: &wire::PlanLadderStep) -> LadderStep {
    let field = |name: &str| format!("{path}.{name}");
    LadderStep {
        code: step.code.clone(),
        display_name: step.display_name.trim().to_owned(),
        trigger: reading
            .choice(&field("trigger"), step.trigger, choice::trigger)
            .unwrap_or(Trigger::MissedWeek),
        occurrence: step.occurrence,
        measure: reading
            .choice(&field("measure"), step.measure, choice::measure)
            .unwrap_or(Measure::WorkError),
        deduction_fen: step.deduction_fen,
        suspension_days: step.suspension_days,
        approval_post: match step.approval_post {
            0 => None,
            post => reading.choice(&field("approval_post"), post, choice::post),
        },
        defence_days: step.defence_days,
    }
}

fn policy(policy: &wire::PlanPolicy) -> Policy {
    let usual = Policy::default();
    Policy {
        rank_persons: policy.rank_persons,
        late_after_days: policy.late_after_days.unwrap_or(usual.late_after_days),
        explanation_days: policy.explanation_days.unwrap_or(usual.explanation_days),
    }
}

fn hotspots(hotspots: &wire::PlanHotspots) -> Hotspots {
    let usual = Hotspots::default();
    let or_usual = |given: i32, usual: i32| if given == 0 { usual } else { given };
    Hotspots {
        join_distance_m: or_usual(hotspots.join_distance_m, usual.join_distance_m),
        join_time_s: or_usual(hotspots.join_time_s, usual.join_time_s),
    }
}

fn acceptance(reading: &mut Reading, rules: &wire::PlanAcceptance) -> Acceptance {
    let usual = Acceptance::default();
    Acceptance {
        confidence_permille: rules.confidence_permille.unwrap_or(usual.confidence_permille),
        sample_household_count: rules.sample_household_count,
        tolerated_error_permille: rules.tolerated_error_permille,
        household_indicators: rules.household_indicators.clone(),
        inspector_count: rules.inspector_count.unwrap_or(usual.inspector_count),
        tolerated_failure_count: rules.tolerated_failure_count,
        publicity_days: rules.publicity_days.unwrap_or(usual.publicity_days),
        decision_post: match rules.decision_post {
            0 => usual.decision_post,
            post => reading
                .choice("acceptance.decision_post", post, choice::post)
                .unwrap_or(usual.decision_post),
        },
        validity_years: rules.validity_years.unwrap_or(usual.validity_years),
        quota_rule: reading
            .choice("acceptance.quota_rule", rules.quota_rule, choice::quota_rule)
            .unwrap_or(usual.quota_rule),
    }
}
