//! Numbers with units as mappers write them.

/// What the text of a limit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// A word for "no limit here", or for a limit that signs do not state.
    Unlimited,
    Value(u32),
    Unreadable,
}

/// A weight in kg; tonnes without a unit.
pub(super) fn weight_kg(text: &str) -> Reading {
    let units = [
        ("", 1_000.0),
        ("t", 1_000.0),
        ("kg", 1.0),
        ("st", 907.184_74),
        ("lt", 1_016.046_9),
        ("lbs", 0.453_592_37),
    ];
    read(text, &units)
}

/// A height or width in cm; metres without a unit, also feet and inches such as `13'6"`.
pub(super) fn size_cm(text: &str) -> Reading {
    if let Some((feet, inches)) = text.split_once('\'') {
        let inches = inches.trim().trim_end_matches('"');
        let inches = if inches.is_empty() { Some(0.0) } else { number(inches) };
        return value(
            number(feet)
                .zip(inches)
                .map(|(feet, inches)| feet * 30.48 + inches * 2.54),
        );
    }
    read(
        text,
        &[("", 100.0), ("m", 100.0), ("cm", 1.0), ("ft", 30.48), ("in", 2.54)],
    )
}

/// A speed in km/h, at least 1.
pub(super) fn speed_kmh(text: &str) -> Reading {
    match read(text, &[("", 1.0), ("km/h", 1.0), ("kmh", 1.0), ("mph", 1.609_344)]) {
        _ if text == "walk" => Reading::Value(6),
        // `CN:rural` and the like: the law's limit for the class, above what the profile drives.
        _ if text.contains(':') => Reading::Unlimited,
        other => other,
    }
}

fn read(text: &str, units: &[(&str, f64)]) -> Reading {
    let text = text.trim();
    let words = [
        "none",
        "no",
        "unsigned",
        "default",
        "below_default",
        "no_sign",
        "no_indications",
        "signals",
        "variable",
    ];
    if words.contains(&text) {
        return Reading::Unlimited;
    }
    let end = text.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | ','));
    let (figures, unit) = text.split_at(end.unwrap_or(text.len()));
    let factor = units.iter().find(|(name, _)| *name == unit.trim());
    value(factor.and_then(|(_, factor)| Some(number(figures)? * factor)))
}

fn number(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse().ok()
}

/// Rounded down, so that a limit never grows.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and 1e6"
)]
fn value(value: Option<f64>) -> Reading {
    match value {
        // A hair more, for 2.3 × 100.
        Some(value) if (1.0..=1e6).contains(&value) => Reading::Value((value + 1e-6).floor() as u32),
        _ => Reading::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Reading::{Unlimited, Unreadable, Value},
        *,
    };

    #[test]
    fn units() {
        for (text, expected) in [
            ("3.5", Value(3_500)),
            ("3,5 t", Value(3_500)),
            ("7500 kg", Value(7_500)),
            ("5 st", Value(4_535)),
            ("none", Unlimited),
            ("3.5;7.5", Unreadable),
            ("0", Unreadable),
            ("-3", Unreadable),
            ("1e9", Unreadable),
            ("", Unreadable),
        ] {
            assert_eq!(weight_kg(text), expected, "{text}");
        }
        for (text, expected) in [
            ("2.3", Value(230)),
            ("3.8 m", Value(380)),
            ("13'6\"", Value(411)),
            ("10'", Value(304)),
            ("default", Unlimited),
            ("low", Unreadable),
        ] {
            assert_eq!(size_cm(text), expected, "{text}");
        }
        for (text, expected) in [
            ("50", Value(50)),
            ("30 mph", Value(48)),
            ("walk", Value(6)),
            ("CN:rural", Unlimited),
            ("signals", Unlimited),
            ("fast", Unreadable),
        ] {
            assert_eq!(speed_kmh(text), expected, "{text}");
        }
    }
}
