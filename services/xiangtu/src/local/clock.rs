//! The clock of the development suite.

use std::path::Path;

use kit::clock::Clock;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::failure::Result;

/// When the suite lives, at its first start.
const FIRST: OffsetDateTime = datetime!(2024-04-08 08:00 +8);

/// The clock, and its offset to the machine's in seconds: chosen at the first start and kept, so that time goes on.
pub(super) fn start(path: &Path) -> Result<(Clock, i64)> {
    let clock = Clock::system();
    let offset_s = if path.exists() {
        serde_json::from_slice(&std::fs::read(path)?)?
    } else {
        let offset_s = (FIRST - clock.now()).whole_seconds();
        crate::files::write_private(path, serde_json::to_string(&offset_s)?.as_bytes())?;
        offset_s
    };
    clock.advance(Duration::seconds(offset_s));
    Ok((clock, offset_s))
}
