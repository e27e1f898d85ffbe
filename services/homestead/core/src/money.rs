//! Fen, and hundredths of a fen before rounding.

/// Divides and rounds half away from zero. `None` if `denominator` is not positive or the result does not fit.
pub fn round(numerator: i128, denominator: i128) -> Option<i64> {
    if denominator <= 0 {
        return None;
    }
    let half = denominator / 2;
    let rounded = if numerator >= 0 {
        numerator.checked_add(half)? / denominator
    } else {
        // An even denominator puts the tie exactly on `half`; an odd one has no tie.
        numerator.checked_sub(half)? / denominator
    };
    i64::try_from(rounded).ok()
}

/// Writes hundredths with two decimals: `-1234` as `-12.34`.
pub fn hundredths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    format!("{sign}{}.{:02}", value / 100, value % 100)
}

/// Writes fen as yuan.
pub fn yuan(fen: i64) -> String {
    hundredths(fen)
}

/// Most digits of yuan that are read.
const MOST_DIGITS: usize = 12;

/// Reads yuan with exactly two decimals, as banks write them: `-1,234.50` is −123,450 fen. `None` if it is anything else.
pub fn fen(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (yuan, cents) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = yuan.split(',');
    let first = groups.next()?;
    let mut whole = first.to_owned();
    for group in groups {
        if first.len() > 3 || group.len() != 3 {
            return None;
        }
        whole.push_str(group);
    }
    if !digits(&whole) || first.is_empty() || whole.len() > MOST_DIGITS || cents.len() != 2 || !digits(cents) {
        return None;
    }
    let fen = whole.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?;
    Some(if negative { -fen } else { fen })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_go_away_from_zero() {
        assert_eq!(round(5, 10), Some(1));
        assert_eq!(round(4, 10), Some(0));
        assert_eq!(round(-5, 10), Some(-1));
        assert_eq!(round(-4, 10), Some(0));
        assert_eq!(round(1, 3), Some(0));
        assert_eq!(round(2, 3), Some(1));
        assert_eq!(round(7, 0), None);
        assert_eq!(round(i128::MAX, 1), None);
    }

    #[test]
    fn yuan_have_two_decimals() {
        assert_eq!(yuan(0), "0.00");
        assert_eq!(yuan(5), "0.05");
        assert_eq!(yuan(-120), "-1.20");
        assert_eq!(yuan(i64::MIN), "-92233720368547758.08");
    }

    #[test]
    fn yuan_are_read_exactly_or_not_at_all() {
        assert_eq!(fen("0.05"), Some(5));
        assert_eq!(fen("-1,234.50"), Some(-123_450));
        assert_eq!(fen("+7.00"), Some(700));
        for bad in [
            "",
            ".",
            "1",
            "1.0",
            "1.000",
            ".50",
            "1.5a",
            "--1.00",
            "1,00.00",
            "1234,567.00",
            ",100.00",
            "１.00",
            "1 .00",
        ] {
            assert_eq!(fen(bad), None, "{bad}");
        }
        assert_eq!(fen(&format!("{}.00", "9".repeat(13))), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in -99_999_999_999_999_i64..=99_999_999_999_999) {
            prop_assert_eq!(fen(&yuan(value)), Some(value));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = fen(&text);
        }

        #[test]
        fn the_error_is_at_most_half(numerator in -1_000_000_000_000_i128..1_000_000_000_000, denominator in 1_i128..1_000_000) {
            let rounded = i128::from(round(numerator, denominator).expect("fits"));
            prop_assert!((rounded * denominator - numerator).abs() * 2 <= denominator);
        }
    }
}
