//! A template as a whole: its variables and a text for each language.

use std::collections::BTreeMap;

use crate::template::{Text, ValueProblem, Variable, choose_language, values};

/// A template, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The variables that its texts use.
    pub variables: Vec<Variable>,
    /// One text for each language, at least one; the first serves languages that are missing.
    pub contents: Vec<Content>,
}

/// The text of a template in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Language, BCP 47.
    pub language: String,
    /// Title.
    pub title: Text,
    /// Body.
    pub body: Text,
}

/// What is said, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Language.
    pub language: String,
    /// Title.
    pub title: String,
    /// Body.
    pub body: String,
}

impl Definition {
    /// The language in which somebody who wants `wanted` is spoken to.
    pub fn language(&self, wanted: &str) -> &str {
        let available: Vec<&str> = self.contents.iter().map(|content| content.language.as_str()).collect();
        choose_language(&available, wanted).unwrap_or_default()
    }

    /// Renders the text for `wanted` or the language nearest to it.
    pub fn render(&self, wanted: &str, given: &BTreeMap<String, String>) -> Result<Rendered, Vec<ValueProblem>> {
        let language = self.language(wanted);
        let values = values(&self.variables, given, language)?;
        let content = self.contents.iter().find(|content| content.language == language);
        let write = |text: fn(&Content) -> &Text| content.map_or_else(String::new, |c| text(c).render(&values));
        Ok(Rendered {
            language: language.to_owned(),
            title: write(|content| &content.title),
            body: write(|content| &content.body),
        })
    }

    /// Of `given`, what the template declares.
    pub fn declared(&self, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let known = |name: &str| self.variables.iter().any(|variable| variable.name == name);
        given
            .iter()
            .filter(|(name, _)| known(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variable::Kind;

    #[test]
    fn each_is_spoken_to_in_a_language_that_exists() {
        let variables = vec![Variable {
            name: "due".to_owned(),
            kind: Kind::Date,
            default: None,
            labels: BTreeMap::new(),
        }];
        let content = |language: &str, title: &str| Content {
            language: language.to_owned(),
            title: Text::compile(title, &variables).expect("title"),
            body: Text::compile("", &variables).expect("body"),
        };
        let contents = vec![content("zh-Hans", "{{due}}前缴清"), content("en", "Pay by {{due}}")];
        let definition = Definition {
            variables: variables.clone(),
            contents,
        };
        let given = BTreeMap::from([
            ("due".to_owned(), "2024-02-29".to_owned()),
            ("more".to_owned(), "1".to_owned()),
        ]);
        assert!(
            definition.render("en", &given).is_err(),
            "an unknown variable is a mistake"
        );
        let given = definition.declared(&given);
        let title = |wanted| definition.render(wanted, &given).expect("renders").title;
        assert_eq!(title("en-GB"), "Pay by 2024-02-29");
        assert_eq!(title("bo"), "2024年2月29日前缴清");
    }
}
