//! Reports on collection, from what moved in the ledger.

pub mod curve;
pub mod roll;
pub mod year;

/// What took something off bills, in fen; negative where it was taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Money, advances and rewards.
    pub paid_fen: i64,
    /// Relief and discounts after the bill was issued.
    pub remitted_fen: i64,
    /// Charged too much.
    pub credited_fen: i64,
    /// Given up.
    pub written_off_fen: i64,
}

impl Settled {
    /// All of it.
    pub fn sum(&self) -> i64 {
        self.paid_fen + self.remitted_fen + self.credited_fen + self.written_off_fen
    }
}
