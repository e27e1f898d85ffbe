//! Files that the command keeps.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use crate::failure::{Failure, Result};

/// Creates an empty file that only its owner can read.
pub fn create_private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Writes a file that only its owner can read, replacing an older one as a whole.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let named = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    let new = path.with_extension("new");
    let mut file = create_private(&new).map_err(named)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(named)?;
    fs::rename(&new, path).map_err(named)
}
