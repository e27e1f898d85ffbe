//! Requests written as JSON, with the field names of the contract.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use serde_json::Value as Json;

/// A message of this type from JSON: enums by name without their prefix, dates of the calendar as `2024-03-04`, bytes in
/// base64.
///
/// # Panics
///
/// If the text does not fit the type.
pub fn message(descriptor: &MessageDescriptor, json: &Json) -> DynamicMessage {
    if descriptor.full_name() == "google.type.Date" {
        return date(descriptor, json);
    }
    let mut message = DynamicMessage::new(descriptor.clone());
    let fields = json.as_object().unwrap_or_else(|| panic!("{json} is no object"));
    for (name, json) in fields {
        let field = descriptor
            .get_field_by_name(name)
            .unwrap_or_else(|| panic!("{} has no field {name}", descriptor.full_name()));
        message.set_field(&field, value(&field, json));
    }
    message
}

fn value(field: &FieldDescriptor, json: &Json) -> Value {
    if field.is_map() {
        let entries = json.as_object().expect("an object").iter();
        let entries = entries.map(|(key, json)| (MapKey::String(key.clone()), Value::String(text(json))));
        return Value::Map(entries.collect());
    }
    match json {
        Json::Array(items) => Value::List(items.iter().map(|item| single(&field.kind(), item)).collect()),
        json => single(&field.kind(), json),
    }
}

fn single(kind: &Kind, json: &Json) -> Value {
    let whole = || json.as_i64().unwrap_or_else(|| panic!("{json} is no whole number"));
    match kind {
        Kind::String => Value::String(text(json)),
        Kind::Bytes => Value::Bytes(BASE64_STANDARD.decode(text(json)).expect("base64").into()),
        Kind::Bool => Value::Bool(json.as_bool().expect("true or false")),
        Kind::Int32 => Value::I32(i32::try_from(whole()).expect("32 bits")),
        Kind::Int64 => Value::I64(whole()),
        Kind::Uint64 => Value::U64(json.as_u64().expect("a whole number")),
        Kind::Double => Value::F64(json.as_f64().expect("a number")),
        Kind::Enum(descriptor) => Value::EnumNumber(number(descriptor, &text(json))),
        Kind::Message(descriptor) => Value::Message(message(descriptor, json)),
        other => panic!("{other:?} is not written as JSON here"),
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text")).to_owned()
}

/// The value whose name ends with `name`, as `BANK` for `PAYMENT_METHOD_BANK`; the shortest where several do.
fn number(descriptor: &EnumDescriptor, name: &str) -> i32 {
    let ending = format!("_{name}");
    let fitting = descriptor.values().filter(|value| value.name().ends_with(&ending));
    let found = fitting.min_by_key(|value| value.name().len());
    found
        .unwrap_or_else(|| panic!("{} has no {name}", descriptor.full_name()))
        .number()
}

fn date(descriptor: &MessageDescriptor, json: &Json) -> DynamicMessage {
    let text = text(json);
    let mut date = DynamicMessage::new(descriptor.clone());
    for (name, part) in ["year", "month", "day"].into_iter().zip(text.split('-')) {
        date.set_field_by_name(name, Value::I32(part.parse().expect("a date")));
    }
    date
}
