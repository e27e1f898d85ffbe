//! Natural numbers without a limit, as far as binomial sums need them.

use std::cmp::Ordering;

/// A natural number: digits to the base 2³², the lowest first, no zero at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Natural(Vec<u32>);

impl Natural {
    pub(super) fn zero() -> Self {
        Self(Vec::new())
    }

    pub(super) fn one() -> Self {
        Self(vec![1])
    }

    /// `C(whole, part)`; zero where `part` is larger.
    pub(super) fn binomial(whole: u32, part: u32) -> Self {
        let Some(rest) = whole.checked_sub(part) else {
            return Self::zero();
        };
        (1..=part.min(rest)).fold(Self::one(), |product, at| {
            product.times(whole - part.min(rest) + at).over(at)
        })
    }

    pub(super) fn times(mut self, factor: u32) -> Self {
        let mut carry = 0_u64;
        for digit in &mut self.0 {
            let product = u64::from(*digit) * u64::from(factor) + carry;
            (*digit, carry) = halves(product);
        }
        if carry > 0 {
            self.0.push(halves(carry).0);
        }
        self.trimmed()
    }

    /// The quotient by a divisor that is not zero, rounded down.
    pub(super) fn over(mut self, divisor: u32) -> Self {
        let mut rest = 0_u64;
        for digit in self.0.iter_mut().rev() {
            let part = (rest << 32) | u64::from(*digit);
            rest = part % u64::from(divisor.max(1));
            *digit = halves(part / u64::from(divisor.max(1))).0;
        }
        self.trimmed()
    }

    pub(super) fn plus(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut carry = 0_u64;
        for (at, digit) in self.0.iter_mut().enumerate() {
            let sum = u64::from(*digit) + u64::from(other.0.get(at).copied().unwrap_or(0)) + carry;
            (*digit, carry) = halves(sum);
        }
        if carry > 0 {
            self.0.push(halves(carry).0);
        }
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }
}

/// The lower 32 bits, and the upper ones as carry.
#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
fn halves(value: u64) -> (u32, u64) {
    (value as u32, value >> 32)
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn natural(value: u128) -> Natural {
        let digits = (0..4).map(|at| halves(u64::try_from((value >> (32 * at)) & 0xffff_ffff).expect("32 bits")).0);
        Natural(digits.collect()).trimmed()
    }

    #[test]
    fn binomials_are_those_of_pascal() {
        for whole in 0..60_u32 {
            assert_eq!(Natural::binomial(whole, whole + 1), Natural::zero());
            assert_eq!(Natural::binomial(whole, 0), Natural::one());
            for part in 1..=whole {
                let mut sum = Natural::binomial(whole - 1, part);
                sum.plus(&Natural::binomial(whole - 1, part - 1));
                assert_eq!(Natural::binomial(whole, part), sum, "{whole} over {part}");
            }
        }
    }

    proptest! {
        #[test]
        fn counts_as_the_machine_does(a in any::<u64>(), b in any::<u64>(), factor in any::<u32>(), divisor in 1..=u32::MAX) {
            let product = u128::from(a) * u128::from(factor);
            prop_assert_eq!(natural(u128::from(a)).times(factor), natural(product));
            prop_assert_eq!(natural(product).over(divisor), natural(product / u128::from(divisor)));
            let mut sum = natural(u128::from(a));
            sum.plus(&natural(u128::from(b)));
            prop_assert_eq!(sum, natural(u128::from(a) + u128::from(b)));
            prop_assert_eq!(natural(u128::from(a)).cmp(&natural(u128::from(b))), a.cmp(&b));
        }
    }
}
