//! Rules and timetables of a plan, checked.

use std::collections::{BTreeMap, BTreeSet};

use kit::dates;
use notifications_core::{
    definition::Definition,
    quiet::{self, QuietHours},
    topic,
};
use proto::xiangtu::notifications::v1 as pb;
use time::{Date, Duration, OffsetDateTime, Time};

use super::{
    audience::is_role,
    channel::{self, Bad},
    name::is_id,
    problem::Problems,
    template::value_problems,
};

/// How long a notice is tried where nobody says otherwise: as long as the schedule of attempts lasts.
pub const DEFAULT_EXPIRY: Duration = Duration::hours(76);
const MINUTE_TO_MONTH: std::ops::RangeInclusive<i64> = 60..=2_592_000;

/// Makes a notice of every event of one type.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Id within the plan.
    pub id: String,
    /// Type of the event.
    pub event_type: String,
    /// Id of the template.
    pub template: String,
    /// Where the audience begins, seen from the event.
    pub level: pb::AudienceLevel,
    /// Whether it takes in everything below.
    pub subtree: bool,
    /// Roles of the audience; empty means that only the person is addressed.
    pub roles: Vec<String>,
    /// Variable that names a person; may be empty.
    pub person_variable: String,
    /// Channels.
    pub channels: Vec<pb::Channel>,
    /// Urgency.
    pub priority: pb::Priority,
    /// Whether people are asked to acknowledge it.
    pub acknowledgement_required: bool,
    /// Time until it expires.
    pub expire_after: Duration,
}

/// A notice sent every day at one time.
#[derive(Debug, Clone)]
pub struct Timetable {
    /// Id within the plan.
    pub id: String,
    /// Topic of its notices.
    pub topic: String,
    /// Id of the template.
    pub template: String,
    /// Values of its variables.
    pub variables: BTreeMap<String, String>,
    /// Time of day in Asia/Shanghai.
    pub time: Time,
    /// First day, if it has one of its own.
    pub start: Option<Date>,
    /// Last day, if it ends.
    pub end: Option<Date>,
    /// Roles of the audience; empty means everybody.
    pub roles: Vec<String>,
    /// Channels.
    pub channels: Vec<pb::Channel>,
}

/// Hours in which some channels wait.
#[derive(Debug, Clone)]
pub struct Quiet {
    hours: QuietHours,
    channels: Vec<pb::Channel>,
}

impl Quiet {
    /// When what is ready at `at` goes out.
    pub fn release(&self, channel: pb::Channel, priority: pb::Priority, at: OffsetDateTime) -> OffsetDateTime {
        let waits = priority != pb::Priority::Urgent && self.channels.contains(&channel);
        if waits { self.hours.release(at) } else { at }
    }
}

/// Checks quiet hours.
pub fn quiet(given: &pb::QuietHours, problems: &mut Problems) -> Option<Quiet> {
    let hours = QuietHours::parse(&given.start, &given.end).map_err(|bad| {
        let value = format!("{}–{}", given.start, given.end);
        problems.add(
            "quiet_hours",
            "BAD_HOURS",
            &value,
            &bad.to_string(),
            "起止时间应为 HH:MM，且不相同",
        );
    });
    let channels = channels("quiet_hours.channels", channel::known(&given.channels), problems);
    if channels.contains(&pb::Channel::Webhook) {
        let rule = "webhooks never wait";
        problems.add(
            "quiet_hours.channels",
            "BAD_CHANNEL",
            "CHANNEL_WEBHOOK",
            rule,
            "系统推送不受免打扰时段限制",
        );
    }
    Some(Quiet {
        hours: hours.ok()?,
        channels,
    })
}

fn channels(path: &str, read: Result<Vec<pb::Channel>, Bad>, problems: &mut Problems) -> Vec<pb::Channel> {
    let bad = match read {
        Ok(channels) => return channels,
        Err(bad) => bad,
    };
    let at = |at: usize| format!("{path}[{at}]");
    match bad {
        Bad::Empty => problems.add(path, "MISSING_CHANNEL", "", "at least one channel", "至少一个渠道"),
        Bad::Unknown(n) => problems.add(&at(n), "UNKNOWN_CHANNEL", "", "a channel", "未知渠道"),
        Bad::Twice(n) => problems.add(&at(n), "DUPLICATE", "", "each channel once", "渠道重复"),
        Bad::NotOffered(n, channel) => {
            let rule = "no gateway is configured for this channel";
            problems.add(
                &at(n),
                "CHANNEL_NOT_OFFERED",
                channel.as_str_name(),
                rule,
                "该渠道尚未接入",
            );
        }
    }
    Vec::new()
}

fn id<'a>(path: &str, id: &'a str, seen: &mut BTreeSet<&'a str>, problems: &mut Problems) {
    if !is_id(id) {
        problems.add(
            path,
            "BAD_ID",
            id,
            "1–64 characters of a–z, 0–9 and -",
            "应为 1 到 64 个小写字母、数字或连字符",
        );
    } else if !seen.insert(id) {
        problems.add(path, "DUPLICATE", id, "each id once", "编号重复");
    }
}

/// Notes the id of a template.
pub fn template_id<'a>(path: &str, given: &'a str, seen: &mut BTreeSet<&'a str>, problems: &mut Problems) {
    id(path, given, seen, problems);
}

fn topic(path: &str, topic: &str, problems: &mut Problems) {
    if !topic::is_topic(topic) {
        let rule = "{noun}.{participle}, for example bulletin.issued";
        problems.add(
            path,
            "BAD_TOPIC",
            topic,
            rule,
            "应为“名词.过去分词”，如 bulletin.issued",
        );
    }
}

fn roles(path: &str, roles: &[String], problems: &mut Problems) {
    for (at, role) in roles.iter().enumerate().filter(|(_, role)| !is_role(role)) {
        let rule = "1–64 characters a–z, 0–9 and _";
        problems.add(
            &format!("{path}[{at}]"),
            "BAD_ROLE",
            role,
            rule,
            "职务代码应为小写字母、数字或下划线",
        );
    }
}

fn template(path: &str, id: &str, known: &BTreeMap<String, Definition>, problems: &mut Problems) {
    if !known.contains_key(id) {
        problems.add(
            path,
            "UNKNOWN_TEMPLATE",
            id,
            "the id of a template of this plan",
            "方案中没有这个模板",
        );
    }
}

/// Checks one rule.
pub fn rule<'a>(
    at: usize,
    given: &'a pb::Rule,
    templates: &BTreeMap<String, Definition>,
    seen: &mut BTreeSet<&'a str>,
    problems: &mut Problems,
) -> Rule {
    let path = |name: &str| format!("rules[{at}].{name}");
    id(&path("id"), &given.id, seen, problems);
    topic(&path("event_type"), &given.event_type, problems);
    template(&path("template"), &given.template, templates, problems);
    let channels = channels(&path("channels"), channel::offered(&given.channels), problems);
    let audience = given.audience.clone().unwrap_or_default();
    roles(&path("audience.roles"), &audience.roles, problems);
    let people = channels.iter().any(|channel| *channel != pb::Channel::Webhook);
    if people && audience.roles.is_empty() && audience.person_variable.is_empty() {
        let rule = "roles or person_variable, because a channel goes to people";
        problems.add(
            &path("audience"),
            "MISSING_AUDIENCE",
            "",
            rule,
            "发给个人的渠道需要指定职务或人员变量",
        );
    }
    if pb::AudienceLevel::try_from(audience.level).is_err() {
        problems.add(
            &path("audience.level"),
            "UNKNOWN_LEVEL",
            &audience.level.to_string(),
            "a level",
            "未知层级",
        );
    }
    let priority = pb::Priority::try_from(given.priority).unwrap_or_else(|_| {
        problems.add(
            &path("priority"),
            "UNKNOWN_PRIORITY",
            &given.priority.to_string(),
            "a priority",
            "未知优先级",
        );
        pb::Priority::Normal
    });
    let expire_after = match given.expire_after_s {
        0 => DEFAULT_EXPIRY,
        seconds if MINUTE_TO_MONTH.contains(&seconds) => Duration::seconds(seconds),
        seconds => {
            let rule = "60–2,592,000 seconds, or 0 for 76 hours";
            problems.add(
                &path("expire_after_s"),
                "OUT_OF_RANGE",
                &seconds.to_string(),
                rule,
                "应为 60 到 2592000 秒",
            );
            DEFAULT_EXPIRY
        }
    };
    Rule {
        id: given.id.clone(),
        event_type: given.event_type.clone(),
        template: given.template.clone(),
        level: audience.level(),
        subtree: audience.subtree,
        roles: audience.roles,
        person_variable: audience.person_variable,
        channels,
        priority: if priority == pb::Priority::Unspecified {
            pb::Priority::Normal
        } else {
            priority
        },
        acknowledgement_required: given.acknowledgement_required,
        expire_after,
    }
}

/// Checks one timetable.
pub fn timetable<'a>(
    at: usize,
    given: &'a pb::Timetable,
    templates: &BTreeMap<String, Definition>,
    seen: &mut BTreeSet<&'a str>,
    problems: &mut Problems,
) -> Option<Timetable> {
    let path = |name: &str| format!("timetables[{at}].{name}");
    id(&path("id"), &given.id, seen, problems);
    topic(&path("topic"), &given.topic, problems);
    template(&path("template"), &given.template, templates, problems);
    roles(&path("roles"), &given.roles, problems);
    let channels = channels(&path("channels"), channel::offered(&given.channels), problems);
    if let Some(definition) = templates.get(&given.template) {
        let given = definition.declared(&of_day(&given.variables, "2024-01-01", "divisions/410225"));
        if let Err(found) = definition.render("", &given) {
            value_problems(&path("variables"), found, problems);
        }
    }
    let mut day = |name: &str, day| {
        dates::from_proto(name, day).unwrap_or_else(|error| {
            problems.add(&path(name), "BAD_DATE", "", &error.to_string(), "日期不存在");
            None
        })
    };
    let (start, end) = (day("start_date", given.start_date), day("end_date", given.end_date));
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        let rule = "not before start_date";
        problems.add(
            &path("end_date"),
            "BAD_DATE",
            &end.to_string(),
            rule,
            "结束日期早于开始日期",
        );
    }
    let time = quiet::time_of_day(&given.time_of_day).map_err(|bad| {
        problems.add(
            &path("time_of_day"),
            "BAD_TIME",
            &given.time_of_day,
            &bad.to_string(),
            "时间应为 HH:MM",
        );
    });
    Some(Timetable {
        id: given.id.clone(),
        topic: given.topic.clone(),
        template: given.template.clone(),
        variables: given.variables.clone(),
        time: time.ok()?,
        start,
        end,
        roles: given.roles.clone(),
        channels,
    })
}

/// The variables of a timetable's notice on one day.
pub fn of_day(given: &BTreeMap<String, String>, date: &str, division: &str) -> BTreeMap<String, String> {
    let mut variables = given.clone();
    for (name, value) in [("date", date), ("division", division)] {
        variables.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    variables
}
