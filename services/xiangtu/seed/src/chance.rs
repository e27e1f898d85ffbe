//! Seeded chance in whole numbers, so that every platform draws alike.

use rand::{Rng as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

/// A source of chance for one register of one village; villages do not influence one another.
pub struct Chance(ChaCha8Rng);

impl Chance {
    pub fn new(seed: u64, register: u8, village: &str) -> Self {
        // FNV-1a over what tells the streams apart.
        let bytes = seed.to_le_bytes().into_iter().chain([register]).chain(village.bytes());
        let mixed = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(ChaCha8Rng::seed_from_u64(mixed))
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        self.0.random_range(0..bound)
    }

    /// True in `permille` of a thousand cases.
    pub fn permille(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// An index drawn by weight.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            match rest.checked_sub(*weight) {
                Some(left) => rest = left,
                None => return index,
            }
        }
        unreachable!("the draw lies below the sum of the weights")
    }

    /// One of `items`, which are not empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.0.random_range(0..items.len())]
    }

    /// `count` flags of which exactly `set` are true, in any order.
    pub fn flags(&mut self, count: usize, set: usize) -> Vec<bool> {
        let mut flags: Vec<bool> = (0..count).map(|index| index < set).collect();
        flags.shuffle(&mut self.0);
        flags
    }

    /// A value of a distribution given by its quantiles at 0, 5, … 100 percent, straight lines between.
    pub fn quantile(&mut self, quantiles: &[i64; 21]) -> i64 {
        let step = self.below(20) as usize;
        let (low, high) = (quantiles[step], quantiles[step + 1]);
        low + (high - low) * i64::from(self.below(1000)) / 1000
    }

    /// Moves single values by one, within their bounds, until they sum to `sum` or no value can move.
    pub fn settle(&mut self, values: &mut [u32], sum: u32, bounds: impl Fn(usize) -> (u32, u32)) {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.shuffle(&mut self.0);
        let mut have: u32 = values.iter().sum();
        let mut moved = true;
        while have != sum && moved {
            moved = false;
            for &index in &order {
                let (low, high) = bounds(index);
                if have < sum && values[index] < high {
                    (values[index], have, moved) = (values[index] + 1, have + 1, true);
                } else if have > sum && values[index] > low {
                    (values[index], have, moved) = (values[index] - 1, have - 1, true);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_alike_and_apart() {
        let draw = |seed, register, village| Chance::new(seed, register, village).below(u32::MAX);
        assert_eq!(draw(1, 1, "410225104201"), draw(1, 1, "410225104201"));
        assert_ne!(draw(1, 1, "410225104201"), draw(1, 1, "410225104202"));
        assert_ne!(draw(1, 1, "410225104201"), draw(1, 2, "410225104201"));
        assert_ne!(draw(1, 1, "410225104201"), draw(2, 1, "410225104201"));
    }

    #[test]
    fn flags_and_sums_are_exact() {
        let mut chance = Chance::new(7, 0, "x");
        assert_eq!(chance.flags(100, 37).iter().filter(|flag| **flag).count(), 37);
        let mut values = vec![3; 50];
        chance.settle(&mut values, 200, |_| (1, 12));
        assert_eq!(values.iter().sum::<u32>(), 200);
        chance.settle(&mut values, 1, |_| (1, 12));
        assert_eq!(
            values.iter().sum::<u32>(),
            50,
            "bounds hold where the sum is out of reach"
        );
    }

    #[test]
    fn draws_by_weight_and_quantile() {
        let mut chance = Chance::new(7, 0, "x");
        let drawn: Vec<usize> = (0..1000).map(|_| chance.weighted(&[900, 0, 100])).collect();
        assert!(!drawn.contains(&1));
        assert!((50..200).contains(&drawn.iter().filter(|index| **index == 2).count()));
        let ladder = std::array::from_fn(|step| i64::try_from(step).expect("small") * 10);
        assert!((0..1000).all(|_| (0..=200).contains(&chance.quantile(&ladder))));
    }
}
