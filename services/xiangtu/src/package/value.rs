//! YAML values → protobuf values, as the descriptors of the contract want them.

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value as Field};
use serde_yaml_ng::Value;

use super::{Mistake, read::date};

/// Reads a message; mistakes are collected and the rest is read on.
pub(super) fn message(
    path: &str,
    yaml: &Value,
    descriptor: &MessageDescriptor,
    mistakes: &mut Vec<Mistake>,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    if descriptor.full_name() == "google.type.Date" {
        match yaml.as_str().and_then(date) {
            Some(day) => fill_date(&mut message, day),
            None => mistakes.push(Mistake::new(path, "a date YYYY-MM-DD")),
        }
        return message;
    }
    let Value::Mapping(entries) = yaml else {
        mistakes.push(Mistake::new(path, format!("a mapping ({})", descriptor.name())));
        return message;
    };
    for (key, entry) in entries {
        let name = key.as_str().unwrap_or_default();
        let here = format!("{path}.{name}");
        let Some(field) = descriptor.get_field_by_name(name) else {
            let known: Vec<String> = descriptor.fields().map(|field| field.name().to_owned()).collect();
            mistakes.push(Mistake::new(&here, format!("unknown; known are {}", known.join(", "))));
            continue;
        };
        if let Some(value) = whole(&here, entry, &field, mistakes) {
            message.set_field(&field, value);
        }
    }
    message
}

fn whole(path: &str, yaml: &Value, field: &FieldDescriptor, mistakes: &mut Vec<Mistake>) -> Option<Field> {
    if field.is_map() {
        return map(path, yaml, field, mistakes);
    }
    if !field.is_list() {
        return single(path, yaml, &field.kind(), mistakes);
    }
    let Value::Sequence(items) = yaml else {
        mistakes.push(Mistake::new(path, "a list"));
        return None;
    };
    let read = |(index, item)| single(&format!("{path}[{index}]"), item, &field.kind(), mistakes);
    Some(Field::List(items.iter().enumerate().filter_map(read).collect()))
}

fn map(path: &str, yaml: &Value, field: &FieldDescriptor, mistakes: &mut Vec<Mistake>) -> Option<Field> {
    let (Value::Mapping(entries), Kind::Message(entry)) = (yaml, field.kind()) else {
        mistakes.push(Mistake::new(path, "a mapping"));
        return None;
    };
    let kind = entry.map_entry_value_field().kind();
    let mut values = std::collections::HashMap::new();
    for (key, value) in entries {
        let key = key.as_str().unwrap_or_default().to_owned();
        if let Some(value) = single(&format!("{path}.{key}"), value, &kind, mistakes) {
            values.insert(MapKey::String(key), value);
        }
    }
    Some(Field::Map(values))
}

fn single(path: &str, yaml: &Value, kind: &Kind, mistakes: &mut Vec<Mistake>) -> Option<Field> {
    let (value, expected) = match kind {
        Kind::Message(descriptor) => return Some(Field::Message(message(path, yaml, descriptor, mistakes))),
        Kind::Enum(descriptor) => return number(path, yaml, descriptor, mistakes).map(Field::EnumNumber),
        Kind::String => (
            yaml.as_str().map(|text| Field::String(text.to_owned())),
            "a text, in quotes where it looks like a number",
        ),
        Kind::Bool => (yaml.as_bool().map(Field::Bool), "true or false"),
        Kind::Int32 => (
            yaml.as_i64().and_then(|n| i32::try_from(n).ok()).map(Field::I32),
            "a whole number of at most 32 bits",
        ),
        Kind::Int64 => (yaml.as_i64().map(Field::I64), "a whole number"),
        _ => (None, "nothing: this kind of field cannot be written in a plan"),
    };
    if value.is_none() {
        mistakes.push(Mistake::new(path, expected));
    }
    value
}

/// The number of an enum value, written by its full or its short name.
fn number(path: &str, yaml: &Value, descriptor: &EnumDescriptor, mistakes: &mut Vec<Mistake>) -> Option<i32> {
    let prefix = prefix(descriptor.name());
    let given = yaml.as_str().unwrap_or_default();
    let found = descriptor
        .values()
        .find(|value| value.name() == given || value.name().strip_prefix(&prefix) == Some(given));
    if let Some(value) = found.filter(|value| value.number() != 0) {
        return Some(value.number());
    }
    let names = descriptor.values().filter(|value| value.number() != 0);
    let names: Vec<String> = names
        .map(|value| value.name().strip_prefix(&prefix).unwrap_or(value.name()).to_owned())
        .collect();
    mistakes.push(Mistake::new(path, format!("one of {}", names.join(", "))));
    None
}

/// `IndicatorKind` → `INDICATOR_KIND_`.
fn prefix(name: &str) -> String {
    let mut prefix = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !prefix.is_empty() {
            prefix.push('_');
        }
        prefix.push(character.to_ascii_uppercase());
    }
    prefix.push('_');
    prefix
}

fn fill_date(message: &mut DynamicMessage, day: time::Date) {
    message.set_field_by_name("year", Field::I32(day.year()));
    message.set_field_by_name("month", Field::I32(i32::from(u8::from(day.month()))));
    message.set_field_by_name("day", Field::I32(i32::from(day.day())));
}
