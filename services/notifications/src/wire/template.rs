//! Templates: checked on the way in, built on the way out.

use std::{collections::BTreeSet, fmt::Write as _};

use kit::{
    dates,
    error::{Error, Result, Violation},
};
use notifications_core::{
    definition::{Content, Definition},
    template::{Text, TextProblem, ValueProblem, Variable, is_name},
    variable::Kind,
};
use prost::Message as _;
use proto::xiangtu::notifications::v1 as pb;
use ring::digest::{SHA256, digest};

use super::{name::TemplateName, problem::Problems};
use crate::store::template::TemplateRow;

const MOST_VARIABLES: usize = 50;
const MOST_LANGUAGES: usize = 10;

/// Checks a template; problems are told under `path`, which ends with a dot or is empty.
pub fn definition(path: &str, template: &pb::PlanTemplate, problems: &mut Problems) -> Definition {
    if !(1..=100).contains(&template.display_name.chars().count()) {
        let field = format!("{path}display_name");
        problems.add(
            &field,
            "BAD_LENGTH",
            &template.display_name,
            "1–100 characters",
            "应为 1 到 100 个字",
        );
    }
    let variables = variables(path, &template.variables, problems);
    let contents = contents(path, &template.contents, &variables, problems);
    Definition { variables, contents }
}

fn variables(path: &str, given: &[pb::Variable], problems: &mut Problems) -> Vec<Variable> {
    if given.len() > MOST_VARIABLES {
        let field = format!("{path}variables");
        problems.add(
            &field,
            "TOO_MANY",
            &given.len().to_string(),
            "at most 50 variables",
            "变量最多 50 个",
        );
    }
    let mut seen = BTreeSet::new();
    let mut variables = Vec::with_capacity(given.len());
    for (at, variable) in given.iter().enumerate() {
        let field = |name: &str| format!("{path}variables[{at}].{name}");
        if !is_name(&variable.name) {
            let rule = "1–64 characters a–z, 0–9, _ and ., beginning with a letter";
            let rule_zh = "应为 1 到 64 个小写字母、数字、下划线或点，以字母开头";
            problems.add(&field("name"), "BAD_NAME", &variable.name, rule, rule_zh);
        } else if !seen.insert(variable.name.as_str()) {
            problems.add(
                &field("name"),
                "DUPLICATE",
                &variable.name,
                "each name once",
                "变量名重复",
            );
        }
        if variable.description.chars().count() > 200 {
            problems.add(
                &field("description"),
                "BAD_LENGTH",
                "",
                "at most 200 characters",
                "最多 200 个字",
            );
        }
        let Some(kind) = kind(variable.r#type()) else {
            problems.add(&field("type"), "MISSING_TYPE", "", "a type of variable", "缺少变量类型");
            continue;
        };
        if !variable.labels.is_empty() && (kind != Kind::Text || variable.labels.len() > 50) {
            let rule = "at most 50 labels, only for text";
            problems.add(
                &field("labels"),
                "BAD_LABELS",
                "",
                rule,
                "仅文本变量可以有标签，最多 50 个",
            );
        }
        variables.push(Variable {
            name: variable.name.clone(),
            kind,
            default: variable.default_text.clone(),
            labels: variable.labels.clone(),
        });
    }
    variables
}

fn contents(path: &str, given: &[pb::TemplateContent], declared: &[Variable], problems: &mut Problems) -> Vec<Content> {
    if !(1..=MOST_LANGUAGES).contains(&given.len()) {
        let field = format!("{path}contents");
        problems.add(
            &field,
            "BAD_COUNT",
            &given.len().to_string(),
            "1–10 languages",
            "应有 1 到 10 种语言的文本",
        );
    }
    let mut seen = BTreeSet::new();
    let mut contents = Vec::with_capacity(given.len());
    for (at, content) in given.iter().enumerate() {
        let field = |name: &str| format!("{path}contents[{at}].{name}");
        if !is_language(&content.language) {
            let rule = "a BCP 47 language such as zh-Hans";
            problems.add(
                &field("language"),
                "BAD_LANGUAGE",
                &content.language,
                rule,
                "应为 BCP 47 语言标记，如 zh-Hans",
            );
        } else if !seen.insert(content.language.as_str()) {
            problems.add(
                &field("language"),
                "DUPLICATE",
                &content.language,
                "each language once",
                "语言重复",
            );
        }
        let title = text(&field("title"), &content.title, 100, declared, problems);
        let body = text(&field("body"), &content.body, 4_000, declared, problems);
        if let (Some(title), Some(body)) = (title, body) {
            contents.push(Content {
                language: content.language.clone(),
                title,
                body,
            });
        }
    }
    contents
}

fn text(field: &str, source: &str, longest: usize, declared: &[Variable], problems: &mut Problems) -> Option<Text> {
    let length = source.chars().count();
    if !(1..=longest).contains(&length) {
        let (rule, rule_zh) = (format!("1–{longest} characters"), format!("应为 1 到 {longest} 个字"));
        problems.add(field, "BAD_LENGTH", &length.to_string(), &rule, &rule_zh);
    }
    match Text::compile(source, declared) {
        Ok(text) => Some(text),
        Err(found) => {
            for problem in found {
                let (reason, value, zh) = match &problem {
                    TextProblem::Unclosed { at } => ("UNCLOSED_BRACES", "", format!("第 {at} 个字处的大括号没有闭合")),
                    TextProblem::BadName { name, at } => {
                        ("BAD_NAME", name.as_str(), format!("第 {at} 个字处的变量名不合规"))
                    }
                    TextProblem::Undeclared { name, at } => (
                        "UNKNOWN_VARIABLE",
                        name.as_str(),
                        format!("第 {at} 个字处的变量 {name} 没有声明"),
                    ),
                };
                problems.add(field, reason, value, &problem.to_string(), &zh);
            }
            None
        }
    }
}

/// Tells problems of values under `path`, for example `variables`.
pub fn value_problems(path: &str, found: Vec<ValueProblem>, problems: &mut Problems) {
    for ValueProblem { name, value, rule } in found {
        let field = format!("{path}[{name:?}]");
        problems.add(
            &field,
            "BAD_VALUE",
            &value,
            &rule,
            &format!("变量 {name} 的值不符合要求：{rule}"),
        );
    }
}

/// Refuses the values of a request.
pub fn unfit(found: Vec<ValueProblem>) -> Error {
    let told =
        |problem: ValueProblem| Violation::new(format!("variables[{:?}]", problem.name), problem.value, problem.rule);
    Error::invalid_many(found.into_iter().map(told).collect())
}

/// Whether `language` looks like BCP 47: subtags of 2–8 letters and digits, the first of 2–3 letters.
pub fn is_language(language: &str) -> bool {
    let mut subtags = language.split('-');
    let first = subtags.next().unwrap_or_default();
    language.len() <= 35
        && (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
        && subtags.all(|tag| (2..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn kind(kind: pb::VariableType) -> Option<Kind> {
    Some(match kind {
        pb::VariableType::Unspecified => return None,
        pb::VariableType::Text => Kind::Text,
        pb::VariableType::Integer => Kind::Integer,
        pb::VariableType::MoneyFen => Kind::MoneyFen,
        pb::VariableType::AreaDm2 => Kind::AreaDm2,
        pb::VariableType::MassKg => Kind::MassKg,
        pb::VariableType::Date => Kind::Date,
        pb::VariableType::Time => Kind::Time,
        pb::VariableType::Ratio => Kind::Ratio,
    })
}

/// What of a template is stored and compared: everything a person writes.
pub fn written(template: &pb::Template) -> pb::PlanTemplate {
    pb::PlanTemplate {
        id: String::new(),
        display_name: template.display_name.clone(),
        variables: template.variables.clone(),
        contents: template.contents.clone(),
    }
}

/// The bytes of a template without its id, and their digest.
pub fn encoded(template: &pb::PlanTemplate) -> (Vec<u8>, Vec<u8>) {
    let bytes = pb::PlanTemplate {
        id: String::new(),
        ..template.clone()
    }
    .encode_to_vec();
    let sum = digest(&SHA256, &bytes).as_ref().to_vec();
    (bytes, sum)
}

/// Reads what is stored.
pub fn stored(row: &TemplateRow) -> Result<pb::PlanTemplate> {
    pb::PlanTemplate::decode(row.definition.as_slice()).map_err(Error::internal)
}

/// A stored template, checked again; what was accepted once stays accepted.
pub fn checked(row: &TemplateRow) -> Result<Definition> {
    let mut problems = Problems::default();
    let definition = definition("", &stored(row)?, &mut problems);
    problems.into_result(definition).map_err(Error::internal)
}

/// The answer for one version.
pub fn answer(row: &TemplateRow) -> Result<pb::Template> {
    let template = stored(row)?;
    Ok(pb::Template {
        name: TemplateName::of_version(&row.division_code, &row.id, row.version),
        version: row.version,
        display_name: template.display_name,
        variables: template.variables,
        contents: template.contents,
        digest: hex(&row.digest),
        create_time: Some(dates::timestamp(row.created_at)),
    })
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
