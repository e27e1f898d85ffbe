use proto::google::r#type::Date;

use super::*;

fn template(id: &str, body: &str) -> pb::PlanTemplate {
    let variable = |name: &str, kind: pb::VariableType| pb::Variable {
        name: name.to_owned(),
        r#type: kind.into(),
        ..pb::Variable::default()
    };
    pb::PlanTemplate {
        id: id.to_owned(),
        display_name: "周通报".to_owned(),
        variables: vec![
            variable("week", pb::VariableType::Text),
            variable("date", pb::VariableType::Date),
        ],
        contents: vec![pb::TemplateContent {
            language: "zh-Hans".to_owned(),
            title: "通报".to_owned(),
            body: body.to_owned(),
        }],
    }
}

fn rule(id: &str, template: &str, channels: &[pb::Channel]) -> pb::Rule {
    pb::Rule {
        id: id.to_owned(),
        event_type: "bulletin.issued".to_owned(),
        template: template.to_owned(),
        channels: channels.iter().map(|channel| i32::from(*channel)).collect(),
        ..pb::Rule::default()
    }
}

fn problems(section: &pb::PlanSection) -> Vec<(String, String)> {
    let mut problems = Problems::default();
    let _ = super::section(section, &mut problems);
    problems
        .into_plan()
        .into_iter()
        .map(|problem| (problem.path, problem.reason))
        .collect()
}

#[test]
fn a_sound_section_has_no_problem() {
    let section = pb::PlanSection {
        templates: vec![template("bulletin", "第{{week}}期")],
        rules: vec![rule("to-systems", "bulletin", &[pb::Channel::Webhook])],
        timetables: vec![pb::Timetable {
            id: "daily".to_owned(),
            topic: "homestead.broadcast".to_owned(),
            template: "bulletin".to_owned(),
            variables: BTreeMap::from([("week".to_owned(), "1".to_owned())]),
            time_of_day: "07:00".to_owned(),
            channels: vec![pb::Channel::Inbox.into()],
            ..pb::Timetable::default()
        }],
        quiet_hours: Some(pb::QuietHours {
            start: "21:00".to_owned(),
            end: "08:00".to_owned(),
            channels: vec![pb::Channel::Inbox.into()],
        }),
    };
    assert_eq!(problems(&section), []);
}

#[test]
fn every_contradiction_is_told_with_its_place() {
    let section = pb::PlanSection {
        templates: vec![template("bulletin", "第{{number}}期"), template("bulletin", "")],
        rules: vec![
            rule("a", "none", &[pb::Channel::Inbox]),
            rule("a", "bulletin", &[pb::Channel::Sms]),
        ],
        timetables: vec![pb::Timetable {
            id: "Daily".to_owned(),
            topic: "x".to_owned(),
            template: "bulletin".to_owned(),
            time_of_day: "7:00".to_owned(),
            start_date: Some(Date {
                year: 2023,
                month: 2,
                day: 29,
            }),
            channels: vec![],
            ..pb::Timetable::default()
        }],
        quiet_hours: Some(pb::QuietHours {
            start: "8:00".to_owned(),
            ..pb::QuietHours::default()
        }),
    };
    let found = problems(&section);
    for (path, reason) in [
        ("templates[0].contents[0].body", "UNKNOWN_VARIABLE"),
        ("templates[1].id", "DUPLICATE"),
        ("templates[1].contents[0].body", "BAD_LENGTH"),
        ("rules[0].template", "UNKNOWN_TEMPLATE"),
        ("rules[0].audience", "MISSING_AUDIENCE"),
        ("rules[1].id", "DUPLICATE"),
        ("rules[1].channels[0]", "CHANNEL_NOT_OFFERED"),
        ("timetables[0].id", "BAD_ID"),
        ("timetables[0].topic", "BAD_TOPIC"),
        ("timetables[0].channels", "MISSING_CHANNEL"),
        ("timetables[0].variables[\"week\"]", "BAD_VALUE"),
        ("timetables[0].start_date", "BAD_DATE"),
        ("timetables[0].time_of_day", "BAD_TIME"),
        ("quiet_hours", "BAD_HOURS"),
        ("quiet_hours.channels", "MISSING_CHANNEL"),
    ] {
        assert!(
            found.contains(&(path.to_owned(), reason.to_owned())),
            "{path} {reason} not in {found:?}"
        );
    }
    assert_eq!(found.len(), 15, "{found:?}");
}
