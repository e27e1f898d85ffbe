//! Events of the other services as variables of templates, whatever their payload is.

use std::{collections::BTreeMap, sync::LazyLock};

use kit::error::{Error, Result};
use notifications_core::variable::MAX_TEXT;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value};
use proto::xiangtu::event::v1::Event;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::name::division;

/// The whole contract, as descriptors.
static CONTRACT: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTOR).ok());

/// How deep sub-messages are read.
const DEEPEST: usize = 4;

/// The descriptors of the contract.
pub fn contract() -> Result<&'static DescriptorPool> {
    CONTRACT
        .as_ref()
        .ok_or_else(|| Error::internal("the contract has no descriptors"))
}

/// Every scalar field of the payload by name (dotted through sub-messages), the number of elements of repeated fields as
/// `{name}_count`, and `type`, `division`, `subject` and `time` of the event where the payload has no such field.
pub fn variables(event: &Event) -> Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    if let Some(payload) = &event.payload {
        let name = payload.type_url.rsplit('/').next().unwrap_or_default();
        let descriptor = contract()?
            .get_message_by_name(name)
            .ok_or_else(|| Error::internal(format!("the contract has no message {name}")))?;
        let message = DynamicMessage::decode(descriptor, payload.value.as_slice()).map_err(Error::internal)?;
        collect(&message, "", 0, &mut variables);
    }
    let mut envelope = |name: &str, value: String| {
        variables.entry(name.to_owned()).or_insert(value);
    };
    envelope("type", event.r#type.clone());
    envelope("division", division(&event.division_code));
    envelope("subject", event.subject.clone());
    if let Some(time) = &event.event_time {
        envelope("time", instant(time.seconds));
    }
    Ok(variables)
}

fn collect(message: &DynamicMessage, prefix: &str, depth: usize, variables: &mut BTreeMap<String, String>) {
    for field in message.descriptor().fields() {
        let name = format!("{prefix}{}", field.name());
        if field.is_list() || field.is_map() {
            let length = match message.get_field(&field).as_ref() {
                Value::List(list) => list.len(),
                Value::Map(map) => map.len(),
                _ => 0,
            };
            variables.insert(format!("{name}_count"), length.to_string());
        } else if !field.supports_presence() || message.has_field(&field) {
            one(&field, message.get_field(&field).as_ref(), name, depth, variables);
        }
    }
}

fn one(field: &FieldDescriptor, value: &Value, name: String, depth: usize, variables: &mut BTreeMap<String, String>) {
    let text = match value {
        Value::Bool(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::U32(value) => value.to_string(),
        Value::U64(value) => value.to_string(),
        Value::F32(value) => value.to_string(),
        Value::F64(value) => value.to_string(),
        Value::String(value) => shortened(value),
        Value::EnumNumber(number) => short_name(field, *number),
        Value::Message(message) => match whole(message) {
            Some(text) => text,
            None if depth < DEEPEST => return collect(message, &format!("{name}."), depth + 1, variables),
            None => return,
        },
        Value::Bytes(_) | Value::List(_) | Value::Map(_) => return,
    };
    variables.insert(name, text);
}

/// Messages that are one value.
fn whole(message: &DynamicMessage) -> Option<String> {
    let number = |name: &str| match message.get_field_by_name(name)?.as_ref() {
        Value::I32(value) => Some(i64::from(*value)),
        Value::I64(value) => Some(*value),
        _ => None,
    };
    match message.descriptor().full_name() {
        "google.type.Date" => Some(format!(
            "{:04}-{:02}-{:02}",
            number("year")?,
            number("month")?,
            number("day")?
        )),
        "google.protobuf.Timestamp" => Some(instant(number("seconds")?)),
        "xiangtu.type.v1.Ratio" => Some(format!("{}/{}", number("numerator")?, number("denominator")?)),
        _ => None,
    }
}

fn instant(seconds: i64) -> String {
    let instant = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    instant.format(&Rfc3339).unwrap_or_default()
}

/// `STAGE_NOTICE` of the enum `DunningStage` as `NOTICE`: what all its values begin with is left out.
fn short_name(field: &FieldDescriptor, number: i32) -> String {
    let Kind::Enum(descriptor) = field.kind() else {
        return number.to_string();
    };
    let Some(value) = descriptor.get_value(number) else {
        return number.to_string();
    };
    let zero = descriptor
        .get_value(0)
        .map(|value| value.name().to_owned())
        .unwrap_or_default();
    let prefix = zero.strip_suffix("UNSPECIFIED").unwrap_or_default();
    value.name().strip_prefix(prefix).unwrap_or(value.name()).to_owned()
}

/// A long text, such as that of a bulletin, is cut to what a variable takes; characters it does not take are left out.
fn shortened(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t');
    let mut cut: String = plain.clone().take(MAX_TEXT).collect();
    if plain.count() > MAX_TEXT {
        cut.pop();
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use prost::Name as _;
    use proto::{
        google::r#type::Date,
        xiangtu::homestead::v1::{ArrearsCollected, ArrearsHousehold, ArrearsStageEntered, DunningStage},
        xiangtu::r#type::v1::Ratio,
    };

    use super::*;

    fn event<M: prost::Name>(payload: &M) -> Event {
        Event {
            r#type: "arrears.stage_entered".to_owned(),
            division_code: "410225104201".to_owned(),
            subject: "divisions/410225104201".to_owned(),
            event_time: Some(prost_types::Timestamp {
                seconds: 1_709_164_800,
                nanos: 0,
            }),
            payload: Some(prost_types::Any {
                type_url: M::type_url(),
                value: payload.encode_to_vec(),
            }),
            ..Event::default()
        }
    }

    #[test]
    fn every_scalar_becomes_a_variable() {
        let variables = variables(&event(&ArrearsStageEntered {
            division: "divisions/410225104201".to_owned(),
            cadre: "cadres/C1".to_owned(),
            stage: DunningStage::Notice.into(),
            notice_date: Some(Date {
                year: 2024,
                month: 2,
                day: 29,
            }),
            households: vec![ArrearsHousehold::default(); 3],
            overdue_fen: 120_050,
            ..ArrearsStageEntered::default()
        }))
        .expect("variables");
        for (name, value) in [
            ("cadre", "cadres/C1"),
            ("stage", "NOTICE"),
            ("notice_date", "2024-02-29"),
            ("households_count", "3"),
            ("overdue_fen", "120050"),
            ("type", "arrears.stage_entered"),
            ("time", "2024-02-29T00:00:00Z"),
            ("division", "divisions/410225104201"),
        ] {
            assert_eq!(variables.get(name).map(String::as_str), Some(value), "{name}");
        }
    }

    #[test]
    fn what_is_absent_is_no_variable() {
        let ratio = Ratio {
            numerator: 2,
            denominator: 3,
        };
        let payload = ArrearsCollected {
            collected_fen: Some(ratio),
            ..ArrearsCollected::default()
        };
        let variables = variables(&event(&payload)).expect("variables");
        assert_eq!(variables.get("collected_fen").map(String::as_str), Some("2/3"));
        assert!(!variables.contains_key("as_of"));
        let mut unknown = event(&ArrearsCollected::default());
        unknown.payload = Some(prost_types::Any {
            type_url: "x/nowhere.v1.Nothing".to_owned(),
            value: vec![],
        });
        assert!(super::variables(&unknown).is_err());
        assert_eq!(ArrearsCollected::NAME, "ArrearsCollected");
    }

    #[test]
    fn long_texts_are_cut_to_what_a_variable_takes() {
        let cut = shortened(&"周".repeat(MAX_TEXT + 5));
        assert_eq!(cut.chars().count(), MAX_TEXT);
        assert!(cut.ends_with('…'));
        assert_eq!(shortened("a\u{0}b\r\n"), "ab\n");
    }
}
