//! Moments that nobody chose.

use std::time::Duration;

/// Numbers that look random and are the same for the same `SEED`.
pub struct Moments(u64);

impl Moments {
    pub fn new() -> Self {
        Self(std::env::var("SEED").map_or(1, |seed| seed.parse().expect("SEED is a number")))
    }

    /// A number below `limit`, by SplitMix64.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    /// Lets a while pass.
    pub async fn pass(&mut self, most_ms: u64) {
        tokio::time::sleep(Duration::from_millis(self.below(most_ms))).await;
    }
}
