//! Exact, non-negative fractions.

use std::cmp::Ordering;

/// A fraction with numerator ≥ 0 and denominator ≥ 1.
#[derive(Debug, Clone, Copy)]
pub struct Fraction {
    numerator: i64,
    denominator: i64,
}

impl Fraction {
    /// Makes a fraction; `None` for a negative numerator or a denominator below 1.
    pub fn new(numerator: i64, denominator: i64) -> Option<Self> {
        (numerator >= 0 && denominator >= 1).then_some(Self { numerator, denominator })
    }

    /// The whole number `units`; negative ones count as zero.
    pub fn whole(units: i64) -> Self {
        Self {
            numerator: units.max(0),
            denominator: 1,
        }
    }

    /// Upper part.
    pub fn numerator(self) -> i64 {
        self.numerator
    }

    /// Lower part.
    pub fn denominator(self) -> i64 {
        self.denominator
    }

    /// Fewest units out of `whole` that reach this fraction.
    pub fn units_reaching(self, whole: i64) -> i64 {
        let product = i128::from(self.numerator) * i128::from(whole);
        let denominator = i128::from(self.denominator);
        clamp((product + denominator - 1) / denominator)
    }

    /// Most units out of `whole` that stay within this fraction.
    pub fn units_within(self, whole: i64) -> i64 {
        clamp(i128::from(self.numerator) * i128::from(whole) / i128::from(self.denominator))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.numerator) * i128::from(other.denominator);
        let right = i128::from(other.numerator) * i128::from(self.denominator);
        left.cmp(&right)
    }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn units_are_the_exact_border(n in 0..1_000_i64, d in 1..1_000_i64, whole in 1..100_000_i64) {
            let share = Fraction::new(n, d).expect("in range");
            let reaching = share.units_reaching(whole);
            let of = |units| Fraction::new(units, whole).expect("in range");
            prop_assert!(of(reaching) >= share);
            prop_assert!(reaching == 0 || of(reaching - 1) < share);
            let within = share.units_within(whole);
            prop_assert!(of(within) <= share);
            prop_assert!(of(within + 1) > share);
        }
    }
}
