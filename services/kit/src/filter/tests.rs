use proptest::prelude::*;

use super::*;

const FIELDS: &[Field] = &[
    Field::text("village", "division_code"),
    Field::int("area_dm2", "area"),
    Field::bool("open", "open"),
    Field::date("due_date", "due"),
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
        "WHERE true AND (division_code ^@ $1) AND (area >= $2) AND (open = $3) AND (due IS DISTINCT FROM $4)"
    );
    assert_eq!(
        sql("village != 集* AND village=*集"),
        "WHERE true AND (division_code LIKE $1) IS NOT TRUE AND (division_code LIKE $2)"
    );
    assert_eq!(
        sql(r#"village = "x' OR 1=1 --""#),
        "WHERE true AND (division_code = $1)"
    );
}

fn text(filter: &str) -> (&'static str, String) {
    match Filter::parse(filter, FIELDS).expect("a good filter").0.remove(0) {
        Condition {
            operator,
            value: Value::Text(text),
            ..
        } => (operator, text),
        other => panic!("{other:?} is no condition on a text"),
    }
}

#[test]
fn stars_at_the_ends_stand_for_anything() {
    for (filter, operator, value) in [
        (r#"village = "*集*""#, "LIKE", "%集%"),
        ("village = 集*", "LIKE", "集%"),
        (r#"village != "*100%_\\集""#, "NOT LIKE", r"%100\%\_\\集"),
        (r#"village = "*""#, "LIKE", "%"),
        (r#"village = "\*集*\*""#, "=", "*集**"),
        (r#"village = "a*b""#, "=", "a*b"),
        (r#"village:"*集""#, "^@", "*集"),
        (r#"village = "说\"好\"""#, "=", r#"说"好""#),
        (r#"village = """#, "=", ""),
        ("village = households/H-1:a", "=", "households/H-1:a"),
    ] {
        assert_eq!(text(filter), (operator, value.to_owned()), "{filter}");
    }
}

#[test]
fn mistakes_are_named() {
    for (filter, rule) in [
        ("height = 1", "at character 1: one of the fields village"),
        ("NOT village = a", "at character 1: one of the fields village"),
        ("(village = a)", "at character 1: one of the fields village"),
        ("village", "at character 8: one of = !="),
        ("村 = 1", "at character 1: one of"),
        ("village = 王 OR village = b", "at character 13: AND between conditions"),
        ("village = a village = b", "at character 13: AND between conditions"),
        ("village = a)", "at character 12: a value in double quotes"),
        ("village = AND open = true", "at character 11: a value"),
        ("area_dm2 = x", "at character 12: a whole number for area_dm2"),
        ("area_dm2 = 9223372036854775808", "a whole number"),
        ("area_dm2:1", "at character 9: `:` only on texts"),
        ("open < true", "at character 6: = or != on open"),
        ("village = \"a", "at character 13: a closing"),
        ("village = \"a\\n\"", "at character 13: after a backslash"),
        ("village = \"a\0\"", "no NUL"),
        ("village =", "a value"),
        ("village = a AND", "one of the fields"),
        ("due_date = 2023-02-29", "February 2023 has days 1 to 28"),
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
    fn near_misses_never_panic(filter in r#"(village|area_dm2|open|due_date| |=|<|>|:|!|"|AND|OR|王|-|1|\\|\*){0,12}"#) {
        let _ = Filter::parse(&filter, FIELDS);
    }
}
