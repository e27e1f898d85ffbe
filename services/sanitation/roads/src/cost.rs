//! What a way costs: its time, and its length among ways of the same time.

/// Milliseconds in the upper half and centimetres in the lower, so that one addition adds and one comparison compares
/// both. Holds ways up to 49 days and, by length, once around the earth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost(u64);

impl Cost {
    pub(crate) const ZERO: Self = Self(0);
    /// There is no way.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    pub(crate) fn new(ms: u32, cm: u32) -> Self {
        Self(u64::from(ms) << 32 | u64::from(cm))
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The cost of `part_cm` out of `whole_cm`; both are at least as long as what they are taken from.
    pub(crate) fn part(self, part_cm: u32, whole_cm: u32) -> Self {
        let ms = (self.0 >> 32) * u64::from(part_cm) / u64::from(whole_cm.max(1));
        Self(ms << 32 | u64::from(part_cm))
    }

    /// Whole seconds, rounded; `u32::MAX` where there is no way.
    pub(crate) fn seconds(self) -> u32 {
        self.rounded((self.0 >> 32) + 500, 1_000)
    }

    /// Whole metres, rounded; `u32::MAX` where there is no way.
    pub(crate) fn metres(self) -> u32 {
        self.rounded((self.0 & u64::from(u32::MAX)) + 50, 100)
    }

    fn rounded(self, raised: u64, unit: u64) -> u32 {
        if self == Self::NEVER {
            return u32::MAX;
        }
        u32::try_from(raised / unit).unwrap_or(u32::MAX)
    }
}
