use proptest::prelude::*;

use super::*;

const FIELDS: &[Field] = &[
    Field {
        name: "village",
        column: "division_code",
        kind: Kind::Text,
    },
    Field {
        name: "area_dm2",
        column: "area",
        kind: Kind::Int,
    },
    Field {
        name: "open",
        column: "open",
        kind: Kind::Bool,
    },
    Field {
        name: "due_date",
        column: "due",
        kind: Kind::Date,
    },
];

fn sql(filter: &str) -> String {
    let mut query = QueryBuilder::new("WHERE true");
    Filter::parse(filter, FIELDS).expect("a good filter").push(&mut query);
    query.sql().as_str().to_owned()
}

#[test]
fn values_are_bound_never_spliced() {
    assert_eq!(sql(""), "WHERE true");
    let filter = "village:410225 AND area_dm2>=-1 AND open = true AND due_date != 2024-02-29";
    assert_eq!(
        sql(filter),
        "WHERE true AND division_code ^@ $1 AND area >= $2 AND open = $3 AND due <> $4"
    );
    assert_eq!(sql(r#"village = "x' OR 1=1 --""#), "WHERE true AND division_code = $1");
}

#[test]
fn mistakes_are_named() {
    for (filter, rule) in [
        ("height = 1", "one of the fields village"),
        ("village", "one of = !="),
        ("village = a OR village = b", "AND between conditions"),
        ("area_dm2 = x", "a whole number for area_dm2"),
        ("area_dm2:1", "only on texts"),
        ("open < true", "= or != on open"),
        ("village = \"a", "a closing"),
        ("village =", "a value"),
        ("due_date = 2023-02-29", "date"),
    ] {
        let error = Filter::parse(filter, FIELDS).expect_err(filter);
        assert!(error.to_string().contains(rule), "{filter}: {error}");
    }
}

proptest! {
    #[test]
    fn never_panics(filter in ".{0,80}") {
        let _ = Filter::parse(&filter, FIELDS);
    }

    #[test]
    fn near_misses_never_panic(filter in r#"(village|area_dm2|open|due_date| |=|<|>|:|!|"|AND|OR|王|-|1){0,12}"#) {
        let _ = Filter::parse(&filter, FIELDS);
    }
}
