//! Thresholds as people write them: `70%`, `2‰`, `1/10`, `3`, `yes`.

use crate::{document::IndicatorKind, fraction::Fraction};

/// An exact threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// Its value; yes is 1 and no is 0.
    pub value: Fraction,
    text: String,
}

/// Why a text is no threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// Not written as the kind of indicator asks for.
    #[error("not written as this kind of indicator asks for")]
    Malformed,
    /// A share above the whole.
    #[error("a share of more than 100 %")]
    Unreachable,
}

impl Threshold {
    /// Reads a threshold for an indicator of `kind`.
    pub fn parse(kind: IndicatorKind, text: &str) -> Result<Self, ThresholdError> {
        let text = text.trim();
        let value = match kind {
            IndicatorKind::Ratio => share(text),
            IndicatorKind::Count => digits(text).map(Fraction::whole),
            IndicatorKind::YesNo => match text {
                "yes" => Some(Fraction::whole(1)),
                "no" => Some(Fraction::whole(0)),
                _ => None,
            },
        }
        .ok_or(ThresholdError::Malformed)?;
        if kind == IndicatorKind::Ratio && value > Fraction::whole(1) {
            return Err(ThresholdError::Unreachable);
        }
        Ok(Self {
            value,
            text: text.to_owned(),
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn share(text: &str) -> Option<Fraction> {
    if let Some(number) = text.strip_suffix('%').or_else(|| text.strip_suffix('％')) {
        return decimal(number, 100);
    }
    if let Some(number) = text.strip_suffix('‰') {
        return decimal(number, 1_000);
    }
    let (numerator, denominator) = text.split_once('/')?;
    Fraction::new(digits(numerator)?, digits(denominator)?)
}

/// Reads up to three decimal places, exactly.
fn decimal(text: &str, parts: i64) -> Option<Fraction> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let bare = !text.contains('.');
    if !bare && (places.is_empty() || places.len() > 3) {
        return None;
    }
    let scale = [1, 10, 100, 1_000].get(places.len()).copied()?;
    let decimals = if bare { 0 } else { digits(places)? };
    Fraction::new(digits(whole)? * scale + decimals, parts * scale)
}

fn digits(text: &str) -> Option<i64> {
    let plain = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use IndicatorKind::{Count, Ratio, YesNo};

    #[test]
    fn reads_every_form_exactly() {
        for (text, numerator, denominator) in [
            ("70%", 7, 10),
            ("87.5%", 7, 8),
            ("2‰", 1, 500),
            ("1/600", 1, 600),
            ("0%", 0, 1),
            ("100％", 1, 1),
        ] {
            let threshold = Threshold::parse(Ratio, text).expect("a share");
            assert_eq!(
                threshold.value,
                Fraction::new(numerator, denominator).expect("in range"),
                "{text}"
            );
            assert_eq!(threshold.text(), text);
        }
        assert_eq!(
            Threshold::parse(Count, "60").expect("a count").value,
            Fraction::whole(60)
        );
        assert_eq!(Threshold::parse(YesNo, "yes").expect("yes").value, Fraction::whole(1));
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "%",
            "70",
            "0.7",
            "-1%",
            "1.%",
            "1.2345%",
            "1/0",
            "/3",
            "1e2%",
            "10000000000%",
            "七成",
        ] {
            assert_eq!(Threshold::parse(Ratio, text), Err(ThresholdError::Malformed), "{text}");
        }
        assert_eq!(Threshold::parse(Ratio, "100.001%"), Err(ThresholdError::Unreachable));
        assert!(Threshold::parse(Count, "1.5").is_err() && Threshold::parse(YesNo, "true").is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            for kind in [Ratio, Count, YesNo] {
                let _ = Threshold::parse(kind, &text);
            }
        }
    }
}
