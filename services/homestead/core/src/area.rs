//! Areas in hundredths of a square metre.

/// Largest area that is taken for a plot: one square kilometre.
pub const LARGEST_DM2: i64 = 100_000_000;

/// Why a text is not an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AreaError {
    /// Anything but digits and one point.
    #[error("an area in m², digits with at most two decimals, for example 173.70")]
    Malformed,
    /// Below zero.
    #[error("0 or more")]
    Negative,
    /// A third decimal that is not zero: it would be lost.
    #[error("at most two decimals")]
    TooFine,
    /// Above [`LARGEST_DM2`].
    #[error("at most 1,000,000.00 m²")]
    TooLarge,
}

/// Reads m² as registers write them (`173.70`, `167`, `0.5`) to hundredths, exactly.
pub fn parse_m2(text: &str) -> Result<i64, AreaError> {
    if let Some(rest) = text.strip_prefix('-') {
        return Err(if parse_m2(rest).is_ok() {
            AreaError::Negative
        } else {
            AreaError::Malformed
        });
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return Err(AreaError::Malformed);
    }
    let (kept, lost) = decimals.split_at(decimals.len().min(2));
    if lost.bytes().any(|byte| byte != b'0') {
        return Err(AreaError::TooFine);
    }
    // Longer than any allowed number, and `parse` could overflow.
    let whole = whole.trim_start_matches('0');
    if whole.len() > 9 {
        return Err(AreaError::TooLarge);
    }
    let whole: i64 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| AreaError::Malformed)?
    };
    let hundredths: i64 = format!("{kept:0<2}").parse().map_err(|_| AreaError::Malformed)?;
    let dm2 = whole * 100 + hundredths;
    if dm2 > LARGEST_DM2 {
        Err(AreaError::TooLarge)
    } else {
        Ok(dm2)
    }
}

/// Writes hundredths of a square metre as m²: `173.70`.
pub fn m2(dm2: i64) -> String {
    crate::money::hundredths(dm2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn registers_are_read_exactly() {
        for (text, dm2) in [
            ("173.70", 17_370),
            ("167", 16_700),
            ("0.00", 0),
            ("0.5", 50),
            ("6.700", 670),
            ("007.01", 701),
        ] {
            assert_eq!(parse_m2(text), Ok(dm2), "{text}");
        }
        assert_eq!(parse_m2("1000000.00"), Ok(LARGEST_DM2));
    }

    #[test]
    fn anything_else_is_refused() {
        use AreaError::{Malformed, Negative, TooFine, TooLarge};
        for (text, error) in [
            ("-1", Negative),
            ("-0.01", Negative),
            ("-", Malformed),
            ("--1", Malformed),
            ("", Malformed),
            (".", Malformed),
            (".5", Malformed),
            ("5.", Malformed),
            ("1,5", Malformed),
            ("1e3", Malformed),
            ("+1", Malformed),
            (" 1", Malformed),
            ("１", Malformed),
            ("NaN", Malformed),
            ("0.005", TooFine),
            ("1000000.01", TooLarge),
            ("99999999999999999999", TooLarge),
        ] {
            assert_eq!(parse_m2(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse_m2(&text);
        }

        #[test]
        fn what_is_written_reads_back(dm2 in 0..=LARGEST_DM2) {
            prop_assert_eq!(parse_m2(&m2(dm2)), Ok(dm2));
        }
    }
}
