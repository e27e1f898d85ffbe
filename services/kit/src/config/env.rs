//! Reads variables and collects every mistake.

use std::{collections::BTreeMap, fmt::Display, fs, ops::RangeInclusive, str::FromStr};

/// Environment variables, the mistakes found in them, and what they mean.
///
/// For every variable `X`, `X_FILE` names a file that holds the value, as secrets are mounted.
pub struct Env {
    variables: BTreeMap<String, String>,
    mistakes: Vec<String>,
    reference: String,
}

impl Env {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::of(std::env::vars())
    }

    /// The given variables and nothing else.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            variables: variables.into_iter().collect(),
            mistakes: Vec::new(),
            reference: String::new(),
        }
    }

    /// A text with a default.
    pub fn text(&mut self, name: &str, default: &str, meaning: &str) -> String {
        self.describe(name, &format!("default {default}"), meaning);
        self.get(name).unwrap_or_else(|| default.to_owned())
    }

    /// A text that may be absent.
    pub fn optional(&mut self, name: &str, meaning: &str) -> Option<String> {
        self.describe(name, "optional", meaning);
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &str, meaning: &str) -> String {
        self.describe(name, "required", meaning);
        let value = self.get(name).unwrap_or_default();
        if value.is_empty() {
            self.mistake(format!("{name} is missing: {meaning}"));
        }
        value
    }

    /// A value of any type that has a text form. `default` must have that form.
    pub fn parse<T>(&mut self, name: &str, default: &str, meaning: &str) -> T
    where
        T: FromStr,
        T::Err: Display,
    {
        let value = self.text(name, default, meaning);
        match value.parse() {
            Ok(parsed) => parsed,
            Err(error) => {
                self.mistake(format!("{name}={value:?}: {error}; {meaning}"));
                match default.parse() {
                    Ok(parsed) => parsed,
                    Err(error) => unreachable!("default of {name}: {error}"),
                }
            }
        }
    }

    /// A whole number inside `allowed`.
    pub fn range<T>(&mut self, name: &str, default: T, allowed: RangeInclusive<T>, meaning: &str) -> T
    where
        T: FromStr + Display + PartialOrd + Copy,
        T::Err: Display,
    {
        let (low, high) = (*allowed.start(), *allowed.end());
        let value: T = self.parse(name, &default.to_string(), meaning);
        if allowed.contains(&value) {
            return value;
        }
        self.mistake(format!("{name}={value}: {low}–{high} is allowed; {meaning}"));
        default
    }

    /// Adds a mistake that a service found by looking closer.
    pub fn mistake(&mut self, mistake: impl Into<String>) {
        let mistake = mistake.into();
        // A variable may be asked for twice.
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    /// All mistakes at once, one a line, or nothing.
    pub fn finish(&self) -> Result<(), String> {
        if self.mistakes.is_empty() {
            Ok(())
        } else {
            Err(self.mistakes.join("\n"))
        }
    }

    /// Every variable that was asked for, with its default and meaning, one a line.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    fn describe(&mut self, name: &str, default: &str, meaning: &str) {
        let line = format!("  {name:<32} {meaning} ({default})\n");
        if !self.reference.contains(&line) {
            self.reference.push_str(&line);
        }
    }

    fn get(&mut self, name: &str) -> Option<String> {
        if let Some(path) = self.variables.get(&format!("{name}_FILE")).cloned() {
            return match fs::read_to_string(&path) {
                Ok(value) => Some(value.trim_end().to_owned()),
                Err(error) => {
                    self.mistake(format!("{name}_FILE={path:?}: {error}"));
                    None
                }
            };
        }
        self.variables.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let mut env = Env::of([
            ("PORT".to_owned(), "x".to_owned()),
            ("SHARE".to_owned(), "7".to_owned()),
        ]);
        let _: u16 = env.parse("PORT", "1", "a port");
        let _: u32 = env.range("SHARE", 1, 0..=5, "a share");
        env.required("URL", "a URL");
        let mistakes = env.finish().expect_err("three mistakes");
        assert_eq!(mistakes.lines().count(), 3, "{mistakes}");
        assert!(mistakes.contains("SHARE=7: 0–5 is allowed"), "{mistakes}");
    }

    #[test]
    fn a_secret_can_come_from_a_file() {
        let path = std::env::temp_dir().join(format!("kit-env-{}", std::process::id()));
        fs::write(&path, "s3cret\n").expect("file written");
        let mut env = Env::of([("KEY_FILE".to_owned(), path.display().to_string())]);
        assert_eq!(env.required("KEY", "a key"), "s3cret");
        fs::remove_file(path).expect("file removed");
    }
}
