//! What differs between two documents, with paths. Elements of a list are known by their code, so that one that was
//! inserted does not shift the others.

use std::collections::BTreeMap;

use kit::error::{Error, Result};
use proto::xiangtu::plan::v1::PlanChange;
use serde_json::Value;
use villages_core::document::Document;

/// The differences, in order of the paths.
pub fn changes(before: Option<&Document>, after: &Document) -> Result<Vec<PlanChange>> {
    let mut values: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (path, value) in before.map(flat).transpose()?.unwrap_or_default() {
        values.entry(path).or_default().0 = value;
    }
    for (path, value) in flat(after)? {
        values.entry(path).or_default().1 = value;
    }
    let differs = |(path, (before, after)): (String, (String, String))| {
        (before != after).then_some(PlanChange {
            path,
            before,
            after,
            affected_count: None,
        })
    };
    Ok(values.into_iter().filter_map(differs).collect())
}

/// Every value of a document with its path; what is empty is left out.
fn flat(document: &Document) -> Result<BTreeMap<String, String>> {
    let value = serde_json::to_value(document).map_err(Error::internal)?;
    let mut values = BTreeMap::new();
    walk("", &value, &mut values);
    Ok(values)
}

fn walk(path: &str, value: &Value, values: &mut BTreeMap<String, String>) {
    match value {
        Value::Null | Value::Bool(false) => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => {
            values.insert(path.to_owned(), text.clone());
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                walk(&path, value, values);
            }
        }
        Value::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                walk(&format!("{path}[{}]", label(at, element)), element, values);
            }
        }
        Value::Bool(_) | Value::Number(_) => {
            values.insert(path.to_owned(), value.to_string());
        }
    }
}

/// What an element of a list is known by.
fn label(at: usize, element: &Value) -> String {
    let text = |name: &str| {
        element
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    match (text("code"), text("indicator"), text("terrain"), text("tier")) {
        (Some(code), ..) => code.to_owned(),
        (_, Some(indicator), ..) => indicator.to_owned(),
        (_, _, Some(terrain), _) => terrain.to_lowercase(),
        (_, _, _, Some(tier)) => {
            let year = element.get("year").map(Value::to_string).unwrap_or_default();
            let parts = [tier, &year, text("division").unwrap_or_default()];
            parts
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        }
        _ => element.as_str().map_or_else(|| at.to_string(), ToOwned::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use villages_core::document::{Criterion, Quota, Tier};

    use super::*;

    fn document(threshold: &str, village_count: i32) -> Document {
        let criterion = Criterion {
            indicator: "lanes".to_owned(),
            comparison: None,
            threshold: threshold.to_owned(),
            terrain_thresholds: Vec::new(),
        };
        let quota = Quota {
            tier: "compliant".to_owned(),
            year: 2024,
            division: String::new(),
            village_count,
        };
        let tier = Tier {
            code: "compliant".to_owned(),
            display_name: "达标村".to_owned(),
            rank: 1,
            criteria: vec![criterion],
        };
        Document {
            tiers: vec![tier],
            quotas: vec![quota],
            ..Document::default()
        }
    }

    #[test]
    fn paths_are_by_code() {
        let changes = changes(Some(&document("70%", 3)), &document("75%", 4)).expect("serializable");
        let told: Vec<_> = changes
            .iter()
            .map(|c| (c.path.as_str(), c.before.as_str(), c.after.as_str()))
            .collect();
        let expected = [
            ("quotas[compliant 2024].village_count", "3", "4"),
            ("tiers[compliant].criteria[lanes].threshold", "70%", "75%"),
        ];
        assert_eq!(told, expected);
        assert!(
            super::changes(Some(&document("70%", 3)), &document("70%", 3))
                .expect("serializable")
                .is_empty()
        );
        assert!(
            super::changes(None, &document("70%", 3))
                .expect("serializable")
                .iter()
                .all(|c| c.before.is_empty())
        );
    }
}
