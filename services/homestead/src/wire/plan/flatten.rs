//! What differs between two sections, value by value.

use std::collections::BTreeMap;

use homestead_core::tariff::Tariff;
use proto::xiangtu::plan::v1::PlanChange;
use serde_json::Value;

use super::Section;

/// Identity of a tariff over the versions of a plan.
pub fn tariff_key(tariff: &Tariff) -> String {
    format!("{}@{}", tariff.division, tariff.effective_on)
}

/// Every value that differs, by place. Tariffs are compared by division and effective date, whatever their position; the
/// place names their position in the proposed section, or in the one in force where they disappear.
pub fn changes(before: &Section, after: &Section) -> Vec<PlanChange> {
    let (before_values, after_values) = (flat(before), flat(after));
    let mut keys: Vec<&String> = before_values.keys().chain(after_values.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let change = |key: &String| {
        let (before, after) = (before_values.get(key), after_values.get(key));
        let text = |value: Option<&(String, String)>| value.map(|(_, text)| text.clone()).unwrap_or_default();
        (text(before) != text(after)).then(|| PlanChange {
            path: after.or(before).map(|(path, _)| path.clone()).unwrap_or_default(),
            before: text(before),
            after: text(after),
            affected_count: None,
        })
    };
    keys.into_iter().filter_map(change).collect()
}

/// Values by key; each with its place and its text.
fn flat(section: &Section) -> BTreeMap<String, (String, String)> {
    let mut values = BTreeMap::new();
    for (at, tariff) in section.tariffs.iter().enumerate() {
        let value = serde_json::to_value(tariff).unwrap_or_default();
        walk(
            &format!("tariffs {}", tariff_key(tariff)),
            &format!("tariffs[{at}]"),
            &value,
            &mut values,
        );
    }
    for (name, value) in [
        ("entitlement_rules", serde_json::to_value(&section.entitlement_rules)),
        ("terrains", serde_json::to_value(&section.terrains)),
        ("dunning", serde_json::to_value(&section.dunning)),
        ("portfolio", serde_json::to_value(section.portfolio)),
        ("cash", serde_json::to_value(section.cash)),
        ("vouchers.subjects", serde_json::to_value(&section.vouchers)),
        ("waterfall", serde_json::to_value(&section.waterfall)),
    ] {
        walk(name, name, &value.unwrap_or_default(), &mut values);
    }
    values
}

fn walk(key: &str, path: &str, value: &Value, values: &mut BTreeMap<String, (String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                walk(
                    &format!("{key}.{name}"),
                    &format!("{path}.{}", public(name)),
                    value,
                    values,
                );
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                walk(&format!("{key}[{at:04}]"), &format!("{path}[{at}]"), value, values);
            }
        }
        Value::String(text) => {
            values.insert(key.to_owned(), (path.to_owned(), text.clone()));
        }
        Value::Bool(_) | Value::Number(_) => {
            values.insert(key.to_owned(), (path.to_owned(), value.to_string()));
        }
    }
}

/// The name of a field in the document.
fn public(name: &str) -> &str {
    match name {
        "effective_on" => "effective_date",
        "resolution_on" => "resolution_date",
        "max_households" => "max_household_count",
        "ignores_named" => "ignore_named_bill",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use homestead_core::tariff::{Band, Mode};
    use time::macros::date;

    use super::*;

    fn tariff(division: &str, price_fen_per_m2: i64) -> Tariff {
        Tariff {
            division: division.to_owned(),
            effective_on: date!(2025 - 01 - 01),
            mode: Mode::Marginal,
            free_allowance_dm2: 0,
            bands: vec![Band {
                from_dm2: 0,
                to_dm2: None,
                price_fen_per_m2,
                recovery: false,
            }],
            minimum_fen: 0,
            cap_fen: None,
            reliefs: Vec::new(),
            allow_falling_prices: false,
            resolution: String::new(),
            legal_basis: String::new(),
            resolution_on: None,
            allow_jumps: false,
            discount: None,
        }
    }

    fn section(tariffs: Vec<Tariff>) -> Section {
        Section {
            tariffs,
            ..Section::default()
        }
    }

    #[test]
    fn only_what_differs_is_stated_wherever_it_stands() {
        let before = section(vec![tariff("410225", 800), tariff("410225104", 1_000)]);
        let after = section(vec![tariff("410225104", 1_200), tariff("410225", 800)]);
        let changes = changes(&before, &after);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].path, "tariffs[0].bands[0].price_fen_per_m2");
        assert_eq!(
            (changes[0].before.as_str(), changes[0].after.as_str()),
            ("1000", "1200")
        );
        assert!(super::changes(&before, &before).is_empty());
    }

    #[test]
    fn rules_of_sharing_have_the_names_of_the_document() {
        let terms = |max_households| homestead_core::portfolio::Terms {
            max_households,
            tolerance_percent: 10,
        };
        let before = Section {
            portfolio: Some(terms(None)),
            ..Section::default()
        };
        let after = Section {
            portfolio: Some(terms(Some(60))),
            ..Section::default()
        };
        let changes = changes(&before, &after);
        assert_eq!(changes.len(), 1);
        assert_eq!(
            (changes[0].path.as_str(), changes[0].after.as_str()),
            ("portfolio.max_household_count", "60")
        );
    }

    #[test]
    fn what_appears_and_disappears_has_one_side() {
        let before = section(vec![tariff("410225", 800)]);
        let gone = changes(&before, &section(vec![]));
        assert!(
            gone.iter()
                .all(|change| change.after.is_empty() && change.path.starts_with("tariffs[0]."))
        );
        assert!(
            gone.iter()
                .any(|change| change.path == "tariffs[0].effective_date" && change.before == "2025-01-01")
        );
        let new = changes(&section(vec![]), &before);
        assert!(new.iter().all(|change| change.before.is_empty()));
    }
}
