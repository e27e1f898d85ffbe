//! Chance by seed: xoshiro256++ (Blackman and Vigna 2019), its state filled by SplitMix64.

/// A stream of pseudo-random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Rng([u64; 4]);

impl Rng {
    /// The stream of a seed; different `lane`s of one seed are independent.
    pub(crate) fn new(seed: u64, lane: u64) -> Self {
        let mut mixed = seed ^ lane.wrapping_mul(0xA076_1D64_78BD_642F);
        Self(std::array::from_fn(|_| {
            mixed = mixed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut word = mixed;
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            word ^ (word >> 31)
        }))
    }

    fn next(&mut self) -> u64 {
        let state = &mut self.0;
        let word = state[0].wrapping_add(state[3]).rotate_left(23).wrapping_add(state[0]);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        word
    }

    /// A number from 0 to below `bound`, which has to be positive.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (((self.next() >> 32) * bound as u64) >> 32) as usize
    }

    /// A number from 0 to below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit the mantissa")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Puts the items in random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}

/// Rare events met one after another: instead of asking chance every time, it draws how many to skip.
#[derive(Debug, Clone)]
pub(crate) struct Blinks {
    left: u32,
    /// 1 / ln(1 − rate).
    scale: f64,
}

impl Blinks {
    /// Events that happen at a rate between 0 and 1.
    pub(crate) fn new(rate: f64, rng: &mut Rng) -> Self {
        let mut blinks = Self {
            left: 0,
            scale: 1.0 / (1.0 - rate).ln(),
        };
        blinks.left = blinks.draw(rng);
        blinks
    }

    /// Whether the event happens now.
    pub(crate) fn blink(&mut self, rng: &mut Rng) -> bool {
        if self.left > 0 {
            self.left -= 1;
            return false;
        }
        self.left = self.draw(rng);
        true
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a saturating cast is wanted"
    )]
    fn draw(&self, rng: &mut Rng) -> u32 {
        ((1.0 - rng.unit()).ln() * self.scale) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_and_lanes_differ() {
        let (mut a, mut b) = (Rng::new(7, 0), Rng::new(7, 1));
        let draws: Vec<_> = (0..1_000).map(|_| (a.below(10), b.below(10))).collect();
        assert!(draws.iter().all(|&(x, y)| x < 10 && y < 10));
        assert!(draws.iter().filter(|(x, y)| x == y).count() < 200);
        assert!((0..10).all(|digit| draws.iter().any(|&(x, _)| x == digit)));
    }

    #[test]
    fn blinks_come_at_their_rate() {
        let mut rng = Rng::new(3, 0);
        let mut blinks = Blinks::new(0.01, &mut rng);
        let count = (0..1_000_000).filter(|_| blinks.blink(&mut rng)).count();
        assert!((9_000..11_000).contains(&count), "{count} of 10,000");
    }
}
