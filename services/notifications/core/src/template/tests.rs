use proptest::prelude::*;

use super::*;

fn variable(name: &str, kind: Kind, default: Option<&str>) -> Variable {
    Variable {
        name: name.to_owned(),
        kind,
        default: default.map(str::to_owned),
        labels: BTreeMap::new(),
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn a_text_is_rendered() {
    let declared = [
        variable("village", Kind::Text, None),
        variable("overdue_fen", Kind::MoneyFen, None),
    ];
    let text = Text::compile("{{village}}欠缴 {{ overdue_fen }} 元，写作 {{{{x}}", &declared).expect("compiles");
    let values = values(
        &declared,
        &map(&[("village", "东坝头村"), ("overdue_fen", "120050")]),
        "zh-Hans",
    )
    .expect("values");
    assert_eq!(text.render(&values), "东坝头村欠缴 1,200.50 元，写作 {{x}}");
}

#[test]
fn every_problem_of_a_text_is_named_with_its_place() {
    let declared = [variable("known", Kind::Text, None)];
    let problems = Text::compile("甲{{Bad}}{{unknown}}{{known}}{{", &declared).expect_err("three problems");
    assert_eq!(
        problems,
        [
            TextProblem::BadName {
                name: "Bad".to_owned(),
                at: 2
            },
            TextProblem::Undeclared {
                name: "unknown".to_owned(),
                at: 9
            },
            TextProblem::Unclosed { at: 29 },
        ]
    );
}

#[test]
fn every_problem_of_the_values_is_named() {
    let declared = [
        variable("missing", Kind::Date, None),
        variable("wrong", Kind::Integer, None),
        variable("filled", Kind::Text, Some("无")),
    ];
    let problems = values(&declared, &map(&[("wrong", "x"), ("other", "1")]), "zh-Hans").expect_err("three problems");
    let named: Vec<_> = problems
        .iter()
        .map(|problem| (problem.name.as_str(), problem.value.as_str()))
        .collect();
    assert_eq!(named, [("missing", ""), ("wrong", "x"), ("other", "1")]);
    assert_eq!(
        problems[2].rule,
        "not a variable of the template, which has missing, wrong, filled"
    );
}

#[test]
fn a_value_is_never_read_as_a_text() {
    let declared = [variable("a", Kind::Text, None), variable("b", Kind::Text, None)];
    let text = Text::compile("{{a}}", &declared).expect("compiles");
    let values = values(&declared, &map(&[("a", "{{b}}"), ("b", "secret")]), "zh-Hans").expect("values");
    assert_eq!(text.render(&values), "{{b}}");
}

#[test]
fn a_coded_value_is_written_by_its_label() {
    let labels = map(&[("NOTICE", "催缴通知书")]);
    let declared = [Variable {
        labels,
        ..variable("stage", Kind::Text, None)
    }];
    for (value, written) in [("NOTICE", "催缴通知书"), ("VISIT", "VISIT")] {
        let values = values(&declared, &map(&[("stage", value)]), "zh-Hans").expect("values");
        assert_eq!(values["stage"], written);
    }
}

#[test]
fn the_nearest_language_is_chosen() {
    let available = ["zh-Hans", "en", "bo"];
    assert_eq!(choose_language(&available, "bo"), Some("bo"));
    assert_eq!(choose_language(&available, "en-GB"), Some("en"));
    assert_eq!(choose_language(&available, "ug"), Some("zh-Hans"));
    assert_eq!(choose_language(&[], "ug"), None);
}

proptest! {
    #[test]
    fn no_source_panics(source in "[{} a-z_.甲]{0,40}") {
        let declared = [variable("a", Kind::Text, None)];
        let _ = Text::compile(&source, &declared);
    }

    #[test]
    fn text_without_braces_stays_as_it_is(source in "[^{]{0,80}") {
        let text = Text::compile(&source, &[]).expect("no variables");
        prop_assert_eq!(text.render(&BTreeMap::new()), source);
    }

    #[test]
    fn a_value_comes_out_between_its_neighbours(before in "[^{]{0,20}", value in "[a-z甲]{0,20}", after in "[^{}]{0,20}") {
        let declared = [variable("v", Kind::Text, None)];
        let text = Text::compile(&format!("{before}{{{{v}}}}{after}"), &declared).expect("compiles");
        let values = values(&declared, &map(&[("v", &value)]), "zh-Hans").expect("values");
        prop_assert_eq!(text.render(&values), format!("{before}{value}{after}"));
    }
}
