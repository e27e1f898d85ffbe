//! Work on many books of which one that fails keeps no other from it.

use kit::error::{Error, Result};

/// The first failure of a round.
#[derive(Default)]
pub struct Apart(Option<Error>);

impl Apart {
    /// Takes what came of a division; a failure is logged, and the round goes on.
    pub fn take(&mut self, division: &str, result: Result<()>) {
        if let Err(error) = result {
            tracing::error!(division, %error, "left out of this round");
            self.0.get_or_insert(error);
        }
    }

    /// Ends the round.
    ///
    /// # Errors
    /// The first failure, so that the round counts as failed.
    pub fn end(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
