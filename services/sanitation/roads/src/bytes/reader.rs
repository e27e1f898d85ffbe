//! Takes numbers off kept bytes.

use super::BytesError;
use crate::{Position, cost::Cost};

const SHORT: BytesError = BytesError::Impossible {
    what: "a list that is longer than the bytes",
};

pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], BytesError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(SHORT)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn number(&mut self) -> Result<u32, BytesError> {
        Ok(u32::from_le_bytes(self.take()?))
    }

    pub(super) fn cost(&mut self) -> Result<Cost, BytesError> {
        Ok(Cost::from_bits(u64::from_le_bytes(self.take()?)))
    }

    pub(super) fn position(&mut self) -> Result<Position, BytesError> {
        let (lng, lat) = (i32::from_le_bytes(self.take()?), i32::from_le_bytes(self.take()?));
        Position::from_e7(lng.into(), lat.into()).ok_or(BytesError::Impossible {
            what: "a position that is not on earth",
        })
    }

    /// A list of items of `size` bytes each.
    pub(super) fn list<T>(
        &mut self,
        size: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, BytesError>,
    ) -> Result<Vec<T>, BytesError> {
        let count = self.number()? as usize;
        // A length that lies reserves nothing.
        if count > self.rest.len() / size {
            return Err(SHORT);
        }
        (0..count).map(|_| item(self)).collect()
    }

    /// That nothing is left.
    pub(super) fn end(&self) -> Result<(), BytesError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(BytesError::Impossible {
            what: "something after the end",
        })
    }
}
