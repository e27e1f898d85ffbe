//! The differences between two sections, element by element.

use kit::error::{Error, Result};
use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use proto::xiangtu::{notifications::v1 as pb, plan::v1::PlanChange};

use super::event::contract;

/// Fields by which the elements of a list are told apart.
const KEYS: [&str; 3] = ["id", "name", "language"];

/// The differences in order of the document. Elements of lists are found again by their id, name or language.
pub fn changes(before: &pb::PlanSection, after: &pb::PlanSection) -> Result<Vec<PlanChange>> {
    let mut changes = Vec::new();
    messages("", &dynamic(before)?, &dynamic(after)?, &mut changes);
    Ok(changes)
}

fn dynamic(section: &pb::PlanSection) -> Result<DynamicMessage> {
    let descriptor = contract()?
        .get_message_by_name("xiangtu.notifications.v1.PlanSection")
        .ok_or_else(|| Error::internal("the contract has no PlanSection"))?;
    DynamicMessage::decode(descriptor, section.encode_to_vec().as_slice()).map_err(Error::internal)
}

fn messages(path: &str, before: &DynamicMessage, after: &DynamicMessage, changes: &mut Vec<PlanChange>) {
    for field in after.descriptor().fields() {
        let name = if path.is_empty() {
            field.name().to_owned()
        } else {
            format!("{path}.{}", field.name())
        };
        let value = |message: &DynamicMessage| {
            message
                .has_field(&field)
                .then(|| message.get_field(&field).into_owned())
        };
        values(&name, value(before).as_ref(), value(after).as_ref(), changes);
    }
}

fn values(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<PlanChange>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Message(before)), Some(Value::Message(after))) => messages(path, before, after, changes),
        (before, after) if list(before).is_some() || list(after).is_some() => {
            lists(
                path,
                list(before).unwrap_or_default(),
                list(after).unwrap_or_default(),
                changes,
            );
        }
        (before, after) => changes.push(PlanChange {
            path: path.to_owned(),
            before: before.map(text).unwrap_or_default(),
            after: after.map(text).unwrap_or_default(),
            affected_count: None,
        }),
    }
}

fn list(value: Option<&Value>) -> Option<&[Value]> {
    value.and_then(Value::as_list)
}

/// Elements with a key are compared with the one of the same key; others by their place.
fn lists(path: &str, before: &[Value], after: &[Value], changes: &mut Vec<PlanChange>) {
    let keyed = before.iter().chain(after).all(|value| key(value).is_some());
    if !keyed {
        for at in 0..before.len().max(after.len()) {
            values(&format!("{path}[{at}]"), before.get(at), after.get(at), changes);
        }
        return;
    }
    for (at, value) in after.iter().enumerate() {
        let old = before.iter().find(|old| key(old) == key(value));
        values(&format!("{path}[{at}]"), old, Some(value), changes);
    }
    for (at, value) in before.iter().enumerate() {
        if after.iter().all(|new| key(new) != key(value)) {
            values(&format!("{path}[{at}]"), Some(value), None, changes);
        }
    }
}

fn key(value: &Value) -> Option<String> {
    let message = value.as_message()?;
    KEYS.iter()
        .find_map(|key| message.get_field_by_name(key)?.as_str().map(str::to_owned))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::EnumNumber(number) => number.to_string(),
        Value::Message(message) => key(value).unwrap_or_else(|| message.to_string()),
        other => format!("{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str, template: &str) -> pb::Rule {
        pb::Rule {
            id: id.to_owned(),
            template: template.to_owned(),
            ..pb::Rule::default()
        }
    }

    #[test]
    fn elements_are_found_again_by_their_id() {
        let before = pb::PlanSection {
            rules: vec![rule("a", "x"), rule("b", "x")],
            ..pb::PlanSection::default()
        };
        let after = pb::PlanSection {
            rules: vec![rule("b", "y"), rule("c", "x")],
            quiet_hours: Some(pb::QuietHours {
                start: "21:00".to_owned(),
                ..pb::QuietHours::default()
            }),
            ..pb::PlanSection::default()
        };
        let changes = changes(&before, &after).expect("changes");
        let told: Vec<_> = changes
            .iter()
            .map(|c| (c.path.as_str(), c.before.as_str(), c.after.as_str()))
            .collect();
        assert_eq!(
            told[1..],
            [
                ("rules[0].template", "x", "y"),
                ("rules[1]", "", "c"),
                ("rules[0]", "a", "")
            ]
        );
        assert_eq!(told[0].0, "quiet_hours");
        assert_eq!(super::changes(&after, &after).expect("no change"), []);
    }
}
