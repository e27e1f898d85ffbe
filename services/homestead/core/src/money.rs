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

    proptest! {
        #[test]
        fn the_error_is_at_most_half(numerator in -1_000_000_000_000_i128..1_000_000_000_000, denominator in 1_i128..1_000_000) {
            let rounded = i128::from(round(numerator, denominator).expect("fits"));
            prop_assert!((rounded * denominator - numerator).abs() * 2 <= denominator);
        }
    }
}
