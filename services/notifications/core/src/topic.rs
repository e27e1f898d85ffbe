//! Names of topics and the patterns by which endpoints choose them.

/// Whether `topic` is `{noun}.{participle}` of a–z and `_`, at most 64 characters.
pub fn is_topic(topic: &str) -> bool {
    topic.len() <= 64
        && topic
            .split_once('.')
            .is_some_and(|(noun, verb)| is_word(noun) && is_word(verb))
}

/// Whether `pattern` is a topic, or `{noun}.*`.
pub fn is_pattern(pattern: &str) -> bool {
    is_topic(pattern) || (pattern.len() <= 64 && pattern.strip_suffix(".*").is_some_and(is_word))
}

/// All patterns that choose `topic`.
pub fn patterns(topic: &str) -> [String; 2] {
    let noun = topic.split('.').next().unwrap_or_default();
    [topic.to_owned(), format!("{noun}.*")]
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_and_patterns_have_a_form() {
        for good in ["bulletin.issued", "arrears.stage_entered"] {
            assert!(is_topic(good) && is_pattern(good), "{good}");
        }
        for bad in [
            "",
            "bulletin",
            "Bulletin.issued",
            "a.b.c",
            ".issued",
            "bulletin.",
            "*",
            "a.*b",
        ] {
            assert!(!is_topic(bad) && !is_pattern(bad), "{bad}");
        }
        assert!(is_pattern("payment.*") && !is_topic("payment.*"));
        assert_eq!(
            patterns("payment.posted"),
            ["payment.posted".to_owned(), "payment.*".to_owned()]
        );
    }
}
