//! Chance by seed: xoroshiro128++ (Blackman and Vigna 2019).

pub struct Rng([u64; 2]);

impl Rng {
    pub const fn new(seed: u64) -> Self {
        let mut rng = Self([
            seed ^ 0x6A09_E667_F3BC_C909,
            seed.rotate_left(32) ^ 0xBB67_AE85_84CA_A73B,
        ]);
        let mut warm = 0;
        while warm < 16 {
            rng.next();
            warm += 1;
        }
        rng
    }

    const fn next(&mut self) -> u64 {
        let [a, b] = self.0;
        let word = a.wrapping_add(b).rotate_left(17).wrapping_add(a);
        let mixed = a ^ b;
        self.0 = [a.rotate_left(49) ^ mixed ^ (mixed << 21), mixed.rotate_left(28)];
        word
    }

    /// A number from 0 to below `bound`, which has to be positive.
    pub const fn below(&mut self, bound: usize) -> usize {
        (((self.next() >> 32) * bound as u64) >> 32) as usize
    }

    /// True once in so many times.
    pub const fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A number above 0, at most 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}
