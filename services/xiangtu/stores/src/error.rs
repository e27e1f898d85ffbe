//! What can go wrong, said so that the reader knows what to do.

use std::{fmt, io, path::Path, process::Output};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure, in words for the person at the terminal.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    /// A failure of the caller of the command line.
    pub fn usage(message: &str) -> Self {
        Self::new(message)
    }

    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub(crate) fn io(doing: &str, path: &Path, source: &io::Error) -> Self {
        let hint = match source.kind() {
            io::ErrorKind::PermissionDenied => {
                "; it may belong to another user: remove it with `make clean` as that user"
            }
            _ => "",
        };
        Self(format!("cannot {doing} {}: {source}{hint}", path.display()))
    }

    /// A program that ran and failed, with the end of what it said.
    pub(crate) fn program(name: &str, output: &Output) -> Self {
        let said = if output.stderr.is_empty() {
            &output.stdout
        } else {
            &output.stderr
        };
        let said = String::from_utf8_lossy(said);
        let mut tail: Vec<&str> = said.trim().lines().rev().take(12).collect();
        tail.reverse();
        Self(format!("{name} failed ({}): {}", output.status, tail.join("\n")))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
