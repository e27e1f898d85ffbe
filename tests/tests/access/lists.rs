//! What the sibling's officer sees in lists, nobody else does.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use tests::{Suite, dynamic};

use crate::{
    SIBLING,
    contract::{Method, matches},
};

/// Names of resources by service.
pub type Names = BTreeMap<&'static str, BTreeSet<String>>;

/// A list that needs no other name: its request has pages.
pub fn is_list(method: &Method) -> bool {
    let input = method.descriptor.input();
    method.descriptor.name().starts_with("List") && input.get_field_by_name("page_token").is_some()
}

/// Requests of a list: one for each known name that its path takes, or one alone.
pub fn requests(method: &Method, known: &BTreeSet<String>) -> Vec<DynamicMessage> {
    let mut message = method.request();
    if let Some(field) = message.descriptor().get_field_by_name("page_size") {
        message.set_field(&field, Value::I32(1_000));
    }
    match method.names().first() {
        None => vec![message],
        Some((field, pattern)) => {
            let fitting = known.iter().filter(|name| matches(name, pattern));
            let with = |name: &String| {
                let mut message = message.clone();
                dynamic::set(&mut message, field, name);
                message
            };
            fitting.map(with).collect()
        }
    }
}

/// Everything that an officer of the sibling sees listed, and lists that show nothing.
pub async fn seen_by_sibling(suite: &Suite, methods: &[Method]) -> (Names, BTreeSet<String>) {
    let token = suite.token(&["*"], SIBLING);
    let (mut names, mut empty) = (Names::new(), BTreeSet::new());
    // Lists below a resource come after the lists of those resources.
    for below in [false, true] {
        for method in methods
            .iter()
            .filter(|method| is_list(method) && method.names().is_empty() != below)
        {
            let known = names.entry(method.service).or_default().clone();
            let mut found = Vec::new();
            for message in requests(method, &known) {
                let answer = method.call(suite, &message, Some(&token)).await;
                let answer = answer.unwrap_or_else(|status| panic!("{}: {status:?}", method.name()));
                found.extend(items(&answer));
            }
            if found.is_empty() {
                empty.insert(format!("{} of {}", method.name(), method.service));
            }
            names.entry(method.service).or_default().extend(found);
        }
    }
    (names, empty)
}

/// Names of the items of a list's answer; of items without a name, their other texts.
fn items(answer: &DynamicMessage) -> Vec<String> {
    let lists = answer
        .fields()
        .filter_map(|(_, value)| value.as_list().map(<[Value]>::to_vec));
    let messages = lists.flatten().filter_map(|item| item.as_message().cloned());
    messages
        .map(|item| match item.get_field_by_name("name") {
            Some(name) => name.as_str().unwrap_or_default().to_owned(),
            None => format!("{item}"),
        })
        .collect()
}
