//! Texts inside markup.

use sanitation_core::stream::{self, Stream};

/// A text that means nothing but itself in XML and HTML, in elements and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML 1.0 has no other control characters.
            letter if letter.is_control() && !matches!(letter, '\t' | '\n' | '\r') => escaped.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A number with a comma after every three digits.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    if number < 0 {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Metres in kilometres with one digit.
pub fn km(metres: i64) -> String {
    let tenths = (metres + 50).div_euclid(100);
    format!("{}.{}", grouped(tenths.div_euclid(10)), tenths.rem_euclid(10))
}

/// Seconds after midnight as a clock time.
pub fn clock(seconds: i64) -> String {
    format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)
}

/// The mark of what is collected apart.
pub const fn apart(stream: Stream) -> &'static str {
    match stream {
        Stream::Rest => "",
        Stream::Kitchen => "（厨余垃圾）",
    }
}

/// A call as people read it: its point, and what is collected apart.
pub fn call(call_id: &str) -> String {
    let (point, stream) = stream::parts(call_id).unwrap_or((call_id, Stream::Rest));
    escape(point) + apart(stream)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567, -12_345].map(grouped),
            ["0", "999", "1,000", "1,234,567", "-12,345"]
        );
        assert_eq!(
            [0, 49, 50, 12_345, 1_000_000].map(km),
            ["0.0", "0.0", "0.1", "12.3", "1,000.0"]
        );
        assert_eq!(clock(20_040), "05:34");
    }

    proptest! {
        #[test]
        fn fuzz_nothing_opens_markup(text in ".*") {
            let escaped = escape(&text);
            let opens = ['<', '>', '"', '\''];
            prop_assert!(!escaped.contains(opens));
            let kept = |letter: char| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r');
            prop_assert!(escaped.chars().all(kept));
            let plain = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&");
            let replaced = plain.contains(char::REPLACEMENT_CHARACTER);
            prop_assert!(plain == text || replaced);
        }
    }
}
